"""Settings of a section: what happens to unknown events, the secret that signs identities. New sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.people import EVERY_SECTION
from collector.store.sections import UndefinedEvents
from collector.web.access import ANYBODY, allow, require_own_form, signed_in, the_actor
from collector.web.pages.frame import faults_by_place, go_to, make_blueprint, page, the_section
from collector.web.parts import parts

blueprint = make_blueprint("settings", "")

UNKNOWN: Mapping[UndefinedEvents, str] = {
    "reject": "Refuse them, and keep what came with the reason",
    "accept": "Keep them, and make a draft definition of each new name",
}
"""What becomes of events that an integration sends and nobody defined."""


@blueprint.get("/sections/<section_id>/settings")
@allow("secrets.manage")
def index(section_id: str) -> Response:
    """The section's settings."""
    return _shown()


@blueprint.post("/sections/<section_id>/settings")
@allow("secrets.manage")
def change(section_id: str) -> AnyResponse:
    """Changes the section's name, and what becomes of events that nobody defined."""
    before, form = the_section(), request.form
    try:
        after = parts().store.sections.change(
            before,
            form.get("name", ""),
            cast(UndefinedEvents, form.get("undefined_events", "")),
            the_actor(),
            parts().now(),
        )
    except Problem as problem:
        return _shown(status=400, faults=faults_by_place(problem.faults), name=form.get("name", ""))
    note = "The settings are saved." if after != before else "Nothing was changed, so nothing was saved."
    return go_to("pages_settings.index", section_id=section_id, note=note)


@blueprint.post("/sections/<section_id>/settings/secret")
@allow("secrets.manage")
def show_secret(section_id: str) -> Response:
    """Shows the secret with which the site's server signs identities."""
    return _shown(secrets=parts().store.secrets.show(section_id, the_actor(), parts().now()))


@blueprint.post("/sections/<section_id>/settings/rotate")
@allow("secrets.manage")
def rotate(section_id: str) -> Response:
    """Makes a new secret; the old one goes on being accepted for a day."""
    return _shown(secrets=parts().store.secrets.rotate(section_id, the_actor(), parts().now()))


@blueprint.post("/sections")
@allow(ANYBODY)
def create_section() -> AnyResponse:
    """A new section, by somebody who owns every one."""
    person = signed_in()
    if person is None:
        raise Problem("sign-in-needed", "Sign in first.")
    require_own_form()
    if person.roles.get(EVERY_SECTION) != "owner":
        raise Problem("role-missing", "Only owners of every section make new ones.")
    made = parts().store.sections.create(
        request.form.get("name", ""), "reject", Actor(person.email, "pages"), parts().now()
    )
    return go_to("pages_overview.index", section_id=made.id, note=f"The section {made.name} is made.")


def _shown(status: int = 200, **values: object) -> Response:
    return page("pages/settings.html", status=status, unknown=UNKNOWN, **values)
