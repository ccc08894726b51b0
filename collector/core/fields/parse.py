"""From the `fields` of a definition's document to fields, or to everything that is wrong with them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from collector.core.fields.field import FIELD_TYPES, FILLS, Field
from collector.core.fields.field_type import FieldType, Refused
from collector.core.fields.pattern import MAX_PATTERN, compiled
from collector.core.fields.text import MAX_TEXT, UNSTORABLE
from collector.core.problems import Fault, pointer_to

MAX_FIELDS = 100
MAX_CHOICES = 500
MAX_DESCRIPTION = 2000

FIELD_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,63}")
TAKEN_NAMES = frozenset({"source"})

_Reader = Callable[[FieldType, object], Any]


def parse_fields(document: object, pointer: str) -> tuple[tuple[Field, ...], list[Fault]]:
    """The fields that `document` describes (decoded JSON or YAML), and what is wrong with it at `pointer`.

    Never raises for what a document can contain. The fields are worth something only without faults. Codes:
    `type-wrong`, `too-few-members`, `too-many-members`, `member-missing`, `member-unknown`, `name-invalid`,
    `name-taken`, `type-unknown`, `rule-invalid`, and those of values for `choices`, `minimum` and `maximum`.
    """
    if not isinstance(document, list | tuple):
        return (), [Fault("type-wrong", pointer, "The fields must be a list.")]
    if not document:
        return (), [Fault("too-few-members", pointer, "There must be at least one field.")]
    if len(document) > MAX_FIELDS:
        return (), [Fault("too-many-members", pointer, f"There can be at most {MAX_FIELDS} fields.")]
    found: list[Field] = []
    faults: list[Fault] = []
    for position, entry in enumerate(document):
        result = _parse_field(entry, f"{pointer}/{position}")
        if isinstance(result, Field):
            faults += _name_taken(result, found, f"{pointer}/{position}")
            found.append(result)
        else:
            faults += result
    return tuple(found), faults


def _parse_field(entry: object, pointer: str) -> Field | list[Fault]:
    if not isinstance(entry, Mapping):
        return [Fault("type-wrong", pointer, "A field must be an object.")]
    members = {name: value for name, value in entry.items() if value is not None}
    faults = [_unknown(name, pointer) for name in members if name not in _KNOWN]
    faults += [
        Fault("member-missing", f"{pointer}/{name}", f"A field needs a {name}.")
        for name in ("name", "type")
        if name not in members
    ]
    kind = members.get("type")
    if kind is not None and not (isinstance(kind, str) and kind in FIELD_TYPES):
        faults.append(Fault("type-unknown", f"{pointer}/type", f"A type is one of {', '.join(FIELD_TYPES)}."))
    if faults:
        return faults
    return _read_members(FIELD_TYPES[str(kind)], members, pointer)


def _read_members(kind: FieldType, members: Mapping[str, object], pointer: str) -> Field | list[Fault]:
    read: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in members.items():
        try:
            if name in _RULES and name not in kind.rules:
                raise Refused("rule-invalid", f"A field of type {kind.name} has no {name}.")
            read[name] = _KNOWN[name](kind, value)
        except Refused as refused:
            faults.append(Fault(refused.code, f"{pointer}/{name}", refused.message))
    if faults:
        return faults
    field = Field(**read)
    return _contradictions(field, pointer) or field


def _contradictions(field: Field, pointer: str) -> list[Fault]:
    kind, faults = field.kind, []
    if field.minimum is not None and field.maximum is not None:
        if kind.order(field.minimum) > kind.order(field.maximum):
            faults.append(_rule(pointer, "maximum", "The maximum must not be less than the minimum."))
    elif (
        field.min_length is not None and field.max_length is not None and field.min_length > field.max_length
    ):
        faults.append(_rule(pointer, "max_length", "max_length must not be less than min_length."))
    if faults:
        return faults
    checks = kind.checks(replace(field, choices=()))
    for position, choice in enumerate(field.choices):
        try:
            for check in checks:
                check(choice)
        except Refused as refused:
            faults.append(Fault(refused.code, f"{pointer}/choices/{position}", refused.message))
    return faults


def _rule(pointer: str, member: str, message: str) -> Fault:
    return Fault("rule-invalid", f"{pointer}/{member}", message)


def _unknown(name: object, pointer: str) -> Fault:
    shown = UNSTORABLE.sub("\ufffd", str(name))[:MAX_DESCRIPTION]
    return Fault("member-unknown", pointer + pointer_to(shown), "A field has no such member.")


def _name_taken(field: Field, earlier: list[Field], pointer: str) -> list[Fault]:
    if any(field.name.lower() == other.name.lower() for other in earlier):
        message = "Another field has this name; upper and lower case make no difference."
        return [Fault("name-taken", f"{pointer}/name", message)]
    return []


def _name(kind: FieldType, value: object) -> str:
    if not isinstance(value, str) or not FIELD_NAME.fullmatch(value):
        raise Refused(
            "name-invalid",
            "A name is a letter and at most 63 letters, digits and underscores (A-Z, a-z, 0-9, _).",
        )
    if value.lower() in TAKEN_NAMES:
        raise Refused("name-taken", f"Every event has a {value.lower()} of its own.")
    return value


def _flag(kind: FieldType, value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("type-wrong", "This must be true or false.")
    return value


def _sentence(kind: FieldType, value: object) -> str:
    if not isinstance(value, str):
        raise Refused("type-wrong", "This must be a text.")
    if len(value) > MAX_DESCRIPTION:
        raise Refused("too-long", f"This must have at most {MAX_DESCRIPTION} characters.")
    if UNSTORABLE.search(value):
        raise Refused("text-invalid", "A text must not contain U+0000 or a lone surrogate.")
    return value


def _choices(kind: FieldType, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_CHOICES:
        raise Refused("rule-invalid", f"The choices must be a list of 1 to {MAX_CHOICES} values.")
    choices: list[Any] = []
    for position, choice in enumerate(value):
        try:
            choices.append(_value(kind, choice))
        except Refused as refused:
            raise Refused(refused.code, f"Choice {position + 1}: {refused.message}") from refused
    if len(set(choices)) < len(choices):
        raise Refused("rule-invalid", "The choices must differ from each other.")
    return tuple(choices)


def _value(kind: FieldType, value: object) -> Any:
    """A value of the type, also as YAML and other readers give it: with floats, dates and datetimes."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    elif isinstance(value, datetime.date):
        value = value.isoformat()
    return kind.accept(value)


