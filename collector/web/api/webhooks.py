"""`/api/v1/webhooks`: what is told to other systems, signed, tried again, with a log of every delivery."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.fields import format_timestamp
from collector.core.problems import Problem
from collector.core.webhooks.hooks import HookDraft
from collector.core.webhooks.reading import read_hook
from collector.store.webhooks.kept import OVERLAP, KeptHook
from collector.store.webhooks.messages import FATES, Fate
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.queries import read_choice, read_cursor, read_limit, refuse_unknown
from collector.web.api.webhook_shapes import delivery_json, webhook_json
from collector.web.bodies import read_json
from collector.web.openapi import about_webhooks as about
from collector.web.openapi.operations import NO_CONTENT, documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts

blueprint = Blueprint("webhooks", __name__, url_prefix="/api/v1/webhooks")


@blueprint.get("")
@allow("webhooks.manage")
@documented(about.Webhooks, query=Paging)
def index() -> Response:
    """The webhooks of the section, the newest first, without their secrets."""
    refuse_unknown("limit", "cursor")
    found, more = parts().store.webhooks.page(principal().section_id, read_limit(), read_cursor())
    return json_answer({"webhooks": [webhook_json(one) for one in found], **_more(more)})


@blueprint.post("")
@allow("webhooks.manage")
@documented(about.NEW_WEBHOOK, body=about.A_WEBHOOK, codes="webhook-invalid too-many")
def create() -> Response:
    """A new webhook. Its secret is told this once; a key makes only what it may read itself."""
    draft = _wanted(read_json())
    made, secret = parts().store.webhooks.create(principal().section_id, draft, the_actor(), parts().now())
    return json_answer({**webhook_json(made), "secret": secret}, status=201)


@blueprint.get("/<webhook_id>")
@allow("webhooks.manage")
@documented(about.Webhook)
def show(webhook_id: str) -> Response:
    """A webhook and how it goes."""
    return json_answer(webhook_json(find(webhook_id)))


@blueprint.patch("/<webhook_id>")
@allow("webhooks.manage")
@documented(about.Webhook, body=about.A_CHANGE, codes="webhook-invalid")
def change(webhook_id: str) -> Response:
    """Changes what is sent; what waits goes where the webhook leads by then."""
    sent = read_json()
    changed = parts().store.webhooks.change(
        principal().section_id,
        webhook_id,
        lambda before: _wanted(sent, before),
        the_actor(),
        parts().now(),
    )
    return json_answer(webhook_json(changed))


@blueprint.delete("/<webhook_id>")
@allow("webhooks.manage")
@documented(NO_CONTENT)
def delete(webhook_id: str) -> Response:
    """Deletes a webhook with its log; what waits is not told."""
    parts().store.webhooks.delete(principal().section_id, webhook_id, the_actor(), parts().now())
    return Response(status=204)


@blueprint.post("/<webhook_id>/rotate")
@allow("webhooks.manage")
@documented(about.NewSecret)
def rotate(webhook_id: str) -> Response:
    """A new secret, told this once. Deliveries are signed by the former one as well for another day."""
    now = parts().now()
    secret = parts().store.webhooks.rotate(principal().section_id, webhook_id, the_actor(), now)
    return json_answer({"secret": secret, "former_until": format_timestamp(now + OVERLAP)})


@blueprint.post("/<webhook_id>/test")
@allow("webhooks.manage")
@documented(about.ON_ITS_WAY, codes="webhook-off")
def test(webhook_id: str) -> Response:
    """Sends a message that tells of nothing: `webhook.test`."""
    sent = parts().store.deliveries.send_test(find(webhook_id).hook.id, parts().now())
    return json_answer(delivery_json(sent), status=202)


@blueprint.get("/<webhook_id>/deliveries")
@allow("webhooks.manage")
@documented(about.Deliveries, query=about.DeliveriesWanted)
def deliveries(webhook_id: str) -> Response:
    """What was told and is to be told, the newest first, with every try of the last week."""
    refuse_unknown("limit", "cursor", "state")
    hook, fate = find(webhook_id), _fate()
    found, more = parts().store.deliveries.page(hook.hook.id, read_limit(), read_cursor(), fate)
    return json_answer({"deliveries": [delivery_json(one) for one in found], **_more(more)})


@blueprint.get("/<webhook_id>/deliveries/<delivery_id>")
@allow("webhooks.manage")
@documented(about.Delivery)
def delivery(webhook_id: str, delivery_id: str) -> Response:
    """One delivery with its tries."""
    return json_answer(delivery_json(parts().store.deliveries.find(find(webhook_id).hook.id, delivery_id)))


@blueprint.post("/<webhook_id>/deliveries/<delivery_id>/again")
@allow("webhooks.manage")
@documented(about.ON_ITS_WAY, codes="webhook-off")
def send_again(webhook_id: str, delivery_id: str) -> Response:
    """Sends a message once more, under the same id, and at once."""
    sent = parts().store.deliveries.send_again(find(webhook_id).hook.id, delivery_id, parts().now())
    return json_answer(delivery_json(sent), status=202)


def find(webhook_id: str) -> KeptHook:
    """A webhook of the section. Raises `Problem("not-found")`."""
    return parts().store.webhooks.find(principal().section_id, webhook_id)


def _wanted(sent: object, before: HookDraft | None = None) -> HookDraft:
    """Raises `Problem`: `webhook-invalid`; `scope-missing` for a key that may not read what would be told."""
    read = read_hook(sent, parts().webhook_networks, before)
    if isinstance(read, list):
        raise Problem("webhook-invalid", "This describes no webhook.", faults=read)
    key = principal().key
    if key is not None and "read" not in key.scopes:
        raise Problem("scope-missing", "A webhook is made by a key that may read: scope read.")
    return read


def _fate() -> Fate | None:
    wanted = read_choice("state", FATES)
    return next((one for one in FATES if one == wanted), None)


def _more(cursor: str | None) -> dict[str, str]:
    return {"next_cursor": cursor} if cursor else {}
