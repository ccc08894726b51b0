"""Triggers in words: when they make an event, and where its values come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WHEN = {
    "click": ("When somebody clicks", "a marked element"),
    "submit": ("When somebody sends", "any form"),
    "visible": ("When it comes into view:", ""),
    "page": ("When a page is looked at", ""),
}
_FROM = {
    "text": "the text of",
    "attribute": "the attribute",
    "input": "the input",
    "url": "the parameter of the address",
    "data_layer": "the data layer’s",
    "constant": "always",
}

Words = list[tuple[str, str]]
"""What is said, piece by piece: words, and what stands as code behind them."""


def when_in_words(trigger: Mapping[str, Any]) -> Words:
    """When a trigger makes an event."""
    on, selector = trigger["on"], trigger.get("selector", "")
    if on == "time":
        seconds = trigger["seconds"]
        told: Words = [(f"After {seconds} {'second' if seconds == 1 else 'seconds'} on a page", "")]
    else:
        begin, otherwise = _WHEN[on]
        told = [(begin, selector)] if selector else [(f"{begin} {otherwise}".strip(), "")]
    return [*told, ("on", trigger["address"])] if trigger.get("address") else told


def values_in_words(trigger: Mapping[str, Any]) -> list[tuple[str, Words]]:
    """Field → where its value comes from."""
    return [(name, _source(value)) for name, value in trigger.get("values", {}).items()]


def _source(value: Mapping[str, Any]) -> Words:
    begin, selector = _FROM[value["from"]], value.get("selector", "")
    match value["from"]:
        case "constant":
            return [(begin, _as_text(value.get("value")))]
        case "text":
            return [(begin, selector)] if selector else [("the element’s own text", "")]
    named = value.get("name", "")
    if not named:
        return [(begin, selector)] if selector else [("what the element itself holds", "")]
    return [(begin, named), ("of", selector)] if selector else [(begin, named)]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def changed(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Which triggers came and which went, where triggers follow each other."""
    return {
        "added": [one for one in after if one not in before],
        "removed": [one for one in before if one not in after],
    }
