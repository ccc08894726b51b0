"""The way in: signing in with a password or a link, choosing a section, one's own password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Problem
from collector.store.people import EVERY_SECTION, Person
from collector.web.access import ANYBODY, allow, require_own_form, signed_in
from collector.web.pages.frame import faults_by_place, go_to, make_blueprint, page
from collector.web.pages.paging import stretch
from collector.web.parts import parts
from collector.web.sessions import begin_session

blueprint = make_blueprint("entry", "")

SECTIONS = 60


@blueprint.get("/")
@allow(ANYBODY)
def home() -> AnyResponse:
    """The sections of whoever is signed in; straight into the only one."""
    person = signed_in()
    if person is None:
        return redirect(url_for("pages_entry.show"), code=303)
    sections = [one for one in parts().store.sections.all() if person.role_in(one.id)]
    if len(sections) == 1:
        return redirect(url_for("pages_overview.index", section_id=sections[0].id), code=303)
    may_create = EVERY_SECTION in person.roles and person.roles[EVERY_SECTION] == "owner"
    found = stretch(sections, SECTIONS)
    has_password = parts().store.passwords.is_set(person.id)
    return page(
        "pages/home.html", person=person, list=found, may_create=may_create, has_password=has_password
    )


@blueprint.get("/sign-in")
@allow(ANYBODY)
def show() -> AnyResponse:
    """The form for an address and a password."""
    if signed_in() is not None:
        return redirect(url_for("pages_entry.home"), code=303)
    return page("pages/sign_in.html", next=_next(), failed=False, email="")


@blueprint.post("/sign-in")
@allow(ANYBODY)
def sign_in() -> AnyResponse:
    """Begins a session for the right password; another site cannot have anybody signed in."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem("not-same-origin", "This form came from another site. Load the page again.")
    email = request.form.get("email", "")
    now = parts().now()
    user = parts().store.passwords.check(email, request.form.get("password", ""), now)
    if user is None:
        return page("pages/sign_in.html", status=401, next=_next(), failed=True, email=email[:320])
    return begin_session(parts().store.people.begin_session(user, now), _next())


@blueprint.get("/welcome/<secret>")
@allow(ANYBODY)
def welcome(secret: str) -> Response:
    """Where the link of a server's first start leads: who are you?"""
    if not parts().store.people.is_first_link(secret, parts().now()):
        raise Problem("sign-in-invalid", "This link was used or is too old.")
    return page("pages/welcome.html", secret=secret, faults={}, email="")


@blueprint.post("/welcome/<secret>")
@allow(ANYBODY)
def become_first(secret: str) -> AnyResponse:
    """Makes the first owner, and signs them in."""
    email = request.form.get("email", "")
    try:
        session = parts().store.people.become_first(secret, email, parts().now())
    except Problem as problem:
        faults = faults_by_place(problem.faults)
        return page("pages/welcome.html", status=400, secret=secret, faults=faults, email=email[:320])
    if session is None:
        raise Problem("sign-in-invalid", "This link was used or is too old.")
    return begin_session(session, url_for("pages_entry.home"))


@blueprint.get("/account")
@allow(ANYBODY)
def account() -> Response:
    """One's own account: who one is, where one may work, a password."""
    return page("pages/account.html", person=_somebody(), faults={})


@blueprint.post("/account")
@allow(ANYBODY)
def set_password() -> AnyResponse:
    """Sets one's own password."""
    person = _somebody()
    require_own_form()
    try:
        parts().store.passwords.set(person.id, request.form.get("password", ""))
    except Problem as problem:
        faults = faults_by_place(problem.faults)
        return page("pages/account.html", status=400, person=person, faults=faults)
    return go_to("pages_entry.account", note="Your password is set.")


def _somebody() -> Person:
    person = signed_in()
    if person is None:
        raise Problem("sign-in-needed", "Sign in first.")
    return person


def _next() -> str:
    """Where to go after signing in: a path of ours, whatever the address says."""
    wanted = request.values.get("next", "")
    parsed = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parsed.netloc
    return wanted if is_ours and parsed.scheme == "" else url_for("pages_entry.home")
