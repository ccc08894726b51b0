"""Whose event it is: which profile the identifiers of a write belong to, and the making of profiles.

All of this happens inside the commit's transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import peewee

from collector.core.events import Write
from collector.core.identifiers import KINDS
from collector.store.database import Database
from collector.store.lookups import Lookup
from collector.store.models import Identifier, Profile

Name = tuple[str, str, str]
"""section, identifier kind, normalised value"""

_ROUNDS = 5


class Choice(msgspec.Struct, frozen=True, gc=False):
    """Whose a write is (None: nobody is named), and the other profiles that its identifiers belong to.

    `is_new`: the profile has to be made for it.
    """

    profile: int | None
    others: tuple[int, ...] = ()
    is_new: bool = False


NOBODY = Choice(None)


class Owners:
    """The owners of identifiers, as far as one transaction needs them."""

    def __init__(self, database: Database, new_id: Callable[[], int]) -> None:
        self._db = database
        self._new_id = new_id
        self._insert_identifier = database.insertion(
            Identifier, ("section", "kind", "value", "profile", "created_at"), or_leave=True
        )
        self._known = Lookup(database, _of_kind)
        self._insert_profile = database.insertion(Profile, ("id", "section", "attributes", "created_at"))

    def known(self, writes: Iterable[Write]) -> dict[Name, int]:
        """The profile of every identifier in the writes that has one."""
        return self.known_and_unknown(writes)[0]

    def known_and_unknown(self, writes: Iterable[Write]) -> tuple[dict[Name, int], set[Name]]:
        """The same, and those that have none."""
        names = {(one.section_id, *name) for one in writes for name in one.identifiers.items()}
        wanted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for section, kind, value in sorted(names):
            wanted[section, kind].append(value)
        found: dict[Name, int] = {}
        for (section, kind), values in wanted.items():
            for value, profile in self._known.rows((section, kind), values):
                found[section, kind, value] = profile
        return found, names - found.keys() if len(found) < len(names) else set()

    def assign(self, writes: Sequence[Write], known: dict[Name, int], now: int) -> list[Choice]:
        """The profile of each write, made where there is none; nobody for a write without identifiers.

        `known` is brought up to date. Profiles that another process makes at the same moment win.
        """
        for _ in range(_ROUNDS):
            owner = dict(known)
            fresh: dict[Name, int] = {}
            choices = [choose(write, owner, fresh, self._new_id) for write in writes]
            if not fresh or self._insert(fresh, set(known.values()), now):
                known.update(fresh)
                return choices
            known.update(self.known(writes))
        raise peewee.OperationalError("identifiers keep being claimed by other processes")

    def _insert(self, fresh: Mapping[Name, int], existing: set[int], now: int) -> bool:
        """Stores new identifiers and their profiles; False (and nothing) if one was taken meanwhile."""
        with self._db.peewee.atomic() as savepoint:
            rows = [(*name, profile, now) for name, profile in sorted(fresh.items())]
            if self._db.many(self._insert_identifier, rows) < len(rows):
                savepoint.rollback()
                return False
            sections = {profile: name[0] for name, profile in fresh.items() if profile not in existing}
            made = [(profile, section, "{}", now) for profile, section in sorted(sections.items())]
            if made:
                self._db.many(self._insert_profile, made)
            return True


def choose(write: Write, owner: dict[Name, int], fresh: dict[Name, int], new_id: Callable[[], int]) -> Choice:
    """The profile of one write; what has to be made for it is added to `owner` and `fresh`.

    The event goes to the strongest identifier's profile. The word of a key or of a signed token also ties
    its new identifiers to that profile. A page's claim ties nothing: it names a person by its strongest
    identifier alone, so that nobody can attach an address to somebody else's profile.
    """
    if len(write.identifiers) == 1:
        [(kind, value)] = write.identifiers.items()
        profile = owner.get((write.section_id, kind, value))
        if profile is not None:
            return Choice(profile)  # as most are
    names = names_that_count(write.section_id, write.identifiers, write.trust)
    if not names:
        return NOBODY
    owners = list(dict.fromkeys(owner[name] for name in names if name in owner))
    profile = owners[0] if owners else new_id()
    for name in names:
        if name not in owner:
            owner[name] = fresh[name] = profile
    return Choice(profile, tuple(owners[1:]), not owners)


def made_for(writes: Iterable[Write], choices: Iterable[Choice]) -> Counter[str]:
    """Section → how many profiles were made for these writes."""
    made: Counter[str] = Counter()
    for write, choice in zip(writes, choices, strict=True):
        if choice.is_new:
            made[write.section_id] += 1
    return made


def names_that_count(section_id: str, identifiers: Mapping[str, str], trust: str) -> list[Name]:
    """Whom an event names, the strongest first: of a claim, the strongest alone."""
    if len(identifiers) == 1:  # as most do
        return [(section_id, *name) for name in identifiers.items()]
    names = [(section_id, kind, identifiers[kind]) for kind in KINDS if kind in identifiers]
    return names[:1] if trust == "claimed" else names


def _of_kind(values: Sequence[str]) -> Any:
    place = (Identifier.section == "") & (Identifier.kind == "")
    return Identifier.select(Identifier.value, Identifier.profile).where(place & Identifier.value.in_(values))
