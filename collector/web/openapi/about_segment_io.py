"""The doors of Segment's and RudderStack's tracking API: messages, and what became of them."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from collector.core.events import VERDICTS
from collector.core.problems import STATUS
from collector.web.openapi.examples import ALICE, ORDER
from collector.web.openapi.operations import Answer, Body, Manners
from collector.web.openapi.shown import Fault, Shown, anything, list_of, moment, one_of, text, whole
from collector.web.segment_io.decode import MOST_MESSAGES, TYPES

CODES = "payload-invalid event-not-allowed identifier-not-allowed"

PERSON: dict[str, Any] = {"userId": "C-1042", "context": {"traits": ALICE}}
TRACKED: dict[str, Any] = {
    "event": "Order.Completed",
    **PERSON,
    "messageId": ORDER["id"],
    "timestamp": "2026-09-21T12:00:00Z",
    "properties": ORDER["data"],
}
KNOWN: dict[str, Any] = {"userId": "C-1042", "messageId": "m-2", "traits": {**ALICE, "first_name": "Alice"}}


def _in_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class _Theirs(Schema):
    """Members are named as that API names them, and others are passed over."""

    class Meta:
        unknown = INCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.data_key = _in_camel_case(field_name)


class _Told(Shown):
    """An answer whose members are named so."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.data_key = _in_camel_case(field_name)


def _needed(words: str, example: str) -> fields.Raw:
    shape = {"description": words, "type": ["string", "number"], "example": example}
    return fields.Raw(required=True, metadata=shape)


def _an_id(words: str, example: str) -> fields.Raw:
    return anything(words, type=["string", "number", "null"], example=example)


class Message(_Theirs):
    """One message. Members that are not named here are passed over; null and an empty id are absence."""

    message_id = _needed("The event's id, the same on every try.", ORDER["id"])
    user_id = _an_id("The CRM id.", "C-1042")
    anonymous_id = _an_id("The browser: it suffices where nobody is named.", "b4c1f2a8-visitor")
    timestamp = moment("When it happened; absent: now.", allow_none=True)
    original_timestamp = moment("The same, where `timestamp` is absent.", allow_none=True)
    sent_at = anything(
        "The sender's clock: a wrong `timestamp` is corrected by it.", example="2026-09-21T12:00:00Z"
    )
    context = anything(
        "`traits.email` and `traits.phone` say who it was, `consent.categoryPreferences` what they agree to.",
        type=["object", "null"],
        example=PERSON["context"],
    )


class Track(Message):
    """An event."""

    event = text("Its name; read in lower case, with `_` for what our names cannot have.", required=True)
    properties = anything("Its data, by the names of the definition's fields.", type=["object", "null"])


class Visit(Message):
    """A page, or a screen of an app."""

    name = anything("Its name: the event's, where such a one is defined.", example="Pricing")
    category = anything("Its category.", example="Docs")
    properties = anything("The event's data.", type=["object", "null"])


class Group(Message):
    """What a person belongs to."""

    group_id = _an_id("Its id: `group_id` in the data of the event `group`.", "acme")
    traits = anything("The event's data.", type=["object", "null"])


class Identify(Message):
    """Who somebody is."""

    traits = anything(
        "`email` and `phone` are identifiers, all else attributes of the person.", type=["object", "null"]
    )


class Alias(Message):
    """Two names of one person."""

    previous_id = _needed("Another CRM id, or a browser.", "C-7")


_MESSAGES: dict[str, type[Message]] = {
    "track": Track,
    "identify": Identify,
    "page": Visit,
    "screen": Visit,
    "group": Group,
    "alias": Alias,
}


class OfABatch(_Theirs):
    """A message of any type; its other members are those of the address of that type."""

    type = one_of(TYPES, "Which.", required=True)


class Batch(_Theirs):
    """Messages, each with a verdict of its own."""

    batch = list_of(OfABatch, "In order.", required=True, validate=validate.Length(1, MOST_MESSAGES))
    sent_at = anything("The sender's clock: wrong times are corrected by it.", example="2026-09-21T12:00:00Z")


class OfMessage(_Told):
    """What became of a message of several."""

    sometimes = frozenset({"code", "errors"})

    verdict = one_of(VERDICTS, "What became of it.")
    message_id = text("The id that was sent.", ORDER["id"], allow_none=True)
    code = one_of(tuple(STATUS), "With `rejected`: what kind of refusal it is.")
    errors = list_of(Fault, "With `rejected`: all that is wrong, at its places in the message.")


class Told(_Told):
    """What became of one message."""

    success = fields.Boolean(metadata={"description": "Always true."})
    verdict = one_of(VERDICTS, "What became of it.")
    message_id = text("The id that was sent.", ORDER["id"])


class ToldOfAll(Shown):
    """What became of each message, and how many there are of each verdict."""

    sometimes = frozenset(VERDICTS)

    success = fields.Boolean(metadata={"description": "Always true: the batch could be read."})
    results = list_of(OfMessage, "One for each message, in order.")
    stored = whole("How many are new, people who were introduced included.")
    updated = whole("How many changed what is stored.")
    duplicate = whole("How many said nothing new.")
    ignored = whole("How many were older than what is stored.")
    rejected = whole("How many were refused; these are kept among the rejections.")
    filtered = whole("How many were counted and not kept.")
    queued = whole("How many a stream has safely.")


class Refusal(Shown):
    """A refusal as the libraries of that API read it."""

    sometimes = frozenset({"errors", "verdict"})

    success = fields.Boolean(metadata={"description": "Always false."})
    code = one_of(tuple(STATUS), "What kind of refusal it is.")
    message = text("What happened this time.")
    errors = list_of(Fault, "Everything that is wrong, at once, at its places in the message.")
    verdict = one_of(("rejected",), "With a single message: what became of it.")


MANNERS = Manners("segment", Refusal, schemes=("write_key", "key"))

BATCH = Body(
    (Batch,),
    {
        "An order and who it was": {
            "batch": [{"type": "track", **TRACKED}, {"type": "identify", **KNOWN}],
            "sentAt": "2026-09-21T12:00:00Z",
        }
    },
)
_EXAMPLES: dict[str, dict[str, Any]] = {
    "track": {"An order": TRACKED},
    "identify": {"A name": KNOWN},
    "page": {"A page that is an event": {**TRACKED, "event": None, "name": "order.completed"}},
    "screen": {"A screen that is an event": {**TRACKED, "event": None, "name": "order.completed"}},
    "group": {"A company": {**PERSON, "messageId": "m-3", "groupId": "acme", "traits": {"plan": "pro"}}},
    "alias": {"A browser": {"userId": "C-1042", "messageId": "m-4", "previousId": "b4c1f2a8-visitor"}},
}
CALLS = {kind: Body((shape,), _EXAMPLES[kind]) for kind, shape in _MESSAGES.items()}
TOLD, TOLD_OF_ALL = Answer((Told,)), Answer((ToldOfAll,))
