"""Keys: made and shown once, limited, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.identifiers import KINDS
from collector.core.permissions import HIGHEST_LIMIT, SCOPES
from collector.store.keys import KeyRequest
from collector.web.access import allow, principal, the_actor
from collector.web.pages.editor_form import OPERATION_CHOICES
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("keys", "/sections/<section_id>/keys")

SHOWN = 50
WORDS: Mapping[str, str] = {
    "ingest": "send events",
    "read": "read events and profiles",
    "admin": "change definitions, keys and profiles",
}
"""What a scope lets a key do."""
LABELS = {"email": "E-mail", "mobile": "Mobile", "crm_id": "CRM id"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form for a new key says; grants are choices such as `both`."""

    name: str
    scopes: frozenset[str]
    grants: Mapping[str, str]
    events: frozenset[str]
    rate_limit: str = ""


UNASKED = Asked("", frozenset({"ingest", "read"}), dict.fromkeys(KINDS, "both"), frozenset())


@blueprint.get("")
@allow("keys.manage")
def index(section_id: str) -> Response:
    """Every key, without secrets, and the form for a new one."""
    return _shown(section_id)


@blueprint.post("")
@allow("keys.manage")
def create(section_id: str) -> Response:
    """Makes a key and shows its secret, this once."""
    asked = _asked()
    name, scopes = asked.name.strip(), asked.scopes
    wrong = {}
    if not 1 <= len(name) <= 200:
        wrong["name"] = "A key has a name of 1 to 200 characters."
    if not scopes:
        wrong["scope"] = "A key without any scope opens nothing."
    limit = _number(asked.rate_limit or "0")
    if limit is None:
        wrong["rate_limit"] = f"This is a whole number up to {HIGHEST_LIMIT}, or nothing."
    if wrong:
        return _shown(section_id, status=400, wrong=wrong, asked=asked)
    grants = {kind: frozenset(OPERATION_CHOICES[choice]) for kind, choice in asked.grants.items()}
    rate_limit = limit if asked.rate_limit else None
    wanted = KeyRequest(section_id, name, scopes, grants, asked.events or None, rate_limit)
    key, secret = parts().store.keys.create(wanted, the_actor(), parts().now())
    return _shown(section_id, made=key, secret=secret)


@blueprint.post("/<key_id>/revoke")
@allow("keys.manage")
def revoke(section_id: str, key_id: str) -> AnyResponse:
    """Revokes a key for good."""
    parts().store.keys.revoke(key_id, the_actor(), parts().now(), principal().section_id)
    return go_to(
        "pages_keys.index", section_id=section_id, note="The key is revoked: no server takes it any more."
    )


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(HIGHEST_LIMIT))
    return int(text) if is_number and int(text) <= HIGHEST_LIMIT else None


def _asked() -> Asked:
    form = request.form
    chosen = {kind: form.get(f"grant-{kind}", "none") for kind in KINDS}
    return Asked(
        name=form.get("name", ""),
        scopes=frozenset(form.getlist("scope")) & frozenset(SCOPES),
        grants={kind: choice if choice in OPERATION_CHOICES else "none" for kind, choice in chosen.items()},
        events=frozenset(form.getlist("event")),
        rate_limit=form.get("rate-limit", "").strip(),
    )


def _shown(section_id: str, status: int = 200, **values: object) -> Response:
    store = parts().store
    found = store.keys.page(section_id, SHOWN, request.args.get("cursor") or None)
    return page(
        "pages/keys.html",
        status=status,
        keys=found.items,
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        events=[one.draft.event_name for one in store.definitions.all(section_id)],
        scopes=WORDS,
        kinds=LABELS,
        operations=tuple(OPERATION_CHOICES),
        limit=parts().settings.rate_limit,
        limit_of=parts().limits.of,
        **{"asked": UNASKED, **values},
    )
