"""`/v1/…` of Segment's tracking API: batches of messages, and single ones.

A client of it sends again what was answered 408, 429 or 5xx, and lets go of what was answered another 4xx.
So a batch is answered 200 as soon as its messages were judged: those that were refused are kept here, with
their reasons, and the answer says so of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from collector.core.events import API_SPACE, Outcome
from collector.core.foreign_words import visitor_of
from collector.core.judge import Caller
from collector.core.problems import Fault, Problem
from collector.intake.introduce import ALIAS, IDENTIFY, Introducer
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.bodies import read_body
from collector.web.openapi import about_segment_io as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.problems import problem_json
from collector.web.segment_io.decode import Batch, Message, place_of, read_batch, read_call

ADDRESSES = ("/v1/",)
DOOR = "segment"

_RIGHTS = frozenset({"scope-missing", "event-not-allowed", "identifier-not-allowed"})
_ABOUT_PEOPLE = (IDENTIFY, ALIAS)

blueprint = Blueprint("segment_io", __name__, url_prefix="/v1")


def error_json(problem: Problem) -> dict[str, Any]:
    """A refusal as these clients read it: by `code` and `message`."""
    told = problem_json(problem)
    shown = {"success": False, "code": problem.code, "message": problem.detail}
    return {**shown, **({"errors": told["errors"]} if "errors" in told else {}), **problem.extra}


@blueprint.post("/batch", endpoint="batch")
@blueprint.post("/import", endpoint="import")
@allow("events.write")
@documented(about.TOLD_OF_ALL, body=about.BATCH, codes=about.CODES, manners=about.MANNERS)
def batch() -> Response:
    """Up to 2,500 messages, each with a verdict of its own."""
    sent = read_batch(read_body(), _is_defined)
    results = [_result(*one) for one in zip(sent.messages, _outcomes(sent), strict=True)]
    counts = Counter(result["verdict"] for result in results)
    return json_answer({"success": True, "results": results, **counts})


@blueprint.post("/track")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["track"], codes=about.CODES, manners=about.MANNERS)
def track() -> Response:
    """One event."""
    return _answer_to("track")


@blueprint.post("/identify")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["identify"], codes=about.CODES, manners=about.MANNERS)
def identify() -> Response:
    """Who somebody is: identifiers, a browser, attributes. No event is stored."""
    return _answer_to("identify")


@blueprint.post("/page")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["page"], codes=about.CODES, manners=about.MANNERS)
def page() -> Response:
    """The visit of a page: an event of its name where that is defined, else one that is called `page`."""
    return _answer_to("page")


@blueprint.post("/screen")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["screen"], codes=about.CODES, manners=about.MANNERS)
def screen() -> Response:
    """The same of an app: an event of its name where that is defined, else one that is called `screen`."""
    return _answer_to("screen")


@blueprint.post("/group")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["group"], codes=about.CODES, manners=about.MANNERS)
def group() -> Response:
    """What a person belongs to: an event that is called `group`."""
    return _answer_to("group")


@blueprint.post("/alias")
@allow("events.write")
@documented(about.TOLD, body=about.CALLS["alias"], codes=about.CODES, manners=about.MANNERS)
def alias() -> Response:
    """Two names of one person: links a browser to somebody, or makes two people one. No event is stored."""
    return _answer_to("alias")


def _answer_to(kind: str) -> Response:
    """Of one message of this type."""
    sent = read_call(read_body(), kind, _is_defined)
    outcome = _outcomes(sent)[0]
    result = _result(sent.messages[0], outcome)
    if outcome.verdict != "rejected":
        return json_answer({"success": True, **result})
    code = outcome.code if outcome.code in _RIGHTS else "payload-invalid"
    faults = _faults(kind, outcome)
    raise Problem(code, faults[0].message, faults=faults, extra={"verdict": "rejected"})


def _outcomes(sent: Batch) -> Sequence[Outcome]:
    """Events first, in one commit; then what is said of people, who may be in those events."""
    caller = _caller(sent.sent_at)
    outcomes: dict[int, Outcome] = {}
    events = [one for one in enumerate(sent.messages) if one[1].type not in _ABOUT_PEOPLE]
    if events:
        stored = parts().intake.accept([message.read for _, message in events], caller)
        outcomes = {place: outcome for (place, _), outcome in zip(events, stored, strict=True)}
    introducer = _introducer(caller)
    said = [one for one in enumerate(sent.messages) if one[1].type == IDENTIFY]
    introduced = introducer.identify([message.read for _, message in said])
    outcomes |= {place: outcome for (place, _), outcome in zip(said, introduced, strict=True)}
    for place, message in enumerate(sent.messages):
        if message.type == ALIAS:
            outcomes[place] = introducer.alias(message.read, message.previous, visitor_of(message.previous))
    return [outcomes[place] for place in range(len(sent.messages))]


def _result(message: Message, outcome: Outcome) -> dict[str, Any]:
    payload, _ = message.read
    result: dict[str, Any] = {"verdict": outcome.verdict, "messageId": payload.id}
    if outcome.faults:
        result["code"] = outcome.code
        result["errors"] = [fault.as_json() for fault in _faults(message.type, outcome)]
    return result


def _faults(kind: str, outcome: Outcome) -> list[Fault]:
    """What is wrong, at its places in the message."""
    return [replace(fault, pointer=place_of(fault.pointer, kind)) for fault in outcome.faults]


def _is_defined(event_name: str) -> bool:
    found = parts().store.definitions.find(principal().section_id, event_name)
    return found is not None and found.hidden_at is None


def _introducer(caller: Caller) -> Introducer:
    asking = principal()
    is_for_every_event = asking.key is None or asking.key.events is None
    return Introducer(
        store=parts().store,
        intake=parts().intake,
        caller=caller,
        actor=the_actor(),
        may_describe=asking.has("profiles.write"),
        may_merge=asking.has("profiles.merge") and asking.reads_everybody and is_for_every_event,
    )


def _caller(sent_at: int | None) -> Caller:
    asking = principal()
    return Caller(
        section_id=asking.section_id,
        door=DOOR,
        space=API_SPACE,
        received_at=parts().now(),
        source=asking.name,
        key=asking.key,
        sent_at=sent_at,
    )
