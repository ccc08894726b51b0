"""What the judge would say of an event of a draft: nothing is stored, and nothing is counted."""

from __future__ import annotations

import msgspec
from flask import Response

from collector.core import ids
from collector.core.definitions import Content, Version
from collector.core.events import WEB_SPACE, Rejection
from collector.core.judge import Caller, Rules, judge
from collector.core.payloads import BEACON, BeaconPayload, Read, splittable
from collector.core.permissions import EVERY_KIND
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable
from collector.web.access import ANYBODY, allow
from collector.web.answers import json_answer
from collector.web.bodies import read_body, require_json
from collector.web.parts import parts
from collector.web.site_editor.entrance import enter, make_blueprint
from collector.web.site_editor.reach import known_at, whole_draft

blueprint = make_blueprint("trying")

NOT_MADE = ids.encode(0)
"""The id of a version that only a draft has so far."""

MEMBERS = ("data", "source")


@blueprint.post("/verdicts/<name>")
@allow(ANYBODY)
def verdict(name: str) -> Response:
    """The verdict that a page's event would get, with everything that is wrong with it."""
    told = enter()
    known = known_at(told, name)
    wanted = whole_draft(known, told)
    payload, faults = _read()
    caller = Caller(
        section_id=told.section_id,
        door="beacon",
        space=WEB_SPACE,
        received_at=parts().now(),
        source=wanted.web_tracking.source,
    )
    rules = Rules(known.event_name, _version(wanted.content))
    decision = judge(payload, faults, rules, EVERY_KIND, caller)
    wrong = decision.faults if isinstance(decision, Rejection) else decision.faults_if_first
    return json_answer(
        {"verdict": "rejected" if wrong else "stored", "errors": [fault.as_json() for fault in wrong]}
    )


def _version(content: Content) -> Version:
    return Version(NOT_MADE, NOT_MADE, 1, content, 0, 0)


def _read() -> Read[BeaconPayload]:
    """The event as a beacon would have it; only its data and its Source are asked for.

    Raises `Problem`: `media-type-unsupported`, `body-too-large`, `body-unreadable`, `request-invalid`.
    """
    require_json()
    try:
        payload, faults = BEACON.read(splittable(read_body()))
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    if any(fault.pointer == "" for fault in faults):
        raise Problem("request-invalid", "The body is an object with data.", faults=faults)
    others = [name for name in payload.__struct_fields__ if name not in MEMBERS]
    if any(getattr(payload, name) is not None for name in others):
        raise Problem("request-invalid", "What is tried has data and, if wanted, a source.")
    return msgspec.structs.replace(payload, id="tried"), faults
