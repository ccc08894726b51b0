"""Who may do what. Rights are data: what a definition allows and what a key is granted, kind by kind.

Effective is what both allow. Writing an event needs `write` on every identifier that it carries; reading one
needs `read` on one identifier that it carries; an event that carries none is read by those who may read all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

from collector.core import ids
from collector.core.definitions import AllowedOperations, Operation
from collector.core.identifiers import KINDS
from collector.core.problems import Fault, Problem, pointer_to

OPERATIONS: tuple[Operation, ...] = ("read", "write")
SCOPES = ("ingest", "read", "admin")

EVERY_KIND = frozenset(KINDS)

HIGHEST_LIMIT = 100_000_000
"""More requests a minute than any server answers."""

_REMEMBERED = 4_096
_KINDS_WITH: dict[
    tuple[Operation, int, int], tuple[frozenset[str], AllowedOperations, AllowedOperations]
] = {}
"""What `kinds_with` has answered, by who the two are: it is asked several times for every event, always the
same. The two are kept beside the answer, so that nobody else can come to have their place in memory."""

ALL_OPERATIONS: AllowedOperations = MappingProxyType({kind: frozenset(OPERATIONS) for kind in KINDS})
"""Every operation on every kind: what a definition allows and a key is granted unless somebody says less."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an integration may do: `scopes` of the API, `grants` by identifier kind, and `events` by name.

    `rate_limit` is in requests a minute: None is what the server has for every key, 0 is no limit.
    """

    id: str
    section_id: str
    name: str
    scopes: frozenset[str]
    grants: AllowedOperations
    events: frozenset[str] | None = None
    rate_limit: int | None = None
    number: int | None = field(init=False, repr=False, compare=False)
    """The number that its id stands for: every event of it asks."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", ids.decode(self.id))

    def may_use(self, event_name: str) -> bool:
        """Whether the key is for this event; `events` of None means every one."""
        return self.events is None or event_name in self.events


def parse_grants(texts: Iterable[str]) -> AllowedOperations:
    """Grants as one writes them, `email:read,write`; none at all grants everything.

    When any grant is given, a kind that is not named gets nothing. The same kind twice gets both.

    Raises:
        Problem: `request-invalid`, with a fault `grant-invalid` at `/grants/<index>` for each bad one.
    """
    granted: dict[str, frozenset[str]] = {}
    faults: list[Fault] = []
    for index, text in enumerate(texts):
        kind, colon, listed = text.partition(":")
        operations = frozenset(word.strip() for word in listed.split(",")) - {""}
        if kind not in KINDS or not colon or not operations <= frozenset(OPERATIONS):
            faults.append(Fault("grant-invalid", pointer_to("grants", index), _GRANT_SHAPE))
        granted[kind] = granted.get(kind, frozenset()) | operations
    if faults:
        raise Problem("request-invalid", _GRANT_SHAPE, faults=faults)
    if not granted:
        return ALL_OPERATIONS
    return MappingProxyType({kind: granted.get(kind, frozenset()) for kind in KINDS})


_GRANT_SHAPE = (
    f"A grant is KIND:OPERATIONS, such as email:read,write. Kinds: {', '.join(KINDS)}; "
    f"operations: {', '.join(OPERATIONS)}, or nothing after the colon."
)


def may(operation: Operation, kind: str, allowed: AllowedOperations, grants: AllowedOperations) -> bool:
    """Whether the definition's `allowed` and the key's `grants` both have the operation on this kind."""
    return operation in allowed.get(kind, ()) and operation in grants.get(kind, ())


def kinds_with(operation: Operation, allowed: AllowedOperations, grants: AllowedOperations) -> frozenset[str]:
    """The kinds of identifiers on which both have the operation."""
    place = (operation, id(allowed), id(grants))
    known = _KINDS_WITH.get(place)
    if known is None:
        if len(_KINDS_WITH) >= _REMEMBERED:
            _KINDS_WITH.clear()
        kinds = frozenset([kind for kind in KINDS if may(operation, kind, allowed, grants)])
        known = _KINDS_WITH[place] = (kinds, allowed, grants)
    return known[0]


def readable_kinds(allowed: AllowedOperations, grants: AllowedOperations) -> frozenset[str]:
    """The kinds of identifiers that may be in an answer."""
    return kinds_with("read", allowed, grants)


def faults_for_writing(kinds: Iterable[str], writable: frozenset[str]) -> list[Fault]:
    """One `identifier-not-allowed` at `/identifiers/<kind>` for each kind that is not among the writable."""
    return [
        Fault(
            "identifier-not-allowed",
            pointer_to("identifiers", kind),
            f"Events of this definition may not be written by {kind} with this key.",
        )
        for kind in kinds
        if kind not in writable
    ]


def event_is_readable(
    kinds_carried: Collection[str], allowed: AllowedOperations, grants: AllowedOperations
) -> bool:
    """Whether an event that carries these kinds may be read: by one of them; an anonymous one, by all."""
    return is_readable_by(readable_kinds(allowed, grants), kinds_carried)


def is_readable_by(readable: frozenset[str], kinds_carried: Collection[str]) -> bool:
    """The same for who may read these kinds."""
    return not readable.isdisjoint(kinds_carried) if kinds_carried else readable == EVERY_KIND
