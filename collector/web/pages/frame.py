"""What all pages share: rendering with the navigation, forms that came from us, sentences after a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Fault, Problem
from collector.core.rights import Principal
from collector.store.sections import Section
from collector.web.access import PAGES, csrf_token, signed_in
from collector.web.pages.paging import this_page
from collector.web.parts import parts
from collector.web.problems import report

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOTE_COOKIE = "fieldpost_note"
NOTHING_AROUND: Mapping[str, Any] = {"asking": None, "section": None, "places": (), "csrf": csrf_token}


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the navigation: what it is called, where it is, which right it needs."""

    label: str
    endpoint: str
    right: str


PLACES = (
    Place("Overview", "pages_overview.index", "stats.read"),
    Place("Definitions", "pages_definitions.index", "definitions.read"),
    Place("Live", "pages_live.index", "events.read"),
    Place("Rejections", "pages_rejections.index", "rejections.read"),
    Place("Profiles", "pages_profiles.index", "profiles.read"),
    Place("Segments", "pages_segments.index", "segments.read"),
    Place("Files", "pages_files.index", "events.export"),
    Place("Webhooks", "pages_webhooks.index", "webhooks.manage"),
    Place("Keys", "pages_keys.index", "keys.manage"),
    Place("Members", "pages_members.index", "members.manage"),
    Place("Audit log", "pages_audit.index", "audit.read"),
    Place("Settings", "pages_settings.index", "secrets.manage"),
)


def make_blueprint(subject: str, path: str) -> Blueprint:
    """The blueprint of one subject's pages, below `path`; what is refused there is shown as a page."""
    blueprint = Blueprint(PAGES + subject, __name__, url_prefix=path)

    blueprint.before_request(_require_storable)
    blueprint.register_error_handler(Problem, refused)
    return blueprint


def refused(problem: Problem) -> AnyResponse:
    """A refusal as a page; whoever only has to sign in is led there."""
    report(problem)
    if problem.code == "sign-in-needed":
        return redirect(url_for("pages_entry.show", next=request.full_path.rstrip("?")), code=303)
    return show_problem(problem)


def show_problem(problem: Problem) -> Response:
    """The page that says what is wrong."""
    # What went wrong here may go wrong again: such a page asks the database for nothing.
    around = NOTHING_AROUND if problem.status >= 500 else _surroundings()
    answer = _answer("pages/problem.html", problem.status, {**around, "problem": problem})
    if problem.retry_after is not None:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer


def page(template: str, /, *, status: int = 200, **values: Any) -> Response:
    """A page in the frame. `section` of the address and whoever is signed in come with it."""
    return _answer(template, status, {**_surroundings(), **values})


def _answer(template: str, status: int, values: Mapping[str, Any]) -> Response:
    answer = make_response(render_template(template, **values), status)
    answer.headers["Cache-Control"] = "no-store"
    if NOTE_COOKIE in request.cookies:
        answer.delete_cookie(NOTE_COOKIE)
    return secured(answer)


def secured(answer: Response) -> Response:
    """The headers that every page carries: nothing inline, nothing from elsewhere, in nobody's frame."""
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return answer


def go_to(endpoint: str, *, note: str = "", **values: Any) -> AnyResponse:
    """To another page after a change, with a sentence about what was done."""
    answer = redirect(url_for(endpoint, **values), code=303)
    if note:
        answer.set_cookie(NOTE_COOKIE, note.encode().hex(), max_age=60, httponly=True, samesite="Lax")
    return answer


def the_section() -> Section:
    """The section of the address. Whoever asks was found to have a role in it."""
    section = parts().store.sections.find(g.principal.section_id)
    if section is None:
        raise Problem("not-found", "There is no such section.")
    return section


def faults_by_place(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """pointer → sentences, so that each stands at its field."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.pointer, []).append(fault.message)
    return found


def moment_tag(micros: int | None) -> Markup:
    """A time as the reader's browser shows it in their zone; exact, in UTC, on hover."""
    if micros is None:
        return Markup("<span class=soft>never</span>")
    moment = datetime.fromtimestamp(micros / 1_000_000, UTC)
    exact = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), exact, moment.strftime("%Y-%m-%d %H:%M")
    )


def _require_storable() -> None:
    """No database keeps U+0000, and no name, search or number needs it. Raises `Problem`."""
    if any("\0" in text for sent in (request.values, request.view_args or {}) for text in _texts(sent)):
        raise Problem("request-invalid", "A text must not contain U+0000.")


def _texts(sent: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sent.items(multi=True) if isinstance(sent, MultiDict) else sent.items():
        yield from (name, str(value))


def _surroundings() -> dict[str, Any]:
    asking: Principal | None = g.get("principal")
    section_id = (request.view_args or {}).get("section_id")
    shown = [one for one in PLACES if asking is not None and section_id and asking.has(one.right)]
    return {
        "asking": asking,
        "person_here": asking.name if asking is not None else _name_of_person(),
        "section": the_section() if asking is not None and section_id else None,
        "places": shown,
        "here": request.endpoint or "",
        "csrf": csrf_token,
        "note": _note(),
        "moment": moment_tag,
        "this_page": this_page,
    }


def _name_of_person() -> str | None:
    """Who is signed in, on pages that belong to no section."""
    person = signed_in()
    return person.email if person is not None else None


def _note() -> str:
    try:
        return bytes.fromhex(request.cookies.get(NOTE_COOKIE, "")).decode()[:300]
    except ValueError:
        return ""
