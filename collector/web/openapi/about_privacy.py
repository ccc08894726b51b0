"""All that is held of a person, and their erasure."""

from __future__ import annotations

from marshmallow import Schema, fields

from collector.store.webhooks.messages import FATES
from collector.web.openapi import about_events, about_rejections
from collector.web.openapi.shown import Shown, anything, list_of, moment, one_of, public_id, text, whole


class ExportWanted(Schema):
    hidden = one_of(("true", "false"), "Also events of hidden definitions: for keys with the scope `admin`.")


class HeldVisitor(Shown):
    """A browser that turned out to be the person's."""

    visitor = text("Its random id.", "b4c1f2a8-visitor")
    linked_at = moment("When that was told.")


class HeldChange(Shown):
    """Something that was applied to an event."""

    operation = one_of(("insert", "update"), "Whether the event was new.")
    occurred_at = moment("The time of the event after it.")
    recorded_at = moment("When it was stored.")
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(about_events.Change),
        metadata={"description": "What an update moved."},
    )


class HeldEvent(about_events.Event):
    """An event, also one that was deleted."""

    door = text("The way its first write came.", "api")
    changes = list_of(HeldChange, "What was applied to it, the oldest first.")


class HeldRejection(about_rejections.Rejection):
    """A refused payload that names the person, as it is kept."""

    payload = anything("What was sent, as it is kept.")


class HeldPassage(Shown):
    """A segment that the person joined or left."""

    segment = text("Its id.", "vip")
    name = text("Its name.", "VIP")
    operation = one_of(("joined", "left"), "Which of the two.")
    occurred_at = moment("When.")


class HeldMessage(Shown):
    """A message about the person."""

    webhook = text("The name of the webhook.", "Warehouse")
    type = text("What it tells.", "event.stored")
    state = one_of(FATES, "Whether it was told.")
    recorded_at = moment("When it happened.")
    ended_at = moment("When it was delivered, given up or withheld.", allow_none=True)


class Held(Shown):
    """All that is held of a person."""

    section = text("The section's id.", "shop")
    exported_at = moment("When this was asked for: everything is as of one moment.")
    profile = fields.Nested(
        about_events.Profile,
        allow_none=True,
        metadata={"description": "`null` where only refused payloads name the person."},
    )
    merged = list_of(about_events.Profile, "Profiles that are part of it.")
    visitors = list_of(HeldVisitor, "The person's browsers.")
    events = list_of(HeldEvent, "The person's events, the oldest first.")
    segments = list_of(HeldPassage, "The segments that the person joined and left, the oldest first.")
    webhooks = list_of(HeldMessage, "What webhooks have told of the person, as far as their log goes back.")
    rejections = list_of(HeldRejection, "Refused payloads that name the person, the oldest first.")


class Erased(Shown):
    """What was erased."""

    profile = public_id(
        "The profile that was; `null` if only refused payloads named the person.", allow_none=True
    )
    erased_at = moment("What is older than this is ignored from now on.")
    events = whole("How many events were erased.")
    rejections = whole("How many refused payloads were erased.")
    mentions = whole("From how many events of others an identifier or a browser was taken out.")