def _length(kind: FieldType, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TEXT:
        raise Refused("rule-invalid", f"A length is a whole number from 0 to {MAX_TEXT}.")
    return value


def _pattern(kind: FieldType, value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_PATTERN or UNSTORABLE.search(value):
        raise Refused("rule-invalid", f"A pattern is a text of at most {MAX_PATTERN} characters.")
    try:
        compiled(value)
    except ValueError as error:
        raise Refused("rule-invalid", f"This is not a pattern in RE2 syntax: {error}.") from error
    return value


def _fill(kind: FieldType, value: object) -> str:
    if not isinstance(value, str) or value not in FILLS:
        raise Refused("rule-invalid", f"A fill is one of {', '.join(FILLS)}.")
    return value


_RULES: Mapping[str, _Reader] = MappingProxyType(
    {
        "choices": _choices,
        "minimum": _value,
        "maximum": _value,
        "min_length": _length,
        "max_length": _length,
        "pattern": _pattern,
        "fill": _fill,
    }
)
"""The members that not every type understands, and what reads them."""

_KNOWN: Mapping[str, _Reader] = MappingProxyType(
    {
        "name": _name,
        "type": _sentence,
        "required": _flag,
        "description": _sentence,
        "personal": _flag,
        **_RULES,
    }
)
