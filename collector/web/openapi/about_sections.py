"""What else a section has: keys, secrets, its audit log and its counts."""

from __future__ import annotations

from marshmallow import Schema, fields

from collector.core.permissions import OPERATIONS, SCOPES
from collector.web.openapi.operations import Answer
from collector.web.openapi.shown import Paged, Paging, Shown, list_of, moment, one_of, public_id, text, whole


class Grants(Shown):
    """Operations by kind of identifier."""

    email = list_of(one_of(OPERATIONS, "An operation."), "By e-mail.")
    mobile = list_of(one_of(OPERATIONS, "An operation."), "By mobile number.")
    crm_id = list_of(one_of(OPERATIONS, "An operation."), "By your own id.")


class KeyShown(Shown):
    """A key, without its secret."""

    id = public_id("Its id.")
    name = text("What it is for; the Source of events that name none.", "Till")
    scopes = list_of(one_of(SCOPES, "A scope."), "What it may do.")
    grants = fields.Nested(Grants)
    events = list_of(fields.String(), "The events that it is for; null: every one.", allow_none=True)
    rate_limit = whole(
        "Requests a minute; 0: any number; null: what the server has for all.", allow_none=True
    )
    created_at = moment("When it was made.")
    revoked_at = moment("Since when it opens nothing.", allow_none=True)
    exposed_at = moment("When a web page last sent it, which makes it no secret.", allow_none=True)
    last_used_at = moment("When it was last used, to a minute.", allow_none=True)


class NewKey(KeyShown):
    """A new key. The secret is told this once."""

    key = text("The secret: send it as `Authorization: Bearer …`.", "fp_02spwwpmg4000…")


class Keys(Shown):
    """The keys of the section."""

    keys = list_of(KeyShown, "The oldest first, revoked ones too.")


class Door(Shown):
    """Which way a change came."""

    door = text("`api`, `pages` or `command line`.", "api")
    agent = text("The program that asked.", "curl/8.5.0")


class AuditEntry(Shown):
    """One change: who made it, when, from where, before and after."""

    id = public_id("Its id.")
    at = moment("When it was made.")
    who = text("The key, the person or the account.", "key 02spwwpmg4000 (Till)")
    from_ = fields.Nested(Door, data_key="from")
    action = text("What was done.", "definition.changed")
    subject = text("To what.", "order.completed")
    before = fields.Raw(metadata={"description": "Before; null where there was nothing."})
    after = fields.Raw(metadata={"description": "After; null where there is nothing."})


class Audit(Paged):
    """Changes, newest first."""

    audit = list_of(AuditEntry, "What was changed.")


class ChangesWanted(Paging):
    subject = text("Only of this definition, key or profile.", "order.completed")


class Secret(Shown):
    """A secret with which the site's server signs tokens."""

    number = whole("1, 2, 3 …", 1)
    secret = text("The secret itself.")
    made_at = moment("When it was made.")
    good_until = moment(
        "Until when tokens signed with it are good; null: until the next one.", allow_none=True
    )


class Secrets(Shown):
    """The secrets that are good; sign with the first."""

    secrets = list_of(Secret, "The newest first.")


class HourOfEvents(Shown):
    """One event name at one door in one hour."""

    event = text("The event's name; null for payloads that named none.", "order.completed", allow_none=True)
    door = text("The way they came.", "api")
    hour = moment("When the hour begins.")
    received = whole("How many payloads came.")
    stored = whole("How many were new.")
    updated = whole("How many changed a stored event.")
    duplicate = whole("How many said nothing new.")
    ignored = whole("How many were older than what is stored.")
    rejected = whole("How many were refused.")
    filtered = whole("How many were counted and not kept.")
    queued = whole("How many went to a stream.")


class Stats(Shown):
    """What came, hour by hour."""

    stats = list_of(HourOfEvents, "Hours without anything are left out.")


class HoursWanted(Schema):
    event = text("Only of this name.", "order.completed")
    from_ = moment("From the hour of this moment on; absent: 24 hours before the end.", data_key="from")
    to = moment("To the hour of this moment, whole; absent: now. At most 31 days.")


NEW_KEY = Answer((NewKey,), status=201)
