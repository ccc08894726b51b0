"""`/api/timeline.list` of the Notifuse API: what happened to a person, newest first."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.problems import Problem
from collector.store.profiles import Entry
from collector.store.segments.passages import Passage
from collector.web.access import allow
from collector.web.answers import json_answer
from collector.web.notifuse.contacts import find_contact, readable_definitions, require_readable_emails
from collector.web.notifuse.cursors import cursor_after, store_cursor
from collector.web.notifuse.errors import require_section
from collector.web.notifuse.queries import read_number, read_word
from collector.web.notifuse.shapes import Json, entry_json, passage_json
from collector.web.openapi import about_notifuse as about
from collector.web.openapi.operations import documented
from collector.web.reach import readable_kinds_of, timeline_within_reach

LIMIT, MOST = 50, 100

blueprint = Blueprint("notifuse_timeline", __name__, url_prefix="/api")


@blueprint.get("/timeline.list")
@allow("profiles.read")
@documented(
    about.ContactTimeline, query=about.TimelineWanted, codes=about.CODES_OF_READING, manners=about.MANNERS
)
def index() -> Response:
    """Every change of the person's events that the key may read, and which segments were joined and left."""
    workspace_id, email = read_word("workspace_id"), read_word("email")
    if workspace_id and not email:
        raise Problem("request-invalid", "email is required")
    limit = _limit() if workspace_id else LIMIT
    require_section(workspace_id)
    require_readable_emails()
    cursor = read_word("cursor")
    return json_answer(_timeline(email, limit, store_cursor(cursor) if cursor else None))


def _timeline(email: str, limit: int, cursor: str | None) -> Json:
    contact = find_contact(email)
    if contact is None:
        return {"timeline": []}
    normal, profile = contact
    readable = readable_kinds_of(readable_definitions())
    page = timeline_within_reach()(profile.id, limit, cursor, readable)
    entries: list[Entry | Passage] = page.items
    shown = [
        passage_json(one, normal) if isinstance(one, Passage) else entry_json(one, normal) for one in entries
    ]
    return {"timeline": shown} | ({"next_cursor": cursor_after(entries[-1])} if page.next_cursor else {})


def _limit() -> int:
    limit = read_number("limit") if read_word("limit") else LIMIT
    if limit is None:
        raise Problem("request-invalid", "invalid limit parameter: must be an integer")
    if limit < 0:
        raise Problem("request-invalid", "limit must be non-negative")
    if limit > MOST:
        raise Problem("request-invalid", f"limit cannot exceed {MOST}")
    return limit or LIMIT
