"""Members: who may sign in to the section, and as what."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Problem
from collector.core.rights import ROLES
from collector.web.access import allow, principal, the_actor
from collector.web.pages.frame import faults_by_place, go_to, make_blueprint, page
from collector.web.pages.paging import Stretch, page_number
from collector.web.parts import parts, public_url

blueprint = make_blueprint("members", "/sections/<section_id>/members")

SHOWN = 50


@blueprint.get("")
@allow("members.manage")
def index(section_id: str) -> Response:
    """Everybody who may sign in to the section, and the form for one more."""
    return _shown(section_id)


@blueprint.post("")
@allow("members.manage")
def invite(section_id: str) -> Response:
    """Gives somebody a role, and shows the link that signs them in once."""
    form = request.form
    try:
        person, secret = parts().store.people.invite(
            form.get("email", ""), section_id, form.get("role", ""), the_actor(), parts().now()
        )
    except Problem as problem:
        return _shown(section_id, status=400, faults=faults_by_place(problem.faults), detail=problem.detail)
    link = public_url() + url_for("sessions.open_link", secret=secret)
    return _shown(section_id, invited=person, link=link)


@blueprint.post("/<int:user>/remove")
@allow("members.manage")
def remove(section_id: str, user: int) -> AnyResponse:
    """Takes somebody's role in the section away; nobody can do that to themselves."""
    if str(user) == principal().user_id:
        raise Problem("role-missing", "Somebody else has to take your own role away.")
    parts().store.people.remove(user, section_id, the_actor(), parts().now())
    return go_to("pages_members.index", section_id=section_id, note="They have no role here any more.")


def _shown(section_id: str, status: int = 200, **values: object) -> Response:
    number = page_number()
    found = parts().store.people.members(section_id, SHOWN + 1, (number - 1) * SHOWN)
    members = Stretch(found[:SHOWN], number, len(found) > SHOWN)
    return page("pages/members.html", status=status, list=members, roles=ROLES, **values)
