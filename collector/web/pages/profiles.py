"""Profiles: found by an identifier, the person's page with its timeline, merging two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.identifiers import KINDS, normalise
from collector.core.problems import Fault, Problem
from collector.store.profiles import Entry, Profile
from collector.store.segments.kept import Segment
from collector.store.segments.passages import Passage
from collector.web.access import allow, principal, the_actor
from collector.web.pages.editor_words import GOAL_LABELS
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.shown import (
    DOORS,
    KIND_LABELS,
    ChangeLine,
    Member,
    change_lines,
    consent_words,
    labelled,
    members_of,
    name_of,
    personal_fields,
    value_text,
    version_numbers,
)
from collector.web.parts import parts

blueprint = make_blueprint("profiles", "/sections/<section_id>/profiles")

SHOWN = 25
MERGES = 20
_LIKE_MOBILE = re.compile(r"\+?[0-9 ().\-/]+")


@blueprint.get("")
@allow("profiles.read")
def index(section_id: str) -> Response:
    """The search, and the newest profiles."""
    return _index(section_id)


@blueprint.post("/search")
@allow("profiles.read")
def search(section_id: str) -> AnyResponse:
    """To the profile that an identifier names. It comes in the body, so that it is in no address."""
    found = _find(section_id, request.form.get("kind", ""), request.form.get("value", ""))
    if isinstance(found, str):
        return _index(section_id, status=404, missing=found)
    return go_to("pages_profiles.show", section_id=section_id, profile_id=ids.encode(found.id))


@blueprint.get("/<profile_id>")
@allow("profiles.read")
def show(section_id: str, profile_id: str) -> AnyResponse:
    """One profile; one that was merged leads to the one that it is part of."""
    profile = _profile(section_id, profile_id)
    if profile.merged_into is not None:
        return redirect(
            url_for(".show", section_id=section_id, profile_id=ids.encode(profile.merged_into)), code=303
        )
    return _shown(profile)


@blueprint.post("/<profile_id>/merge")
@allow("profiles.merge")
def choose(section_id: str, profile_id: str) -> AnyResponse:
    """Finds the profile to merge with by its identifier; the next page asks whether that is right."""
    profile = _profile(section_id, profile_id)
    found = _find(section_id, request.form.get("kind", ""), request.form.get("value", ""))
    if isinstance(found, Profile) and found.id == profile.id:
        found = "That is an identifier of this very profile."
    if isinstance(found, str):
        return _shown(profile, status=404, missing=found)
    other = ids.encode(found.id)
    return go_to("pages_profiles.confirm", section_id=section_id, profile_id=profile_id, other_id=other)


@blueprint.get("/<profile_id>/merge/<other_id>")
@allow("profiles.merge")
def confirm(section_id: str, profile_id: str, other_id: str) -> Response:
    """Both profiles side by side, before they become one."""
    pair = sorted(_pair(section_id, profile_id, other_id), key=lambda one: one.id)
    timelines = parts().store.profiles
    return page(
        "pages/merge.html",
        pair=[(one, timelines.seen(one.id)) for one in pair],
        profile_id=profile_id,
        other_id=other_id,
        encode=ids.encode,
        name_of=name_of,
        labelled=labelled,
    )


@blueprint.post("/<profile_id>/merge/<other_id>")
@allow("profiles.merge")
def merge(section_id: str, profile_id: str, other_id: str) -> AnyResponse:
    """Makes one profile of the two: `into` is the id of the one that stays."""
    one, other = _pair(section_id, profile_id, other_id)
    into = request.form.get("into", "")
    if into not in (profile_id, other_id):
        raise Problem("request-invalid", "Say which of the two profiles stays.")
    kept, merged = (one, other) if into == profile_id else (other, one)
    parts().store.merges.make(section_id, merged.id, kept.id, the_actor(), parts().now())
    note = f"{name_of(merged)} is part of {name_of(kept)} now. It can be undone below."
    return go_to("pages_profiles.show", section_id=section_id, profile_id=into, note=note)


def _index(section_id: str, status: int = 200, missing: str = "") -> Response:
    cursor = request.args.get("cursor") or None
    found = parts().store.profiles.newest(section_id, SHOWN, cursor)
    return page(
        "pages/profiles.html",
        status=status,
        profiles=found.items,
        next_cursor=found.next_cursor,
        is_first_page=cursor is None,
        missing=missing,
        kinds=KIND_LABELS,
        value=request.form.get("value", ""),
        kind=request.form.get("kind", ""),
        encode=ids.encode,
        name_of=name_of,
        labelled=labelled,
    )


def _shown(profile: Profile, status: int = 200, missing: str = "") -> Response:
    store, cursor = parts().store, request.args.get("cursor") or None
    found = store.timelines.page(profile.id, SHOWN, cursor)
    may_merge = principal().has("profiles.merge")
    return page(
        "pages/profile.html",
        status=status,
        profile=profile,
        profile_id=ids.encode(profile.id),
        name=name_of(profile),
        identifiers=labelled(profile.identifiers),
        seen=store.profiles.seen(profile.id),
        totals=store.profiles.goals(profile.id),
        value_text=value_text,
        goal_labels=GOAL_LABELS,
        segments=_segments(profile),
        entries=_told(profile.section_id, found.items),
        next_cursor=found.next_cursor,
        is_first_page=cursor is None,
        merges=store.merges.of_profile(profile.section_id, profile.id, MERGES) if may_merge else [],
        may_merge=may_merge,
        kinds=KIND_LABELS,
        missing=missing,
        value=request.form.get("value", ""),
        kind=request.form.get("kind", ""),
        encode=ids.encode,
        doors=DOORS,
        consent_words=consent_words,
    )


def _segments(profile: Profile) -> list[tuple[Segment, int]]:
    """The segments that the profile is in, for those who may see them."""
    if not principal().has("segments.read"):
        return []
    return parts().store.segments.of_profile(profile.section_id, profile.id)


def _told(
    section_id: str, entries: Sequence[Entry | Passage]
) -> list[tuple[Entry | Passage, list[Member], list[ChangeLine]]]:
    """The entries with the data of those that began an event, and what the others changed.

    Of a segment that was joined or left there is neither.
    """
    definitions = parts().store.definitions.all(section_id)
    personal = {one.draft.event_name: personal_fields(one) for one in definitions}
    versions = version_numbers(definitions)
    nothing: frozenset[str] = frozenset()
    return [
        (entry, [], [])
        if isinstance(entry, Passage)
        else (
            entry,
            members_of(entry.state.data, personal.get(entry.event_name, nothing)),
            change_lines(entry.changes, personal.get(entry.event_name, nothing), versions),
        )
        for entry in entries
    ]


def _find(section_id: str, kind: str, text: str) -> Profile | str:
    """The profile that an identifier names, or a sentence on why there is none."""
    faults = []
    for candidate in [kind] if kind in KINDS else guessed_kinds(text):
        normal = normalise(candidate, text.strip() if candidate != "crm_id" else text, "/value")
        if isinstance(normal, Fault):
            faults.append(normal.message)
            continue
        found = parts().store.profiles.find(section_id, candidate, normal)
        if found is not None:
            return found
    return faults[0] if faults and kind in KINDS else "Nobody has this identifier."


def guessed_kinds(text: str) -> list[str]:
    """The kinds that a text may be of, the likeliest first: anything may be a CRM id."""
    if "@" in text:
        return ["email", "crm_id"]
    return ["mobile", "crm_id"] if _LIKE_MOBILE.fullmatch(text.strip()) else ["crm_id"]


def _profile(section_id: str, profile_id: str) -> Profile:
    number = ids.decode(profile_id)
    found = parts().store.profiles.by_number(section_id, number) if number is not None else None
    if found is None:
        raise Problem("not-found", "There is no such profile.")
    return found


def _pair(section_id: str, profile_id: str, other_id: str) -> tuple[Profile, Profile]:
    one, other = _profile(section_id, profile_id), _profile(section_id, other_id)
    if one.id == other.id:
        raise Problem("same-profile", "Both are one profile already.")
    if one.merged_into is not None or other.merged_into is not None:
        raise Problem("profile-merged", "One of the two is part of another profile already.")
    return one, other
