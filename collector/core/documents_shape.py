"""The shape of a definition document, as marshmallow schemas: the API's description is made from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import marshmallow as ma
from marshmallow import ValidationError

from collector.core.definitions import Category, ExtraFields, WebTracking
from collector.core.goals import GOAL_TYPES
from collector.core.identifiers import KINDS
from collector.core.permissions import OPERATIONS
from collector.core.problems import Fault
from collector.core.retention import LONGEST
from collector.core.strict_members import (
    ByName,
    Choice,
    Flag,
    ListOf,
    ObjectOf,
    Scalar,
    Shape,
    Text,
    Unread,
    Whole,
    Worded,
    faults_of,
    wrong_type,
)

EVENT_NAME = re.compile(r"[a-z0-9_./-]{1,100}")
RESERVED_NAMES = frozenset({"identify", "consent", "constructor", "__proto__"})

TITLE_LENGTH = 200
SOURCE_LENGTH = 255
LONGEST_WAIT = 86_400
TRIGGER_EVENTS = ("click", "submit", "visible", "page", "time")
VALUE_ORIGINS = ("text", "attribute", "input", "url", "data_layer", "constant")

_WEB_HINTS = get_type_hints(WebTracking)


def load(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The members of a definition document whose shape is right, with their defaults, and what is wrong."""
    try:
        return DefinitionSchema().load(document), []
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return valid, list(faults_of(error.messages))


