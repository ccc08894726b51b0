"""A proposal from the JSON Schema of an event's data (2020-12, and what older drafts have alike).

What `json_schema.py` writes is read back as the same fields. What a field cannot say is noted, never
dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collector.core.definitions import Category
from collector.core.fields import MAX_TEXT
from collector.core.fields.integer import LARGEST, SMALLEST
from collector.core.problems import Fault, Problem, pointer_to
from collector.core.proposals.proposal import Gathering, Proposal, Seen, category_of

MOST_REFERENCES = 20

_TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
}
_FORMATS: Mapping[str, str] = {"date": "date", "date-time": "timestamp"}
_RULES: Mapping[str, str] = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "enum": "choices",
    "description": "description",
}
_SAYS_NOTHING = frozenset(
    {"type", "format", "title", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
    | {"$id", "$schema", "$anchor", "$defs", "definitions"}
)
_WHOLE_PATTERN = re.compile(r"\^(?:\(\?:(?P<group>.*)\)|(?P<bare>[^|]*))\$", re.DOTALL)


def from_schema(event_name: str, schema: object, category: Category | None = None) -> Proposal:
    """What a schema describes. Raises `Problem("request-invalid")` for what is no schema of an object."""
    if not isinstance(schema, Mapping):
        raise _no_schema("", "A JSON Schema is an object.")
    found = Gathering()
    outermost = _resolved(schema, schema, found, "")
    members = outermost.get("properties")
    if not isinstance(members, Mapping):
        raise _no_schema("/properties", "This schema does not say which properties there are.")
    required = outermost.get("required")
    needed = frozenset(one for one in required if isinstance(one, str)) if isinstance(required, list) else ()
    for name, member in members.items():
        pointer = pointer_to("properties", name)
        if found.is_free(name, pointer):
            _propose(found, name, member, name in needed, schema, pointer)
    is_closed = outermost.get("additionalProperties") is False and not found.leaves_out
    extra = "reject" if is_closed and found.fields else "keep"
    return found.proposal(event_name, category or category_of(found.fields), extra)


def _propose(
    found: Gathering, name: str, member: object, required: bool, whole: Mapping[str, Any], pointer: str
) -> None:
    if not isinstance(member, Mapping):
        found.leave_out(pointer, "This says nothing of the type; what comes is kept as it comes.")
        return
    shape = _resolved(member, whole, found, pointer)
    for _ in range(MOST_REFERENCES):
        shape, before = _without_null(shape, whole, found, pointer), shape
        if shape == before:
            break
    kind = _type_of(shape)
    if kind is None:
        found.leave_out(pointer, "No type of field fits this; what comes is kept as it comes.")
        return
    if kind == "decimal" and "anyOf" in shape:
        shape = {**_number_in(shape), **{word: shape[word] for word in ("description",) if word in shape}}
    document = {"name": name, "type": kind, **_rules(found, shape, kind, pointer)}
    if "description" in member:
        document["description"] = member["description"]
    if required:
        document["required"] = True
    if shape.get("format") == "email":
        document["personal"] = True
    found.take(document, pointer, Seen(name, (kind,)))


def _resolved(
    member: Mapping[str, Any], whole: Mapping[str, Any], found: Gathering, pointer: str
) -> Mapping[str, Any]:
    """A schema with its own `$ref` followed, as far as it stays in the document."""
    for _ in range(MOST_REFERENCES):
        reference = member.get("$ref")
        if reference is None:
            return member
        target: object = whole
        if not isinstance(reference, str) or not reference.startswith("#"):
            break
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            target = target.get(step) if isinstance(target, Mapping) else None
        if not isinstance(target, Mapping):
            break
        member = {**target, **{word: value for word, value in member.items() if word != "$ref"}}
    found.note(f"{pointer}/$ref", "This reference leads nowhere in the document, and was not followed.")
    return {word: value for word, value in member.items() if word != "$ref"}


def _without_null(
    shape: Mapping[str, Any], whole: Mapping[str, Any], found: Gathering, pointer: str
) -> Mapping[str, Any]:
    """A schema that a null fits too, without that: null is absence."""
    types = shape.get("type")
    if isinstance(types, list):
        left = [one for one in types if one != "null"]
        return {**shape, "type": left[0] if len(left) == 1 else left}
    for word in ("anyOf", "oneOf"):
        choices = shape.get(word)
        if not isinstance(choices, list):
            continue
        every = [_resolved(one, whole, found, pointer) for one in choices if isinstance(one, Mapping)]
        others = [one for one in every if one.get("type") != "null"]
        if len(others) == 1 < len(every):
            around = {name: value for name, value in shape.items() if name != word}
            return {**others[0], **around}
        return {**shape, word: others}
    return shape


def _type_of(shape: Mapping[str, Any]) -> str | None:
    if "anyOf" in shape and _number_in(shape):
        return "decimal"
    kind = shape.get("type")
    if isinstance(kind, str):
        written = shape.get("format")
        by_format = _FORMATS.get(written) if kind == "string" and isinstance(written, str) else None
        return by_format or _TYPES.get(kind)
    choices = shape["enum"] if "enum" in shape else [shape["const"]] if "const" in shape else None
    if isinstance(choices, list) and choices:
        for python, name in ((str, "text"), (bool, "boolean"), (int, "integer")):
            if all(type(choice) is python for choice in choices):
                return name
    return None


def _number_in(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """The number of a schema that takes a number or its digits in a text; empty if it is no such schema."""
    choices = shape["anyOf"] if isinstance(shape["anyOf"], list) else []
    schemas = [one for one in choices if isinstance(one, Mapping)]
    numbers = [one for one in schemas if one.get("type") == "number"]
    texts = [one for one in schemas if one.get("type") == "string"]
    return numbers[0] if len(numbers) == len(texts) == 1 and len(choices) == 2 else {}


def _rules(found: Gathering, shape: Mapping[str, Any], kind: str, pointer: str) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for word, value in shape.items():
        if word == "pattern" and kind == "text" and isinstance(value, str):
            rules["pattern"] = _pattern(value)
        elif word == "pattern" and kind in _FORMATS.values():
            continue  # the format says it
        elif word == "const":
            rules["choices"] = [value]
        elif word in _RULES:
            if not _is_of_every_value(word, value, kind):
                rules[_RULES[word]] = value
        elif word not in _SAYS_NOTHING:
            found.note(f"{pointer}{pointer_to(word)}", "A field has no such rule; it was left out.")
    return rules


def _is_of_every_value(word: str, value: object, kind: str) -> bool:
    """Whether a rule only says what holds for the type anyway."""
    if word == "maxLength":
        return kind != "text" or (isinstance(value, int) and value >= MAX_TEXT)
    return kind == "integer" and (word, value) in (("minimum", SMALLEST), ("maximum", LARGEST))


def _pattern(pattern: str) -> str:
    """A field's pattern matches the whole text, one of JSON Schema any part of it."""
    if whole := _WHOLE_PATTERN.fullmatch(pattern):
        return whole["group"] if whole["group"] is not None else whole["bare"]
    start = "" if pattern.startswith("^") else "(?s:.*)"
    end = "" if pattern.endswith("$") else "(?s:.*)"
    return f"{start}(?:{pattern.removeprefix('^').removesuffix('$')}){end}"


def _no_schema(pointer: str, message: str) -> Problem:
    return Problem("request-invalid", message, faults=[Fault("schema-invalid", pointer, message)])
