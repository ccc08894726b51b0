"""What makes an event by itself: the triggers of a definition as JavaScript.

Each kind of trigger becomes one function of an element that answers whether the event is to be made: not
at all (something falsy), or with which data (`true` is none). The first trigger of a kind that is for the
element, on this address, is the one. Where events say which trigger made them, the answer is its number:
with data, an object around the number that has the data too.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from collector.core.fields import Field

MARK = "data-fieldpost"
NEAR = "near("
_NUMBERS = ("decimal", "integer")
_NUMBERED = 9973  # a prime: four digits at most
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


def numbered(triggers: tuple[Trigger, ...]) -> dict[int, Trigger]:
    """The number of each trigger → the trigger, with the one of marked elements where clicks count.

    A number is made of what sets its trigger off, so that it stays when others come, go or change places.
    Of those that are set off by the same, it is the first. Two that would have one number by chance have
    the next ones, in their order.
    """
    marked = (Trigger("click"),) if "click" in kinds(triggers) else ()
    found: dict[int, Trigger] = {}
    for one in (*triggers, *marked):
        number = 1 + zlib.crc32(_cause(one).encode()) % _NUMBERED
        while _cause(found.setdefault(number, one)) != _cause(one):
            number += 1
    return found


def _cause(trigger: Trigger) -> str:
    return json.dumps([trigger.on, trigger.selector, trigger.address, trigger.seconds])


def kinds(triggers: tuple[Trigger, ...]) -> frozenset[str]:
    return frozenset(one.on for one in triggers)


def functions(
    triggers: tuple[Trigger, ...], event_name: str | None, fields: tuple[Field, ...], says_which: bool
) -> dict[str, str]:
    """Kind of trigger, or the seconds of a time → JavaScript in the element `v`.

    Elements that name the event themselves are live where clicks count, unless `event_name` is None.
    """
    types = {field.name: field.type for field in fields}
    numbers = {_cause(one): str(number) for number, one in numbered(triggers).items()} if says_which else {}
    wanted: dict[str, list[str]] = {}
    for one, number in _together(tuple(_complete(triggers, event_name, numbers))):
        wanted.setdefault(str(one.seconds or one.on), []).append(_expression(one, number, types))
    return {name: "||".join(parts) for name, parts in wanted.items()}


_Told = tuple[Trigger, str]
"""A trigger and its number; the empty text where an event does not say it."""


def _complete(
    triggers: tuple[Trigger, ...], event_name: str | None, numbers: Mapping[str, str]
) -> Iterator[_Told]:
    """The triggers with their selectors, and the one that is there without being named."""
    mark = f"[{MARK}={json.dumps(event_name)}]"
    usual = {"click": mark, "submit": "form"}
    marked = (Trigger("click"),) if event_name is not None and "click" in kinds(triggers) else ()
    for one in (*triggers, *marked):
        yield replace(one, selector=one.selector or usual.get(one.on)), numbers.get(_cause(one), "")


def _together(told: tuple[_Told, ...]) -> Iterator[_Told]:
    """Those that differ in the selector alone come after those that bring more; as one without numbers."""
    plain: dict[tuple[str, str], list[str]] = {}
    for one, number in told:
        if one.selector is None or one.address is not None or one.values:
            yield one, number
        else:
            plain.setdefault((one.on, number), []).append(one.selector)
    for (on, number), selectors in plain.items():
        yield Trigger(on, ",".join(dict.fromkeys(selectors))), number


def _expression(trigger: Trigger, number: str, types: Mapping[str, str]) -> str:
    parts = []
    if trigger.selector:
        parts.append(f"v.matches?.({json.dumps(trigger.selector)})")
    if trigger.address:
        parts.append(f"{address_pattern(trigger.address)}.test(location)")
    if trigger.values:
        members = (
            f"{json.dumps(name)}:{_value(value, types.get(name, 'text'))}" for name, value in trigger.values
        )
        data = f"{{{','.join(members)}}}"
        parts.append(f"Object.assign({number},{data})" if number else f"({data})")
    elif number:
        parts.append(number)
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
