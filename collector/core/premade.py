"""The fields that a definition starts with when it names none, by category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.core.definitions import Category

_FILLED: list[dict[str, Any]] = [
    {"name": "page_url", "type": "text", "fill": "page.url"},
    {"name": "referrer", "type": "text", "fill": "page.referrer"},
    {"name": "campaign", "type": "text", "fill": "utm.campaign"},
]

PREMADE_FIELDS: Mapping[Category, list[dict[str, Any]]] = {
    "transaction": [
        {"name": "reference", "type": "text"},
        {"name": "amount", "type": "decimal"},
        {"name": "currency", "type": "text"},
        *_FILLED,
    ],
    "conversion": [
        {"name": "step", "type": "text"},
        {"name": "form", "type": "text"},
        *_FILLED,
    ],
    "signal": [
        {"name": "element", "type": "text"},
        {"name": "value", "type": "text"},
        *_FILLED,
    ],
}
"""As in a definition document, so that a form can offer them and a person can take some away."""
