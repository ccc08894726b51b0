"""`/api/v1/audit`: who changed what. It can be read, and nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.fields import format_timestamp
from collector.store.audit import Entry
from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json
from collector.web.openapi import about_sections as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts

blueprint = Blueprint("audit", __name__, url_prefix="/api/v1/audit")


@blueprint.get("")
@allow("audit.read")
@documented(about.Audit, query=about.ChangesWanted)
def index() -> Response:
    """The changes, newest first; `subject` shows those of one definition, key or profile."""
    refuse_unknown("subject", "limit", "cursor")
    page = parts().store.audit.page(
        principal().section_id, read_limit(), read_cursor(), request.args.get("subject")
    )
    document: Json = {"audit": [_shown(entry) for entry in page.items]}
    if page.next_cursor:
        document["next_cursor"] = page.next_cursor
    return json_answer(document)


def _shown(entry: Entry) -> Json:
    return {
        "id": ids.encode(entry.id),
        "at": format_timestamp(entry.at),
        "who": entry.actor.who,
        "from": {"door": entry.actor.door, "agent": entry.actor.agent},
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
    }
