"""Events, as they are sent and as they are answered."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, fields, validate

from collector.core.consent import ANSWERS, MOST_PURPOSES, PURPOSE
from collector.core.documents_shape import EVENT_NAME
from collector.core.events import VERDICTS, Trust
from collector.core.goals import GOAL_TYPES
from collector.core.identifiers import KINDS
from collector.core.judge import SOURCE_LENGTH
from collector.core.payloads import ID_LENGTH
from collector.core.problems import STATUS
from collector.intake.decode import BATCH
from collector.web.openapi.examples import ALICE, BATCH_OF_ORDERS, DELETION, GOAL, ORDER
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import (
    Fault,
    Identifiers,
    Paged,
    Paging,
    Shown,
    anything,
    list_of,
    moment,
    one_of,
    public_id,
    text,
    whole,
)

TRUSTS = get_args(Trust)
# What the judge says of one event; the same for a batch's and for a page's.
CODES_OF_ONE = "payload-invalid event-unknown definition-hidden version-retired version-pending"
CODES_OF_WRITING = f"{CODES_OF_ONE} event-not-allowed identifier-not-allowed"


def event_data(**options: Any) -> fields.Dict:
    """An event's data, by the names of its definition's fields."""
    words = (
        "Field name to value. Decimals are JSON numbers with all their digits: write and read them as "
        "decimals, not as floats; a decimal may be sent as a text of digits too. Dates are `YYYY-MM-DD`, "
        "timestamps RFC 3339 with an offset, answered in UTC."
    )
    return fields.Dict(metadata={"description": words, "example": ORDER["data"]}, **options)


CONSENT = {
    "oneOf": [
        {"type": "boolean"},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_PURPOSES,
            "propertyNames": {"pattern": f"^{PURPOSE.pattern}$"},
            "additionalProperties": {"type": "boolean"},
        },
    ]
}


def sent_consent() -> fields.Raw:
    """What is known of the person's consent, as a sender says it."""
    return anything(
        "What is known of the person's consent: `true`, `false`, or that for each purpose. "
        "Kept with the event's first write; absent where nothing is known.",
        oneOf=[*CONSENT["oneOf"], {"type": "null"}],
        example={"analytics": True, "ads": False},
    )


def kept_consent() -> fields.Raw:
    """The same, as an answer says it."""
    return anything("What was known of the person's consent when it was sent, if anything.", **CONSENT)


class SentIdentifiers(Schema):
    """Who it was: at least one. Placeholders such as `null` or `anonymous` are refused."""

    email = text("An e-mail address.", ALICE["email"], allow_none=True)
    mobile = text("A number with its country, in any spelling.", "+46 70 123 45 67", allow_none=True)
    crm_id = text("As it is in your systems.", "C-1042", allow_none=True)


class SentEvent(Schema):
    """One event. A `null` is as good as absence, but for `deleted_at`."""

    event = text(
        "The event's name.",
        ORDER["event"],
        required=True,
        validate=validate.Regexp(f"^{EVENT_NAME.pattern}$"),
    )
    version = public_id(
        "Judge it by this version of the definition; absent: the current one.", allow_none=True
    )
    id = text(
        "Yours, the same on every try. With the event's name it says which event this is.",
        ORDER["id"],
        required=True,
        validate=validate.Length(1, ID_LENGTH),
    )
    occurred_at = moment(
        "When it happened; absent: now. Not before 2000, at most 24 h ahead.", allow_none=True
    )
    source = text(
        "Where it came from; absent: the key's name.",
        "Till",
        allow_none=True,
        validate=validate.Length(1, SOURCE_LENGTH),
    )
    identifiers = fields.Nested(SentIdentifiers, required=True)
    data = event_data(allow_none=True)
    goal_type = one_of(GOAL_TYPES, "What it counts for, where its definition does not say.", allow_none=True)
    goal_value = fields.Decimal(
        allow_none=True,
        metadata={"description": "Exact, rounded half-even to 6 places; |value| < 10¹⁰.", "example": 149.99},
    )
    goal_name = text("Which goal of this type.", "checkout", allow_none=True)
    goal_currency = text("Three letters (ISO 4217).", "SEK", allow_none=True)
    deleted_at = moment("Deletes the event; `null` restores it.", allow_none=True)
    consent = sent_consent()


class SentEvents(Schema):
    """Several events; each gets a verdict of its own."""

    events = list_of(SentEvent, "The events, in order.", required=True, validate=validate.Length(1, BATCH))


class Event(Shown):
    """An event as it is stored, as far as whoever asks may read it; else an echo of what was sent."""

    sometimes = frozenset(
        {"trust", "received_at", "updated_at", "visitor", "deleted_at", "profile", "consent"}
        | {"goal_type", "goal_value", "goal_name", "goal_currency"}
    )

    event = text("The event's name.", ORDER["event"])
    id = text("Its id; those that pages sent start with `web:`.", ORDER["id"])
    version = public_id("The version that it was judged by.")
    occurred_at = moment("When it happened.")
    source = text("Where it came from.", "Till")
    identifiers = fields.Nested(Identifiers)
    data = event_data()
    goal_type = one_of(GOAL_TYPES, "What it counts for.")
    goal_value = fields.Decimal(metadata={"description": "Exact, at most 6 places.", "example": 149.99})
    goal_name = text("Which goal of this type.", "checkout")
    goal_currency = text("Three letters (ISO 4217).", "SEK")
    trust = one_of(TRUSTS, "Who vouches for the identifiers: the page alone, a signed token, a key.")
    received_at = moment("When its first write came.")
    updated_at = moment("When a write last changed it.")
    visitor = text("The random id of the browser, where one sent it.", "b4c1f2a8-visitor")
    deleted_at = moment("When it was deleted.")
    profile = public_id("Whose it is; for keys with the scope `read`.")
    consent = kept_consent()


