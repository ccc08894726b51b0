"""Segments: the list, and one segment with who is in it, as pages and as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.problems import Problem
from collector.core.segments.templates import TEMPLATES
from collector.core.segments.words import Theirs, Told, in_words
from collector.store.profiles import Profile
from collector.store.segments.finding import Share
from collector.store.segments.kept import Segment
from collector.store.segments.standing import GrowthDay, Standing
from collector.web.access import allow, principal, the_actor
from collector.web.api.member_files import as_csv, as_json_lines
from collector.web.api.segments import as_file, share_json, standing_json
from collector.web.openapi import about_segments as about
from collector.web.pages.charts import Chart, stacked
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.segment_words import event_names
from collector.web.pages.shown import labelled, name_of
from collector.web.parts import parts

blueprint = make_blueprint("segments", "/sections/<section_id>/segments")

SHOWN = 25
MEMBERS = 25
COMPARED = 500
GROWTH_DAYS = 90
LEAST_DAYS = 30

Find = Callable[[int, int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Row:
    """A segment as the list shows it."""

    segment: Segment
    share: Share
    told: Told
    standing: Standing

    @property
    def state(self) -> str:
        """How far its members are followed, in words."""
        told = standing_json(self.segment, self.standing)
        progress = told["progress"]
        if told["state"] == "waiting":
            return "found by its tree"
        if told["state"] == "active":
            return "up to date"
        done = progress["done"] * 100 // (progress["of"] or 1) if progress else 0
        return f"being built, {min(done, 99)} %"

    @property
    def percent(self) -> Decimal:
        percent: Decimal = share_json(self.share)["share"]
        return percent


@dataclass(frozen=True, slots=True)
class Growth:
    """The days of a segment, those that are drawn, and the columns of members and of who joined and left."""

    days: Sequence[GrowthDay]
    drawn: Sequence[GrowthDay]
    members: Chart
    moves: Chart

    @property
    def joined(self) -> int:
        return sum(one.joined for one in self.days)

    @property
    def left(self) -> int:
        return sum(one.left for one in self.days)


def growth_of(days: Sequence[GrowthDay]) -> Growth | None:
    """The charts of some days; None where there are none."""
    if not days:
        return None
    # One day alone would be drawn as wide as a month.
    missing = range(max(LEAST_DAYS - len(days), 0), 0, -1)
    before = [GrowthDay(days[0].day - timedelta(days=back), 0, 0, 0) for back in missing]
    drawn = [*before, *days]
    members = stacked([(0, {"members": one.members}) for one in drawn], ["members"])
    moves = stacked([(0, {"joined": one.joined, "left": one.left}) for one in drawn], ["joined", "left"])
    return Growth(days, drawn, members, moves)


@blueprint.app_template_test("theirs")
def is_theirs(piece: str) -> bool:
    """Whether a piece of a sentence is of somebody else."""
    return isinstance(piece, Theirs)


@blueprint.app_template_test("drawable_color")
def is_drawable(color: str) -> bool:
    """Whether a segment's color, which may be any text, is one that a picture can be filled with."""
    return re.fullmatch("#[0-9a-fA-F]{6}", color) is not None


@blueprint.get("")
@allow("segments.read")
def index(section_id: str) -> Response:
    """The segments, the newest first, and what to start a new one from."""
    found, more = parts().store.segments.page(section_id, SHOWN, request.args.get("cursor") or None)
    return page(
        "pages/segments.html",
        rows=_rows(section_id, found),
        next_cursor=more,
        is_first_page="cursor" not in request.args,
        templates=TEMPLATES,
        may_write=principal().has("segments.write"),
    )


