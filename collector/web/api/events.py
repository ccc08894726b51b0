"""`/api/v1/events`: writing events, trying them out, reading them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import API_SPACE, VERDICTS, EventState, Outcome
from collector.core.judge import Caller
from collector.core.payloads import ApiPayload, Read
from collector.core.problems import Problem
from collector.core.rights import Principal
from collector.intake.decode import read_events
from collector.store.events import Wanted
from collector.web.access import allow, principal
from collector.web.answers import Answer, in_json, json_answer
from collector.web.api.queries import read_consent, read_cursor, read_limit, read_moment, refuse_unknown
from collector.web.api.shapes import Json, echo_json, readable_event, results_json, stored_id
from collector.web.bodies import read_body, require_json
from collector.web.judged import Judged, status_of
from collector.web.openapi import about_events as about
from collector.web.openapi.operations import documented
from collector.web.parts import Parts, parts
from collector.web.problems import refused
from collector.web.reach import readable_kinds_of

blueprint = Blueprint("events", __name__, url_prefix="/api/v1/events")

ALWAYS_COUNTED = ("stored", "updated", "duplicate", "ignored", "rejected")


@blueprint.post("")
@allow("events.write")
@documented(about.VERDICT, body=about.EVENTS, codes=about.CODES_OF_WRITING)
def create() -> Response:
    """One event or a batch, judged and on disk before the answer."""
    require_json()
    return judge(parts(), principal(), read_body()).committed(parts().intake).as_response()


def judge(parts: Parts, asking: Principal, body: bytes) -> Judged:
    """A body of events. Raises `Problem` for one that cannot be read."""
    reads, is_batch = read_events(body)
    decisions = parts.intake.decide(reads, _caller(parts, asking))
    return Judged(decisions, partial(answer_to, parts, asking, reads, is_batch=is_batch))


@blueprint.post("/validate")
@allow("events.try")
@documented(about.VERDICT, body=about.EVENTS, codes=about.CODES_OF_WRITING)
def validate() -> Response:
    """The same verdict; nothing is stored."""
    require_json()
    reads, is_batch = read_events(read_body())
    outcomes = parts().intake.rehearse(reads, _caller(parts(), principal()))
    return answer_to(parts(), principal(), reads, outcomes, is_batch).as_response()


@blueprint.get("")
@allow("events.read")
@documented(about.Events, query=about.EventsWanted, codes="definition-hidden")
def index() -> Response:
    """Stored events, newest first, as far as the key may read them."""
    refuse_unknown("event", "id", "from", "to", "consent", "purpose", "limit", "cursor")
    asking = principal()
    definitions = {_number(one): one for one in _visible(asking, request.args.get("event"))}
    readable = readable_kinds_of(definitions)
    event_id, consent = request.args.get("id"), read_consent()
    wanted = Wanted(readable, event_id, read_moment("from"), read_moment("to"), consent)
    page = parts().store.events.page(wanted, read_limit(), read_cursor())
    shown = [readable_event(state, definitions[state.definition_id], asking) for state in page.items]
    document: Json = {"events": [event for event in shown if event is not None]}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


@blueprint.get("/<event_name>/<anything:event_id>")
@allow("events.read")
@documented(about.Event, codes="definition-hidden")
def show(event_name: str, event_id: str) -> Response:
    """One event by its name (a `/` in it is written `~`) and id."""
    asking = principal()
    for definition in _visible(asking, event_name.replace("~", "/")):
        state = _find(definition, event_id)
        event = readable_event(state, definition, asking) if state else None
        if event is not None:
            return json_answer(event)
    raise Problem("not-found", "There is no such event.")


def _find(definition: Definition, event_id: str) -> EventState | None:
    space, plain = stored_id(event_id)
    return parts().store.events.find(_number(definition), space, plain)


def _visible(asking: Principal, event_name: str | None) -> list[Definition]:
    """The definitions that the key is for: all, or the one that is named. Raises `definition-hidden`."""
    store = parts().store
    if event_name is None:
        return [
            one for one in store.definitions.all(asking.section_id) if asking.may_use(one.draft.event_name)
        ]
    definition = store.definitions.find(asking.section_id, event_name)
    if definition is None or not asking.may_use(event_name):
        return []
    if definition.hidden_at is not None:
        raise Problem("definition-hidden", "This event is collected no longer.")
    return [definition]


def _caller(parts: Parts, asking: Principal) -> Caller:
    return Caller(
        section_id=asking.section_id,
        door="api",
        space=API_SPACE,
        received_at=parts.now(),
        source=asking.name,
        key=asking.key,
    )


def answer_to(
    parts: Parts,
    asking: Principal,
    reads: Sequence[Read[ApiPayload]],
    outcomes: Sequence[Outcome],
    is_batch: bool,
) -> Answer:
    """The answer to events that were judged. Raises `Problem` for a single one that was refused."""
    if is_batch:
        return in_json(batch_json(reads, outcomes), status_of(outcomes))
    outcome = outcomes[0]
    if outcome.verdict == "rejected":
        raise refused(outcome)
    document = {"verdict": outcome.verdict, "event": _event_of(parts, asking, outcome)}
    return in_json(document, status_of(outcomes))


def _event_of(parts: Parts, asking: Principal, outcome: Outcome) -> Json | None:
    """The stored event if the key may read it, else an echo of what was sent."""
    write, state = outcome.written, outcome.state
    if write is None:
        return None
    definition = parts.store.definitions.find(write.section_id, write.event_name)
    shown = readable_event(state, definition, asking) if definition and state else None
    return shown or echo_json(write)


def batch_json(reads: Sequence[Read[ApiPayload]], outcomes: Sequence[Outcome]) -> Json:
    """A result for each event, in order, and how many there are of each verdict."""
    results = results_json(outcomes, [payload.id for payload, _ in reads])
    counts = Counter([outcome.verdict for outcome in outcomes])
    shown: Json = {
        verdict: counts[verdict] for verdict in VERDICTS if verdict in ALWAYS_COUNTED or counts[verdict]
    }
    return {"results": results, **shown}


def _number(definition: Definition) -> int:
    number = ids.decode(definition.id)
    assert number is not None
    return number
