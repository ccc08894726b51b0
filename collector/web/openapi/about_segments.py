"""Segments: what they are made of, who is in them, and what a tree would find."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from collector.core.segments.drafts import COLOR, ZONE
from collector.core.segments.templates import TEMPLATES
from collector.store.segments.standing import MOST_DAYS
from collector.web.openapi.about_events import Profile
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import Paged, Shown, list_of, moment, text, whole

A_TREE = TEMPLATES[0].tree


def _tree(*, required: bool = False, allow_none: bool = False) -> fields.Raw:
    words = "The condition tree; docs/segments.md tells every word of it."
    return fields.Raw(
        required=required,
        allow_none=allow_none,
        metadata={"description": words, "type": "object", "example": A_TREE},
    )


class Progress(Shown):
    """How far something has come that is about all profiles."""

    step = text("`build`, `tell`, `review` or `sweep`.", "build")
    done = whole("So many profiles are done.")
    of = whole("Of so many.")


class Membership(Shown):
    """How far the members are followed."""

    state = text("`waiting` for a server, `building`, or `active`: of this version.", "active")
    members = whole("How many there are; null: none were found yet, and the tree is asked.", allow_none=True)
    version = whole("Of which version they are.", 1, allow_none=True)
    progress = fields.Nested(
        Progress, allow_none=True, metadata={"description": "What goes on; null: nothing."}
    )
    recompute_at = moment("When days that pass are looked at next; null: no day matters.", allow_none=True)


class Segment(Shown):
    """A condition on the profiles of the section."""

    id = text("Its id.", "vip")
    name = text("Its name.", "VIP")
    color = text("For lists and charts.", COLOR)
    timezone = text("Where its days begin.", "Europe/Stockholm")
    tree = _tree()
    version = whole("1, 2, 3 …: it goes up with another tree or time zone.", 1)
    created_at = moment("When it was made.")
    updated_at = moment("When it was changed last.")
    membership = fields.Nested(Membership, metadata={"description": "Its members."})


class SegmentCounted(Segment):
    """A segment with how many members it has."""

    count = whole("How many members it has.")
    of = whole("How many profiles there are.")
    share = fields.Float(metadata={"description": "Per cent, with two decimals."})


class Segments(Paged):
    """Segments, newest first."""

    segments = list_of(Segment, "Those that are not deleted.")


class GrowthDay(Shown):
    """A day in the segment's time zone."""

    day = fields.Date(metadata={"description": "The day.", "example": "2026-09-21"})
    members = whole("How many members at its end, or now.")
    joined = whole("How many joined on it.")
    left = whole("How many left on it.")


class Growth(Shown):
    """How a segment has grown."""

    growth = list_of(GrowthDay, "The oldest first, until today; none before the first member.")


class GrowthWanted(Schema):
    days = fields.Integer(
        load_default=90,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"description": "So many days until today.", "example": 90},
    )


class Members(Paged):
    """The members of a segment."""

    members = list_of(Profile, "Those that were made first first.")


class SegmentPreview(Shown):
    """What a tree finds now."""

    count = whole("How many profiles match.")
    of = whole("How many profiles there are.")
    share = fields.Float(metadata={"description": "Per cent, with two decimals."})
    currencies = fields.List(
        fields.String(allow_none=True),
        metadata={
            "description": "Of the values that are added up or compared; null: those without one. "
            "More than one are mixed: ask for one with `currency`."
        },
    )


class Comparison(Shown):
    """Two segments side by side."""

    both = whole("How many profiles match both.")
    only_first = whole("How many match the first alone.")
    only_second = whole("How many match the second alone.")


class Cell(Shown):
    """Those with the same two scores, 1 to 5."""

    recency = whole("5: among the fifth that bought last.", 1, 5)
    frequency = whole("5: among the fifth that bought most often.", 1, 5)
    count = whole("How many profiles.")
    value = fields.Float(metadata={"description": "What they spent."})


class Grid(Shown):
    """Recency by frequency."""

    buyers = whole("How many profiles have a purchase.")
    cells = list_of(Cell, "All 25, also those without anybody.")


class GridWanted(Schema):
    currency = fields.String(
        validate=validate.Regexp("^[A-Za-z]{3}$"),
        metadata={
            "description": "Only purchases in this currency; absent: of all, whose values mix.",
            "example": "SEK",
        },
    )


class Template(Shown):
    """A tree to start from."""

    id = text("Its id.", "vip")
    name = text("Its name.", "VIP")
    about = text("What it finds.")
    tree = _tree()


class Templates(Shown):
    """Trees to start from."""

    templates = list_of(Template, "For the usual questions.")


class SegmentSent(Schema):
    """What a segment is made of."""

    id = text("1 to 32 of a–z, 0–9 and _; absent: made of the name.", "vip", allow_none=True)
    name = text("1 to 255 characters.", "VIP", required=True)
    color = text("1 to 50 characters.", COLOR, allow_none=True)
    timezone = text("A zone of the IANA database.", ZONE, allow_none=True)
    tree = _tree(required=True)


class ChangeSent(Schema):
    """What shall be another; what is absent stays."""

    name = text("1 to 255 characters.", "VIP", allow_none=True)
    color = text("1 to 50 characters.", COLOR, allow_none=True)
    timezone = text("A zone of the IANA database.", ZONE, allow_none=True)
    tree = _tree(allow_none=True)


class TrialSent(Schema):
    """A tree to try out."""

    tree = _tree(required=True)
    timezone = text("Where its days begin: a zone of the IANA database.", ZONE, allow_none=True)


A_SEGMENT = Body(
    (SegmentSent,),
    {one.name: {"name": one.name, "timezone": "Europe/Stockholm", "tree": one.tree} for one in TEMPLATES},
)
A_CHANGE = Body((ChangeSent,), {"Another name": {"name": "Our best"}})
A_TRIAL = Body((TrialSent,), {one.name: {"tree": one.tree} for one in TEMPLATES})
A_REBUILD = Answer((Segment,), status=202)
NEW_SEGMENT = Answer((Segment,), status=201)
AS_CSV = Answer(({"type": "string"},), content_type="text/csv")
AS_JSON_LINES = Answer(({"type": "string"},), content_type="application/jsonl")
