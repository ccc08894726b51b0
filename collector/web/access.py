"""Who is asking, and may they?

Every route carries one rule, given by `@allow(…)`: a right of the table in `core/rights.py`, `OPERATOR` or
`ANYBODY`. An app with a route that has none does not start.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, g, request

from collector.core.actors import Actor
from collector.core.permissions import Key
from collector.core.problems import Problem
from collector.core.rights import RIGHTS, Principal
from collector.store.people import Person
from collector.web.credentials import secret_in
from collector.web.operators import require_operator
from collector.web.parts import Parts, parts, public_url
from collector.web.rate_limits import require_some_left, told

P = ParamSpec("P")
R = TypeVar("R")

ANYBODY = "anybody"
OPERATOR = "operator"
SECTION_HEADER = "Fieldpost-Section"
SESSION_COOKIE = "fieldpost_session"
CSRF_FIELD = "csrf"
PAGES = "pages_"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NEEDS_EVERYBODY = "This needs a key that may read every identifier."


def allow(right: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Says who may use a route; stands between the route's address and its function.

    `right` is a name in `RIGHTS`, OPERATOR or ANYBODY.
    """
    if right not in (ANYBODY, OPERATOR) and right not in RIGHTS:
        raise ValueError(f"{right!r} is no right; core/rights.py has them all")

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if right == OPERATOR:
                require_operator(parts().settings, request.environ)
            elif right != ANYBODY:
                g.principal = _authorise(right)
            return view(*args, **kwargs)

        checked.needed_right = right  # type: ignore[attr-defined]
        return checked

    return declare


def right_of(view: Callable[..., object]) -> str | None:
    """The right that a view was given, if any."""
    return getattr(view, "needed_right", None)


def require_declared(app: Flask) -> None:
    """Raises `RuntimeError` if any route does not say who may use it."""
    silent = sorted(name for name, view in app.view_functions.items() if right_of(view) is None)
    if silent:
        raise RuntimeError(f"These routes do not say who may use them: {', '.join(silent)}")


def principal() -> Principal:
    """Whoever is asking. Only in routes that need a right."""
    asking: Principal = g.principal
    return asking


def the_actor() -> Actor:
    """Whoever is asking, as the audit log names them."""
    asking = principal()
    who = f"key {asking.key.id} ({asking.name})" if asking.key else asking.name
    return Actor(who, "api" if asking.key else "pages", request.headers.get("User-Agent", "")[:200])


def require_everybody_readable() -> None:
    """Raises `Problem("identifier-not-allowed")` unless the key may read by every kind of identifier."""
    if not principal().reads_everybody:
        raise Problem("identifier-not-allowed", NEEDS_EVERYBODY)


def _authorise(right: str) -> Principal:
    asking = _identify()
    require_right(asking, right)
    if asking.key is not None and (spent := parts().limits.spend(asking.key, parts().now())) is not None:
        g.rate_limit = told(spent)
        require_some_left(spent)
    return asking


def require_right(asking: Principal, right: str) -> None:
    """Raises `Problem`: `scope-missing`, `role-missing`, `identifier-not-allowed`, `event-not-allowed`."""
    if not asking.has(right):
        raise _refusal(asking, right)
    if RIGHTS[right].of_everybody and not asking.reads_everybody:
        raise Problem("identifier-not-allowed", NEEDS_EVERYBODY)
    if RIGHTS[right].of_the_section and asking.key is not None and asking.key.events is not None:
        raise Problem("event-not-allowed", "This is about the whole section; the key is for some events.")


def may(asking: Principal, right: str) -> bool:
    """Whether whoever is asking has a right, where only a part of an answer hangs on it."""
    try:
        require_right(asking, right)
    except Problem:
        return False
    return True


def _refusal(asking: Principal, right: str) -> Problem:
    if asking.key is None:
        needed = " or ".join(sorted(RIGHTS[right].roles)) or "no person's"
        return Problem("role-missing", f"This needs the role {needed}.")
    needed = " or ".join(sorted(RIGHTS[right].scopes))
    return Problem("scope-missing", f"This needs a key with the scope {needed}.")


