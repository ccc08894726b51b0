"""What pages load and send, and the server's own state."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from collector.core.events import VERDICTS
from collector.core.payloads import ID_LENGTH, LARGEST_TRIGGER
from collector.intake.decode import BEACON_BATCH
from collector.web.openapi.about_events import CODES_OF_ONE, Result, SentIdentifiers, event_data, sent_consent
from collector.web.openapi.examples import BEACON, ORDER
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import Shown, anything, list_of, moment, one_of, public_id, text

CODES = f"{CODES_OF_ONE} origin-not-allowed"


class BeaconEvent(Schema):
    """One event of a page; the address says of which definition."""

    id = text(
        "Made once in the browser.", BEACON["id"], required=True, validate=validate.Length(1, ID_LENGTH)
    )
    data = event_data(allow_none=True)
    occurred_at = moment("When it happened, by the browser's clock.", allow_none=True)
    visitor = text("The random id of the browser.", "b4c1f2a8-visitor", allow_none=True)
    identifiers = fields.Nested(SentIdentifiers, allow_none=True)
    token = text("What the site's server signed the identifiers with.", allow_none=True)
    source = anything(
        "Absent: the definition's. A number: likewise, and it says which of the snippet's triggers made it.",
        type=["string", "integer", "null"],
        minimum=1,
        maximum=LARGEST_TRIGGER,
        example="Checkout",
    )
    version = public_id("Wins over the address.", allow_none=True)
    consent = sent_consent()


class BundleQuery(Schema):
    """Which events are in one file."""

    events = text("Their names, with commas between them; absent: every one that pages send.", ORDER["event"])


class PixelQuery(Schema):
    """One event in the address of a picture; its data is in further parameters, `data.<field>`."""

    id = text("Made by the page's server, so that a reload counts once.", "order-1042")
    source = text("Absent: the definition's.", "Checkout")
    consent = text("What is known of the person's consent: `true` or `false`.", "true")
    total = text("Each field has such a parameter; cast by its type.", "149.99", data_key="data.total")


class PageVerdict(Shown):
    """What became of the one event of a beacon."""

    verdict = one_of(VERDICTS, "What became of it.")


class PageVerdicts(Shown):
    """What became of each event of a beacon, in order."""

    results = list_of(Result, "One for each event.")


class Health(Shown):
    """That all is well."""

    status = one_of(("alive", "ready"), "What it is.")


_SEVERAL: dict[str, Any] = {
    "type": "array",
    "description": "The browser's clock (`sent_at`, milliseconds since 1970), then the events.",
    "prefixItems": [{"type": "integer", "minimum": 0}],
    "items": {"type": "object", "description": "An event, as alone."},
    "minItems": 2,
    "maxItems": 1 + BEACON_BATCH,
}

BEACON_BODY = Body(
    (BeaconEvent, _SEVERAL),
    {"One event": BEACON, "Several": [1_790_000_000_000, BEACON]},
    ("text/plain", "application/json"),
)
BEACON_VERDICT = Answer((PageVerdict, PageVerdicts), is_queued=True)
SCRIPT = Answer(({"type": "string"},), content_type="text/javascript")
PICTURE = Answer(({"type": "string", "format": "binary"},), content_type="image/gif")
TYPES = Answer(({"type": "string"},), content_type="application/typescript")
