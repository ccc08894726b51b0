"""The rules of a definition's web tracking that its shape does not say: origins and triggers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import soupsieve

from collector.core.fields import Field, Refused
from collector.core.problems import Fault, pointer_to

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = r"(?::(?P<port>[1-9][0-9]{0,4}))?"
_EXACT = re.compile(rf"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:{_NAME}|\[[0-9a-f:.]+\]){_PORT}")
# A star for every shop.example's own subdomain; never for all that end in .com.
_WILDCARD = re.compile(rf"(?P<scheme>https?)://\*\.(?:localhost|{_LABEL}(?:\.{_LABEL})+){_PORT}")
_IMPLIED_PORTS = {"http": "80", "https": "443"}
_HIGHEST_PORT = 65_535
_OPAQUE_SCHEMES = frozenset({"about", "blob", "data", "file", "javascript"})


@dataclass(frozen=True, slots=True)
class _Members:
    needed: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()

    def faults(self, given: Collection[str], pointer: str, what: str) -> Iterator[Fault]:
        for name in sorted(self.needed.difference(given)):
            yield Fault("member-missing", f"{pointer}/{name}", f"{what} needs {name}.")
        for name in sorted(set(given) - self.needed - self.possible):
            yield Fault("member-unfit", f"{pointer}/{name}", f"{what} has no {name}.")


def _members(needed: str = "", possible: str = "") -> _Members:
    return _Members(frozenset(needed.split()), frozenset(possible.split()))


_OF_TRIGGERS: Mapping[str, _Members] = {
    "click": _members(possible="selector address values"),
    "submit": _members(possible="selector address values"),
    "visible": _members("selector", "address values"),
    "page": _members(possible="address values"),
    "time": _members("seconds", "address values"),
}
_OF_VALUES: Mapping[str, _Members] = {
    "text": _members(possible="selector"),
    "attribute": _members("name", "selector"),
    "input": _members(possible="selector name"),
    "url": _members("name"),
    "data_layer": _members("name"),
    "constant": _members("value"),
}

# In soupsieve's selectors and in no browser's: text, unequal attributes, namespaces that nobody can declare.
_NO_BROWSERS = re.compile(r":contains\(|:-soup-|!=|[\w-]\|(?!=)", re.IGNORECASE)
_LITERALS = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.""", re.DOTALL)


def origin_faults(origins: Sequence[str], pointer: str) -> list[Fault]:
    """One `origin-invalid` for each entry that no browser's `Origin` header could equal.

    Entries are `scheme://host[:port]` as browsers serialise origins (RFC 6454 §6.2: lower case, punycode,
    no port where it is the scheme's own, no path), or `https://*.shop.example` for all subdomains.
    """
    return [
        Fault(
            "origin-invalid",
            pointer + pointer_to(index),
            "An origin is written as browsers send it, such as https://shop.example or http://localhost:8080 "
            "(lower case, no path, no usual port), or https://*.shop.example.",
        )
        for index, origin in enumerate(origins)
        if not _is_origin(origin)
    ]


def _is_origin(text: str) -> bool:
    found = _EXACT.fullmatch(text) or _WILDCARD.fullmatch(text)
    if found is None or found["scheme"] in _OPAQUE_SCHEMES:
        return False
    port = found["port"]
    return port is None or (int(port) <= _HIGHEST_PORT and port != _IMPLIED_PORTS.get(found["scheme"]))


def trigger_faults(
    triggers: Sequence[Mapping[str, Any]], fields: Mapping[str, Field], others_kept: bool, pointer: str
) -> list[Fault]:
    """What is wrong with triggers whose shape is right.

    That is: members that do not go together, selectors that no browser takes, values for no field (unless
    other fields are kept), and constants that are no value of their field's type.
    """
    faults: list[Fault] = []
    for index, trigger in enumerate(triggers):
        place = pointer + pointer_to(index)
        on = trigger["on"]
        faults += _OF_TRIGGERS[on].faults(trigger.keys() - {"on"}, place, f"A trigger on {on}")
        faults += _selector_faults(trigger, place)
        for name, value in trigger.get("values", {}).items():
            value_place = place + pointer_to("values", name)
            faults += _value_faults(value, value_place)
            faults += _selector_faults(value, value_place)
            if name in fields:
                faults += _constant_faults(value, fields[name], value_place)
            elif not others_kept:
                faults.append(Fault("field-unknown", value_place, "The definition has no such field."))
    return faults


def unmarked_faults(triggers: Sequence[Mapping[str, Any]], pointer: str) -> Iterator[Fault]:
    """`member-missing` for each trigger that is for marked elements alone, where no element can be marked."""
    for index, trigger in enumerate(triggers):
        if trigger["on"] == "click" and "selector" not in trigger:
            place = pointer + pointer_to(index, "selector")
            yield Fault("member-missing", place, "A trigger on click needs selector without attributes.")


def _selector_faults(given: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """`selector-invalid` where a browser's `matches()` would raise (Selectors Level 4)."""
    if "selector" in given and not is_selector(given["selector"]):
        yield Fault(
            "selector-invalid",
            f"{pointer}/selector",
            'This is no CSS selector of elements, such as .buy, #cart > button or form:has([name="card"]).',
        )


def is_selector(text: str) -> bool:
    """Whether it selects elements in a browser. Parts of them (`::before`) are no elements."""
    if _NO_BROWSERS.search(_LITERALS.sub("", text)):
        return False
    try:
        soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, NotImplementedError, RecursionError):
        return False
    return True


def _value_faults(value: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    origin = value["from"]
    return _OF_VALUES[origin].faults(value.keys() - {"from"}, pointer, f"A value from {origin}")


def _constant_faults(value: Mapping[str, Any], field: Field, pointer: str) -> Iterator[Fault]:
    if value["from"] != "constant" or "value" not in value:
        return
    constant = value["value"]
    try:
        field.kind.from_text(str(constant).lower() if isinstance(constant, bool) else str(constant))
    except Refused as refused:
        yield Fault(refused.code, f"{pointer}/value", refused.message)
