"""What a snippet puts in when the page gives nothing: where in the browser each `fill` is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from collector.core.fields import MAX_TEXT, Field

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "page.url": "location.href",
        "page.path": "location.pathname",
        "page.title": "document.title",
        "page.referrer": "document.referrer",
        "page.language": "document.documentElement.lang||navigator.language",
        "screen.width": 'screen.width+""',
    }
    | {
        f"utm.{name}": f'new URLSearchParams(location.search).get("utm_{name}")'
        for name in ("source", "medium", "campaign", "term", "content")
    }
)
"""fill → JavaScript of a text, or of null; the empty text is absence too."""


def fills(fields: tuple[Field, ...]) -> dict[str, str]:
    """Field name → JavaScript of what it is filled with, for those that are."""
    return {
        field.name: _place(PLACES[field.fill], MAX_TEXT if field.max_length is None else field.max_length)
        for field in fields
        if field.fill is not None and field.max_length != 0
    }


def _place(place: str, most: int) -> str:
    """The runtime cuts at the length of any text; only shorter fields have a cut of their own."""
    return place if most >= MAX_TEXT else f'[...{place}||""].slice(0,{most}).join("")'
