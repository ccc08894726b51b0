"""Making and changing a webhook: a form that works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.goals import GOAL_TYPES
from collector.core.permissions import EVERY_KIND
from collector.core.problems import Fault
from collector.core.webhooks.hooks import EVENT_TYPES, TYPES, HookDraft
from collector.core.webhooks.reading import read_hook
from collector.store.webhooks.kept import told
from collector.web.access import allow, the_actor
from collector.web.pages.frame import faults_by_place, go_to, make_blueprint, page
from collector.web.pages.keys import LABELS
from collector.web.pages.webhooks import WORDS, shown
from collector.web.parts import parts

blueprint = make_blueprint("webhooks_form", "/sections/<section_id>")

PAGE = 500
_CHOICES = ("events", "goals", "segments")
_NOTHING: Mapping[str, Any] = {
    "name": "",
    "url": "",
    "types": list(EVENT_TYPES),
    **dict.fromkeys(_CHOICES, ()),
    "grants": {kind: ["read"] for kind in EVERY_KIND},
}


@blueprint.get("/new-webhook")
@allow("webhooks.manage")
def new(section_id: str) -> Response:
    """An empty form."""
    return _form(section_id, _NOTHING)


@blueprint.post("/new-webhook")
@allow("webhooks.manage")
def create(section_id: str) -> Response:
    """Makes a webhook and shows its secret, this once."""
    sent = _sent()
    draft = read_hook(sent, parts().webhook_networks)
    if isinstance(draft, list):
        return _form(section_id, sent, draft)
    made, secret = parts().store.webhooks.create(section_id, draft, the_actor(), parts().now())
    return shown(made, secret=secret, is_new=True)


@blueprint.get("/webhooks/<webhook_id>/edit")
@allow("webhooks.manage")
def edit(section_id: str, webhook_id: str) -> Response:
    """The form as the webhook is."""
    hook = parts().store.webhooks.find(section_id, webhook_id)
    return _form(section_id, told(hook.hook.draft), name_of=hook.hook.draft.name)


@blueprint.post("/webhooks/<webhook_id>/edit")
@allow("webhooks.manage")
def save(section_id: str, webhook_id: str) -> AnyResponse:
    """Changes a webhook; whether it is on stays as it is."""
    store, sent = parts().store, _sent()
    before = store.webhooks.find(section_id, webhook_id).hook.draft
    read = read_hook(sent, parts().webhook_networks, before)
    if isinstance(read, list):
        return _form(section_id, sent, read, name_of=before.name)
    wanted: HookDraft = read
    store.webhooks.change(section_id, webhook_id, lambda _: wanted, the_actor(), parts().now())
    return go_to(
        "pages_webhooks.show", section_id=section_id, webhook_id=webhook_id, note="The webhook is saved."
    )


def _sent() -> dict[str, Any]:
    """The form as the API would have it: where nothing is chosen, everything is meant."""
    form = request.form
    return {
        "name": form.get("name", ""),
        "url": form.get("url", ""),
        "types": form.getlist("types"),
        **{name: form.getlist(name) or None for name in _CHOICES},
        "grants": {kind: ["read"] for kind in form.getlist("reads")},
    }


def _form(
    section_id: str, asked: Mapping[str, Any], faults: list[Fault] | None = None, name_of: str = ""
) -> Response:
    store = parts().store
    segments, _ = store.segments.page(section_id, PAGE, None)
    names = {one.draft.event_name for one in store.definitions.all(section_id)}
    return page(
        "pages/webhook_form.html",
        status=400 if faults else 200,
        asked={**asked, **{name: asked[name] or () for name in _CHOICES}},
        faults=faults_by_place(faults or ()),
        name_of=name_of,
        words={one: WORDS[one] for one in TYPES},
        kinds=LABELS,
        goals=GOAL_TYPES,
        # Also what is chosen and is not there: not yet, or not any more.
        events=sorted(names | set(asked["events"] or ())),
        segments={one: one for one in asked["segments"] or ()}
        | {one.draft.id: one.draft.name for one in segments},
    )
