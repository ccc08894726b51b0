"""The doors of other APIs whose refusals look like ours: CloudEvents, and the APSIS One audience API."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from collector.web.apsis.decode import MOST_ITEMS
from collector.web.apsis.words import KEYSPACES
from collector.web.cloudevents.decode import BATCH, STRUCTURED
from collector.web.openapi.about_events import event_data
from collector.web.openapi.examples import ALICE, BOB, ORDER
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import AN_ID, Shown, list_of, moment, one_of, public_id, text, whole

EMAILS = next(iter(KEYSPACES))
PATH = {
    "keyspace": f"A keyspace: {', '.join(f'`{one}`' for one in KEYSPACES)}.",
    "profile_key": "Who it is in that keyspace, percent-encoded.",
}
"""Parts of these addresses."""

CLOUDEVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": ORDER["id"],
    "source": "https://shop.example/orders",
    "type": ORDER["event"],
    "subject": ALICE["email"],
    "data": ORDER["data"],
}
_ATTRIBUTE = {"type": "string", "minLength": 1}
_CLOUDEVENT = {
    "type": "object",
    "description": "A CloudEvent of version 1.0 in JSON. `subject` says who it was: an e-mail or a CRM id.",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0", "description": "Of CloudEvents."},
        "id": {**_ATTRIBUTE, "description": "With the type it says which event this is."},
        "source": {**_ATTRIBUTE, "description": "Where it came from."},
        "type": {**_ATTRIBUTE, "description": "The event's name."},
        "subject": {**_ATTRIBUTE, "description": "Who it was: an e-mail, or a CRM id."},
        "data": {"type": "object", "description": "By the names of the definition's fields."},
    },
    "example": CLOUDEVENT,
}

CLOUDEVENTS = Body(
    (_CLOUDEVENT,),
    {"An order": CLOUDEVENT},
    content_types=(STRUCTURED,),
    also=(
        Body(
            ({"type": "array", "items": _CLOUDEVENT, "minItems": 1},),
            {"Two orders": [CLOUDEVENT, {**CLOUDEVENT, "id": "order-1047", "subject": BOB["email"]}]},
            content_types=(BATCH,),
        ),
    ),
)


class Thing(Shown):
    """Something with a name."""

    name = text("What it is called.", "Email")
    discriminator = text("What it is named by.", EMAILS)


class Things(Shown):
    """Things with names."""

    items = list_of(Thing, "All of them.")


class ApsisVersion(Shown):
    """A version of an event."""

    id = public_id("Its id.")
    deprecated_at = moment("Since when it is not the current one; null: it is.", allow_none=True)


class ApsisPermission(Shown):
    """What the key may do by a keyspace."""

    keyspace_discriminator = one_of(tuple(KEYSPACES), "The keyspace.")
    allowed_operations = one_of(("none", "read", "write", "read_write"), "What both allow.")


class ApsisEvent(Shown):
    """An event that the section collects."""

    sometimes = frozenset({"keyspace_permissions"})

    name = text("Its title.", "Order completed")
    discriminator = text("Its name in that API, which never changes.")
    description = text("What it is.")
    versions = list_of(ApsisVersion, "Those that are or were current, the oldest first.")
    keyspace_permissions = list_of(ApsisPermission, "Where they are asked for.")


class ApsisEvents(Shown):
    """The events of the section."""

    items = list_of(ApsisEvent, "All that the key is for.")


class ApsisEventsWanted(Schema):
    include_keyspace_permissions = text("`true`: with what may be done by each keyspace.", "true")


class ApsisItem(Schema):
    """An event of the profile."""

    version_id = public_id("The version of the event.", required=True)
    event_time = moment("When it happened; absent: now.", allow_none=True)
    data = event_data(allow_none=True)


class Lenient(Schema):
    """What a client of that API sends besides is passed over."""

    class Meta:
        unknown = INCLUDE


class ApsisItems(Lenient):
    """Events of one profile."""

    items = list_of(ApsisItem, "In order.", required=True, validate=validate.Length(1, MOST_ITEMS))


class ApsisStoredItem(Shown):
    """What became of an item."""

    verdict = text("`stored`, or `duplicate` where it came before.", "stored")
    id = text("The id that was made of what it says.")


class ApsisStored(Shown):
    """What became of each item."""

    items = list_of(ApsisStoredItem, "In order.")


class ApsisProfile(Lenient):
    """A person by one name."""

    keyspace_discriminator = one_of(tuple(KEYSPACES), "The keyspace.", required=True)
    profile_key = text("Who it is in it.", ALICE["email"], required=True)


class ApsisProfiles(Lenient):
    """Who is one person."""

    profiles = list_of(ApsisProfile, "The first stays.", required=True, validate=validate.Length(2, 100))


class Credentials(Lenient):
    """A key, as client credentials (RFC 6749, 4.4)."""

    grant_type = text("Always this.", "client_credentials", required=True)
    client_id = public_id("The key's id.", required=True)
    client_secret = text("The key.", "fp_…", required=True)


class Token(Shown):
    """What stands for the key."""

    access_token = text("Send it as `Authorization: Bearer …`.")
    expires_in = whole("For so many seconds.", 1)
    token_type = fields.String(metadata={"description": "Always Bearer.", "example": "Bearer"})


APSIS_ITEMS = Body((ApsisItems,), {"An order": {"items": [{"version_id": AN_ID, "data": ORDER["data"]}]}})
APSIS_STORED = Answer((ApsisStored,), status=201)
APSIS_PROFILES = Body(
    (ApsisProfiles,),
    {
        "Two people": {
            "profiles": [
                {"keyspace_discriminator": EMAILS, "profile_key": person["email"]} for person in (ALICE, BOB)
            ]
        }
    },
)
APSIS_CREDENTIALS = Body(
    (Credentials,),
    {"A key": {"grant_type": "client_credentials", "client_id": AN_ID, "client_secret": "fp_…"}},
)
