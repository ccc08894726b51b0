"""`/b/<version id>.check`: a snippet answers an admin's question whether it is on a page.

Whoever has the nonce of an open question may answer it, once. Nothing is fetched by the server.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.core.strict_json import Unreadable, read
from collector.web.access import ANYBODY, allow
from collector.web.bodies import read_body
from collector.web.origins import is_listed
from collector.web.parts import parts

blueprint = Blueprint("installs", __name__)

MOST = 8_192
"""An answer is a few hundred bytes."""

TEXTS = ("version", "page", "consent")
FLAGS = ("agreed", "signals", "storage")


@blueprint.post("/b/<stem:public_id>.check")
@allow(ANYBODY)
def answer(public_id: str) -> Response:
    """What the snippet found on its page: its version, consent, the page's policy."""
    definition = parts().store.definitions.by_id(public_id)
    if definition is None or not definition.draft.web_tracking.enabled:
        raise Problem("not-found", "No web event has this address.")
    told = read_answer(read_body())
    keep_answer(definition, str(told.get("nonce", "")), told, request.headers.get("Origin"), reached=True)
    accepted = Response(status=204)
    accepted.headers["Access-Control-Allow-Origin"] = "*"
    return accepted


def keep_answer(
    definition: Definition, nonce: str, told: dict[str, Any], origin: str | None, *, reached: bool
) -> None:
    """Keeps what a snippet found on a page of this origin; `reached` is whether it could say so by itself.

    Raises `Problem("not-found")` where the question is not open.
    """
    found: dict[str, Any] = {
        **{name: str(told.get(name, ""))[:500] for name in TEXTS},
        **{name: told.get(name) is True for name in FLAGS},
        "policy": [str(one)[:100] for one in _listed(told.get("policy"))[:10]],
        "origin": (origin or "")[:255],
        "listed": is_listed(origin, definition.draft.web_tracking.origins),
        "reached": reached,
    }
    if not parts().store.installs.answer(definition, nonce, found, parts().now()):
        raise Problem("not-found", "Nobody asked this, or it was answered already.")


def read_answer(body: bytes) -> dict[str, Any]:
    """What a snippet says of its page. Raises Problem for anything but a small JSON object."""
    try:
        told = read(body) if len(body) <= MOST else None
    except Unreadable as error:
        raise Problem("body-unreadable", error.message) from error
    if not isinstance(told, dict):
        raise Problem("request-invalid", "An answer is a small JSON object.")
    return told


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
