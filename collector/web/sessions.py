"""Sessions of people: begun by a one-time link or a password, ended by signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Problem
from collector.store.people import SESSION_SECONDS
from collector.web.access import ANYBODY, SESSION_COOKIE, allow, require_own_form
from collector.web.pages.frame import refused
from collector.web.parts import parts

blueprint = Blueprint("sessions", __name__)
blueprint.register_error_handler(Problem, refused)


@blueprint.get("/sign-in/<secret>")
@allow(ANYBODY)
def open_link(secret: str) -> AnyResponse:
    """Uses a one-time link up and begins a session."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        raise Problem("request-invalid", "A link is opened by a person.")  # and not used up by a preview
    session = parts().store.people.open_link(secret, parts().now())
    if session is None:
        raise Problem("sign-in-invalid", "This link was used or is too old. Ask for a new one.")
    return begin_session(session, url_for("pages_entry.home"))


@blueprint.post("/sign-out")
@allow(ANYBODY)
def sign_out() -> AnyResponse:
    """Ends the session that the browser has, if any."""
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is not None:
        require_own_form()
        parts().store.people.end_session(secret)
    answer = redirect(url_for("pages_entry.show"), code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def begin_session(session: str, where: str) -> AnyResponse:
    """To a page of ours, with the cookie of a new session."""
    answer = redirect(where, code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=SESSION_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
