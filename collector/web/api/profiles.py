"""`/api/v1/profiles`: a person, by one of their identifiers, and their timeline."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.identifiers import KINDS, normalise
from collector.core.permissions import ALL_OPERATIONS, event_is_readable, readable_kinds
from collector.core.problems import Fault, Problem
from collector.store.profiles import Entry, Profile
from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, entry_json, profile_json
from collector.web.openapi import about_events as about
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts

blueprint = Blueprint("profiles", __name__, url_prefix="/api/v1/profiles")


@blueprint.get("/<kind>/<anything:value>")
@allow("profiles.read")
@documented(about.Profile, codes="request-invalid identifier-not-allowed")
def show(kind: str, value: str) -> Response:
    """The profile that an identifier names, if the key may read any of its events."""
    profile = _profile(kind, value)
    if not _readable(parts().store.profiles.timeline(profile.id, 500, None).items):
        raise _nobody()
    return json_answer(profile_json(profile, readable_kinds(ALL_OPERATIONS, principal().grants)))


@blueprint.get("/<kind>/<anything:value>/timeline")
@allow("profiles.read")
@documented(about.Timeline, query=Paging, codes="identifier-not-allowed")
def timeline(kind: str, value: str) -> Response:
    """What happened, newest first, as far as the key may read it."""
    refuse_unknown("limit", "cursor")
    profile = _profile(kind, value)
    page = parts().store.profiles.timeline(profile.id, read_limit(), read_cursor())
    entries = _readable(page.items)
    if not entries and not page.next_cursor and read_cursor() is None:
        raise _nobody()
    document: Json = {"timeline": entries}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _profile(kind: str, value: str) -> Profile:
    """Raises `Problem` before anything is looked up if the key may not read by this kind of identifier."""
    asking = principal()
    if kind not in KINDS:
        raise Problem("not-found", f"People are found by {', '.join(KINDS)}.")
    if "read" not in asking.grants.get(kind, frozenset()):
        fault = Fault("identifier-not-allowed", "/kind", f"This key may not read by {kind}.")
        raise Problem("identifier-not-allowed", fault.message, faults=[fault])
    normal = normalise(kind, value, "/value")
    if isinstance(normal, Fault):
        raise Problem("request-invalid", normal.message, faults=[normal])
    profile = parts().store.profiles.find(asking.section_id, kind, normal)
    if profile is None:
        raise _nobody()
    return profile


def _readable(entries: list[Entry]) -> list[Json]:
    asking = principal()
    shown = []
    for entry in entries:
        definition = parts().store.definitions.find(asking.section_id, entry.event_name)
        if definition is None or not asking.may_use(entry.event_name):
            continue
        if event_is_readable(entry.state.identifiers, asking.allowed_on(definition), asking.grants):
            shown.append(entry_json(entry, asking.readable_of(definition)))
    return shown


def _nobody() -> Problem:
    return Problem("not-found", "There is no such profile.")
