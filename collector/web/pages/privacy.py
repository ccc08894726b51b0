"""What a person may ask for, on their page: a file with all that is held, and their erasure."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.problems import Problem
from collector.store.profiles import Profile
from collector.web.access import allow, the_actor
from collector.web.api.privacy import exported
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.shown import labelled, name_of
from collector.web.parts import parts

blueprint = make_blueprint("profiles_privacy", "/sections/<section_id>/profiles/<profile_id>")


@blueprint.get("/export")
@allow("profiles.export")
def export(section_id: str, profile_id: str) -> Response:
    """All that is held of the person, events of hidden definitions too, as a file."""
    return exported(_profile(section_id, profile_id).id, hidden=True)


@blueprint.get("/erase")
@allow("profiles.erase")
def confirm(section_id: str, profile_id: str) -> Response:
    """What an erasure does, and whether it is meant."""
    return _confirm(_profile(section_id, profile_id))


@blueprint.post("/erase")
@allow("profiles.erase")
def erase(section_id: str, profile_id: str) -> AnyResponse:
    """Erases the person everywhere, if the form says that it is meant."""
    profile = _profile(section_id, profile_id)
    if request.form.get("confirm") != "yes":
        return _confirm(profile, status=422)
    parts().settle()
    erased = parts().store.erasures.erase(section_id, profile.id, the_actor(), parts().now())
    note = f"This person is erased: {erased.events} events and {erased.rejections} refused payloads are gone."
    return go_to("pages_profiles.index", section_id=section_id, note=note)


def _confirm(profile: Profile, status: int = 200) -> Response:
    return page(
        "pages/erase.html",
        status=status,
        profile_id=ids.encode(profile.id),
        name=name_of(profile),
        identifiers=labelled(profile.identifiers),
        is_unconfirmed=status != 200,
    )


def _profile(section_id: str, profile_id: str) -> Profile:
    number = ids.decode(profile_id)
    found = parts().store.profiles.by_number(section_id, number) if number is not None else None
    if found is None:
        raise Problem("not-found", "There is no such profile.")
    if found.merged_into is not None:
        raise Problem("profile-merged", "This profile is part of another one.")
    return found
