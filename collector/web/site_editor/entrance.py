"""Who is at the editor's doors: a page with a token. Pages of its origin alone may read what is answered."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.core.rights import Principal
from collector.web.access import require_right
from collector.web.parts import parts
from collector.web.site_editor.tokens import Pass, read_token

RIGHT = "definitions.write"
DOOR = "editor"
PREFLIGHT_SECONDS = 600
METHODS = "GET, POST, PUT, DELETE"
CLOSED = Problem("editor-closed", "The editor is closed: open it again from the definition's page.")


def make_blueprint(subject: str) -> Blueprint:
    """The blueprint of one subject's doors; every answer there may be read by the token's origin."""
    blueprint = Blueprint(f"site_editor_{subject}", __name__, url_prefix="/b/editor")
    blueprint.before_request(_preflight)
    blueprint.after_request(_share)
    return blueprint


def enter(token: str | None = None) -> Pass:
    """What the token of the address, else of the Authorization header, says; `the_actor()` is its person.

    Raises `Problem("editor-closed")`: for none, one that is not ours or over, for a page of another origin,
    for a person who may not change definitions of the section any more.
    """
    if token is None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise CLOSED
    told = read_token(token, parts().store.editing.seal())
    if told is None or request.headers.get("Origin", told.origin) != told.origin:
        raise CLOSED
    g.editor_origin = told.origin
    if told.expires_at <= parts().now():
        raise CLOSED
    g.principal = _person(told)
    return told


def the_editor() -> Actor:
    """Whoever edits, as the audit log and the history of triggers name them."""
    return Actor(g.principal.name, DOOR, request.headers.get("User-Agent", "")[:200])


def _person(told: Pass) -> Principal:
    """Asks the database at each call: whoever lost the right is refused at once."""
    person = parts().store.people.find(told.user_id)
    role = person.role_in(told.section_id) if person is not None else None
    if person is None or role is None or parts().store.sections.find(told.section_id) is None:
        raise CLOSED
    asking = Principal(section_id=told.section_id, name=person.email, role=role, user_id=str(person.id))
    try:
        require_right(asking, RIGHT)
    except Problem as problem:
        raise CLOSED from problem
    return asking


def _preflight() -> Response | None:
    """A preflight has no token to go by; it lets nobody read anything."""
    if request.method != "OPTIONS":
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "null")
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


def _share(answer: Response) -> Response:
    if request.method != "OPTIONS" and (origin := g.get("editor_origin")) is not None:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = "Retry-After"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
