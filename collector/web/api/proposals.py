"""`/api/v1/proposals`: a definition drawn up from samples, from a JSON Schema, or from what came already."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.problems import Problem
from collector.core.proposals import read_asked
from collector.intake.seen import data_of_events, data_of_refusals
from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.bodies import read_document
from collector.web.openapi import about_proposals as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.reach import EVERY_KIND, rejections_within_reach, require_use

blueprint = Blueprint("proposals", __name__, url_prefix="/api/v1/proposals")


@blueprint.post("")
@allow("definitions.write")
@documented(about.Proposal, body=about.ASKED, codes="event-not-allowed identifier-not-allowed scope-missing")
def propose() -> Response:
    """A definition's document, to be looked at and sent to `/api/v1/definitions`. Nothing is stored."""
    asked = read_asked(read_document())
    require_use(asked.event_name)
    seen = seen_of(asked.event_name) if asked.is_about_what_came else []
    return json_answer(asked.proposal(seen).as_json())


def seen_of(event_name: str) -> list[object]:
    """What came under a name: its events; where nobody defined it, what was refused for that.

    Raises `Problem`: `identifier-not-allowed`, `scope-missing`, `role-missing` where not all may be seen.
    """
    asking = principal()
    if not asking.has("definitions.preview"):
        raise Problem("scope-missing" if asking.key else "role-missing", "You may not look at what came.")
    definition = parts().store.definitions.find(asking.section_id, event_name)
    if definition is None:
        return data_of_refusals(parts().store, rejections_within_reach(event_name))
    if asking.readable_of(definition) != EVERY_KIND:
        raise Problem("identifier-not-allowed", "A proposal needs the right to read every event of it.")
    return data_of_events(parts().store, definition)
