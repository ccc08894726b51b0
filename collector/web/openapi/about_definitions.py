"""Definitions and their versions, as they are sent and as they are answered."""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields, validate

from collector.core.definitions import Category
from collector.core.differences import Kind
from collector.core.documents_shape import DefinitionSchema, GoalRuleSchema
from collector.core.fields import FIELD_TYPES, FILLS
from collector.core.versions import State
from collector.web.openapi.examples import DEFINITION, SMALLEST_DEFINITION, STRICTER_DEFINITION
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import Shown, list_of, moment, one_of, public_id, text, whole

CODES_OF_EDITS = "definition-hidden definition-invalid stale held precondition-missing event-not-allowed"
_STATE = {"ETag": "The state that this answer shows: send it back as If-Match."}


class SentField(Schema):
    """One typed value of a version, with its rules. Each type has rules of its own."""

    name = text(
        "Unique without regard to case; not `source`.",
        "total",
        required=True,
        validate=validate.Regexp("^[A-Za-z][A-Za-z0-9_]{0,63}$"),
    )
    type = one_of(tuple(FIELD_TYPES), "What its values are.", required=True)
    required = fields.Boolean(metadata={"description": "Whether every event has it."})
    description = text("What it means.")
    choices = list_of(fields.Raw(), "The only values that it can have.")
    minimum = fields.Raw(metadata={"description": "The least value.", "type": ["number", "string"]})
    maximum = fields.Raw(metadata={"description": "The greatest value.", "type": ["number", "string"]})
    min_length = whole("The least number of characters.")
    max_length = whole("The greatest number of characters.")
    pattern = text("What the whole text must match, in RE2 syntax; judged by the collector only.")
    personal = fields.Boolean(metadata={"description": "Whether it is masked where people see it."})
    fill = one_of(FILLS, "What the snippet puts in when the page gives nothing.")


class Field(Shown, SentField):
    """One typed value of a version, with the rules that it has."""

    sometimes = frozenset(
        {"required", "description", "choices", "minimum", "maximum", "min_length"}
        | {"max_length", "pattern", "personal", "fill"}
    )


class Version(Shown):
    """One immutable snapshot of a definition."""

    id = public_id("Its id, for good.")
    number = whole("1, 2, 3 …", 1)
    state = one_of(get_args(State), "Where it is in its life.")
    field_list = list_of(Field, "1 to 100 typed fields.", data_key="fields")
    extra_fields = text("What happens to values that no field describes.", "reject")
    goal = fields.Nested(GoalRuleSchema, allow_none=True)
    created_at = moment("When it was saved.")
    current_from = moment("From when on it is current.")
    retired_at = moment("Since when it is refused.", allow_none=True)


class CurrentVersion(Shown):
    """The version that counts for events that name none."""

    id = public_id("Its id.")
    number = whole("Its number.", 1)


def _ignored() -> fields.Raw:
    return fields.Raw(dump_only=True, metadata={"description": "Ignored."})


class SentDefinition(DefinitionSchema):
    """A definition as an admin writes it. What an answer adds may be sent back and is ignored."""

    field_list = list_of(
        SentField,
        "Absent: the pre-made fields of the category. None at all only where `extra_fields` is `keep`.",
        data_key="fields",
        validate=validate.Length(max=100),
    )
    id = current_version = versions = created_at = updated_at = hidden_at = _ignored()
    state = revision = version = statistics = _ignored()


class Liveliness(Shown):
    """How lively a definition is. The counts are of whole hours, the one that is running included."""

    last_event_at = moment("The newest event's `occurred_at`; null where there is none.", allow_none=True)
    events_24h = whole("Events that were stored for the first time.")
    events_7d = whole("The same over 7 days.")
    rejections_24h = whole("Payloads that were refused.")
    rejections_7d = whole("The same over 7 days.")


