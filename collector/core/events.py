"""An accepted payload on its way to disk, and what became of it.

An event has four registers: data (with a goal that comes from it), given goal, identifiers and
deletion. A write moves each register that it names if the write's time is newer than the register's;
so the order in which writes arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from collector.core.goals import Goal
from collector.core.problems import Fault

Verdict = Literal["stored", "updated", "duplicate", "ignored", "rejected", "filtered", "queued"]
VERDICTS: tuple[Verdict, ...] = (
    "stored",
    "updated",
    "duplicate",
    "ignored",
    "rejected",
    "filtered",
    "queued",
)

Trust = Literal["claimed", "signed", "key"]
Space = Literal[0, 1]
API_SPACE: Space = 0
WEB_SPACE: Space = 1
WEB_PREFIX = "web:"


class Kept:
    """The type of `KEPT`: what a write says of a register that it leaves alone."""

    def __repr__(self) -> str:
        return "KEPT"


KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Write:
    """One judged write of one event. Times are microseconds since 1970, UTC.

    `data` is canonical JSON text, or None if the write does not name the data register.
    `goal` comes from the data by the version's rule; `given_goal` was written beside it.
    `deletion` is KEPT, None (a restoration) or the moment of a deletion.
    `writable` are the identifier kinds that the writer may write (all, for pages).
    `faults_if_first` is what is wrong with the write if there is no stored event for it to complete.
    """

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
    identifiers: Mapping[str, str]
    data: str | None
    goal: Goal | None = None
    given_goal: Goal | None = None
    deletion: int | Kept | None = KEPT
    visitor: str | None = None
    key_id: int | None = None
    writable: frozenset[str] = frozenset()
    faults_if_first: tuple[Fault, ...] = ()
    raw_times: str | None = None

    @property
    def event_key(self) -> tuple[int, int, str]:
        return (self.definition_id, self.space, self.event_id)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A payload that was refused, with its reasons. `payload` is JSON text with personal values masked."""

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
    """In seconds, where the same payload may be accepted later."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """A payload that is counted and not kept: a bot, a prefetch, a page with GPC."""

    section_id: str
    definition_id: int
    door: str
    received_at: int
    reason: str


Decision = Write | Rejection | Filtered
"""What the judge says of one payload; the commit turns it into an `Outcome`."""


@dataclass(slots=True)
class EventState:
    """An event as it is stored: its four registers with their times, and where it came from."""

    id: int
    definition_id: int
    version_id: int
    space: int
    event_id: str
    profile_id: int | None
    visitor: str | None
    source: str
    trust: str
    door: str
    key_id: int | None
    identifiers: Mapping[str, str]
    identifiers_at: int | None
    data: str
    data_at: int | None
    goal: Goal | None
    goal_at: int | None
    deleted_at: int | None
    deletion_at: int | None
    occurred_at: int
    received_at: int
    updated_at: int
    raw_times: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a write moved: member → (old, new), in the words of the API."""

    operation: Literal["insert", "update"]
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one payload. `state` is the event as stored, where there is one."""

    verdict: Verdict
    state: EventState | None = None
    faults: tuple[Fault, ...] = ()
    code: str = "payload-invalid"
    retry_after: int | None = None
    written: Write | None = field(default=None, repr=False)


def first_state(write: Write, event_id: int, profile_id: int | None) -> EventState:
    """The event that a first write makes."""
    deleted = None if isinstance(write.deletion, Kept) else write.deletion
    return EventState(
        id=event_id,
        definition_id=write.definition_id,
        version_id=write.version_id,
        space=write.space,
        event_id=write.event_id,
        profile_id=profile_id,
        visitor=write.visitor,
        source=write.source,
        trust=write.trust,
        door=write.door,
        key_id=write.key_id,
        identifiers=write.identifiers,
        identifiers_at=write.occurred_at if write.identifiers else None,
        data=write.data if write.data is not None else "{}",
        data_at=write.occurred_at if write.data is not None else None,
        goal=write.goal or write.given_goal,
        goal_at=write.occurred_at if write.given_goal else None,
        deleted_at=deleted,
        deletion_at=_deletion_time(write),
        occurred_at=write.occurred_at,
        received_at=write.received_at,
        updated_at=write.received_at,
        raw_times=write.raw_times,
    )


def merge(state: EventState, write: Write) -> tuple[Verdict, EventState]:
    """What a later write makes of a stored event.

    Returns `duplicate` (nothing different from what is stored; newer times may still have advanced),
    `ignored` (nothing moved) or `updated`, and the state afterwards. `state` itself is not changed.
    The profile is not decided here: the commit knows whose the new identifiers are.
    """
    after = replace(state)
    moved = _move_data(after, write) | _move_goal(after, write)
    moved |= _move_identifiers(after, write) | _move_deletion(after, write)
    if _differs(state, after):
        after.updated_at = write.received_at
        return "updated", after
    if moved or _says_the_same(state, write):
        return "duplicate", after
    return "ignored", state


def _newer(time: int, register: int | None) -> bool:
    return register is None or time > register


def _move_data(after: EventState, write: Write) -> bool:
    if write.data is None or not _newer(write.occurred_at, after.data_at):
        return False
    after.data, after.data_at, after.occurred_at = write.data, write.occurred_at, write.occurred_at
    after.version_id = write.version_id
    if write.goal is not None:
        after.goal = write.goal
    return True


def _move_goal(after: EventState, write: Write) -> bool:
    if write.given_goal is None or not _newer(write.occurred_at, after.goal_at):
        return False
    after.goal, after.goal_at = write.given_goal, write.occurred_at
    return True


def _move_identifiers(after: EventState, write: Write) -> bool:
    if not write.identifiers or not _newer(write.occurred_at, after.identifiers_at):
        return False
    after.identifiers, after.identifiers_at = write.identifiers, write.occurred_at
    return True


def _move_deletion(after: EventState, write: Write) -> bool:
    time = _deletion_time(write)
    if time is None or not _newer(time, after.deletion_at):
        return False
    after.deletion_at = time
    after.deleted_at = None if isinstance(write.deletion, Kept) else write.deletion
    return True


def _deletion_time(write: Write) -> int | None:
    if isinstance(write.deletion, Kept):
        return None
    return write.occurred_at if write.deletion is None else write.deletion


def _differs(before: EventState, after: EventState) -> bool:
    return (
        before.data != after.data
        or before.goal != after.goal
        or dict(before.identifiers) != dict(after.identifiers)
        or before.deleted_at != after.deleted_at
    )


def _says_the_same(state: EventState, write: Write) -> bool:
    """Whether all that the write names is stored already: then it is a retry and not something older."""
    return (
        (write.data is None or write.data == state.data)
        and (write.given_goal is None or write.given_goal == state.goal)
        and (not write.identifiers or dict(write.identifiers) == dict(state.identifiers))
        and (isinstance(write.deletion, Kept) or write.deletion == state.deleted_at)
    )


def changes_between(before: EventState | None, after: EventState) -> Change:
    """The entry of the change log that leads from one state to the next."""
    if before is None:
        return Change("insert", {})
    pairs: dict[str, tuple[Any, Any]] = {}
    for member in ("data", "goal", "identifiers", "deleted_at", "occurred_at", "version_id"):
        old, new = getattr(before, member), getattr(after, member)
        if old != new:
            pairs[member] = (old, new)
    return Change("update", pairs)
