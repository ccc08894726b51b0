"""Refused payloads: one by one, by cause, and judged again."""

from __future__ import annotations

from marshmallow import Schema, fields

from collector.core.problems import STATUS
from collector.web.openapi.examples import ORDER
from collector.web.openapi.operations import Body
from collector.web.openapi.shown import (
    Fault,
    Paged,
    Paging,
    Shown,
    list_of,
    moment,
    one_of,
    public_id,
    text,
    whole,
)


class Rejection(Shown):
    """A payload that was refused. Identifiers, the values of personal fields and what looks like somebody's
    address or number are masked; secrets were never kept.
    """

    id = public_id("Its id.")
    event = text("The event's name, as it was sent.", ORDER["event"])
    event_id = text("The id that was sent.", ORDER["id"], allow_none=True)
    door = text("The way it came.", "api")
    key = public_id("The key that brought it; null where a page did.", allow_none=True)
    version = public_id("The version that refused it; null where it came to none.", allow_none=True)
    received_at = moment("When it came.")
    code = one_of(tuple(STATUS), "Why it was refused.")
    errors = list_of(Fault, "All that was wrong.")
    cause = public_id("The same for all that were refused for the same things.")
    replayable = fields.Boolean(
        metadata={"description": "False where not all of it could be kept: it can never be judged again."}
    )
    payload = fields.Raw(metadata={"description": "What was sent."})


class Rejections(Paged):
    """Refused payloads, newest first."""

    rejections = list_of(Rejection, "Those that were kept.")


class Cause(Shown):
    """What many were refused for: the same event, the same things wrong at the same places."""

    cause = public_id("Its id.")
    event = text("The event's name.", ORDER["event"])
    code = one_of(tuple(STATUS), "Why they were refused.")
    errors = list_of(Fault, "All that is wrong with the example; sentences may differ from one to the other.")
    count = whole("How many of them are kept.", 1)
    first_at = moment("When the first of them came.")
    last_at = moment("When the last of them came.")
    example = fields.Nested(Rejection, metadata={"description": "The last of them."})


class Causes(Paged):
    """Causes, the most frequent first."""

    causes = list_of(Cause, "Why payloads were refused.")


class CausesWanted(Paging):
    event = text("Only of this event.", ORDER["event"])


class RejectionsWanted(CausesWanted):
    cause = public_id("Only for this cause.")


class ReplaySent(Schema):
    """Which rejections: all that there are, of one event, for one cause."""

    event = text("Only of this event.", ORDER["event"], allow_none=True)
    cause = text("Only for this cause.", allow_none=True)
    preview = fields.Boolean(
        load_default=False,
        metadata={"description": "Only say what would become of them: nothing is stored, nothing counted."},
    )
    cursor = text("`next_cursor` of the answer before; absent: from the oldest on.", allow_none=True)


class ReasonToStay(Shown):
    """Why some of them stay."""

    code = text("Stable, for programs.", "too-small")
    pointer = text("The place, as an RFC 6901 pointer into the payload.", "/data/total")
    count = whole("How many of them.", 1)
    example = text("The event id of one of them.", allow_none=True)


class NextVersion(Shown):
    """A version that is not in force yet."""

    version = whole("Its number.", 2)
    current_from = moment("When it takes over.")
    accepted = whole("How many of these rejections fit it.")


class ReplayTold(Shown):
    """What became of the rejections that were judged again; with `preview`, what would."""

    sometimes = frozenset({"next_cursor", "pending"})

    preview = fields.Boolean(metadata={"description": "Whether nothing was done."})
    checked = whole("How many were judged, at most 5,000.")
    released = whole("How many are rejections no longer: those of the next four.")
    stored = whole("How many became new events.")
    updated = whole("How many changed a stored event.")
    duplicate = whole("How many said nothing new.")
    ignored = whole("How many were older than what is stored.")
    rejected = whole("How many are refused still; they are kept, with the reasons of now.")
    gone = whole("How many were not there any more when their turn came.")
    reasons = list_of(ReasonToStay, "Why those are refused, the most frequent first, at most 20.")
    next_cursor = text("Only where there is more: send it as `cursor` to go on.")
    pending = fields.Nested(
        NextVersion, metadata={"description": "With `event` and `preview`: what the next version lets in."}
    )


REPLAY = Body(
    (ReplaySent,),
    {"A preview": {"event": ORDER["event"], "preview": True}, "All of an event": {"event": ORDER["event"]}},
)
