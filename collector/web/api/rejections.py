"""`/api/v1/rejections`: what was refused, and why."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, rejection_json
from collector.web.openapi import about_events as about
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts

blueprint = Blueprint("rejections", __name__, url_prefix="/api/v1/rejections")


@blueprint.get("")
@allow("rejections.read")
@documented(about.Rejections, query=Paging)
def index() -> Response:
    """The kept rejections, newest first. They may hold anything, so every read right is needed."""
    refuse_unknown("limit", "cursor")
    asking = principal()
    page = parts().store.rejections.page(asking.section_id, read_limit(), read_cursor())
    shown = [
        rejection_json(one, _personal(one.event_name)) for one in page.items if asking.may_use(one.event_name)
    ]
    document: Json = {"rejections": shown}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _personal(event_name: str) -> frozenset[str]:
    """The fields of an event that were personal in any of its versions."""
    definition = parts().store.definitions.find(principal().section_id, event_name)
    if definition is None:
        return frozenset()
    contents = [definition.draft.content, *(one.content for one in definition.versions)]
    return frozenset(field.name for one in contents for field in one.fields if field.personal)
