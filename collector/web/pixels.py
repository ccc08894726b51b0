"""`/b/<definition id>.gif`: an event of a page without JavaScript, in the address of a picture.

`?id=…&source=…&consent=…&data.<field>=…`; each value is cast by its field's type. A page that is made by a
server puts an id of its own there, so that a reload counts once; without one, every load is another event.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, request

from collector.core.definitions import Definition
from collector.core.payloads import BEACON
from collector.core.pixel_values import value_of
from collector.core.problems import Fault, Problem
from collector.core.versions import current
from collector.web.access import ANYBODY, allow
from collector.web.beacons import beacon_caller, beacon_definition, reason_to_filter
from collector.web.openapi import about_pages as about
from collector.web.openapi.operations import documented
from collector.web.origins import is_listed
from collector.web.parts import parts
from collector.web.problems import refused

blueprint = Blueprint("pixels", __name__)

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
DATA = "data."
_WORDS = {"true": True, "false": False}
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@blueprint.get("/b/<stem:public_id>.gif")
@allow(ANYBODY)
@documented(about.PICTURE, query=about.PixelQuery, codes=about.CODES)
def receive(public_id: str) -> Response:
    """One event in the address of a picture: `?id=…&source=…&data.<field>=…`."""
    definition, intake = beacon_definition(public_id), parts().intake
    _require_page(definition)
    payload, faults = BEACON.read(_ENCODER.encode(_document(definition)))
    caller = beacon_caller(parts(), definition, "pixel", [(payload, faults)], None)
    reason = reason_to_filter(definition, request.environ)
    if reason is not None:
        intake.commit(intake.filtered(1, definition, caller, reason))
        return _picture()
    outcome = intake.commit(intake.decide_beacon([(payload, faults)], definition, None, caller))[0]
    if outcome.verdict == "rejected":
        raise refused(outcome)
    return _picture()


def _require_page(definition: Definition) -> None:
    """A picture is asked for without an `Origin`; the page that shows it is in `Referer`."""
    origin = request.headers.get("Origin", _origin_of(request.headers.get("Referer", "")))
    if not is_listed(origin, definition.draft.web_tracking.origins):
        raise Problem("origin-not-allowed", "Pages of this origin may not send this event.")


def _origin_of(referer: str) -> str | None:
    """The origin of a page's address; None where that is no address at all."""
    try:
        page = urlsplit(referer)
    except ValueError:
        return None
    return f"{page.scheme}://{page.netloc}" if page.scheme and page.netloc else None


def _document(definition: Definition) -> dict[str, Any]:
    """The payload in the address. What no field can make of a text stays one: the judge says so."""
    strange = sorted(
        name for name in request.args if name not in ("id", "source", "consent") and not name.startswith(DATA)
    )
    if strange:
        fault = Fault("query-invalid", f"/{strange[0]}", "Known: id, source, consent, and data.<field>.")
        raise Problem("request-invalid", fault.message, faults=[fault])
    version = current(definition.versions, parts().now()) or definition.versions[-1]
    data = {
        name.removeprefix(DATA): value_of(version.content, name.removeprefix(DATA), text)
        for name, text in request.args.items()
        if name.startswith(DATA)
    }
    document: dict[str, Any] = {"id": request.args.get("id") or secrets.token_hex(16), "data": data}
    if "source" in request.args:
        document["source"] = request.args["source"]
    if "consent" in request.args:
        said = request.args["consent"]
        document["consent"] = _WORDS.get(said, said)
    return document


def _picture() -> Response:
    answer = Response(PICTURE, content_type="image/gif")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
