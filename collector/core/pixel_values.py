"""The values of a pixel: texts in an address, which mean what the fields of a version make of them."""

from __future__ import annotations

from typing import Any

from collector.core.definitions import Content
from collector.core.fields import Refused

PIXEL = "pixel"
"""The name of this door."""


def value_of(content: Content, field_name: str, text: str) -> Any:
    """What a text means for a field; what no field can make of it stays a text: the judge says so."""
    field = next((one for one in content.fields if one.name == field_name), None)
    if field is None:
        return text
    try:
        return field.kind.from_text(text)
    except Refused:
        return text
