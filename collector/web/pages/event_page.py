"""One event in full: its values, how it was judged, what changed it; and one refused payload in full."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Definition, Version
from collector.core.events import EventState
from collector.core.fields import format_timestamp
from collector.core.identifiers import KINDS
from collector.core.problems import Problem
from collector.intake.trial import is_test
from collector.store.events import AppliedChange
from collector.web.access import allow
from collector.web.api.rejection_shapes import names_shown
from collector.web.api.shapes import event_json, shown_id
from collector.web.pages.frame import make_blueprint, page
from collector.web.pages.rejected import advice_for, masked_payload
from collector.web.pages.shown import (
    DOORS,
    TRUST,
    ChangeLine,
    change_lines,
    consent_words,
    goal_text,
    labelled,
    masked_data,
    members_of,
    personal_fields,
    pretty,
    version_numbers,
)
from collector.web.parts import parts

blueprint = make_blueprint("live_events", "/sections/<section_id>")

CHANGES = 50


@blueprint.get("/events/<event_number>")
@allow("events.read")
def event(section_id: str, event_number: str) -> Response:
    """One stored event; `event_number` is the id of its row, which no address of the API has."""
    state = parts().store.events.by_number(section_id, _number(event_number, "event"))
    definition = _definition(section_id, state.definition_id) if state else None
    if state is None or definition is None:
        raise Problem("not-found", "There is no such event.")
    personal = personal_fields(definition)
    version = _version(definition, state.version_id)
    types = {field.name: field.type for field in version.content.fields} if version else {}
    found = parts().store.events.changes(state, CHANGES, request.args.get("cursor") or None)
    return page(
        "pages/event.html",
        state=state,
        event_number=event_number,
        is_test=is_test(state),
        definition=definition,
        event_id=shown_id(state.space, state.event_id),
        members=members_of(state.data, personal, types),
        identifiers=labelled(state.identifiers),
        goal=goal_text(state.goal),
        version=version,
        key=_key_name(section_id, state.key_id),
        door=DOORS.get(state.door, state.door),
        trust=TRUST.get(state.trust, state.trust),
        consent=consent_words(state.consent),
        raw_times=_raw_times(state),
        profile_id=ids.encode(state.profile_id) if state.profile_id is not None else None,
        changes=_told(found.items, definition, personal),
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        raw=pretty(_as_document(state, definition, personal)),
    )


@blueprint.get("/rejections/<rejection_id>")
@allow("rejections.read")
def rejection(section_id: str, rejection_id: str) -> Response:
    """One payload that was refused, with its faults."""
    found = parts().store.rejections.find(section_id, _number(rejection_id, "rejection"))
    if found is None:
        raise Problem("not-found", "There is no such rejection.")
    definition = _definition(section_id, found.definition_id) if found.definition_id else None
    if found.definition_id and definition is None:
        raise Problem("not-found", "There is no such rejection.")
    return page(
        "pages/rejection.html",
        rejection=found,
        rejection_id=rejection_id,
        definition=definition,
        version=_version(definition, found.version_id) if definition else None,
        key=_key_name(section_id, found.key_id),
        door=DOORS.get(found.door, found.door),
        advice=advice_for(found),
        faults=names_shown(found.faults),
        cause=ids.encode(found.cause),
        payload=pretty(masked_payload(found, definition)),
    )


def _number(public_id: str, subject: str) -> int:
    number = ids.decode(public_id)
    if number is None:
        raise Problem("not-found", f"There is no such {subject}.")
    return number


def _definition(section_id: str, number: int) -> Definition | None:
    """The definition, unless it is hidden."""
    found = parts().store.definitions.by_id(ids.encode(number))
    is_visible = found is not None and found.section_id == section_id and found.hidden_at is None
    return found if is_visible else None


def _version(definition: Definition, number: int | None) -> Version | None:
    return next((one for one in definition.versions if ids.decode(one.id) == number), None)


def _key_name(section_id: str, number: int | None) -> str:
    if number is None:
        return ""
    name, shown = parts().store.keys.name_of(section_id, number), ids.encode(number)
    return f"{name} ({shown})" if name is not None else shown


def _raw_times(state: EventState) -> list[tuple[str, str]]:
    """The times as the browser sent them, where its clock was corrected."""
    try:
        times = json.loads(state.raw_times or "{}")
    except ValueError:
        times = state.raw_times
    members = times.items() if isinstance(times, dict) else [("raw", times)]
    return [(str(name).replace("_", " "), str(value)) for name, value in members]


def _told(
    changes: Sequence[AppliedChange], definition: Definition, personal: frozenset[str]
) -> list[tuple[AppliedChange, list[ChangeLine]]]:
    versions = version_numbers([definition])
    return [(one, change_lines(one.changes, personal, versions)) for one in changes]


def _as_document(state: EventState, definition: Definition, personal: frozenset[str]) -> dict[str, Any]:
    """The event as the API answers it, and the columns beside that, personal values masked."""
    document = event_json(state, definition.draft.event_name, frozenset(KINDS), profile=True)
    document["data"] = masked_data(state.data, personal)
    registers = {
        "data": state.data_at,
        "goal": state.given_goal.newest if state.given_goal is not None else None,
        "identifiers": state.identifiers_at,
        "deletion": state.deletion_at,
    }
    return {
        **document,
        "door": state.door,
        "key": ids.encode(state.key_id) if state.key_id is not None else None,
        "registers": {name: format_timestamp(at) for name, at in registers.items() if at is not None},
        "raw_times": json.loads(state.raw_times) if state.raw_times else None,
    }