class Definition(Shown, DefinitionSchema):
    """A definition, where it stands, and its versions."""

    sometimes = frozenset({"goal", "retention_days", "hidden_at", "statistics"})

    id = public_id("Its id, for good.")
    field_list = list_of(Field, "1 to 100 typed fields.", data_key="fields")
    created_at = moment("When it was made.")
    updated_at = moment("When it was last changed.")
    current_version = fields.Nested(CurrentVersion, allow_none=True)
    versions = list_of(Version, "The oldest first.")
    hidden_at = moment("When it was hidden.")
    statistics = fields.Nested(
        Liveliness, metadata={"description": "In lists, for those who may read the stats of everybody."}
    )


class Definitions(Shown):
    """Definitions by name."""

    definitions = list_of(Definition, "All that fit.")


class DefinitionsWanted(Schema):
    category = one_of(get_args(Category), "Only of this category.")
    q = text("Only where this is in the name, a text or a tag, without regard to case.")
    hidden = one_of(("true", "false"), "`true`: the hidden ones instead; needs the scope `admin`.")


class Difference(Shown):
    """One thing that a version or a draft does otherwise than the one before."""

    kind = one_of(get_args(Kind), "Which way it differs.")
    place = text("A pointer, fields by name.", "/fields/total/minimum")
    sentence = text("The same in words.", "total must now be at least 1 (before: 0).")
    makes_version = fields.Boolean(metadata={"description": "Whether saving it makes a version."})


class ListedVersion(Version):
    """A version, and how it differs from the one before it."""

    difference = list_of(Difference, "To the version before; none for the first.")


class Versions(Shown):
    """The versions of a definition, the oldest first."""

    versions = list_of(ListedVersion, "All of them.")


class Reason(Shown):
    """Why some payloads would be refused."""

    code = text("What would be wrong.", "too-small")
    pointer = text("Where.", "/data/total")
    count = whole("With how many payloads.", 1)
    example = text("The event's id of one of them.", "order-1042", allow_none=True)


class Effect(Shown):
    """What a draft would do to payloads that came already."""

    checked = whole("How many were looked at.")
    accepted = whole("How many it would accept.")
    refused = whole("How many it would refuse.")
    is_complete = fields.Boolean(metadata={"description": "Whether all there are were looked at."})
    reasons = list_of(Reason, "The most frequent first, at most 20.")


class Preview(Shown):
    """What saving a draft would mean. Nothing is saved."""

    sometimes = frozenset({"retention"})

    difference = list_of(Difference, "To the latest version.")
    events = fields.Nested(Effect, metadata={"description": "On the events of the last 30 days."})
    rejections = fields.Nested(Effect, metadata={"description": "On the rejections that are kept."})
    retention = text(
        "What a shorter retention deletes, where the draft has one.",
        "Kept for 730 days. Nothing that is stored now is older.",
    )


class Confirmation(Schema):
    """That it is meant."""

    confirm = fields.Boolean(required=True, metadata={"description": "Yes.", "enum": [True]})


class StateSeen(Schema):
    if_match = text(
        "The ETag of the state that was read.",
        '"1"',
        required=True,
        data_key="If-Match",
    )


_EXAMPLES = {"A shop's orders": DEFINITION, "With pre-made fields": SMALLEST_DEFINITION}

DEFINITION_BODY = Body((SentDefinition,), _EXAMPLES)
EDITED_BODY = Body((SentDefinition,), {"Another title": {**DEFINITION, "title": "Order paid"}})
DRAFT_BODY = Body((SentDefinition,), {"A required currency": STRICTER_DEFINITION})
CONFIRMATION = Body((Confirmation,), {"Yes": {"confirm": True}})
DEFINITION_SHOWN = Answer((Definition,), headers=_STATE)
DEFINITION_MADE = Answer((Definition,), status=201, headers=_STATE)
JSON_SCHEMA = Answer(({"type": "object"},), content_type="application/schema+json")
