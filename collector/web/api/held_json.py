"""All that is held of a person, as JSON: for people to read and for programs to take elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from collector.core.fields import format_timestamp
from collector.store.events import AppliedChange
from collector.store.held import Held, HeldEvent
from collector.store.rejections import KeptRejection
from collector.web.api.rejection_shapes import rejection_json
from collector.web.api.shapes import Json, changes_json, event_json, profile_json
from collector.web.reach import EVERY_KIND


def held_json(held: Held, event_names: Mapping[int, str], section_id: str, now: int) -> Json:
    """`event_names`: those of every definition that has an event in it, by number; `now` in microseconds."""
    person, merged = held.profiles[:1], held.profiles[1:]
    return {
        "section": section_id,
        "exported_at": format_timestamp(now),
        "profile": profile_json(person[0], EVERY_KIND) if person else None,
        "merged": [profile_json(one, EVERY_KIND) for one in merged],
        "visitors": [
            {"visitor": one.visitor, "linked_at": format_timestamp(one.linked_at)} for one in held.visitors
        ],
        "events": [_event(one, event_names) for one in held.events],
        "segments": [
            {
                "segment": one.segment_id,
                "name": one.segment_name,
                "operation": one.operation,
                "occurred_at": format_timestamp(one.occurred_at),
            }
            for one in held.passages
        ],
        "webhooks": [
            {
                "webhook": one.webhook,
                "type": one.type,
                "state": one.fate,
                "recorded_at": format_timestamp(one.recorded_at),
                "ended_at": format_timestamp(one.ended_at) if one.ended_at is not None else None,
            }
            for one in held.told
        ],
        "rejections": [_rejection(one) for one in held.rejections],
    }


def _event(held: HeldEvent, event_names: Mapping[int, str]) -> Json:
    document = event_json(held.state, event_names[held.state.definition_id], EVERY_KIND, profile=True)
    document["door"] = held.state.door
    document["changes"] = [_change(one) for one in held.changes]
    return document


def _change(change: AppliedChange) -> Json:
    return {
        "operation": change.operation,
        "occurred_at": format_timestamp(change.occurred_at),
        "recorded_at": format_timestamp(change.recorded_at),
        "changes": changes_json(change.changes, EVERY_KIND),
    }


def _rejection(rejection: KeptRejection) -> Json:
    """As it was kept: what is masked from everybody else is the person's own."""
    raw = {"errors": rejection.faults, "payload": rejection.payload}
    return {**rejection_json(rejection, frozenset()), **raw}
