"""Definitions and their versions, as they are sent and as they are answered."""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields

from collector.core.documents_shape import DefinitionSchema, GoalRuleSchema
from collector.core.fields import FIELD_TYPES, FILLS
from collector.core.versions import State
from collector.web.openapi.shown import Shown, list_of, moment, one_of, public_id, text, whole

_STATE = {"ETag": "The state that this answer shows: send it back as If-Match."}


class Field(Shown):
    """One typed value of a version, with the rules that it has."""

    sometimes = frozenset(
        {"required", "description", "choices", "minimum", "maximum", "min_length"}
        | {"max_length", "pattern", "personal", "fill"}
    )

    name = text("Unique without regard to case.", "total")
    type = one_of(tuple(FIELD_TYPES), "What its values are.")
    required = fields.Boolean(metadata={"description": "Whether every event has it."})
    description = text("What it means.")
    choices = list_of(fields.Raw(), "The only values that it can have.")
    minimum = fields.Raw(metadata={"description": "The least value.", "type": ["number", "string"]})
    maximum = fields.Raw(metadata={"description": "The greatest value.", "type": ["number", "string"]})
    min_length = whole("The least number of characters.")
    max_length = whole("The greatest number of characters.")
    pattern = text("What the whole text must match, in RE2 syntax.")
    personal = fields.Boolean(metadata={"description": "Whether it is masked where people see it."})
    fill = one_of(FILLS, "What the snippet puts in when the page gives nothing.")


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


_WhereItStands = Schema.from_dict(
    {
        "id": public_id("Its id, for good."),
        "fields": list_of(Field, "1 to 100 typed fields."),
        "created_at": moment("When it was made."),
        "updated_at": moment("When it was last changed."),
        "current_version": fields.Nested(CurrentVersion, allow_none=True),
        "versions": list_of(Version, "The oldest first."),
        "hidden_at": moment("When it was hidden."),
    }
)


class Definition(Shown, DefinitionSchema):
    """A definition, where it stands, and its versions."""

    sometimes = frozenset({"goal", "hidden_at"})


class Definitions(Shown):
    """Definitions by name."""

    definitions = list_of(Definition, "All that fit.")


class Versions(Shown):
    """The versions of a definition, the oldest first."""

    versions = list_of(Version, "All of them.")