def _identify() -> Principal:
    if is_page():
        return _person_on_page()
    header = request.headers.get("Authorization", "")
    if not header and SESSION_COOKIE in request.cookies:
        return _person()
    return integration(parts(), header, foreign_origin())


def install(app: Flask) -> None:
    """Has the answers to limited keys tell what is left."""

    @app.after_request
    def _tell_limits(answer: Response) -> Response:
        answer.headers.extend(g.get("rate_limit", ()))
        return answer


def integration(parts: Parts, header: str, origin: str | None = None) -> Principal:
    """Whoever sends a key in an Authorization header, from a page of `origin` that is not ours.

    Raises `Problem`: `key-missing`, `key-invalid`, `key-exposed`.
    """
    if not header:
        raise Problem("key-missing", "Send a key: Authorization: Bearer fp_….")
    secret = secret_in(header)
    if not secret:
        raise Problem("key-invalid", "The Authorization header is not Bearer fp_….")
    keys = parts.store.keys
    key = keys.by_secret(secret) or keys.by_pass(secret, parts.now())
    if key is None:
        raise Problem("key-invalid", "This key is unknown or revoked.")
    if origin is not None:
        _refuse_page(parts, key)
    parts.store.keys.note_use(key, parts.now())
    return Principal(section_id=key.section_id, name=key.name, key=key)


def foreign_origin() -> str | None:
    """The origin of the page that sent the request, if one did that is not ours."""
    origin = request.headers.get("Origin")
    return None if origin is None or _is_own(origin) else origin


def _refuse_page(parts: Parts, key: Key) -> None:
    """A secret in a page is a secret no more: say so to whoever put it there, remember it, and refuse."""
    parts.store.keys.note_exposed(key, parts.now())
    raise Problem("key-exposed", "A key was sent from a web page. Revoke it; pages use the snippet.")


def _person() -> Principal:
    person = signed_in()
    if person is None:
        raise Problem("key-missing", "The session has ended. Sign in again.")
    _require_same_origin()
    return _in_section(person, request.headers.get(SECTION_HEADER) or _only_section(person))


def _person_on_page() -> Principal:
    person = signed_in()
    if person is None:
        raise Problem("sign-in-needed", "Sign in first.")
    if request.method not in SAFE_METHODS:
        require_own_form()
    return _in_section(person, (request.view_args or {})["section_id"])


def _in_section(person: Person, section_id: str) -> Principal:
    role = person.role_in(section_id)
    if role is None or parts().store.sections.find(section_id) is None:
        raise Problem("not-found", "There is no such section.")
    return Principal(section_id=section_id, name=person.email, role=role, user_id=str(person.id))


def signed_in() -> Person | None:
    """Who has a session in this browser, if anybody."""
    secret = request.cookies.get(SESSION_COOKIE)
    return parts().store.people.by_session(secret, parts().now()) if secret else None


def is_page() -> bool:
    """Whether the route that answers is one of the admin's pages."""
    return (request.blueprint or "").startswith(PAGES)


def _is_own(origin: str) -> bool:
    """Whether a page of this origin is ours: of the public address, or of where the request itself went.

    A server on this machine has two names, localhost and 127.0.0.1, and people use both.
    """
    return origin in (public_url(), request.url_root.rstrip("/"))


def csrf_token() -> str:
    """What the forms of our pages carry: bound to the session, and of no use without it."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def require_own_form() -> None:
    """Raises `Problem("not-same-origin")` unless the form that was sent came from one of our pages."""
    if not hmac.compare_digest(request.form.get(CSRF_FIELD, "").encode(), csrf_token().encode()):
        raise Problem("not-same-origin", "This form is from an old or another page. Load it again.")


def _only_section(person: Person) -> str:
    sections = [one for one in parts().store.sections.all() if person.role_in(one.id) is not None]
    if len(sections) != 1:
        raise Problem("section-unclear", f"Send the section's id in the header {SECTION_HEADER}.")
    return sections[0].id


def _require_same_origin() -> None:
    """A cookie is sent by any page that the browser shows; only our own may change something with it."""
    if request.method in SAFE_METHODS:
        return
    if not _is_own(request.headers.get("Origin", "")):
        raise Problem("not-same-origin", "With a session, only pages of this server may change something.")
