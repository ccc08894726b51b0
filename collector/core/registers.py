"""What a write makes of an event.

An event has four registers: data (with a goal that comes from it), given goal, identifiers and deletion.
A write moves each register that it names if the write's time is newer than the register's; equal keeps the
first. So the order in which writes arrive does not matter. A given goal is four small registers in one:
what a write leaves out of it stays.

Until data is written, an event is as if its newest write had said `{}`: that one's version, time and goal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from collector.core.events import Change, EventState, Kept, Verdict, Write
from collector.core.goals import Goal, move_given, says_the_same

LOGGED = ("data", "goal", "identifiers", "deleted_at", "occurred_at", "version_id")
"""What the change log holds of an event, by the names of `EventState`."""

BEGUN = Change("insert", {})


def first_state(write: Write, event_id: int, profile_id: int | None) -> EventState:
    """The event that a first write makes."""
    deletion, given = write.deletion, write.given_goal
    # By position, in the order of the class: by name it takes four times as long, for every event.
    return EventState(
        event_id,
        write.definition_id,
        write.version_id,
        write.space,
        write.event_id,
        profile_id,
        write.visitor,
        write.source,
        write.trust,
        write.door,
        write.key_id,
        write.identifiers,
        write.occurred_at if write.identifiers else None,
        write.data if write.data is not None else "{}",
        write.occurred_at if write.data is not None else None,
        write.goal,
        move_given(None, given, write.occurred_at) if given is not None else None,
        None if isinstance(deletion, Kept) else deletion,
        None if isinstance(deletion, Kept) else _deletion_time(write),
        write.occurred_at,
        write.received_at,
        write.written_at,
        write.raw_times,
        write.consent,
    )


def merge(state: EventState, write: Write) -> tuple[Verdict, EventState]:
    """What a later write makes of a stored event.

    Returns `duplicate` (nothing different from what is stored; newer times may still have advanced),
    `ignored` (nothing moved) or `updated`, and the state afterwards. `state` itself is not changed.
    The profile is not decided here: the commit knows whose the new identifiers are.
    """
    after = copy(state)
    moved = _move_data(after, write) | _move_given_goal(after, write)
    moved |= _move_identifiers(after, write) | _move_deletion(after, write)
    if _differs(state, after):
        # Always later than before, so that it tells whether an event was ever updated.
        after.updated_at = max(write.written_at, state.updated_at + 1)
        return "updated", after
    if moved or _says_the_same(state, write):
        return "duplicate", after
    return "ignored", state


def changes_between(before: EventState | None, after: EventState) -> Change:
    """The entry of the change log that leads from one state to the next."""
    if before is None:
        return BEGUN
    pairs: dict[str, tuple[Any, Any]] = {}
    for member in LOGGED:
        old, new = getattr(before, member), getattr(after, member)
        if old != new:
            pairs[member] = (old, new)
    return Change("update", pairs)


def as_it_was(state: EventState, later: Iterable[Mapping[str, Any]]) -> EventState:
    """The event before the `later` changes, the newest first; the log keeps each as member → [old, new]."""
    was = copy(state)
    for changes in later:
        for member, (old, _) in changes.items():
            if member == "goal":
                was.goal_from_data, was.given_goal = (Goal(*old) if old is not None else None), None
            else:
                setattr(was, member, old)
    return was


def _newer(time: int, register: int | None) -> bool:
    return register is None or time > register


def _move_data(after: EventState, write: Write) -> bool:
    """Data that is newer; where there is none yet, also a newer write without any."""
    if write.data is None and after.data_at is not None:
        return False
    if not _newer(write.occurred_at, after.occurred_at if write.data is None else after.data_at):
        return False
    if write.data is not None:
        after.data, after.data_at = write.data, write.occurred_at
    after.occurred_at, after.version_id = write.occurred_at, write.version_id
    after.goal_from_data = write.goal
    return True


def _move_given_goal(after: EventState, write: Write) -> bool:
    if write.given_goal is None:
        return False
    before = after.given_goal
    after.given_goal = move_given(before, write.given_goal, write.occurred_at)
    return after.given_goal is not before


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
        and (write.given_goal is None or says_the_same(state.given_goal, write.given_goal))
        and (not write.identifiers or dict(write.identifiers) == dict(state.identifiers))
        and (isinstance(write.deletion, Kept) or write.deletion == state.deleted_at)
    )
