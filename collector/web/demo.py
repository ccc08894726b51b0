"""The demo's pages: a shop that embeds real snippets, and a timeline that shows what arrives.

They are two origins on one port: the shop is opened at `localhost`, the collector and its timeline at
`127.0.0.1`. So the shop embeds the snippets from another origin, as a real page does. Only `fieldpost
demo` installs this; no other server has these addresses.
"""

from __future__ import annotations

import hmac
import json
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.events import EventState
from collector.core.fields import format_timestamp
from collector.core.problems import Problem
from collector.store.rejections import KeptRejection
from collector.web.access import ANYBODY, allow, require_declared
from collector.web.answers import json_answer
from collector.web.api.rejection_shapes import data_text, rejection_json
from collector.web.api.shapes import shown_id
from collector.web.parts import parts
from snippet.embed import content_security_policy, tag
from snippet.plan import Places

blueprint = Blueprint("demo", __name__)

SHOWN = 50
FILES = ("icon.svg", "shop.css", "shop.js", "live.css", "live.js")
STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PERSON = "ada@example.com"
_NAME = "fieldpost-demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """One running demo. `shop` and `collector` are origins; `token` makes the timeline's address a secret."""

    section_id: str
    shop: str
    collector: str
    database: str
    token: str
    key: str
    event_id: str

    @property
    def shop_url(self) -> str:
        return f"{self.shop}/demo/shop"

    @property
    def live_url(self) -> str:
        return f"{self.collector}/demo/live/{self.token}"

    @property
    def curl(self) -> str:
        """A command line that sends an event."""
        today = datetime.now(UTC).date()
        event = {
            "event": "order.completed",
            "id": self.event_id,
            "identifiers": {"email": PERSON},
            "data": {
                "total": "149.90",
                "currency": "SEK",
                "lines": 3,
                "gift": True,
                "deliver_on": str(today + timedelta(days=3)),
            },
        }
        return (
            f"curl {self.collector}/api/v1/events -H 'Authorization: Bearer {self.key}' "
            f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(event))}"
        )

    @property
    def read_back(self) -> str:
        """A command line that reads the timeline of the person in `curl`."""
        address = f"{self.collector}/api/v1/profiles/email/{PERSON}/timeline"
        return f"curl {address} -H 'Authorization: Bearer {self.key}'"

    @property
    def own(self) -> str:
        """Command lines that add an event of one's own."""
        return (
            f"export FIELDPOST_DATABASE={shlex.quote(self.database)}\n"
            "fieldpost definition list\n"
            "fieldpost definition apply my-event.yaml"
        )


@dataclass(frozen=True, slots=True)
class Product:
    """What the shop sells. The price is in hundredths of a krona; months count from 1."""

    slug: str
    name: str
    latin: str
    words: str
    price: int
    sow_month: int
    in_stock: bool = True

    @property
    def shown_price(self) -> str:
        return f"{self.price // 100}.{self.price % 100:02}"

    @property
    def sow_from(self) -> str:
        """The first day of the next season in which it is sown."""
        today = datetime.now(UTC).date()
        year = today.year + (today.month > self.sow_month)
        return f"{year}-{self.sow_month:02}-01"


PRODUCTS = (
    Product("sunflower", "Sunflower", "Helianthus annuus", "Taller than you by August.", 3900, 4),
    Product("tomato", "Cherry tomato", "Solanum lycopersicum", "Sweet, early, never enough.", 4500, 2),
    Product("chamomile", "Chamomile", "Matricaria chamomilla", "Tea for the whole winter.", 3200, 3),
    Product("carrot", "Carrot", "Daucus carota", "Crooked ones taste best.", 2950, 4),
    Product("beetroot", "Beetroot", "Beta vulgaris", "Roots in autumn, leaves all summer.", 2950, 5),
    Product("cornflower", "Cornflower", "Centaurea cyanus", "Bees will thank you.", 3450, 3, in_stock=False),
)


def install(app: Flask, demo: Demo) -> None:
    """Adds the demo's pages to an app."""
    app.extensions[_NAME] = demo
    app.register_blueprint(blueprint)
    require_declared(app)


@blueprint.get("/")
@allow(ANYBODY)
def start() -> AnyResponse:
    return redirect(_demo().shop_url)


@blueprint.get("/demo/shop")
@allow(ANYBODY)
def shop() -> AnyResponse:
    """The shop window."""
    return _elsewhere(_demo().shop) or _shop_page("demo/shop.html", products=PRODUCTS)


