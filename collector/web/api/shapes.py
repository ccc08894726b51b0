"""How events, entries and verdicts look in answers. What a key may not read is left out here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import API_SPACE, WEB_PREFIX, WEB_SPACE, EventState, Outcome, Write
from collector.core.fields import format_timestamp
from collector.core.goals import Goal, unscale
from collector.core.permissions import is_readable_by
from collector.core.rights import Principal
from collector.store.profiles import Entry, Profile
from collector.store.segments.passages import Passage

Json = dict[str, Any]
MASK = "•••"
"""What stands for a value that is not shown."""


def event_json(state: EventState, event_name: str, readable: frozenset[str], *, profile: bool) -> Json:
    """A stored event; of its identifiers those of `readable` kinds, its profile's id only where allowed."""
    received_at = format_timestamp(state.received_at)
    is_now, is_new = state.occurred_at == state.received_at, state.updated_at == state.received_at
    document: Json = {
        "event": event_name,
        "id": shown_id(state.space, state.event_id),
        "version": ids.encode(state.version_id),
        "occurred_at": received_at if is_now else format_timestamp(state.occurred_at),
        "source": state.source,
        "identifiers": {kind: value for kind, value in state.identifiers.items() if kind in readable},
        "data": msgspec.Raw(state.data.encode()),
        **_goal_json(state.goal),
        "trust": state.trust,
        "received_at": received_at,
        "updated_at": received_at if is_new else format_timestamp(state.updated_at),
    }
    if state.visitor is not None:
        document["visitor"] = state.visitor
    if state.consent is not None:
        document["consent"] = msgspec.Raw(state.consent.encode())
    if state.deleted_at is not None:
        document["deleted_at"] = format_timestamp(state.deleted_at)
    if profile and state.profile_id is not None:
        document["profile"] = ids.encode(state.profile_id)
    return document


def readable_event(state: EventState, definition: Definition, asking: Principal) -> Json | None:
    """A stored event as whoever is asking may see it; None if they may not."""
    readable = asking.readable_of(definition)
    if not is_readable_by(readable, state.identifiers):
        return None
    return event_json(state, definition.draft.event_name, readable, profile=asking.has("profiles.read"))


def echo_json(write: Write) -> Json:
    """What a writer who may not read is answered: its own words."""
    return {
        "event": write.event_name,
        "id": shown_id(write.space, write.event_id),
        "version": ids.encode(write.version_id),
        "occurred_at": format_timestamp(write.occurred_at),
        "source": write.source,
        "identifiers": dict(write.identifiers),
        "data": msgspec.Raw((write.data or "{}").encode()),
        **_goal_json(write.goal or write.given_goal),
        **_consent_json(write.consent),
    }


class Result(msgspec.Struct, gc=False):
    """A line of a batch's answer. A struct, as there are many: a dict takes five times the room."""

    verdict: str
    id: str | None


def results_json(outcomes: Iterable[Outcome], event_ids: Iterable[str | None]) -> list[Result | Json]:
    """The lines of a batch's answer."""
    return [
        _refusal_json(one, event_id) if one.faults else Result(one.verdict, event_id)
        for one, event_id in zip(outcomes, event_ids, strict=True)
    ]


def _refusal_json(outcome: Outcome, event_id: str | None) -> Json:
    errors = [fault.as_json() for fault in outcome.faults]
    return {"verdict": outcome.verdict, "id": event_id, "code": outcome.code, "errors": errors}


def entry_json(entry: Entry, readable: frozenset[str]) -> Json:
    """A line of a timeline."""
    return {
        "id": ids.encode(entry.id),
        "type": entry.event_name,
        "operation": entry.operation,
        "event_id": shown_id(entry.state.space, entry.state.event_id),
        "version": ids.encode(entry.state.version_id),
        "occurred_at": format_timestamp(entry.occurred_at),
        "source": entry.state.source,
        "trust": entry.state.trust,
        "data": msgspec.Raw(entry.state.data.encode()),
        "changes": changes_json(entry.changes, readable),
        **_consent_json(entry.state.consent),
    }


def passage_json(passage: Passage) -> Json:
    """A line of a timeline that tells that somebody joined a segment or left it."""
    return {
        "id": ids.encode(passage.id),
        "type": f"segment.{passage.operation}",
        "operation": "insert",
        "event_id": None,
        "version": None,
        "occurred_at": format_timestamp(passage.occurred_at),
        "source": "segments",
        "trust": None,
        "data": {
            "segment": passage.segment_id,
            "name": passage.segment_name,
            "version": passage.version,
        },
        "changes": {},
    }


def profile_json(profile: Profile, readable: frozenset[str]) -> Json:
    """A profile, with the identifiers that may be read."""
    return {
        "id": ids.encode(profile.id),
        "identifiers": {kind: values for kind, values in profile.identifiers.items() if kind in readable},
        "attributes": profile.attributes,
        "created_at": format_timestamp(profile.created_at),
    }


def shown_id(space: int, event_id: str) -> str:
    """An event's id as answers show it: those of web pages carry their prefix."""
    return WEB_PREFIX + event_id if space == WEB_SPACE else event_id


def stored_id(shown: str) -> tuple[int, str]:
    """The space and the id that an event is stored under: the opposite of `shown_id`."""
    if shown.startswith(WEB_PREFIX):
        return WEB_SPACE, shown.removeprefix(WEB_PREFIX)
    return API_SPACE, shown


def _consent_json(consent: str | None) -> Json:
    return {} if consent is None else {"consent": msgspec.Raw(consent.encode())}


def _goal_json(goal: Goal | None) -> Json:
    if goal is None:
        return {}
    members = {
        "goal_type": goal.type,
        "goal_value": unscale(goal.value) if goal.value is not None else None,
        "goal_name": goal.name,
        "goal_currency": goal.currency,
    }
    return {name: value for name, value in members.items() if value is not None}


def changes_json(changes: Mapping[str, Any], readable: frozenset[str]) -> Json:
    """What an update moved, as it is logged: member → its old and its new value."""
    return {
        member: {"old": _change_side(member, old, readable), "new": _change_side(member, new, readable)}
        for member, (old, new) in changes.items()
    }


def _change_side(member: str, value: Any, readable: frozenset[str]) -> Any:
    if value is None:
        return None
    match member:
        case "data":
            return msgspec.Raw(value.encode())
        case "goal":
            return _goal_json(Goal(*value))
        case "identifiers":
            return {kind: name for kind, name in value.items() if kind in readable}
        case "version_id":
            return ids.encode(value)
    return format_timestamp(value)
