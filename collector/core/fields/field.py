"""A field of a version, and the list of the types that it can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from collector.core.fields.boolean import Boolean
from collector.core.fields.date import Date
from collector.core.fields.decimal import Decimal, json_number
from collector.core.fields.field_type import FieldType, Value
from collector.core.fields.integer import Integer
from collector.core.fields.text import Text
from collector.core.fields.timestamp import Timestamp

FIELD_TYPES: Mapping[str, FieldType] = MappingProxyType(
    {kind.name: kind for kind in (Text(), Boolean(), Integer(), Decimal(), Date(), Timestamp())}
)
"""name → type, in the order in which a person is offered them."""

FILLS = (
    "page.url",
    "page.path",
    "page.title",
    "page.referrer",
    "page.language",
    "utm.source",
    "utm.medium",
    "utm.campaign",
    "utm.term",
    "utm.content",
    "screen.width",
)
"""What a snippet can put into a text field when the page gives nothing."""


@dataclass(frozen=True, slots=True)
class Field:
    """One typed value of a version, with its rules. `type` is a name of `FIELD_TYPES`.

    A `required` text may be empty: the empty text is a value. `min_length` 1 asks for more.
    `minimum`, `maximum` and `choices` hold canonical values of the type.
    """

    name: str
    type: str
    required: bool = False
    description: str = ""
    choices: tuple[Value, ...] = ()
    minimum: Value | None = None
    maximum: Value | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    personal: bool = False
    fill: str | None = None

    @property
    def kind(self) -> FieldType:
        return FIELD_TYPES[self.type]

    def as_json(self) -> dict[str, Any]:
        """The field as `parse_fields` reads it and any JSON writer writes it, without what says nothing."""
        members = {member.name: (getattr(self, member.name), member.default) for member in fields(self)}
        return {name: _as_json(value) for name, (value, default) in members.items() if value != default}


def _as_json(value: Any) -> Any:
    return [json_number(choice) for choice in value] if isinstance(value, tuple) else json_number(value)
