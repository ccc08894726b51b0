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
from collector.web.reach import wholly_readable

blueprint = Blueprint("rejections", __name__, url_prefix="/api/v1/rejections")


@blueprint.get("")
@allow("rejections.read")
@documented(about.Rejections, query=Paging)
def index() -> Response:
    """The kept rejections, newest first. They may hold anything, so every read right is needed."""
    refuse_unknown("limit", "cursor")
    page = parts().store.rejections.page(principal().section_id, read_limit(), read_cursor(), _definitions())
    shown = [rejection_json(one, _personal(one.event_name)) for one in page.items]
    document: Json = {"rejections": shown}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _definitions() -> list[int] | None:
    """Of which definitions: every one, and payloads that named none, for whoever may read all of them."""
    visible = parts().store.definitions.all(principal().section_id)
    whole = wholly_readable()
    return None if len(whole) == len(visible) else list(whole)


def _personal(event_name: str) -> frozenset[str]:
    """The fields of an event that were personal in any of its versions."""
    definition = parts().store.definitions.find(principal().section_id, event_name)
    if definition is None:
        return frozenset()
    contents = [definition.draft.content, *(one.content for one in definition.versions)]
    return frozenset(field.name for one in contents for field in one.fields if field.personal)
