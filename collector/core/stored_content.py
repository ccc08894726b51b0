"""Content as a store keeps it: JSON that any writer and reader bring back exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from collector.core.definitions import Content, GoalRule
from collector.core.fields import FIELD_TYPES, Field, Value

_VALUES = ("minimum", "maximum")


def dump_content(content: Content) -> dict[str, Any]:
    """Content as JSON; decimals in rules are texts, so that no reader makes floats of them."""
    return {
        "fields": [_dump_field(field) for field in content.fields],
        "extra_fields": content.extra_fields,
        "goal": None if content.goal is None else asdict(content.goal),
    }


def load_content(stored: Mapping[str, Any]) -> Content:
    """The content that `dump_content` wrote. It was judged before it was stored and is not judged again."""
    return Content(
        fields=tuple(_load_field(members) for members in stored["fields"]),
        extra_fields=stored["extra_fields"],
        goal=None if stored["goal"] is None else GoalRule(**stored["goal"]),
    )


def _dump_field(field: Field) -> dict[str, Any]:
    members = field.as_json()
    for name in _VALUES:
        if name in members:
            members[name] = _dump_value(getattr(field, name))
    if "choices" in members:
        members["choices"] = [_dump_value(choice) for choice in field.choices]
    return members


def _dump_value(value: Value) -> Value:
    return format(value, "f") if isinstance(value, Decimal) else value


def _load_field(members: Mapping[str, Any]) -> Field:
    accept = FIELD_TYPES[members["type"]].accept
    values: dict[str, Any] = {name: accept(members[name]) for name in _VALUES if name in members}
    values["choices"] = tuple(accept(choice) for choice in members.get("choices", ()))
    return Field(**{**members, **values})
