"""`POST /api/cloudevents`: one CloudEvent, or a batch of them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from flask import Blueprint, Response, request

from collector.core.events import API_SPACE, Outcome
from collector.core.judge import Caller
from collector.core.payloads import Read, VouchedPayload
from collector.core.problems import Problem
from collector.web.access import allow, principal
from collector.web.api.events import answer_to
from collector.web.bodies import read_body
from collector.web.cloudevents.decode import (
    BATCH,
    PREFIX,
    STRUCTURED,
    place_of,
    read_batch,
    read_binary,
    read_structured,
)
from collector.web.openapi import about_other_doors as about
from collector.web.openapi.about_events import CODES_OF_WRITING, VERDICT
from collector.web.openapi.operations import documented
from collector.web.parts import parts

DOOR = "cloudevents"

blueprint = Blueprint("cloudevents", __name__, url_prefix="/api/cloudevents")


@blueprint.post("")
@allow("events.write")
@documented(VERDICT, body=about.CLOUDEVENTS, codes=CODES_OF_WRITING)
def receive() -> Response:
    """Judged and on disk before the answer, which is that of `POST /api/v1/events`."""
    reads, is_batch = _read()
    caller = Caller(
        section_id=principal().section_id,
        door=DOOR,
        space=API_SPACE,
        received_at=parts().now(),
        source=principal().name,
        key=principal().key,
    )
    outcomes = [_in_their_words(one) for one in parts().intake.accept(reads, caller)]
    return answer_to(parts(), principal(), reads, outcomes, is_batch).as_response()


def _read() -> tuple[list[Read[VouchedPayload]], bool]:
    """The events, and whether they came as a batch; the content type tells the mode (HTTP binding, 3)."""
    content_type = request.mimetype
    if content_type == STRUCTURED:
        return [read_structured(read_body())], False
    if content_type == BATCH:
        return read_batch(read_body()), True
    headers = {name.lower(): value for name, value in request.headers.items()}
    if content_type.startswith("application/cloudevents") or f"{PREFIX}specversion" not in headers:
        sentence = f"Send {STRUCTURED}, {BATCH}, or the ce- headers."
        raise Problem("media-type-unsupported", sentence, wanted=("Accept", f"{STRUCTURED}, {BATCH}"))
    return [read_binary(headers, request.headers.get("Content-Type", ""), read_body())], False


def _in_their_words(outcome: Outcome) -> Outcome:
    """With what is wrong at its places in the CloudEvent."""
    faults = tuple(replace(fault, pointer=place_of(fault.pointer)) for fault in outcome.faults)
    return msgspec.structs.replace(outcome, faults=faults) if faults else outcome
