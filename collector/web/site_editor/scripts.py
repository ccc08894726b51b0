"""The editor's scripts: the overlay itself, and the snippet of a draft that tells the page instead of us."""

from __future__ import annotations

from typing import get_args

from flask import Response, request

from collector.core.definitions import Category, Definition, Version
from collector.core.fields import FIELD_TYPES, FILLS, format_timestamp
from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow
from collector.web.parts import parts, places
from collector.web.site_editor.entrance import enter, make_blueprint
from collector.web.site_editor.reach import known_at, whole_draft
from collector.web.site_editor.tokens import Pass
from collector.web.snippets import plan_of
from snippet.overlay import overlay, tried

blueprint = make_blueprint("scripts")

NOTHING = Problem("not-found", "There is nothing at this address.")


@blueprint.get("/<token>.js")
@allow(ANYBODY)
def script(token: str) -> Response:
    """The overlay, for whoever has a token; nobody else learns that there is anything here.

    The page says of which section its snippet is: a token of another one opens nothing there.
    """
    told = _entered(token)
    if request.args.get("section", told.section_id) != told.section_id:
        raise NOTHING
    return _script(overlay(_about(token, told)))


@blueprint.get("/<token>/tried/<name>.<draft_id>.js")
@allow(ANYBODY)
def tried_script(token: str, name: str, draft_id: str) -> Response:
    """The snippet that publishing a draft would make, of this state of it alone."""
    told = _entered(token)
    known = known_at(told, name)
    if known.draft is None or known.draft.id != draft_id:
        raise Problem("not-found", "There is no such draft, or a newer one.")
    wanted = whole_draft(known, told)
    version = Version("tried", "tried", 1, wanted.content, 0, 0)
    trial = Definition("tried", told.section_id, wanted, (version,), 0, 0)
    return _script(tried(plan_of(trial, version)))


def _entered(token: str) -> Pass:
    try:
        return enter(token)
    except Problem as problem:
        if problem.code != "editor-closed":
            raise
        raise NOTHING from problem


def _about(token: str, told: Pass) -> dict[str, object]:
    section = parts().store.sections.find(told.section_id)
    assert section is not None, "whoever was let in has a role in it"
    return {
        "doors": f"{places().for_beacons}editor/",
        "token": token,
        "origin": told.origin,
        "expires_at": format_timestamp(told.expires_at),
        "section": {"id": section.id, "name": section.name},
        "event_name": told.event_name,
        "words": {
            "types": [{"name": one.name, "label": one.label} for one in FIELD_TYPES.values()],
            "fills": list(FILLS),
            "categories": list(get_args(Category)),
        },
    }


def _script(text: str) -> Response:
    return Response(text, content_type="text/javascript; charset=utf-8")
