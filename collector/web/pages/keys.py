"""Keys: made and shown once, limited, revoked."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.definitions import AllowedOperations
from collector.core.identifiers import KINDS
from collector.core.permissions import OPERATIONS, SCOPES
from collector.store.keys import KeyRequest
from collector.web.access import allow, principal, the_actor
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("keys", "/sections/<section_id>/keys")

SHOWN = 50
LABELS = {"email": "E-mail", "mobile": "Mobile", "crm_id": "CRM id"}


@blueprint.get("")
@allow("keys.manage")
def index(section_id: str) -> Response:
    """Every key, without secrets, and the form for a new one."""
    return _shown(section_id)


@blueprint.post("")
@allow("keys.manage")
def create(section_id: str) -> Response:
    """Makes a key and shows its secret, this once."""
    name = request.form.get("name", "").strip()
    scopes = frozenset(request.form.getlist("scope")) & frozenset(SCOPES)
    wrong = {}
    if not 1 <= len(name) <= 200:
        wrong["name"] = "A key has a name of 1 to 200 characters."
    if not scopes:
        wrong["scope"] = "A key without any scope opens nothing."
    if wrong:
        return _shown(section_id, status=400, wrong=wrong)
    chosen = frozenset(request.form.getlist("event"))
    wanted = KeyRequest(section_id, name, scopes, _grants(), chosen or None)
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


def _grants() -> AllowedOperations:
    return {kind: frozenset(request.form.getlist(f"grant-{kind}")) & frozenset(OPERATIONS) for kind in KINDS}


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
        scopes=SCOPES,
        kinds=LABELS,
        **values,
    )