class Verdict(Shown):
    """What became of one event."""

    verdict = one_of(VERDICTS, "What became of it.")
    event = fields.Nested(Event, allow_none=True, metadata={"description": "The event as it is now."})


class Result(Shown):
    """What became of one event of several."""

    sometimes = frozenset({"code", "errors"})

    verdict = one_of(VERDICTS, "What became of it.")
    id = text("The id that was sent.", ORDER["id"], allow_none=True)
    code = one_of(tuple(STATUS), "With `rejected`: the code that it would have been refused with alone.")
    errors = list_of(Fault, "With `rejected`: all that is wrong.")


class Verdicts(Shown):
    """What became of each event of a batch, in order, and how many there are of each verdict."""

    sometimes = frozenset({"filtered", "queued"})

    results = list_of(Result, "One for each event.")
    stored = whole("How many are new.")
    updated = whole("How many changed a stored event.")
    duplicate = whole("How many said nothing new.")
    ignored = whole("How many were older than what is stored.")
    rejected = whole("How many were refused.")
    filtered = whole("How many were counted and not kept.")
    queued = whole("How many a stream has safely.")


class Events(Paged):
    """Stored events, newest first."""

    events = list_of(Event, "As far as whoever asks may read them.")


class EventsWanted(Paging):
    event = text("Only of this name.", ORDER["event"])
    id = text("Only with this id.", ORDER["id"])
    from_ = moment("Only those that occurred then or later.", data_key="from")
    to = moment("Only those that occurred before.")
    consent = one_of(
        ANSWERS,
        "Only those of which this is known: a yes, or a no, to everything that was asked, or nothing.",
    )
    purpose = text(
        "With `consent`: for this purpose; a plain yes or no counts for every one.",
        validate=validate.Regexp(f"^{PURPOSE.pattern}$"),
    )


class Profile(Shown):
    """One person."""

    id = public_id("Its id.")
    identifiers = fields.Dict(
        keys=fields.String(validate=validate.OneOf(KINDS)),
        values=fields.List(fields.String()),
        metadata={"description": "Kind to values.", "example": {"email": ["alice@example.com"]}},
    )
    attributes = fields.Dict(metadata={"description": "What else is known."})
    created_at = moment("When its first event came.")


class Change(Shown):
    """One member of an event before and after."""

    old = fields.Raw(metadata={"description": "Before; null where there was nothing."})
    new = fields.Raw(metadata={"description": "After; null where there is nothing."})


class TimelineEntry(Shown):
    """One thing that happened: to an event, or that the person joined a segment or left it.

    Of a segment, `data` has its id (`segment`), its name and its version.
    """

    sometimes = frozenset({"consent"})

    id = public_id("Its id.")
    type = text("The event's name; `segment.joined`, `segment.left`.", ORDER["event"])
    operation = one_of(("insert", "update"), "Whether the event was new.")
    event_id = text("The event's id; null of a segment.", ORDER["id"], allow_none=True)
    version = public_id("The version that the event was judged by; null of a segment.", allow_none=True)
    occurred_at = moment("When it happened.")
    source = text("Where it came from.", "Till")
    trust = one_of(TRUSTS, "Who vouches for the identifiers; null of a segment.", allow_none=True)
    data = event_data()
    changes = fields.Dict(
        keys=fields.String(), values=fields.Nested(Change), metadata={"description": "What an update moved."}
    )
    consent = kept_consent()


class Timeline(Paged):
    """What happened, newest first."""

    timeline = list_of(TimelineEntry, "As far as whoever asks may read it.")


class Lookup(Schema):
    """An identifier of the person who is looked for."""

    kind = fields.String(
        required=True, validate=validate.OneOf(KINDS), metadata={"description": "Which kind."}
    )
    value = fields.String(required=True, metadata={"description": "As one writes it."})


class AttributesSent(Schema):
    """Attributes that shall be others."""

    attributes = fields.Dict(
        required=True,
        metadata={"description": "Name to value; null takes one away.", "example": {"first_name": "Alice"}},
    )


ATTRIBUTES = Body(
    (AttributesSent,), {"A name": {"attributes": {"first_name": "Alice", "custom_number_1": 7}}}
)
LOOKUP = Body((Lookup,), {"By e-mail": {"kind": "email", "value": ALICE["email"]}})
VERDICT = Answer((Verdict, Verdicts), is_queued=True)
EVENTS = Body(
    (SentEvent, SentEvents),
    {
        "One event": ORDER,
        "A batch": BATCH_OF_ORDERS,
        "With a goal of its own": GOAL,
        "A deletion": DELETION,
    },
)
