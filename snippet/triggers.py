"""What makes an event by itself: the triggers of a definition as JavaScript.

Each kind of trigger becomes one function of an element that answers whether the event is to be made: not
at all (something falsy), or with which data (`true` is none). The first trigger of a kind that is for the
element, on this address, is the one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from collector.core.fields import Field

MARK = "data-fieldpost"
NEAR = "near("
_NUMBERS = ("decimal", "integer")
_EDGES = r".replace(/^[^\d+-]+|\D+$/g,'')"
"""Cuts what stands around a number in a text: `149.90 kr`, `€ 12`."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a field's value is taken from when a trigger goes off (docs/snippet.md)."""

    origin: str
    selector: str | None = None
    name: str | None = None
    value: str | int | float | bool | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger of a definition's web tracking. `seconds` is the time on the page."""

    on: str
    selector: str | None = None
    address: str | None = None
    seconds: int | None = None
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Trigger:
        """From a trigger as a definition has it, already judged."""
        values = tuple(
            (name, Value(value["from"], value.get("selector"), value.get("name"), value.get("value")))
            for name, value in document.get("values", {}).items()
        )
        rest = {name: document.get(name) for name in ("selector", "address", "seconds")}
        return cls(document["on"], values=values, **rest)


def kinds(triggers: tuple[Trigger, ...]) -> frozenset[str]:
    return frozenset(one.on for one in triggers)


def functions(
    triggers: tuple[Trigger, ...], event_name: str | None, fields: tuple[Field, ...]
) -> dict[str, str]:
    """Kind of trigger, or the seconds of a time → JavaScript in the element `v`.

    Elements that name the event themselves are live where clicks count, unless `event_name` is None.
    """
    types = {field.name: field.type for field in fields}
    wanted: dict[str, list[str]] = {}
    for one in _together(tuple(_complete(triggers, event_name))):
        wanted.setdefault(str(one.seconds or one.on), []).append(_expression(one, types))
    return {name: "||".join(parts) for name, parts in wanted.items()}


def _complete(triggers: tuple[Trigger, ...], event_name: str | None) -> Iterator[Trigger]:
    """The triggers with their selectors, and the one that is there without being named."""
    mark = f"[{MARK}={json.dumps(event_name)}]"
    usual = {"click": mark, "submit": "form"}
    for one in triggers:
        yield replace(one, selector=one.selector or usual.get(one.on))
    if event_name is not None and "click" in kinds(triggers):
        yield Trigger("click", mark)


def _together(triggers: tuple[Trigger, ...]) -> Iterator[Trigger]:
    """Those that differ in the selector alone are one, after those that bring more."""
    plain: dict[str, list[str]] = {}
    for one in triggers:
        if one.selector is None or one.address is not None or one.values:
            yield one
        else:
            plain.setdefault(one.on, []).append(one.selector)
    for on, selectors in plain.items():
        yield Trigger(on, ",".join(dict.fromkeys(selectors)))


def _expression(trigger: Trigger, types: Mapping[str, str]) -> str:
    parts = []
    if trigger.selector:
        parts.append(f"v.matches?.({json.dumps(trigger.selector)})")
    if trigger.address:
        parts.append(f"{address_pattern(trigger.address)}.test(location)")
    if trigger.values:
        members = (
            f"{json.dumps(name)}:{_value(value, types.get(name, 'text'))}" for name, value in trigger.values
        )
        parts.append(f"({{{','.join(members)}}})")
    return "&&".join(parts) or "1"


def address_pattern(pattern: str) -> str:
    """A regular expression in JavaScript for page addresses; `*` stands for anything.

    A pattern that begins with a slash is for the path on any host. Parameters and what follows `#` play a
    part only if the pattern has them.
    """
    anything = ".*" if re.search("[?#]", pattern) else "[^?#]*"
    text = anything.join(re.sub(r"[^\w-]", _escaped, part, flags=re.ASCII) for part in pattern.split("*"))
    start = r"^\w+:\/\/[^/]*" if pattern.startswith("/") else "^"
    return f"/{start}{text}{'$' if anything == '.*' else '([?#]|$)'}/"


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isascii() and character.isprintable():
        return "\\" + character if character not in "\"' <>&%,;:=@!~" else character
    # Addresses are percent-encoded.
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _value(value: Value, kind: str) -> str:
    """JavaScript of what a field gets; null or undefined where it is not there."""
    match value.origin:
        case "constant":
            return json.dumps(_constant(value.value, kind))
        case "url":
            return f"new URLSearchParams(location.search).get({json.dumps(value.name)})"
        case "data_layer":
            return _from_data_layer(value.name or "", kind)
    element = f"{NEAR}v,{json.dumps(_selector(value))})" if _selector(value) else "v"
    match value.origin:
        case "attribute":
            return f"{element}?.getAttribute({json.dumps(value.name)})"
        case "input":
            return f"{element}?.{'checked' if kind == 'boolean' else 'value'}"
    return f"{element}?.textContent.trim()" + (_EDGES if kind in _NUMBERS else "")


def _selector(value: Value) -> str | None:
    if value.origin == "input" and value.name is not None and value.selector is None:
        quoted = json.dumps(value.name)
        return f"[name={quoted}]:checked,[name={quoted}]:not([type=radio])"
    return value.selector


def _from_data_layer(path: str, kind: str) -> str:
    steps = "".join(f"?.[{json.dumps(step)}]" for step in path.split("."))
    found = f"window.dataLayer?.map(v=>v{steps}).reverse().find(v=>v!=null)"
    return f"{found}?.toString()" if kind == "text" else found


def _constant(value: str | int | float | bool | None, kind: str) -> str | int | float | bool | None:
    """As the field's type has it: it was judged by its text."""
    if kind in ("boolean", "integer") and isinstance(value, str):
        return bool(json.loads(value.lower())) if kind == "boolean" else int(value)
    if kind in ("boolean", "integer", "decimal"):
        return value
    return str(value)
