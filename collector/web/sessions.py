"""Signing in with a one-time link, and out again."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Problem
from collector.store.people import SESSION_SECONDS
from collector.web.access import ANYBODY, SESSION_COOKIE, allow
from collector.web.parts import parts

blueprint = Blueprint("sessions", __name__)

AFTER_SIGN_IN = "/api/docs"


@blueprint.get("/sign-in/<secret>")
@allow(ANYBODY)
def sign_in(secret: str) -> AnyResponse:
    """Uses the link up and begins a session."""
    session = parts().store.people.open_link(secret, parts().now())
    if session is None:
        raise Problem("sign-in-invalid", "This link was used or is too old. Ask for a new one.")
    answer = redirect(AFTER_SIGN_IN, code=303)
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


@blueprint.post("/sign-out")
@allow(ANYBODY)
def sign_out() -> Response:
    """Ends the session that the browser has, if any."""
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is not None:
        parts().store.people.end_session(secret)
    answer = Response(status=204)
    answer.delete_cookie(SESSION_COOKIE)
    return answer
