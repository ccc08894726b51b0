"""Events, changes and rejections as rows, and back. One place knows the order of their columns.

The columns `goal_…` hold what an event counts for. `goal_at` is the time of a given goal, where that is what
it counts for; `given_goal` holds the register of a given goal only where the others do not say all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from collector.core.causes import cause_of
from collector.core.events import Change, EventState, Rejection
from collector.core.goals import GivenGoal, Goal, move_given

EVENT_COLUMNS = (
    "id",
    "definition",
    "version",
    "space",
    "event_id",
    "profile",
    "visitor",
    "source",
    "trust",
    "door",
    "key",
    "identifiers",
    "identifiers_at",
    "data",
    "data_at",
    "goal_type",
    "goal_name",
    "goal_value",
    "goal_currency",
    "goal_at",
    "given_goal",
    "deleted_at",
    "deletion_at",
    "occurred_at",
    "received_at",
    "updated_at",
    "raw_times",
    "consent",
)
CHANGE_COLUMNS = (
    "id",
    "profile",
    "definition",
    "event",
    "operation",
    "occurred_at",
    "recorded_at",
    "changes",
)
REJECTION_COLUMNS = (
    "id",
    "section",
    "definition",
    "version",
    "event_name",
    "event_id",
    "door",
    "key",
    "received_at",
    "code",
    "faults",
    "payload",
    "cause",
    "space",
    "trust",
    "source",
    "sent_at",
    "partial",
)

_NO_GOAL = Goal(None)
_in_order = msgspec.json.Encoder(order="deterministic").encode

INSERT, UPDATE = 0, 1
OPERATIONS = {INSERT: "insert", UPDATE: "update"}


def event_row(state: EventState) -> tuple[Any, ...]:
    """In the order of `EVENT_COLUMNS`."""
    goal = state.goal or _NO_GOAL
    given_at, given = None, None
    if state.given_goal is not None:
        given_at, given = _given_columns(state.goal_from_data, state.given_goal)
    return (
        state.id,
        state.definition_id,
        state.version_id,
        state.space,
        state.event_id,
        state.profile_id,
        state.visitor,
        state.source,
        state.trust,
        state.door,
        state.key_id,
        _identifiers_text(state.identifiers),
        state.identifiers_at,
        state.data,
        state.data_at,
        goal.type,
        goal.name,
        goal.value,
        goal.currency,
        given_at,
        given,
        state.deleted_at,
        state.deletion_at,
        state.occurred_at,
        state.received_at,
        state.updated_at,
        state.raw_times,
        state.consent,
    )


def event_state(row: Mapping[str, Any]) -> EventState:
    """The event in a row that was read as a dict."""
    given = _given_in(row)
    return EventState(
        id=row["id"],
        definition_id=row["definition"],
        version_id=row["version"],
        space=row["space"],
        event_id=row["event_id"],
        profile_id=row["profile"],
        visitor=row["visitor"],
        source=row["source"],
        trust=row["trust"],
        door=row["door"],
        key_id=row["key"],
        identifiers=json.loads(row["identifiers"]),
        identifiers_at=row["identifiers_at"],
        data=row["data"],
        data_at=row["data_at"],
        goal_from_data=_goal_in(row) if row["goal_at"] is None else None,
        given_goal=given,
        deleted_at=row["deleted_at"],
        deletion_at=row["deletion_at"],
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        updated_at=row["updated_at"],
        raw_times=row["raw_times"],
        consent=row["consent"],
    )


def change_row(number: int, state: EventState, change: Change) -> tuple[Any, ...]:
    """In the order of `CHANGE_COLUMNS`."""
    return (
        number,
        state.profile_id,
        state.definition_id,
        state.id,
        INSERT if change.operation == "insert" else UPDATE,
        state.occurred_at,
        state.updated_at,
        _changes_text(change) if change.changes else None,
    )


def rejection_row(number: int, rejection: Rejection) -> tuple[Any, ...]:
    """In the order of `REJECTION_COLUMNS`."""
    return (
        number,
        rejection.section_id,
        rejection.definition_id,
        rejection.version_id,
        rejection.event_name,
        rejection.event_id,
        rejection.door,
        rejection.key_id,
        rejection.received_at,
        rejection.code,
        json.dumps([fault.as_json() for fault in rejection.faults]),
        rejection.payload,
        cause_of(rejection.definition_id, rejection.event_name, rejection.code, rejection.faults),
        rejection.space,
        rejection.trust,
        rejection.source,
        rejection.sent_at,
        int(rejection.is_partial),
    )


def _goal_in(row: Mapping[str, Any]) -> Goal | None:
    members = (row["goal_type"], row["goal_value"], row["goal_name"], row["goal_currency"])
    return Goal(*members) if members != (None, None, None, None) else None


def _given_columns(from_data: Goal | None, given: GivenGoal) -> tuple[int | None, str | None]:
    """`goal_at` and `given_goal`."""
    newest = given.newest
    if from_data is None and {time for time in given.times if time is not None} == {newest}:
        return newest, None
    text = json.dumps([_plain(given.goal), given.times], ensure_ascii=False)
    return (newest if from_data is None else None), text


def _given_in(row: Mapping[str, Any]) -> GivenGoal | None:
    if row["given_goal"] is not None:
        goal, times = json.loads(row["given_goal"])
        return GivenGoal(Goal(*goal), tuple(times))
    goal = _goal_in(row) if row["goal_at"] is not None else None
    return move_given(None, goal, row["goal_at"]) if goal is not None else None


def _identifiers_text(identifiers: Mapping[str, str]) -> str:
    if not identifiers:
        return "{}"
    return _in_order(identifiers).decode()


def _changes_text(change: Change) -> str:
    pairs = {member: [_plain(old), _plain(new)] for member, (old, new) in change.changes.items()}
    return json.dumps(pairs, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Goal):
        return [value.type, value.value, value.name, value.currency]
    return dict(value) if isinstance(value, Mapping) else value