class EventName(Worded, ma.fields.String):
    """An event name; unique in its section, which is not judged here."""

    default_error_messages = wrong_type("This is a text.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=_check_event_name, **kwargs)


def _check_event_name(name: str) -> None:
    if not EVENT_NAME.fullmatch(name):
        raise ValidationError("name-invalid: An event name is 1 to 100 of a–z, 0–9, _, ., / and -.")
    if not name.strip(".") or name in RESERVED_NAMES:
        raise ValidationError("name-reserved: This name means something else already.")


def _web_choice(member: str, description: str) -> Choice:
    return Choice(
        get_args(_WEB_HINTS[member]),
        load_default=getattr(WebTracking(), member),
        metadata={"description": description},
    )


def _operations() -> ListOf:
    words = "What the API and integrations may do by this identifier."
    return ListOf(
        Choice(OPERATIONS), most=10, load_default=list, metadata={"description": words, "example": ["read"]}
    )


AllowedOperationsSchema = Shape.from_dict(
    {kind: _operations() for kind in KINDS}, name="AllowedOperationsSchema"
)


class GoalRuleSchema(Shape):
    type = Choice(
        GOAL_TYPES,
        required=True,
        metadata={"description": "What every event counts for.", "example": "purchase"},
    )
    value_field = Text(
        64, allow_none=True, metadata={"description": "The field that has the value.", "example": "total"}
    )
    currency_field = Text(
        64,
        allow_none=True,
        metadata={"description": "The field that has the currency.", "example": "currency"},
    )
    name = Text(
        100, allow_none=True, metadata={"description": "Which goal of this type.", "example": "checkout"}
    )


class TriggerValueSchema(Shape):
    origin = Choice(
        VALUE_ORIGINS,
        required=True,
        data_key="from",
        attribute="from",
        metadata={"description": "Where on the page the value is.", "example": "attribute"},
    )
    selector = Text(
        1000, 1, metadata={"description": "The element; absent: the trigger's own.", "example": ".total"}
    )
    name = Text(
        255, 1, metadata={"description": "Of the attribute, input, parameter or path.", "example": "data-sku"}
    )
    value = Scalar(metadata={"description": "The constant, cast to the field's type.", "example": "hero"})


class TriggerSchema(Shape):
    on = Choice(
        TRIGGER_EVENTS, required=True, metadata={"description": "What sets it off.", "example": "click"}
    )
    selector = Text(
        1000, 1, metadata={"description": "CSS selector of the elements.", "example": "button.buy"}
    )
    address = Text(
        2048, 1, metadata={"description": "Only on such pages; * stands for anything.", "example": "/shop/*"}
    )
    seconds = Whole(1, LONGEST_WAIT, metadata={"description": "Time on the page.", "example": 30})
    values = ByName(
        keys=Text(64, 1),
        values=ObjectOf(TriggerValueSchema),
        metadata={"description": "Field name to where its value comes from."},
    )


class WebTrackingSchema(Shape):
    enabled = Flag(
        load_default=False, metadata={"description": "Whether pages may send it.", "example": True}
    )
    source = Text(
        SOURCE_LENGTH,
        1,
        load_default=WebTracking().source,
        metadata={"description": "The Source of events that name none.", "example": "Website"},
    )
    origins = ListOf(
        Text(300),
        most=100,
        load_default=list,
        metadata={
            "description": "Whose pages may send it, as browsers write origins; empty: any.",
            "example": ["https://shop.example", "https://*.shop.example"],
        },
    )
    identity = _web_choice("identity", "Whether identifiers of a page count without a signed token.")
    consent = _web_choice("consent", "Whether the page waits for a yes, or honours GPC.")
    visitor = _web_choice("visitor", "How long the browser keeps its random id.")
    invalid = _web_choice("invalid", "Whether the page sends what it can see is wrong.")
    queue = Flag(
        load_default=True, metadata={"description": "Whether the page keeps what was not acknowledged."}
    )
    bots = _web_choice("bots", "Whether events of bots are kept.")
    attributes = Flag(
        load_default=True,
        metadata={"description": "Whether elements may name the event themselves, where clicks count."},
    )
    trigger_numbers = Flag(
        load_default=True, metadata={"description": "Whether an event says which trigger made it."}
    )
    prerendered = _web_choice("prerendered", "Whether a page that nobody has gone to yet waits.")
    debug = Flag(
        load_default=True,
        metadata={"description": "Whether ?fieldpost=… in a page's address starts the debug mode."},
    )
    triggers = ListOf(
        ObjectOf(TriggerSchema),
        most=100,
        load_default=list,
        metadata={"description": "What makes the event by itself, without a call."},
    )


class DefinitionSchema(Shape):
    """A definition as an admin writes it. `fields` are judged by `collector.core.fields`."""

    event_name = EventName(
        required=True,
        metadata={"description": "Unique in the section; never changes.", "example": "order.completed"},
    )
    title = Text(
        TITLE_LENGTH,
        allow_none=True,
        load_default=None,
        metadata={"description": "Absent: the event name.", "example": "Order completed"},
    )
    category = Choice(
        get_args(Category), required=True, metadata={"description": "Its kind.", "example": "transaction"}
    )
    description = Text(
        4096, load_default="", metadata={"description": "What it means.", "example": "An order was paid."}
    )
    owner = Text(200, load_default="", metadata={"description": "Whom to ask.", "example": "Web team"})
    tags = ListOf(
        Text(50, 1),
        most=50,
        load_default=list,
        metadata={"description": "Words to find it by.", "example": ["checkout"]},
    )
    field_list: ma.fields.Field[Any] = Unread(
        data_key="fields",
        attribute="fields",
        allow_none=True,  # which is refused by those who read fields
        metadata={
            "type": "array",
            "items": {"type": "object"},
            "description": "1 to 100 typed fields; absent: the pre-made ones of the category.",
            "example": [{"name": "total", "type": "decimal", "required": True, "minimum": 0}],
        },
    )
    extra_fields = Choice(
        get_args(ExtraFields),
        load_default="reject",
        metadata={"description": "What happens to values that no field describes.", "example": "reject"},
    )
    allowed_operations = ObjectOf(
        AllowedOperationsSchema,
        metadata={"description": "Absent: everything; a kind that is absent in it: nothing."},
    )
    goal = ObjectOf(GoalRuleSchema, allow_none=True, load_default=None)
    web_tracking = ObjectOf(WebTrackingSchema)
    retention_days = Whole(
        1,
        LONGEST,
        allow_none=True,
        metadata={
            "description": "For how many days after they occurred events are kept; null: for ever.",
            "example": 730,
        },
    )
