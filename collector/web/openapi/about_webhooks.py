"""Webhooks: what one tells, how it goes, and each delivery."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from collector.core.goals import GOAL_TYPES
from collector.core.identifiers import KINDS
from collector.core.webhooks.hooks import TEST, TYPES
from collector.core.webhooks.reading import LONGEST_NAME
from collector.store.webhooks.messages import FATES
from collector.web.openapi import examples
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import Paged, Paging, Shown, list_of, moment, one_of, public_id, text, whole

_ONLY_READS = one_of(("read",), "A webhook only reads.")


class WebhookGrants(Shown):
    """What it may be told, by kind of identifier."""

    email = list_of(_ONLY_READS, "E-mail.")
    mobile = list_of(_ONLY_READS, "Mobile number.")
    crm_id = list_of(_ONLY_READS, "Your own id.")


class Webhook(Shown):
    """A webhook, without its secret."""

    id = public_id("Its id.")
    name = text("What it is for.", "Warehouse")
    url = text("Where it leads.", examples.WEBHOOK["url"])
    types = list_of(one_of(TYPES, "A type of messages."), "What it tells.")
    events = list_of(fields.String(), "Of these events only; null: of every one.", allow_none=True)
    goals = list_of(one_of(GOAL_TYPES, "A goal."), "Events for these goals only.", allow_none=True)
    segments = list_of(fields.String(), "Of these segments only; null: of every one.", allow_none=True)
    grants = fields.Nested(WebhookGrants)
    active = fields.Boolean(metadata={"description": "Whether anything is sent."})
    state = one_of(("on", "off", "gone"), "`gone`: its receiver answered 410 and switched it off.")
    waiting = whole("How many messages are not delivered yet.")
    failures = whole("How many tries have failed, one after the other, until now.")
    failing_since = moment("Since when; null: the last try went well.", allow_none=True)
    next_try_at = moment("When it is tried again; null: as soon as there is something.", allow_none=True)
    delivered_at = moment("When something was delivered last.", allow_none=True)
    created_at = moment("When it was made.")
    updated_at = moment("When it was changed last.")


class NewWebhook(Webhook):
    """A webhook and its secret, which is told this once."""

    secret = text("Deliveries are signed with it: keep it.", "whsec_…")


class Webhooks(Paged):
    """The webhooks of the section."""

    webhooks = list_of(Webhook, "The newest first.")


class NewSecret(Shown):
    """The next secret of a webhook, told this once."""

    secret = text("The first signature of each delivery is by it.", "whsec_…")
    former_until = moment("Until when deliveries are signed by the former one as well.")


class Try(Shown):
    """One try to deliver."""

    at = moment("When.")
    status = whole("What the receiver answered; null: there was no answer.", allow_none=True)
    sentence = text("How it went.", "The receiver answered 204.")
    milliseconds = whole("How long it took.")
    answer = text("What the answer began with; what cannot be printed is written out.", "")


class Delivery(Shown):
    """A message and how it was delivered."""

    id = public_id("Its id.")
    message_id = text("The header `webhook-id`, the same on every try.", "msg_02spwwpmg4000")
    type = one_of((*TYPES, TEST), "What it tells.")
    state = one_of(FATES, "`withheld`: there was nothing of it left that the webhook may be told.")
    recorded_at = moment("When it happened.")
    next_try_at = moment("When it is tried again; null: never.", allow_none=True)
    ended_at = moment("When it was delivered, given up or withheld.", allow_none=True)
    tries = list_of(Try, "The first one first.")


class Deliveries(Paged):
    """The deliveries of a webhook."""

    deliveries = list_of(Delivery, "The newest first.")


class DeliveriesWanted(Paging):
    state = fields.String(
        validate=validate.OneOf(FATES),
        metadata={"description": "Only those in this state.", "example": "waiting"},
    )


def _members(*, required: bool) -> dict[str, fields.Field]:  # type: ignore[type-arg]
    kinds = fields.String(validate=validate.OneOf(KINDS))
    return {
        "name": text(
            "What it is for.", "Warehouse", required=required, validate=validate.Length(1, LONGEST_NAME)
        ),
        "url": text("http or https, public, without user and password.", required=required),
        "types": list_of(one_of(TYPES, "A type."), "Absent in a new one: those of events.", allow_none=True),
        "events": list_of(fields.String(), "Of these events only; null: of every one.", allow_none=True),
        "goals": list_of(one_of(GOAL_TYPES, "A goal."), "Events for these goals only.", allow_none=True),
        "segments": list_of(fields.String(), "Of these segments only.", allow_none=True),
        "grants": fields.Dict(
            keys=kinds,
            values=fields.List(_ONLY_READS),
            allow_none=True,
            metadata={"description": "Kind of identifier to `read`; a kind that is absent in it: nothing."},
        ),
        "active": fields.Boolean(
            allow_none=True, metadata={"description": "Whether anything is sent; absent: yes."}
        ),
    }


WebhookSent = Schema.from_dict(_members(required=True), name="WebhookSent")
WebhookChangeSent = Schema.from_dict(_members(required=False), name="WebhookChangeSent")

A_WEBHOOK = Body((WebhookSent,), {"A warehouse": examples.WEBHOOK})
A_CHANGE = Body((WebhookChangeSent,), {"switched off": {"active": False}})
NEW_WEBHOOK = Answer((NewWebhook,), status=201)
ON_ITS_WAY = Answer((Delivery,), status=202)
