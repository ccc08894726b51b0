"""How events, segments and entries of a timeline look in the answers of the Notifuse API.

Decimals keep all their digits. Times are RFC 3339 in UTC, without zeros at the end of their fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from collector.core.events import EventState, Write
from collector.core.fields import format_timestamp
from collector.core.goals import Goal, unscale
from collector.store.profiles import Entry
from collector.store.segments.kept import Segment
from collector.store.segments.passages import Passage
from collector.store.segments.standing import Standing
from collector.web.api.shapes import shown_id
from collector.web.notifuse.cursors import entry_uuid

Json = dict[str, Any]

_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def event_json(state: EventState, event_name: str, email: str) -> Json:
    """A stored event, as that of the contact with this e-mail."""
    return {
        "external_id": shown_id(state.space, state.event_id),
        "email": email,
        "event_name": event_name,
        "properties": msgspec.Raw(state.data.encode()),
        "occurred_at": format_timestamp(state.occurred_at),
        "source": state.source,
        **_goal_json(state.goal),
        **({} if state.deleted_at is None else {"deleted_at": format_timestamp(state.deleted_at)}),
        "created_at": format_timestamp(state.received_at),
        "updated_at": format_timestamp(state.updated_at),
    }


def echo_json(write: Write) -> Json:
    """What a writer who may not read is answered: its own words."""
    deleted_at = write.deletion
    return {
        "external_id": write.event_id,
        "email": write.identifiers["email"],
        "event_name": write.event_name,
        "properties": msgspec.Raw((write.data or "{}").encode()),
        "occurred_at": format_timestamp(write.occurred_at),
        "source": write.source,
        **_goal_json(write.goal or write.given_goal),
        **({"deleted_at": format_timestamp(deleted_at)} if isinstance(deleted_at, int) else {}),
        "created_at": format_timestamp(write.received_at),
        "updated_at": format_timestamp(write.received_at),
    }


def entry_json(entry: Entry, email: str) -> Json:
    """A line of the timeline of the contact with this e-mail, with the event as it was after the change."""
    state = msgspec.structs.replace(entry.state, updated_at=entry.recorded_at)
    return {
        "id": str(entry_uuid(entry.id)),
        "email": email,
        "operation": entry.operation,
        "entity_type": "custom_event",
        "kind": f"custom_event.{entry.event_name}",
        "changes": _inserted(entry) if entry.operation == "insert" else _updated(entry),
        "entity_id": shown_id(state.space, state.event_id),
        "entity_data": event_json(state, entry.event_name, state.identifiers.get("email", email)),
        "created_at": format_timestamp(entry.occurred_at),
        "db_created_at": format_timestamp(entry.recorded_at),
    }


def passage_json(passage: Passage, email: str) -> Json:
    """A line of a timeline that tells that the contact with this e-mail joined a segment or left it."""
    has_joined = passage.operation == "joined"
    at = format_timestamp(passage.occurred_at)
    members = {"segment_id": passage.segment_id, "version": passage.version, "matched_at": at}
    side = "new" if has_joined else "old"
    return {
        "id": str(entry_uuid(passage.id)),
        "email": email,
        "operation": "insert" if has_joined else "delete",
        "entity_type": "contact_segment",
        "kind": f"segment.{passage.operation}",
        "changes": {name: {side: value} for name, value in members.items()},
        "entity_id": passage.segment_id,
        "entity_data": {"id": passage.segment_id, "name": passage.segment_name},
        "created_at": at,
        "db_created_at": at,
    }


def segment_json(segment: Segment, standing: Standing, users_count: int) -> Json:
    """A segment with so many people who have an e-mail."""
    draft = segment.draft
    is_active = standing.is_there and standing.version == segment.version
    is_deleted = segment.deleted_at is not None
    due_at = standing.due_at
    return {
        "id": draft.id,
        "name": draft.name,
        "color": draft.color,
        "tree": draft.document,
        "timezone": draft.timezone,
        "version": segment.version,
        "status": "deleted" if is_deleted else "active" if is_active else "building",
        **({} if due_at is None else {"recompute_after": format_timestamp(due_at)}),
        "db_created_at": format_timestamp(segment.created_at),
        "db_updated_at": format_timestamp(segment.updated_at),
        "users_count": users_count,
    }


def _inserted(entry: Entry) -> Json:
    members = {
        "event_name": entry.event_name,
        "external_id": shown_id(entry.state.space, entry.state.event_id),
        **_goal_json(entry.state.goal),
    }
    return {name: {"new": value} for name, value in members.items()}


def _updated(entry: Entry) -> Json:
    """What an update changed: always properties and occurred_at, and of the goal what differs."""
    old_data, new_data = entry.changes.get("data", ("{}", "{}"))
    old_time, new_time = entry.changes.get("occurred_at", (entry.occurred_at, entry.occurred_at))
    old_goal, new_goal = (_goal_json(_goal_in(goal)) for goal in entry.changes.get("goal", (None, None)))
    return {
        "properties": _differing(_SPLIT.decode(old_data), _SPLIT.decode(new_data)),
        "occurred_at": {"old": format_timestamp(old_time), "new": format_timestamp(new_time)},
        **_differing(old_goal, new_goal),
    }


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Json:
    names = [*old, *(name for name in new if name not in old)]
    return {
        name: {"old": old.get(name), "new": new.get(name)}
        for name in names
        if _text(old.get(name)) != _text(new.get(name))
    }


def _text(value: Any) -> Any:
    """What tells values apart; null is the same as absence."""
    text = bytes(value) if isinstance(value, msgspec.Raw) else value
    return None if text == b"null" else text


def _goal_in(stored: Sequence[Any] | None) -> Goal | None:
    return Goal(*stored) if stored is not None else None


def _goal_json(goal: Goal | None) -> Json:
    if goal is None:
        return {}
    members = {
        "goal_name": goal.name,
        "goal_type": goal.type,
        "goal_value": unscale(goal.value) if goal.value is not None else None,
    }
    return {name: value for name, value in members.items() if value is not None}
