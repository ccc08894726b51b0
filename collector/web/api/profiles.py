"""`/api/v1/profiles`: a person, by one of their identifiers, and their timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from collector.core.attributes import change_attributes
from collector.core.identifiers import KINDS, normalise
from collector.core.problems import Fault, Problem
from collector.store.profiles import Profile
from collector.store.segments.passages import Passage
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, entry_json, passage_json, profile_json
from collector.web.bodies import read_document
from collector.web.openapi import about_events as about
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts
from collector.web.reach import reachable, readable_kinds_of, seen_kinds, timeline_within_reach

blueprint = Blueprint("profiles", __name__, url_prefix="/api/v1/profiles")


@blueprint.get("/<kind>/<identifier:value>")
@allow("profiles.read")
@documented(about.Profile, codes="request-invalid identifier-not-allowed")
def show(kind: str, value: str) -> Response:
    """The profile that an identifier names, if the key may read any of its events."""
    return _shown(_profile(kind, value))


@blueprint.patch("/<kind>/<identifier:value>")
@allow("profiles.write")
@documented(about.Profile, body=about.ATTRIBUTES, codes="request-invalid identifier-not-allowed")
def describe(kind: str, value: str) -> Response:
    """Changes attributes, for segments to ask about: null takes one away, what is not named stays."""
    document = read_document()
    if not isinstance(document, dict) or set(document) != {"attributes"}:
        raise Problem("request-invalid", 'This takes {"attributes": {…}}.')
    if "write" not in principal().grants.get(kind, frozenset()):
        fault = Fault("identifier-not-allowed", "/kind", f"This key may not write by {kind}.")
        raise Problem("identifier-not-allowed", fault.message, faults=[fault])
    profile = _profile(kind, value)
    _shown(profile)

    def make(before: Mapping[str, Any]) -> Mapping[str, Any]:
        after = change_attributes(before, document["attributes"])
        if isinstance(after, list):
            faults = [fault.under("/attributes") for fault in after]
            raise Problem("request-invalid", "These attributes cannot be kept.", faults=faults)
        return after

    parts().store.attributes.change(profile.id, make, the_actor(), parts().now())
    return _shown(_profile(kind, value))


@blueprint.post("/lookup")
@allow("profiles.read")
@documented(about.Profile, body=about.LOOKUP, codes="request-invalid identifier-not-allowed")
def lookup() -> Response:
    """The same, by an identifier in the body, so that it is in no address: `{"kind": …, "value": …}`."""
    document = read_document()
    if not isinstance(document, dict) or set(document) != {"kind", "value"}:
        raise Problem("request-invalid", 'This takes {"kind": …, "value": …}.')
    kind, value = document["kind"], document["value"]
    if kind not in KINDS or not isinstance(value, str):
        raise Problem("request-invalid", f"kind is one of {', '.join(KINDS)}; value is a text.")
    return _shown(_profile(kind, value))


@blueprint.get("/<kind>/<anything:value>/timeline")
@allow("profiles.read")
@documented(about.Timeline, query=Paging, codes="identifier-not-allowed")
def timeline(kind: str, value: str) -> Response:
    """What happened, newest first, as far as the key may read it; with segments if it may read those."""
    refuse_unknown("limit", "cursor")
    profile = _profile(kind, value)
    definitions = reachable()
    readable = readable_kinds_of(definitions)
    _require_readable(profile)
    page = timeline_within_reach()(profile.id, read_limit(), read_cursor(), readable)
    kinds = {definitions[number].draft.event_name: kinds for number, kinds in readable.items()}
    entries = [
        passage_json(one) if isinstance(one, Passage) else entry_json(one, kinds[one.event_name])
        for one in page.items
    ]
    document: Json = {"timeline": entries}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _profile(kind: str, value: str) -> Profile:
    """Raises `Problem` before anything is looked up if the key may not read by this kind of identifier."""
    asking = principal()
    if kind not in KINDS:
        raise Problem("not-found", f"People are found by {', '.join(KINDS)}.")
    if "read" not in asking.grants.get(kind, frozenset()) or kind not in seen_kinds():
        fault = Fault("identifier-not-allowed", "/kind", f"This key may not read by {kind}.")
        raise Problem("identifier-not-allowed", fault.message, faults=[fault])
    normal = normalise(kind, value, "/value")
    if isinstance(normal, Fault):
        raise Problem("request-invalid", normal.message, faults=[normal])
    profile = parts().store.profiles.find(asking.section_id, kind, normal)
    if profile is None:
        raise _nobody()
    return profile


def _shown(profile: Profile) -> Response:
    """The profile, if the key may read any of its events; with the identifiers that it may see anywhere."""
    _require_readable(profile)
    return json_answer(profile_json(profile, seen_kinds()))


def _require_readable(profile: Profile) -> None:
    """Raises `Problem("not-found")` if the key may read none of the profile's events."""
    readable = readable_kinds_of(reachable())
    if not parts().store.profiles.timeline(profile.id, 1, None, readable).items:
        raise _nobody()


def _nobody() -> Problem:
    return Problem("not-found", "There is no such profile.")
