"""The playground of a definition: a payload and its verdict, the lines that send it, a test event."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import API_SPACE, Outcome
from collector.core.example_data import asked_fields, example_value
from collector.core.judge import Caller
from collector.core.payloads import API, ApiPayload, Read
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable
from collector.core.versions import current
from collector.intake.trial import Trial
from collector.web.access import allow, principal, the_actor
from collector.web.pages.definitions import shown, slug, the_definition
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts, public_url
from collector.web.sending import LABELS, sending_lines

blueprint = make_blueprint("trying", "/sections/<section_id>")

LONGEST = 100_000
"""Characters of a payload that is typed."""

WORDS = {
    "stored": "It would be stored.",
    "updated": "It would update the event that has this id.",
    "duplicate": "It is there already, as it stands: nothing would change.",
    "ignored": "It is older than what is stored: nothing would change.",
    "filtered": "It would be filtered out.",
    "rejected": "It would be refused.",
}


@blueprint.get("/definitions/<name>/try")
@allow("events.try")
def ask(section_id: str, name: str) -> Response:
    """An example of a payload, to be changed and tried."""
    definition = the_definition(section_id, name)
    return _page(definition, example_payload(definition))


@blueprint.post("/definitions/<name>/try")
@allow("events.test")
def attempt(section_id: str, name: str) -> AnyResponse:
    """The verdict on a payload, and where it was refused; or the test event that was stored."""
    definition = the_definition(section_id, name)
    text = request.form.get("payload", "")
    try:
        read = _read(text, definition)
    except Problem as problem:
        return _page(definition, text, faults=problem.faults, status=problem.status)
    trial, caller = Trial(parts().store, parts().intake), _caller()
    if request.form.get("do") != "send":
        return _page(definition, text, trial.rehearse(read, caller))
    outcome = trial.send(read, caller)
    if outcome.state is None:
        return _page(definition, text, outcome)
    event = ids.encode(outcome.state.id)
    note = "The test event is stored, for a person made up for it."
    return go_to("pages_live_events.event", section_id=section_id, event_number=event, note=note)


@blueprint.post("/events/<event_number>/erase-test")
@allow("events.test")
def erase(section_id: str, event_number: str) -> AnyResponse:
    """Erases a test event, with the person made up for it."""
    number = ids.decode(event_number)
    if number is None:
        raise Problem("not-found", "There is no such test event.")
    trial = Trial(parts().store, parts().intake)
    event = trial.erase(section_id, number, the_actor(), parts().now())
    definition = parts().store.definitions.by_id(ids.encode(event.definition_id))
    assert definition is not None, "an event that is visible has a definition"
    return go_to(
        "pages_trying.ask", section_id=section_id, name=slug(definition), note="The test event is erased."
    )


def example_payload(definition: Definition) -> str:
    """A payload to begin with, as a person writes it: what is asked for, each with a value that fits."""
    version = current(definition.versions, parts().now()) or definition.versions[-1]
    document = {
        "event": definition.draft.event_name,
        "id": "order-1001" if definition.draft.category == "transaction" else "1001",
        "identifiers": {"email": "anna@example.com"},
        "data": {one.name: example_value(one) for one in asked_fields(version.content)},
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def _read(text: str, definition: Definition) -> Read[ApiPayload]:
    """Raises `Problem("body-unreadable")`."""
    try:
        if len(text) > LONGEST:
            raise Unreadable("too-long", f"A payload that is tried has at most {LONGEST:,} characters.")
        payload, faults = API.read(text.encode("utf-8", "surrogatepass"))
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    name = definition.draft.event_name
    if payload.event not in (None, name):
        faults = [*faults, Fault("event-unknown", "/event", f"This page tries {name}, and nothing else.")]
    return payload, faults


def _caller() -> Caller:
    return Caller(
        section_id=principal().section_id,
        door="api",
        space=API_SPACE,
        received_at=parts().now(),
        source=principal().name,
    )


def _page(
    definition: Definition, text: str, outcome: Outcome | None = None, faults: Any = (), status: int = 200
) -> Response:
    told = list(faults) or (list(outcome.faults) if outcome is not None else [])
    return page(
        "pages/definition_try.html",
        status=status,
        **shown(definition),
        payload=text,
        longest=LONGEST,
        verdict=outcome.verdict if outcome is not None else "unreadable" if told else "",
        sentence=WORDS[outcome.verdict] if outcome is not None else "",
        faults=told,
        lines={LABELS[name]: code for name, code in sending_lines(public_url(), _compact(text)).items()},
    )


def _compact(text: str) -> str:
    """The payload without the blanks between its members, where it is JSON; every digit stays."""
    return " ".join(line.strip() for line in text.strip().splitlines())
