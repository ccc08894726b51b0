"""What a message of the stream says: the decisions of a group of requests, in JSON, with the format's number.

Format 2 is `{"format": 2, "decisions": […]}`; format 1, which is read still, had one decision a message:
`{"format": 1, "decision": …}`. A decision has all that the commit needs, the version that it was judged by
included; nothing of it is judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from collector.core.events import KEPT, Decision, Filtered, Kept, Rejection, Space, Trust, Write
from collector.core.goals import Goal
from collector.core.problems import Fault

FORMAT = 2
"""What is written. Members may be added to it with a default; anything else makes the next number."""

_NONE = msgspec.Raw(b"null")
"""That a write names no data: data is always an object."""

_BEGINNING, _END = b'{"format":2,"decisions":[', b"]}"


class Unreadable(Exception):
    """A message that cannot be read, whoever tries; the text says why, and nothing of what is in it."""


class TooNew(Exception):
    """A message in a format of a newer Fieldpost: for a worker of that one."""


class _Write(msgspec.Struct, tag="write", omit_defaults=True):
    section_id: str
    definition_id: int
    version_id: int
    event_name: str
    space: Space
    event_id: str
    door: str
    occurred_at: int
    received_at: int
    source: str
    trust: Trust
    identifiers: dict[str, str]
    data: msgspec.Raw = _NONE
    goal: Goal | None = None
    given_goal: Goal | None = None
    deletion: int | msgspec.UnsetType | None = msgspec.UNSET
    visitor: str | None = None
    key_id: int | None = None
    writable: tuple[str, ...] = ()
    faults_if_first: tuple[Fault, ...] = ()
    raw_times: str | None = None
    trigger: int | None = None
    page: str | None = None
    consent: str | None = None

    def decision(self) -> Write:
        deletion = KEPT if isinstance(self.deletion, msgspec.UnsetType) else self.deletion
        return Write(
            section_id=self.section_id,
            definition_id=self.definition_id,
            version_id=self.version_id,
            event_name=self.event_name,
            space=self.space,
            event_id=self.event_id,
            door=self.door,
            occurred_at=self.occurred_at,
            received_at=self.received_at,
            source=self.source,
            trust=self.trust,
            identifiers=self.identifiers,
            data=bytes(self.data).decode() if self.data != _NONE else None,
            goal=self.goal,
            given_goal=self.given_goal,
            deletion=deletion,
            visitor=self.visitor,
            key_id=self.key_id,
            writable=frozenset(self.writable),
            faults_if_first=self.faults_if_first,
            raw_times=self.raw_times,
            trigger=self.trigger,
            page=self.page,
            consent=self.consent,
        )


class _Rejection(msgspec.Struct, tag="rejection", omit_defaults=True):
    section_id: str
    door: str
    received_at: int
    faults: tuple[Fault, ...]
    payload: str
    event_name: str = ""
    definition_id: int | None = None
    version_id: int | None = None
    key_id: int | None = None
    event_id: str | None = None
    code: str = "payload-invalid"
    retry_after: int | None = None
    space: Space = 0
    trust: Trust = "claimed"
    source: str = ""
    sent_at: int | None = None
    is_partial: bool = False

    def decision(self) -> Rejection:
        return Rejection(**{name: getattr(self, name) for name in self.__struct_fields__})


class _Filtered(msgspec.Struct, tag="filtered"):
    section_id: str
    definition_id: int
    door: str
    received_at: int
    reason: str

    def decision(self) -> Filtered:
        return Filtered(self.section_id, self.definition_id, self.door, self.received_at, self.reason)


_Said = _Write | _Rejection | _Filtered


class _Message(msgspec.Struct):
    format: Literal[1, 2]
    decisions: list[_Said] = []
    decision: _Said | None = None


class _Head(msgspec.Struct):
    format: int


_READER = msgspec.json.Decoder(_Message)
_HEADS = msgspec.json.Decoder(_Head)
_WRITER = msgspec.json.Encoder()


def encode(decision: Decision) -> bytes:
    """One decision as a piece of a message. Raises `UnicodeEncodeError` for text that is no Unicode."""
    if isinstance(decision, Write):
        return _WRITER.encode(_of_write(decision))
    if isinstance(decision, Filtered):
        said = (decision.section_id, decision.definition_id, decision.door, decision.received_at)
        return _WRITER.encode(_Filtered(*said, decision.reason))
    members = {name: getattr(decision, name) for name in _Rejection.__struct_fields__}
    return _WRITER.encode(_Rejection(**members))


def together(pieces: Sequence[bytes]) -> bytes:
    """A message of what `encode` gave."""
    return _BEGINNING + b",".join(pieces) + _END


def packed(pieces: Sequence[bytes], most: int) -> list[bytes]:
    """Messages of at most so many bytes each, with the pieces in their order; each piece fits for itself."""
    groups: list[list[bytes]] = [[]]
    room = most - len(_BEGINNING) - len(_END)
    left = room
    for piece in pieces:
        if len(piece) + 1 > left and groups[-1]:
            groups.append([])
            left = room
        groups[-1].append(piece)
        left -= len(piece) + 1
    return [together(group) for group in groups]


def fits(piece: bytes, most: int) -> bool:
    """Whether a message of at most so many bytes can have this piece."""
    return len(piece) + 1 <= most - len(_BEGINNING) - len(_END)


def read(message: bytes) -> list[Decision]:
    """The decisions of a message. Raises `Unreadable` and `TooNew`."""
    try:
        said = _READER.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _is_newer(message):
            raise TooNew from error
        raise Unreadable("This is no message of a known format.") from error
    if said.format == 1:
        return [said.decision.decision()] if said.decision is not None else []
    return [one.decision() for one in said.decisions]


def _is_newer(message: bytes) -> bool:
    try:
        return _HEADS.decode(message).format > FORMAT
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _of_write(write: Write) -> _Write:
    return _Write(
        section_id=write.section_id,
        definition_id=write.definition_id,
        version_id=write.version_id,
        event_name=write.event_name,
        space=write.space,
        event_id=write.event_id,
        door=write.door,
        occurred_at=write.occurred_at,
        received_at=write.received_at,
        source=write.source,
        trust=write.trust,
        identifiers=dict(write.identifiers),
        data=msgspec.Raw(write.data.encode()) if write.data is not None else _NONE,
        goal=write.goal,
        given_goal=write.given_goal,
        deletion=msgspec.UNSET if isinstance(write.deletion, Kept) else write.deletion,
        visitor=write.visitor,
        key_id=write.key_id,
        writable=tuple(sorted(write.writable)),
        faults_if_first=tuple(write.faults_if_first),
        raw_times=write.raw_times,
        trigger=write.trigger,
        page=write.page,
        consent=write.consent,
    )