@blueprint.get("/demo/shop/<slug>")
@allow(ANYBODY)
def product(slug: str) -> AnyResponse:
    """One product's page."""
    found = next((one for one in PRODUCTS if one.slug == slug), None)
    if found is None:
        raise Problem("not-found", "The shop has no such product.")
    return _elsewhere(_demo().shop) or _shop_page("demo/product.html", product=found)


@blueprint.get("/demo/<name>")
@allow(ANYBODY)
def file(name: str) -> Response:
    """The scripts and styles of the demo's pages."""
    if name not in FILES:
        raise Problem("not-found", "The demo has no such file.")
    answer = send_from_directory(Path(current_app.template_folder or "") / "demo", name, max_age=0)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/demo/live/<token>")
@allow(ANYBODY)
def live(token: str) -> AnyResponse:
    """The live timeline."""
    _require(token)
    policy = f"{STRICT}; script-src 'self'; connect-src 'self'"
    return _elsewhere(_demo().collector) or _page("demo/live.html", policy, "no-referrer")


@blueprint.get("/demo/live/<token>/entries")
@allow(ANYBODY)
def entries(token: str) -> Response:
    """What arrived, newest first, as the live timeline shows it."""
    _require(token)
    store, section_id = parts().store, _demo().section_id
    names = {definition.id: definition.draft.event_name for definition in store.definitions.all(section_id)}
    found = [_stored(event, names) for event in store.events.latest(section_id, SHOWN)]
    found += [_rejected(one) for one in store.rejections.page(section_id, SHOWN, None).items]
    found.sort(key=lambda entry: str(entry["at"]), reverse=True)
    return json_answer({"entries": found[:SHOWN]})


def _stored(event: EventState, names: dict[str, str]) -> dict[str, Any]:
    return {
        "key": f"{event.id}.{event.updated_at}",
        "verdict": "stored" if event.updated_at == event.received_at else "updated",
        "event": names.get(ids.encode(event.definition_id), ""),
        "id": shown_id(event.space, event.event_id),
        "source": event.source,
        "door": event.door,
        "who": list(event.identifiers.values()),
        "trust": event.trust,
        "visitor": event.visitor,
        "data": _members(event.data.encode()),
        "errors": [],
        "at": format_timestamp(event.updated_at),
    }


def _rejected(rejection: KeptRejection) -> dict[str, Any]:
    shown = rejection_json(rejection, frozenset())
    payload = shown["payload"] if isinstance(shown["payload"], dict) else {}
    return {
        "key": shown["id"],
        "verdict": "rejected",
        "event": rejection.event_name,
        "id": rejection.event_id,
        "source": payload.get("source"),
        "door": rejection.door,
        "who": [],
        "trust": None,
        "visitor": payload.get("visitor"),
        "data": _members(data_text(payload)),
        "errors": shown["errors"],
        "at": shown["received_at"],
    }


def _members(data: bytes) -> list[dict[str, str]]:
    """Names and values as text, every digit kept: a browser would read decimals as floats."""
    try:
        members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return []
    return [{"name": name, "value": bytes(raw).decode()} for name, raw in members.items()]


def _shop_page(template: str, **content: Any) -> Response:
    demo = _demo()
    definitions = parts().store.definitions.all(demo.section_id)
    here = Places(demo.collector)
    tags = "\n".join(tag(here, one.id) for one in definitions if one.draft.web_tracking.enabled)
    policy = content_security_policy(here).replace("script-src", "script-src 'self'", 1)
    return _page(template, f"{STRICT}; {policy}", "strict-origin-when-cross-origin", tags=tags, **content)


def _page(template: str, policy: str, referrer: str, **content: Any) -> Response:
    answer = Response(
        render_template(template, demo=_demo(), **content), content_type="text/html; charset=utf-8"
    )
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = referrer
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _elsewhere(origin: str) -> AnyResponse | None:
    """A redirect for a request that came to the other origin, or under a name that is neither."""
    if request.host_url.rstrip("/") == origin:
        return None
    return redirect(origin + request.path)


def _require(token: str) -> None:
    if not hmac.compare_digest(token.encode(), _demo().token.encode()):
        raise Problem("not-found", "There is nothing here.")


def _demo() -> Demo:
    found: Demo = current_app.extensions[_NAME]
    return found
