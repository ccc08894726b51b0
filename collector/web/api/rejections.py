"""`/api/v1/rejections`: what was refused, and why; by cause; and judged again after a correction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.fields import format_timestamp
from collector.core.problems import Fault, Problem
from collector.intake.replay import Fit, Replay, Replayer
from collector.store.rejections import KeptRejection, Selection
from collector.store.replays import Asked
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.rejection_shapes import cause_json, rejection_json, replay_json
from collector.web.api.shapes import Json
from collector.web.bodies import read_document
from collector.web.openapi import about_rejections as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.reach import rejections_within_reach, require_use

blueprint = Blueprint("rejections", __name__, url_prefix="/api/v1/rejections")

EVERY_EVENT = "rejections"
"""What the audit log calls a replay that is not of one event alone."""


@dataclass(frozen=True, slots=True)
class ReplayWanted:
    """What a replay is asked for, as its body says."""

    selection: Selection
    event: str | None
    is_preview: bool
    so_far: Replay


@blueprint.get("")
@allow("rejections.read")
@documented(about.Rejections, query=about.RejectionsWanted, codes="event-not-allowed")
def index() -> Response:
    """The kept rejections, newest first. They may hold anything, so every read right is needed."""
    refuse_unknown("event", "cause", "limit", "cursor")
    page = parts().store.rejections.selected(_selection_asked_for(), read_limit(), read_cursor())
    document: Json = {"rejections": [rejection_json(one, _personal(one)) for one in page.items]}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


@blueprint.get("/causes")
@allow("rejections.read")
@documented(about.Causes, query=about.CausesWanted, codes="event-not-allowed")
def causes() -> Response:
    """The same by their cause, the most frequent first, each with its latest example."""
    refuse_unknown("event", "limit", "cursor")
    page = parts().store.rejections.causes(_selection_asked_for(), read_limit(), read_cursor())
    document: Json = {"causes": [cause_json(one, _personal(one.example)) for one in page.items]}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


@blueprint.post("/replay")
@allow("rejections.replay")
@documented(about.ReplayTold, body=about.REPLAY, codes="event-not-allowed")
def replay() -> Response:
    """Judges rejections again, by the versions and rights of now, and stores what passes; or only says so.

    The oldest first, 5,000 in one request. What is let in is a rejection no more: twice does it once.
    """
    wanted = _replay_asked_for(read_document())
    replayer, now = Replayer(parts().store, parts().intake), parts().now()
    if wanted.is_preview:
        told = replayer.preview(wanted.selection, now, wanted.so_far)
        return json_answer(_replay_json(wanted, told, _pending(replayer, wanted, now)))
    asked = Asked(principal().section_id, the_actor(), wanted.event or EVERY_EVENT)
    return json_answer(_replay_json(wanted, replayer.run(wanted.selection, asked, now, wanted.so_far)))


def _personal(rejection: KeptRejection) -> frozenset[str]:
    definition = parts().store.definitions.find(principal().section_id, rejection.event_name)
    return definition.personal_fields if definition is not None else frozenset()


def _selection_asked_for() -> Selection:
    return _selection(request.args.get("event"), request.args.get("cause"))


def _selection(event: str | None, cause: str | None) -> Selection:
    if event is not None:
        require_use(event)
    found = rejections_within_reach(event)
    if cause is None:
        return found
    number = ids.decode(cause)
    if number is None:
        raise _wrong("cause", "This is no cause of an earlier answer.")
    return replace(found, cause=number)


def _replay_asked_for(document: object) -> ReplayWanted:
    """Raises `Problem("request-invalid")`, at the place that is wrong."""
    if not isinstance(document, dict):
        raise _wrong("", "A replay is asked for with an object.")
    for name in document:
        if name not in ("event", "cause", "preview", "cursor"):
            raise _wrong(name, "Known: event, cause, preview, cursor.")
    texts = {name: document.get(name) for name in ("event", "cause", "cursor")}
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise _wrong(name, "This is a text.")
    is_preview = document.get("preview", False)
    if not isinstance(is_preview, bool):
        raise _wrong("preview", "This is true or false.")
    last = ids.decode(texts["cursor"]) if texts["cursor"] is not None else None
    if last is None and texts["cursor"] is not None:
        raise _wrong("cursor", "This is no cursor of an earlier answer.")
    selection = _selection(texts["event"], texts["cause"])
    return ReplayWanted(selection, texts["event"], is_preview, Replay(last=last))


def _pending(replayer: Replayer, wanted: ReplayWanted, now: int) -> Fit | None:
    """What waits for its time, where the question is about one event."""
    if wanted.event is None:
        return None
    definition = parts().store.definitions.find(principal().section_id, wanted.event)
    fit = replayer.fit(wanted.selection, definition, now) if definition is not None else None
    return fit if fit is not None and fit.current_from > now else None


def _replay_json(wanted: ReplayWanted, told: Replay, pending: Fit | None = None) -> Json:
    document = replay_json(told, is_preview=wanted.is_preview)
    if pending is not None:
        document["pending"] = {
            "version": pending.number,
            "current_from": format_timestamp(pending.current_from),
            "accepted": pending.accepted,
        }
    return document


def _wrong(name: str, sentence: str) -> Problem:
    fault = Fault("query-invalid", f"/{name}" if name else "", sentence)
    return Problem("request-invalid", sentence, faults=[fault])
