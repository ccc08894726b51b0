"""Values to begin with: what a person sees in an example before they know what a field takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from collector.core.definitions import Content
from collector.core.fields import Field

_BY_TYPE: Mapping[str, Any] = MappingProxyType(
    {
        "text": "…",
        "boolean": True,
        "integer": 1,
        "decimal": 149.9,
        "date": "2026-12-24",
        "timestamp": "2026-12-24T18:00:00+01:00",
    }
)


def asked_fields(content: Content) -> Sequence[Field]:
    """The required fields; where there are none, those that nothing fills."""
    required = [one for one in content.fields if one.required]
    return required or [one for one in content.fields if not one.fill]


def example_value(field: Field) -> Any:
    """A value of the field's type that its choices and bounds allow; a text may still miss its pattern."""
    if field.choices:
        return field.choices[0]
    if field.minimum is not None:
        return field.minimum
    if field.maximum is not None:
        return field.maximum
    if field.type == "text" and field.min_length:
        return "…" * field.min_length
    return _BY_TYPE[field.type]
