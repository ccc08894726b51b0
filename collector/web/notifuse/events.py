"""`/api/customEvents.…` of the Notifuse API: writing events, and reading them back by e-mail or by name."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.events import API_SPACE, Outcome
from collector.core.judge import Caller
from collector.core.payloads import ID_LENGTH
from collector.core.problems import Problem
from collector.intake.accept import HELD_BACK
from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.api.shapes import stored_id
from collector.web.bodies import read_body
from collector.web.notifuse.contacts import (
    find_contact,
    find_definition,
    number_of,
    readable_definitions,
    require_readable_emails,
    shown_events,
)
from collector.web.notifuse.decode import MOST_EVENTS, SOURCE, Import, read_import, read_upsert
from collector.web.notifuse.errors import refusal, require_section
from collector.web.notifuse.queries import read_number, read_word
from collector.web.notifuse.shapes import Json, echo_json
from collector.web.notifuse.wording import invalid_request, refused_import, refused_upsert
from collector.web.openapi import about_notifuse as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.reach import readable_kinds_of

DOOR = "notifuse"
LIMIT, MOST = 50, 100

blueprint = Blueprint("notifuse_events", __name__, url_prefix="/api")


@blueprint.post("/customEvents.upsert")
@allow("events.write")
@documented(about.OneCustomEvent, body=about.AN_EVENT, codes=about.CODES_OF_WRITING, manners=about.MANNERS)
def upsert() -> Response:
    """One event: made, or what is stored of it brought up to date."""
    sent = read_upsert(read_body())
    require_section(sent.workspace_id)
    outcome = parts().intake.accept_directly([sent.event.read], _caller())[0]
    if outcome.verdict == "rejected":
        raise refusal(outcome, refused_upsert(sent.event, outcome.faults))
    return json_answer({"event": _event_of(outcome)})


@blueprint.post("/customEvents.import", endpoint="import")
@allow("events.write")
@documented(about.EVENTS_STORED, body=about.EVENTS, codes=about.CODES_OF_WRITING, manners=about.MANNERS)
def import_events() -> Response:
    """Up to 50 events, all of them or none."""
    sent = read_import(read_body())
    require_section(sent.workspace_id)
    _require_size(sent)
    outcomes = parts().intake.accept_whole([event.read for event in sent.events], _caller())
    for index, outcome in enumerate(outcomes):
        if outcome.verdict == "rejected" and outcome.faults[0].code != HELD_BACK.code:
            raise refusal(outcome, refused_import(sent.events[index], outcome.faults, index))
    names = [event.external_id for event in sent.events]
    return json_answer({"event_ids": names, "count": len(names)}, 201)


@blueprint.get("/customEvents.get")
@allow("events.read")
@documented(
    about.OneCustomEvent, query=about.CustomEventWanted, codes=about.CODES_OF_READING, manners=about.MANNERS
)
def get() -> Response:
    """One event by its name and id."""
    wanted = [read_word(name) for name in ("workspace_id", "event_name", "external_id")]
    if not all(wanted):
        raise Problem("request-invalid", "workspace_id, event_name, and external_id are required")
    workspace_id, event_name, external_id = wanted
    found = _find(event_name, external_id) if workspace_id == principal().section_id else []
    if not found:
        raise Problem("not-found", "Custom event not found")
    return json_answer({"event": found[0]})


@blueprint.get("/customEvents.list")
@allow("events.read")
@documented(
    about.CustomEvents, query=about.CustomEventsWanted, codes=about.CODES_OF_READING, manners=about.MANNERS
)
def index() -> Response:
    """The events of a person, or else of a name, the latest first."""
    workspace_id, email, event_name = map(read_word, ("workspace_id", "email", "event_name"))
    if workspace_id and not email and not event_name:
        raise Problem("request-invalid", "either email or event_name is required")
    require_section(workspace_id)
    require_readable_emails()
    events = _of_person(email) if email else _of_name(event_name)
    return json_answer({"events": events, "count": len(events)})


def _require_size(sent: Import) -> None:
    if sent.count == 0:
        raise Problem("request-invalid", invalid_request("events array cannot be empty"))
    if sent.count > MOST_EVENTS:
        raise Problem(
            "request-invalid", invalid_request(f"cannot import more than {MOST_EVENTS} events at once")
        )


def _event_of(outcome: Outcome) -> Json:
    """The stored event if the key may read it, else an echo of what was sent."""
    write, state = outcome.written, outcome.state
    assert write is not None
    definition = parts().store.definitions.find(write.section_id, write.event_name)
    shown = shown_events([state], {state.definition_id: definition}) if state and definition else []
    return shown[0] if shown else echo_json(write)


def _find(event_name: str, external_id: str) -> list[Json]:
    definition = find_definition(event_name)
    space, event_id = stored_id(external_id)
    if definition is None or "\0" in event_id or len(event_id) > ID_LENGTH:
        return []
    number = number_of(definition)
    state = parts().store.events.find(number, space, event_id)
    return shown_events([state], {number: definition}) if state else []


def _of_person(email: str) -> list[Json]:
    definitions = readable_definitions()
    contact = find_contact(email)
    if contact is None:
        return []
    _, profile = contact
    readable = readable_kinds_of(definitions)
    found = parts().store.contacts.events_of(profile.id, readable, _limit(), _offset())
    return shown_events(found, definitions)


def _of_name(event_name: str) -> list[Json]:
    definitions = {
        number: one for number, one in readable_definitions().items() if one.draft.event_name == event_name
    }
    found = parts().store.contacts.events(readable_kinds_of(definitions), _limit(), _offset())
    return shown_events(found, definitions)


def _limit() -> int:
    limit = read_number("limit") or 0
    return min(limit, MOST) if limit > 0 else LIMIT


def _offset() -> int:
    return max(read_number("offset") or 0, 0)


def _caller() -> Caller:
    asking = principal()
    return Caller(
        section_id=asking.section_id,
        door=DOOR,
        space=API_SPACE,
        received_at=parts().now(),
        source=SOURCE,
        key=asking.key,
    )