@blueprint.get("/<slug:segment_id>")
@allow("segments.read")
def show(section_id: str, segment_id: str) -> Response:
    """One segment: what it says, how many match, who they are, how it stands to another one."""
    segment = the_segment(section_id, segment_id)
    store, now = parts().store.segments, parts().now()
    members, next_cursor = members_page(
        section_id, lambda limit, after: store.page_of_members(segment, now, limit, after)
    )
    others, _ = store.page(section_id, COMPARED, None)
    other = next((one for one in others if one.draft.id == request.args.get("with")), None)
    row = _row(segment)
    days = store.growth(segment, GROWTH_DAYS, now) if row.standing.is_there else []
    return page(
        "pages/segment.html",
        row=row,
        draft=segment.draft,
        growth=growth_of(days),
        members=members,
        next_cursor=next_cursor,
        is_first_page="cursor" not in request.args,
        others=[one.draft for one in others if one.draft.id != segment_id],
        other=other.draft if other else None,
        overlap=parts().store.segments.overlap(segment, other, parts().now()) if other else None,
        may_write=principal().has("segments.write"),
        may_audit=principal().has("audit.read"),
        encode=ids.encode,
        name_of=name_of,
        labelled=labelled,
    )


@blueprint.get("/<slug:segment_id>/members.csv")
@allow("segments.read")
def members_as_csv(section_id: str, segment_id: str) -> Response:
    """Everybody in it, for a spreadsheet."""
    found = parts().store.segments.members(the_segment(section_id, segment_id), parts().now())
    return as_file(as_csv(found), f"{segment_id}.csv", about.AS_CSV.content_type)


@blueprint.get("/<slug:segment_id>/members.jsonl")
@allow("segments.read")
def members_as_json_lines(section_id: str, segment_id: str) -> Response:
    """Everybody in it, a profile a line."""
    found = parts().store.segments.members(the_segment(section_id, segment_id), parts().now())
    return as_file(as_json_lines(found), f"{segment_id}.jsonl", about.AS_JSON_LINES.content_type)


@blueprint.get("/<slug:segment_id>/delete")
@allow("segments.write")
def ask(section_id: str, segment_id: str) -> Response:
    """What deleting means, and the question whether that is wanted."""
    return page("pages/segment_delete.html", row=_row(the_segment(section_id, segment_id)))


@blueprint.post("/<slug:segment_id>/delete")
@allow("segments.write")
def delete(section_id: str, segment_id: str) -> AnyResponse:
    """Deletes a segment; its members stay who they are."""
    name = the_segment(section_id, segment_id).draft.name
    parts().store.segments.delete(section_id, segment_id, the_actor(), parts().now())
    return go_to("pages_segments.index", section_id=section_id, note=f"{name} is deleted.")


def the_segment(section_id: str, segment_id: str) -> Segment:
    """The section's segment with this id. Raises `Problem("not-found")`."""
    return parts().store.segments.find(section_id, segment_id)


def members_page(section_id: str, find: Find) -> tuple[Sequence[Profile], str | None]:
    """The members that the address asks for, and the cursor of those after them.

    `find` gives so many profiles beyond an id, in order. Raises `Problem("request-invalid")` for a cursor
    that is none of ours.
    """
    cursor = request.args.get("cursor") or None
    after = 0 if cursor is None else ids.decode(cursor)
    if after is None:
        raise Problem("request-invalid", "This is no cursor of an earlier page.")
    found = find(MEMBERS + 1, after)
    profiles = parts().store.profiles.named(section_id, found[:MEMBERS])
    shown = [profiles[number] for number in found[:MEMBERS] if number in profiles]
    return shown, ids.encode(found[MEMBERS - 1]) if len(found) > MEMBERS else None


def _rows(section_id: str, found: Sequence[Segment]) -> list[Row]:
    """The segments with their counts."""
    names = event_names(parts().store.definitions.all(section_id))
    store, now = parts().store.segments, parts().now()
    standings = store.standings.all([one.number for one in found])
    rows = []
    for one in found:
        standing = standings[one.number]
        share = store.share_of(one, standing, now)
        rows.append(Row(one, share, in_words(one.draft.document, names), standing))
    return rows


def _row(segment: Segment) -> Row:
    [row] = _rows(segment.section_id, [segment])
    return row
