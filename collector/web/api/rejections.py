"""`/api/v1/rejections`: what was refused, and why."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.identifiers import KINDS
from collector.core.permissions import ALL_OPERATIONS, readable_kinds
from collector.core.problems import Problem
from collector.web.access import allow, key_with, the_key
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, rejection_json
from collector.web.parts import parts

blueprint = Blueprint("rejections", __name__, url_prefix="/api/v1/rejections")


@blueprint.get("")
@allow(key_with("read"))
def index() -> Response:
    """The kept rejections, newest first. They may hold anything, so every read right is needed."""
    refuse_unknown("limit", "cursor")
    key = the_key()
    if readable_kinds(ALL_OPERATIONS, key.grants) != frozenset(KINDS):
        raise Problem("identifier-not-allowed", "Rejections need a key that may read every identifier.")
    page = parts().store.rejections.page(key.section_id, read_limit(), read_cursor())
    shown = [
        rejection_json(one, _personal(one.event_name)) for one in page.items if key.may_use(one.event_name)
    ]
    document: Json = {"rejections": shown}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _personal(event_name: str) -> frozenset[str]:
    """The fields of an event that were personal in any of its versions."""
    definition = parts().store.definitions.find(the_key().section_id, event_name)
    versions = definition.versions if definition else ()
    return frozenset(field.name for one in versions for field in one.content.fields if field.personal)
