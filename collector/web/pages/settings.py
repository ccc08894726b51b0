"""Settings of a section: what happens to unknown events, the secret that signs identities. New sections."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.people import EVERY_SECTION
from collector.web.access import ANYBODY, allow, require_own_form, signed_in, the_actor
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("settings", "")


@blueprint.get("/sections/<section_id>/settings")
@allow("secrets.manage")
def index(section_id: str) -> Response:
    """The section's settings."""
    return page("pages/settings.html")


@blueprint.post("/sections/<section_id>/settings/secret")
@allow("secrets.manage")
def show_secret(section_id: str) -> Response:
    """Shows the secret with which the site's server signs identities."""
    secrets = parts().store.secrets.show(section_id, the_actor(), parts().now())
    return page("pages/settings.html", secrets=secrets)


@blueprint.post("/sections/<section_id>/settings/rotate")
@allow("secrets.manage")
def rotate(section_id: str) -> Response:
    """Makes a new secret; the old one goes on being accepted for a day."""
    secrets = parts().store.secrets.rotate(section_id, the_actor(), parts().now())
    return page("pages/settings.html", secrets=secrets)


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
    return go_to("pages_definitions.index", section_id=made.id, note=f"The section {made.name} is made.")
