"""The doors of the Notifuse API: events, timelines, segments."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from collector.core.goals import GOAL_TYPES
from collector.core.segments.drafts import COLOR, ZONE
from collector.core.segments.templates import TEMPLATES
from collector.web.notifuse.decode import MOST_EVENTS
from collector.web.openapi.about_events import event_data
from collector.web.openapi.examples import ALICE, ORDER
from collector.web.openapi.operations import Answer, Body, Manners
from collector.web.openapi.shown import Shown, anything, list_of, moment, one_of, text, whole

CODES_OF_WRITING = "not-found event-not-allowed identifier-not-allowed"
CODES_OF_READING = "not-found identifier-not-allowed"
CODES_OF_SEGMENTS = "not-found"

SECTION = "shop"
EVENT: dict[str, Any] = {
    "email": ALICE["email"],
    "event_name": ORDER["event"],
    "external_id": "order-1050",
    "properties": ORDER["data"],
    "occurred_at": "2026-09-21T12:00:00Z",
}
SEGMENT: dict[str, Any] = {
    "workspace_id": SECTION,
    "id": "vip",
    "name": "VIP",
    "color": COLOR,
    "timezone": "Europe/Stockholm",
    "tree": TEMPLATES[0].tree,
}


def _workspace() -> fields.String:
    return text("The section's id.", SECTION, required=True)


def _goal_value() -> fields.Decimal:
    return fields.Decimal(
        allow_none=True, metadata={"description": "Exact, rounded to 6 places.", "example": 149.99}
    )


class OfNotifuse(Schema):
    """Members that are not named are passed over, and names match whatever their case."""

    class Meta:
        unknown = INCLUDE


class CustomEventSent(OfNotifuse):
    """An event of a person."""

    email = text("Who it was.", ALICE["email"], required=True)
    event_name = text("The event's name.", ORDER["event"], required=True)
    external_id = text(
        "Yours, the same on every try.", ORDER["id"], required=True, validate=validate.Length(1, 255)
    )
    properties = event_data(allow_none=True)
    occurred_at = moment("When it happened; absent: now.", allow_none=True)
    goal_type = one_of(GOAL_TYPES, "What it counts for, where its definition does not say.", allow_none=True)
    goal_value = _goal_value()
    goal_name = text("Which goal of this type.", "checkout", allow_none=True)
    deleted_at = moment("Deletes the event; `null` restores it.", allow_none=True)


class CustomEventUpserted(CustomEventSent):
    """An event of a person in a section."""

    workspace_id = _workspace()


class CustomEventImported(CustomEventSent):
    """An event of several."""

    source = text("Where it came from; absent: `api`.", "import", allow_none=True)


class CustomEventsImported(OfNotifuse):
    """Events, all of which are stored or none."""

    workspace_id = _workspace()
    events = list_of(
        CustomEventImported, "In order.", required=True, validate=validate.Length(1, MOST_EVENTS)
    )


class CustomEvent(Shown):
    """An event as it is stored; to a writer who may not read it, an echo of what was sent."""

    sometimes = frozenset({"goal_name", "goal_type", "goal_value", "deleted_at"})

    external_id = text("Its id; those that pages sent start with `web:`.", ORDER["id"])
    email = text("Whose it is.", ALICE["email"])
    event_name = text("Its name.", ORDER["event"])
    properties = event_data()
    occurred_at = moment("When it happened.")
    source = text("Where it came from.", "api")
    goal_name = text("Which goal of its type.", "checkout")
    goal_type = one_of(GOAL_TYPES, "What it counts for.")
    goal_value = fields.Decimal(metadata={"description": "Exact.", "example": 149.99})
    deleted_at = moment("When it was deleted.")
    created_at = moment("When its first write came.")
    updated_at = moment("When a write last changed it.")


class OneCustomEvent(Shown):
    """An event."""

    event = fields.Nested(CustomEvent)


class CustomEventsStored(Shown):
    """What was imported."""

    event_ids = list_of(fields.String(), "The ids, in order.")
    count = whole("How many.")


class CustomEvents(Shown):
    """Events, the latest first."""

    events = list_of(CustomEvent, "As far as the key may read them.")
    count = whole("How many of them are here.")


class OfWorkspace(Schema):
    workspace_id = _workspace()


class CustomEventWanted(OfWorkspace):
    event_name = text("Its name.", ORDER["event"], required=True)
    external_id = text("Its id.", ORDER["id"], required=True)


class CustomEventsWanted(OfWorkspace):
    email = text("Of whom. This or `event_name` must be there; with both, this one counts.", ALICE["email"])
    event_name = text("Of which name.", ORDER["event"])
    limit = anything("At most so many: 50 unless given, up to 100.", example=50)
    offset = anything("After so many.", example=0)


class TimelineWanted(OfWorkspace):
    email = text("Of whom.", ALICE["email"], required=True)
    limit = whole("At most so many; 0 or absent: 50.", 0, 100)
    cursor = text("`next_cursor` of the answer before; absent: from the start.")


class ContactEntry(Shown):
    """One thing that happened: to an event, or that the person joined a segment or left it."""

    id = fields.UUID(metadata={"description": "Its id."})
    email = text("Of whom.", ALICE["email"])
    operation = one_of(("insert", "update", "delete"), "What was done.")
    entity_type = one_of(("custom_event", "contact_segment"), "To what.")
    kind = text("`custom_event.` and the event's name; `segment.joined`, `segment.left`.")
    changes = fields.Dict(metadata={"description": "Member to its value before (`old`) and after (`new`)."})
    entity_id = text("The id of the event or segment.", ORDER["id"])
    entity_data = fields.Dict(metadata={"description": "The event after the change, or the segment."})
    created_at = moment("When it happened.")
    db_created_at = moment("When it was recorded.")


class ContactTimeline(Shown):
    """What happened to a person, the newest first."""

    sometimes = frozenset({"next_cursor"})

    timeline = list_of(ContactEntry, "As far as the key may read it; of nobody none.")
    next_cursor = text("Only where there is more: send it as `cursor` to go on.")


def _tree(*, required: bool = False) -> fields.Raw:
    words = "The condition tree, in that API's words."
    return fields.Raw(
        required=required, metadata={"description": words, "type": "object", "example": SEGMENT["tree"]}
    )


class ContactSegment(Shown):
    """A segment. People without an e-mail are not counted."""

    sometimes = frozenset({"recompute_after"})

    id = text("Its id.", "vip")
    name = text("Its name.", "VIP")
    color = text("For lists and charts.", COLOR)
    tree = _tree()
    timezone = text("Where its days begin.", ZONE)
    version = whole("1, 2, 3 …: it goes up with another tree.", 1)
    status = one_of(("building", "active", "deleted"), "Whether its people are found.")
    recompute_after = moment("When days that pass are looked at next; absent: no day matters.")
    db_created_at = moment("When it was made.")
    db_updated_at = moment("When it was changed last.")
    users_count = whole("How many people it has; in lists 0 unless `with_count` is sent.")


class OneContactSegment(Shown):
    """A segment."""

    segment = fields.Nested(ContactSegment)


class ContactSegments(Shown):
    """Segments, the newest first."""

    segments = list_of(ContactSegment, "All that are not deleted.")


class ContactSegmentsWanted(OfWorkspace):
    with_count = text("`true` or `1`: with how many people each has.", "true")


class ContactSegmentWanted(OfWorkspace):
    id = text("Which.", "vip", required=True)


class ContactsWanted(OfWorkspace):
    segment_id = text("Which segment.", "vip", required=True)
    limit = anything("At most so many: 50 unless given, up to 100.", example=50)
    offset = anything("After so many.", example=0)


class ContactSegmentSent(OfNotifuse):
    """All of a segment, also where one is changed."""

    workspace_id = _workspace()
    id = text("1 to 32 of a–z, 0–9 and _.", "vip", required=True)
    name = text("1 to 255 characters.", "VIP", required=True)
    color = text("1 to 50 characters.", COLOR, required=True)
    timezone = text("A zone of the IANA database.", ZONE, required=True)
    tree = _tree(required=True)


class ContactSegmentNamed(OfNotifuse):
    """A segment of a section."""

    workspace_id = _workspace()
    id = text("Which.", "vip", required=True)


class ContactSegmentRebuilt(OfNotifuse):
    """A segment whose people are to be found anew."""

    workspace_id = _workspace()
    segment_id = text("Which.", "vip", required=True)


class ContactTrial(OfNotifuse):
    """A tree to try out."""

    workspace_id = _workspace()
    tree = _tree(required=True)
    limit = fields.Integer(
        allow_none=True,
        metadata={"description": "Comes back: 0 as 10, below and over 100 as 20.", "example": 10},
    )


class ContactPreview(Shown):
    """How many people a tree finds; nobody is named."""

    emails = list_of(fields.String(), "Always empty.")
    total_count = whole("How many people with an e-mail match.")
    limit = whole("What was asked for.")
    generated_sql = text("The query of the tree, for those who are curious.")
    sql_args = list_of(fields.Raw(), "Its values.")


class Contacts(Shown):
    """E-mails in alphabetical order."""

    emails = list_of(fields.String(), "Those of the segment's people.")
    limit = whole("At most so many.", 1)
    offset = whole("After so many.")


class SegmentDeleted(Shown):
    """It is done."""

    success = fields.Boolean(metadata={"description": "Always true."})


class SegmentRebuilt(SegmentDeleted):
    """It is queued."""

    message = text("A sentence.", "Segment rebuild has been queued")


class Sentence(Shown):
    """A refusal as the clients of that API read it."""

    error = text("What is wrong, in that API's words.", "workspace_id is required")


MANNERS = Manners("notifuse", Sentence, has_code=False)

AN_EVENT = Body((CustomEventUpserted,), {"An order": {"workspace_id": SECTION, **EVENT}})
EVENTS = Body(
    (CustomEventsImported,),
    {
        "Two orders": {
            "workspace_id": SECTION,
            "events": [EVENT, {**EVENT, "external_id": "order-1051", "source": "import"}],
        }
    },
)
EVENTS_STORED = Answer((CustomEventsStored,), status=201)
A_SEGMENT = Body((ContactSegmentSent,), {one.name: {**SEGMENT, "tree": one.tree} for one in TEMPLATES})
A_SEGMENT_NAMED = Body((ContactSegmentNamed,), {"By its id": {"workspace_id": SECTION, "id": "vip"}})
A_REBUILD = Body((ContactSegmentRebuilt,), {"By its id": {"workspace_id": SECTION, "segment_id": "vip"}})
A_TRIAL = Body(
    (ContactTrial,),
    {one.name: {"workspace_id": SECTION, "tree": one.tree, "limit": 10} for one in TEMPLATES},
)
NEW_SEGMENT = Answer((OneContactSegment,), status=201)
