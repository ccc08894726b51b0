"""`/api/segments.…` of the Notifuse API: segments, and those of their members who have an e-mail."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.problems import Problem
from collector.store.segments.compiling import Scope
from collector.store.segments.kept import Segment
from collector.store.segments.standing import Standing
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.bodies import read_body
from collector.web.notifuse.errors import require_section
from collector.web.notifuse.queries import read_number, read_word
from collector.web.notifuse.segment_bodies import (
    SentSegment,
    Verb,
    draft_in,
    read_segment,
    require_id,
    trial_in,
)
from collector.web.notifuse.shapes import Json, segment_json
from collector.web.openapi import about_notifuse as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts

LIMIT, MOST = 50, 100
TRIED, TRIED_AT_MOST = 10, 20
PAGE = 500

blueprint = Blueprint("notifuse_segments", __name__, url_prefix="/api")


@blueprint.get("/segments.list")
@allow("segments.read")
@documented(
    about.ContactSegments,
    query=about.ContactSegmentsWanted,
    codes=about.CODES_OF_SEGMENTS,
    manners=about.MANNERS,
)
def index() -> Response:
    """All segments that are not deleted, the newest first; `with_count` counts their people."""
    require_section(read_word("workspace_id"))
    is_counted = read_word("with_count") in ("true", "1")
    segments, found, cursor = parts().store.segments, [], None
    while True:
        page, cursor = segments.page(principal().section_id, PAGE, cursor)
        found += page
        if cursor is None:
            break
    standings = segments.standings.all([one.number for one in found])
    listed = [_shown(one, standings[one.number], counted=is_counted) for one in found]
    return json_answer({"segments": listed})


@blueprint.get("/segments.get")
@allow("segments.read")
@documented(
    about.OneContactSegment,
    query=about.ContactSegmentWanted,
    codes=about.CODES_OF_SEGMENTS,
    manners=about.MANNERS,
)
def get() -> Response:
    """One segment, a deleted one too."""
    workspace_id, segment_id = read_word("workspace_id"), read_word("id")
    _require_workspace(workspace_id, "get")
    require_id(segment_id, "get")
    return _answer(_known(segment_id))


@blueprint.post("/segments.create")
@allow("segments.write")
@documented(about.NEW_SEGMENT, body=about.A_SEGMENT, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS)
def create() -> Response:
    """A new segment."""
    sent = _sent("create")
    draft = draft_in(sent, "create")
    try:
        made = parts().store.segments.create(principal().section_id, draft, the_actor(), parts().now())
    except Problem as problem:
        if problem.code != "name-taken":
            raise
        words = "invalid create segment request: id is already in use"
        raise Problem("request-invalid", words) from problem
    return _answer(made, 201)


@blueprint.post("/segments.update")
@allow("segments.write")
@documented(
    about.OneContactSegment, body=about.A_SEGMENT, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS
)
def update() -> Response:
    """Another name, colour, time zone and tree."""
    sent = _sent("update")
    draft = draft_in(sent, "update")
    _live(sent.id)
    segments = parts().store.segments
    changed = segments.change(
        principal().section_id, sent.id, lambda before: draft, the_actor(), parts().now()
    )
    return _answer(changed)


@blueprint.post("/segments.delete")
@allow("segments.write")
@documented(
    about.SegmentDeleted, body=about.A_SEGMENT_NAMED, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS
)
def delete() -> Response:
    """Its id is not given again."""
    sent = _sent("delete")
    require_id(sent.id, "delete")
    _live(sent.id)
    parts().store.segments.delete(principal().section_id, sent.id, the_actor(), parts().now())
    return json_answer({"success": True})


@blueprint.post("/segments.rebuild")
@allow("segments.write")
@documented(about.SegmentRebuilt, body=about.A_REBUILD, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS)
def rebuild() -> Response:
    """Finds its people anew."""
    sent = read_segment(read_body())
    require_section(sent.workspace_id)
    _require_segment(sent.segment_id)
    _live(sent.segment_id)
    parts().store.segments.rebuild(principal().section_id, sent.segment_id, the_actor(), parts().now())
    return json_answer({"success": True, "message": "Segment rebuild has been queued"})


@blueprint.post("/segments.preview")
@allow("segments.read")
@documented(about.ContactPreview, body=about.A_TRIAL, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS)
def preview() -> Response:
    """How many people with an e-mail a tree finds; nobody is named."""
    sent = read_segment(read_body())
    require_section(sent.workspace_id)
    node, zone = trial_in(sent)
    scope, segments = Scope(principal().section_id, parts().now(), zone), parts().store.segments
    sql, values = segments.finder.statement(node, scope)
    limit = sent.limit or TRIED
    return json_answer(
        {
            "emails": [],
            "total_count": parts().store.reachable.count_of(node, scope),
            "limit": limit if 0 < limit <= MOST else TRIED_AT_MOST,
            "generated_sql": sql,
            "sql_args": values,
        }
    )


@blueprint.get("/segments.contacts")
@allow("segments.read")
@documented(about.Contacts, query=about.ContactsWanted, codes=about.CODES_OF_SEGMENTS, manners=about.MANNERS)
def contacts() -> Response:
    """The e-mails of its people in alphabetical order."""
    workspace_id, segment_id = read_word("workspace_id"), read_word("segment_id")
    require_section(workspace_id)
    _require_segment(segment_id)
    limit, offset = read_number("limit") or 0, max(read_number("offset") or 0, 0)
    limit = min(limit, MOST) if limit > 0 else LIMIT
    emails = parts().store.reachable.emails(_live(segment_id), parts().now(), limit, offset)
    return json_answer({"emails": emails, "limit": limit, "offset": offset})


def _sent(verb: Verb) -> SentSegment:
    sent = read_segment(read_body())
    _require_workspace(sent.workspace_id, verb)
    return sent


def _require_workspace(workspace_id: str, verb: Verb) -> None:
    if not workspace_id:
        raise Problem("request-invalid", f"invalid {verb} segment request: workspace_id is required")
    require_section(workspace_id)


def _require_segment(segment_id: str) -> None:
    if not segment_id:
        raise Problem("request-invalid", "segment_id is required")


def _known(segment_id: str) -> Segment:
    """The segment, a deleted one too. Raises `Problem("not-found")`."""
    found = parts().store.segments.known(principal().section_id, segment_id)
    if found is None:
        raise Problem("not-found", "Segment not found")
    return found


def _live(segment_id: str) -> Segment:
    found = _known(segment_id)
    if found.deleted_at is not None:
        raise Problem("not-found", "Segment not found")
    return found


def _answer(segment: Segment, status: int = 200) -> Response:
    standing = parts().store.segments.standings.of(segment.number)
    return json_answer({"segment": _shown(segment, standing, counted=True)}, status)


def _shown(segment: Segment, standing: Standing, *, counted: bool) -> Json:
    is_there = counted and segment.deleted_at is None
    count = parts().store.reachable.count(segment, parts().now()) if is_there else 0
    return segment_json(segment, standing, count)
