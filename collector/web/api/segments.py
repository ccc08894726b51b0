"""`/api/v1/segments`: conditions on profiles, kept or only tried out, and who matches them now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from decimal import ROUND_HALF_EVEN, Decimal

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.fields import format_timestamp
from collector.core.goals import CURRENCY, unscale
from collector.core.problems import Fault, Problem
from collector.core.segments.drafts import Draft, read_draft, read_trial
from collector.core.segments.templates import TEMPLATES
from collector.core.segments.tree import Node
from collector.store.opening import Store
from collector.store.segments.compiling import Scope
from collector.store.segments.finding import Finder, Share
from collector.store.segments.kept import Segment
from collector.store.segments.rfm import rfm_grid
from collector.store.segments.standing import MOST_DAYS, Standing
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.member_files import as_csv, as_json_lines
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, profile_json
from collector.web.bodies import read_json
from collector.web.openapi import about_segments as about
from collector.web.openapi.operations import NO_CONTENT, documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts
from collector.web.reach import seen_kinds

DAYS = 90

blueprint = Blueprint("segments", __name__, url_prefix="/api/v1/segments")


@blueprint.get("")
@allow("segments.read")
@documented(about.Segments, query=Paging)
def index() -> Response:
    """The segments of the section, the newest first."""
    refuse_unknown("limit", "cursor")
    found, more = parts().store.segments.page(principal().section_id, read_limit(), read_cursor())
    standings = parts().store.segments.standings.all([one.number for one in found])
    listed = [segment_json(one, standings[one.number]) for one in found]
    return json_answer({"segments": listed, **({"next_cursor": more} if more else {})})


@blueprint.post("")
@allow("segments.write")
@documented(about.NEW_SEGMENT, body=about.A_SEGMENT, codes="name-taken segment-invalid")
def create() -> Response:
    """A new segment. Its id is made of the name if none is given, and never changes."""
    draft = _right(read_draft(read_json()))
    made = parts().store.segments.create(principal().section_id, draft, the_actor(), parts().now())
    return json_answer(segment_json(made, Standing(made.number)), status=201)


@blueprint.get("/<slug:segment_id>")
@allow("segments.read")
@documented(about.SegmentCounted)
def show(segment_id: str) -> Response:
    """A segment, how many members it has, and how far those are followed."""
    return json_answer(counted_json(parts().store, _find(segment_id), parts().now()))


@blueprint.patch("/<slug:segment_id>")
@allow("segments.write")
@documented(about.Segment, body=about.A_CHANGE, codes="segment-invalid")
def change(segment_id: str) -> Response:
    """Changes what is sent. Another tree or time zone makes the next version."""
    sent = read_json()
    changed = parts().store.segments.change(
        principal().section_id,
        segment_id,
        lambda before: _right(read_draft(sent, before)),
        the_actor(),
        parts().now(),
    )
    return json_answer(segment_json(changed, parts().store.segments.standings.of(changed.number)))


@blueprint.delete("/<slug:segment_id>")
@allow("segments.write")
@documented(NO_CONTENT)
def delete(segment_id: str) -> Response:
    """Deletes a segment. Nobody is deleted with it; its id is not given again."""
    parts().store.segments.delete(principal().section_id, segment_id, the_actor(), parts().now())
    return Response(status=204)


@blueprint.post("/<slug:segment_id>/rebuild")
@allow("segments.write")
@documented(about.A_REBUILD)
def rebuild(segment_id: str) -> Response:
    """Finds all members anew. Those of now are shown until the new ones are complete."""
    built = parts().store.segments.rebuild(principal().section_id, segment_id, the_actor(), parts().now())
    return json_answer(segment_json(built, parts().store.segments.standings.of(built.number)), status=202)


@blueprint.get("/<slug:segment_id>/growth")
@allow("segments.read")
@documented(about.Growth, query=about.GrowthWanted)
def growth(segment_id: str) -> Response:
    """How many members there were at the end of each day, and how many joined and left on it."""
    refuse_unknown("days")
    found = parts().store.segments.growth(_find(segment_id), _days(), parts().now())
    return json_answer({"growth": [{**asdict(one), "day": one.day.isoformat()} for one in found]})


@blueprint.get("/<slug:segment_id>/members")
@allow("segments.read")
@documented(about.Members, query=Paging)
def members(segment_id: str) -> Response:
    """The members, those that were made first first."""
    refuse_unknown("limit", "cursor")
    segment, store, limit = _find(segment_id), parts().store, read_limit()
    after = _after(read_cursor())
    found = store.segments.page_of_members(segment, parts().now(), limit + 1, after)
    profiles = store.profiles.named(principal().section_id, found[:limit])
    listed = [profile_json(profiles[number], seen_kinds()) for number in found[:limit] if number in profiles]
    more = {"next_cursor": ids.encode(found[limit - 1])} if len(found) > limit else {}
    return json_answer({"members": listed, **more})


@blueprint.get("/<slug:segment_id>/members.csv")
@allow("segments.read")
@documented(about.AS_CSV)
def members_as_csv(segment_id: str) -> Response:
    """All of them for a spreadsheet. What it would compute has an apostrophe before it."""
    found = parts().store.segments.members(_find(segment_id), parts().now())
    return as_file(as_csv(found), f"{segment_id}.csv", about.AS_CSV.content_type)


@blueprint.get("/<slug:segment_id>/members.jsonl")
@allow("segments.read")
@documented(about.AS_JSON_LINES)
def members_as_json_lines(segment_id: str) -> Response:
    """All of them, a profile a line."""
    found = parts().store.segments.members(_find(segment_id), parts().now())
    return as_file(as_json_lines(found), f"{segment_id}.jsonl", about.AS_JSON_LINES.content_type)


@blueprint.get("/<slug:segment_id>/compare/<slug:other_id>")
@allow("segments.read")
@documented(about.Comparison)
def compare(segment_id: str, other_id: str) -> Response:
    """How many are in both of two segments, and in one of them only."""
    one, other = map(_find, (segment_id, other_id))
    return json_answer(asdict(parts().store.segments.overlap(one, other, parts().now())))


@blueprint.get("/rfm")
@allow("segments.read")
@documented(about.Grid, query=about.GridWanted)
def rfm() -> Response:
    """Buyers by how lately and how often they bought, five by five; 5 is the latest, and the most."""
    refuse_unknown("currency")
    currency = request.args.get("currency")
    if currency is not None and not CURRENCY.fullmatch(currency):
        fault = Fault("query-invalid", "/currency", "A currency is three letters, such as SEK (ISO 4217).")
        raise Problem("request-invalid", fault.message, faults=[fault])
    scope = Scope(principal().section_id, parts().now())
    cells = rfm_grid(parts().store.database, scope, currency.upper() if currency else None)
    shown = [
        {"recency": one.recency, "frequency": one.frequency, "count": one.count, "value": unscale(one.value)}
        for one in cells
    ]
    return json_answer({"buyers": sum(one.count for one in cells), "cells": shown})


@blueprint.post("/preview")
@allow("segments.read")
@documented(about.SegmentPreview, body=about.A_TRIAL, codes="segment-invalid")
def preview() -> Response:
    """How many profiles match a tree, and what share of all that is. Nothing is kept."""
    tried = read_trial(read_json())
    if isinstance(tried, list):
        raise _invalid(tried)
    scope = Scope(principal().section_id, parts().now(), tried[1])
    return json_answer(preview_json(parts().store.segments.finder, tried[0], scope))


@blueprint.get("/templates")
@allow("segments.read")
@documented(about.Templates)
def templates() -> Response:
    """Trees to start from."""
    listed = [{"id": one.id, "name": one.name, "about": one.about, "tree": one.tree} for one in TEMPLATES]
    return json_answer({"templates": listed})


def counted_json(store: Store, segment: Segment, now: int) -> Json:
    """A segment with the number of its members, and their share of all."""
    standing = store.segments.standings.of(segment.number)
    return {**segment_json(segment, standing), **share_json(store.segments.share_of(segment, standing, now))}


def segment_json(segment: Segment, standing: Standing) -> Json:
    """A segment as its section made it, and how far its members are followed."""
    draft = segment.draft
    return {
        "id": draft.id,
        "name": draft.name,
        "color": draft.color,
        "timezone": draft.timezone,
        "tree": draft.document,
        "version": segment.version,
        "created_at": format_timestamp(segment.created_at),
        "updated_at": format_timestamp(segment.updated_at),
        "membership": standing_json(segment, standing),
    }


def standing_json(segment: Segment, standing: Standing) -> Json:
    """`state` is `waiting` until somebody looks, `building` until members are shown that are of this version.

    `progress` is of what goes on, in profiles; null where nothing does.
    """
    progress = {"step": standing.step, "done": standing.done, "of": standing.total}
    is_begun = standing.is_there or standing.step is not None
    is_active = standing.is_there and standing.version == segment.version
    return {
        "state": "active" if is_active else "building" if is_begun else "waiting",
        "members": standing.members if standing.is_there else None,
        "version": standing.version if standing.is_there else None,
        "progress": progress if standing.step is not None else None,
        "recompute_at": format_timestamp(standing.due_at) if standing.due_at is not None else None,
    }


def share_json(share: Share) -> Json:
    """Counts, and the share in per cent with two decimals; of nobody it is 0."""
    percent = Decimal(100 * share.count) / Decimal(share.of or 1)
    rounded = percent.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return {"count": share.count, "of": share.of, "share": rounded}


def preview_json(finder: Finder, node: Node, scope: Scope) -> Json:
    """What a tree finds, and which currencies that mixes; null stands for none."""
    currencies = [name or None for name in finder.currencies(node, scope)]
    return {**share_json(finder.share(node, scope)), "currencies": currencies}


def _find(segment_id: str) -> Segment:
    return parts().store.segments.find(principal().section_id, segment_id)


def as_file(lines: Iterator[str], name: str, content_type: str) -> Response:
    """A file to download, written as it is made."""
    answer = Response((line.encode() for line in lines), content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _days() -> int:
    text = request.args.get("days", str(DAYS))
    if re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    fault = Fault("query-invalid", "/days", f"A whole number from 1 to {MOST_DAYS}.")
    raise Problem("request-invalid", fault.message, faults=[fault])


def _after(cursor: str | None) -> int:
    number = 0 if cursor is None else ids.decode(cursor)
    if number is None:
        raise Problem("request-invalid", "This is no cursor of an earlier answer.")
    return number


def _right(draft: Draft | list[Fault]) -> Draft:
    if isinstance(draft, list):
        raise _invalid(draft)
    return draft


def _invalid(faults: list[Fault]) -> Problem:
    return Problem("segment-invalid", "This is no segment as it stands.", faults=faults)
