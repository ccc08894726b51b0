"""`/b/…`: what the snippets on pages send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from crawlerdetect import CrawlerDetect
from flask import Blueprint, Response, g, request

from collector.core.definitions import Definition
from collector.core.events import WEB_SPACE, Outcome
from collector.core.judge import Caller
from collector.core.payloads import BeaconPayload, Read
from collector.core.problems import Problem
from collector.intake.decode import read_beacon
from collector.web.access import ANYBODY, allow
from collector.web.answers import Answer, in_json
from collector.web.api.shapes import results_json
from collector.web.bodies import read_body
from collector.web.judged import Judged, status_of
from collector.web.openapi import about_pages as about
from collector.web.openapi.operations import documented
from collector.web.origins import require_origin, sharing
from collector.web.parts import Parts, parts
from collector.web.problems import refused
from collector.web.trigger_health import trigger_numbers

blueprint = Blueprint("beacons", __name__)

TYPES = ("", "text/plain", "application/json")
PREFLIGHT_SECONDS = 7200
NO_TRIGGERS: frozenset[int] = frozenset()


@blueprint.post("/b/<stem:public_id>", provide_automatic_options=False)
@allow(ANYBODY)
@documented(about.BEACON_VERDICT, body=about.BEACON_BODY, codes=about.CODES)
def receive(public_id: str) -> Response:
    """A beacon: one event or several, for a version or for whichever is current."""
    definition = beacon_definition(public_id)
    require_origin(definition)
    if request.mimetype not in TYPES:
        sentence = "A beacon is JSON, sent as text/plain or application/json."
        raise Problem("media-type-unsupported", sentence, wanted=("Accept", "text/plain, application/json"))
    judged = judge(parts(), definition, public_id, request.environ, read_body())
    return judged.committed(parts().intake).as_response()


def judge(
    parts: Parts, definition: Definition, public_id: str, environ: Mapping[str, Any], body: bytes
) -> Judged:
    """A beacon whose page may send it. Raises `Problem` for one that cannot be read.

    `environ` is that of the request (PEP 3333).
    """
    reads, sent_at = read_beacon(body)
    page = environ.get("HTTP_REFERER", "")
    caller = beacon_caller(parts, definition, "beacon", reads, sent_at, page)
    reason = reason_to_filter(definition, environ)
    if reason is not None:
        return Judged(parts.intake.filtered(len(reads), definition, caller, reason), partial(_answer, reads))
    version_id = None if public_id == definition.id else public_id
    decisions = parts.intake.decide_beacon(reads, definition, version_id, caller)
    origin = environ.get("HTTP_ORIGIN")

    def answer(outcomes: Sequence[Outcome]) -> Answer:
        told = _answer(reads, outcomes)
        if origin is not None:
            parts.store.installs.note(public_id, origin, caller.received_at)
        return told

    return Judged(decisions, answer)


@blueprint.route("/b/<stem:public_id>", methods=["OPTIONS"])
@allow(ANYBODY)
def preflight(public_id: str) -> Response:
    """For pages that send `application/json`; the snippet's own beacons need none."""
    require_origin(beacon_definition(public_id))
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "POST"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
    answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


@blueprint.after_app_request
def _share(answer: Response) -> Response:
    """Refusals too must be readable by the page, which learns from them whether to try again."""
    if request.path.startswith("/b/"):
        answer.headers.extend(sharing(request.headers.get("Origin"), g.get("beacon_definition")))
    return answer


def beacon_definition(public_id: str) -> Definition:
    """The definition at a beacon's address. Raises `Problem`: `not-found`, `definition-hidden`."""
    definition = parts().store.definitions.by_id(public_id)
    if definition is None or not definition.draft.web_tracking.enabled:
        raise Problem("not-found", "No web event has this address.")
    g.beacon_definition = definition
    if definition.hidden_at is not None:
        raise Problem("definition-hidden", "This event is collected no longer.")
    return definition


def beacon_caller(
    parts: Parts,
    definition: Definition,
    door: str,
    reads: Sequence[Read[BeaconPayload]],
    sent_at: int | None,
    page: str = "",
) -> Caller:
    """Whoever sends from a page; `sent_at` is the browser's clock, in microseconds, `page` its Referer."""
    tracking, now = definition.draft.web_tracking, parts.now()
    is_signed = any(payload.token is not None for payload, _ in reads)
    is_triggered = any(payload.trigger is not None for payload, _ in reads)
    return Caller(
        section_id=definition.section_id,
        door=door,
        space=WEB_SPACE,
        received_at=now,
        source=tracking.source,
        sent_at=sent_at,
        believes_claims=tracking.identity == "claimed",
        secrets=parts.store.secrets.good(definition.section_id, now) if is_signed else (),
        page=page,
        triggers=frozenset(trigger_numbers(definition)) if is_triggered else NO_TRIGGERS,
    )


def reason_to_filter(definition: Definition, environ: Mapping[str, Any]) -> str | None:
    """Why what a page sends is counted and not kept, if so."""
    tracking = definition.draft.web_tracking
    purpose = environ.get("HTTP_SEC_PURPOSE", environ.get("HTTP_PURPOSE", ""))
    is_early = "prerender" in purpose
    if (is_early and tracking.prerendered == "wait") or (not is_early and "prefetch" in purpose):
        return "prefetch"
    has_signal = environ.get("HTTP_SEC_GPC") == "1"
    if tracking.consent == "gpc" and has_signal and not _says_consent(environ):
        return "gpc"
    if tracking.bots == "filter" and _is_bot(environ.get("HTTP_USER_AGENT", "")[:512]):
        return "bot"
    return None


def _says_consent(environ: Mapping[str, Any]) -> bool:
    """Whether the snippet has looked itself: the person said yes in spite of the signal, or has none."""
    return bool(environ.get("QUERY_STRING") == "consent")


@lru_cache(maxsize=4096)
def _is_bot(user_agent: str) -> bool:
    return bool(CrawlerDetect(user_agent=user_agent).isCrawler())


def _answer(reads: Sequence[Read[BeaconPayload]], outcomes: Sequence[Outcome]) -> Answer:
    """Verdicts and nothing else: a page must not learn what is stored, or of whom."""
    if len(outcomes) == 1:
        if outcomes[0].verdict == "rejected":
            raise refused(outcomes[0])
        return in_json({"verdict": outcomes[0].verdict}, status_of(outcomes))
    results = results_json(outcomes, [payload.id for payload, _ in reads])
    return in_json({"results": results}, status_of(outcomes))
