"""Webhooks: what is told to other systems, how that goes, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.webhooks.hooks import DEFINITION_CHANGED, TEST
from collector.store.webhooks.kept import OVERLAP, KeptHook
from collector.store.webhooks.messages import FATES
from collector.web.access import allow, the_actor
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("webhooks", "/sections/<section_id>/webhooks")

SHOWN = 25
WORDS: Mapping[str, str] = {
    "event.stored": "An event is stored",
    "event.updated": "An event is changed",
    "event.deleted": "An event is deleted",
    "segment.joined": "Somebody joins a segment",
    "segment.left": "Somebody leaves a segment",
    DEFINITION_CHANGED: "A definition is changed",
    TEST: "A test",
}
"""What a type of messages tells."""


@blueprint.get("")
@allow("webhooks.manage")
def index(section_id: str) -> Response:
    """Every webhook and how it goes."""
    found, more = parts().store.webhooks.page(section_id, SHOWN, request.args.get("cursor") or None)
    is_first = "cursor" not in request.args
    return page("pages/webhooks.html", hooks=found, next_cursor=more, is_first_page=is_first, words=WORDS)


@blueprint.get("/<webhook_id>")
@allow("webhooks.manage")
def show(section_id: str, webhook_id: str) -> Response:
    """One webhook with the log of its deliveries."""
    return shown(_find(section_id, webhook_id))


@blueprint.post("/<webhook_id>/test")
@allow("webhooks.manage")
def test(section_id: str, webhook_id: str) -> AnyResponse:
    """Sends a message that tells of nothing."""
    hook = _find(section_id, webhook_id)
    parts().store.deliveries.send_test(hook.hook.id, parts().now())
    return _to(section_id, webhook_id, "A test is on its way. Load this page again to see what came of it.")


@blueprint.post("/<webhook_id>/rotate")
@allow("webhooks.manage")
def rotate(section_id: str, webhook_id: str) -> Response:
    """Makes the next secret and shows it, this once."""
    now = parts().now()
    secret = parts().store.webhooks.rotate(section_id, webhook_id, the_actor(), now)
    return shown(_find(section_id, webhook_id), secret=secret, former_until=now + OVERLAP)


@blueprint.post("/<webhook_id>/switch")
@allow("webhooks.manage")
def switch(section_id: str, webhook_id: str) -> AnyResponse:
    """Switches a webhook on or off."""
    is_on = request.form.get("to") == "on"
    parts().store.webhooks.change(
        section_id, webhook_id, lambda draft: replace(draft, is_on=is_on), the_actor(), parts().now()
    )
    note = "It is on: what happens from now on is told." if is_on else "It is off: nothing is sent any more."
    return _to(section_id, webhook_id, note)


@blueprint.post("/<webhook_id>/deliveries/<delivery_id>/again")
@allow("webhooks.manage")
def send_again(section_id: str, webhook_id: str, delivery_id: str) -> AnyResponse:
    """Sends a message once more."""
    hook = _find(section_id, webhook_id)
    parts().store.deliveries.send_again(hook.hook.id, delivery_id, parts().now())
    return _to(section_id, webhook_id, "It is on its way again. Load this page again to see what came of it.")


@blueprint.get("/<webhook_id>/delete")
@allow("webhooks.manage")
def ask(section_id: str, webhook_id: str) -> Response:
    """What deleting means, and the question whether that is wanted."""
    return page("pages/webhook_delete.html", hook=_find(section_id, webhook_id))


@blueprint.post("/<webhook_id>/delete")
@allow("webhooks.manage")
def delete(section_id: str, webhook_id: str) -> AnyResponse:
    """Deletes a webhook with its log."""
    parts().store.webhooks.delete(section_id, webhook_id, the_actor(), parts().now())
    return go_to("pages_webhooks.index", section_id=section_id, note="The webhook is deleted.")


def shown(hook: KeptHook, **values: Any) -> Response:
    """The page of one webhook; `secret` is shown on it, this once."""
    wanted = request.args.get("state")
    fate = next((one for one in FATES if one == wanted), None)
    found, more = parts().store.deliveries.page(hook.hook.id, SHOWN, request.args.get("cursor") or None, fate)
    return page(
        "pages/webhook.html",
        hook=hook,
        deliveries=found,
        next_cursor=more,
        is_first_page="cursor" not in request.args,
        fate=fate,
        fates=FATES,
        words=WORDS,
        overlap=parts().store.webhooks.overlap(hook.hook.id, parts().now()),
        **values,
    )


def _find(section_id: str, webhook_id: str) -> KeptHook:
    return parts().store.webhooks.find(section_id, webhook_id)


def _to(section_id: str, webhook_id: str, note: str) -> AnyResponse:
    return go_to("pages_webhooks.show", section_id=section_id, webhook_id=webhook_id, note=note)
