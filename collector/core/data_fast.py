"""The fast roads: they take usual data, accept only what the reference accepts, and leave the rest to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from collector.core.data_extra import faults_of_shape, judge_extra
from collector.core.data_text import Judged, canonical_text, encode, of_goal
from collector.core.definitions import Content
from collector.core.fields import Field, Refused, Value
from collector.core.strict_json import MAX_DEPTH, Unreadable, read

# Looking for an integer in bytes is several times as fast as looking for a byte string.
_BACKSLASH, _BRACE, _BRACKET = b"\\{["

FastRoad = Callable[[bytes], Judged | None]
"""From the JSON text of data to its judgement; None: ask the reference."""


def fast_road(content: Content) -> FastRoad:
    """The fastest road for a version, compiled."""
    return StructRoad(content).judge if content.extra_fields == "reject" else MemberRoad(content).judge


class StructRoad:
    """Where extra fields are refused: msgspec decodes into a struct that is made for the version.

    What the struct's types cannot say is settled field by field, and the struct is written out again.
    """

    def __init__(self, content: Content) -> None:
        struct = _struct_of(content)
        self._decode = msgspec.json.Decoder(struct).decode
        self._left = [
            (_attribute(position), settle, field.required)
            for position, field in enumerate(content.fields)
            if (settle := field.kind.settle(field)) is not None
        ]
        self._look_up, (self._value, self._currency) = self._read, _goal_attributes(content)
        self._readers = {
            field.name: (_attribute(position), field.kind.from_fast)
            for position, field in enumerate(content.fields)
        }

    def judge(self, raw: bytes) -> Judged | None:
        is_plain = raw.isascii() and _BACKSLASH not in raw and _BRACKET not in raw and raw.find(_BRACE, 1) < 0
        if not is_plain and not _is_usual(raw):
            return None
        try:
            data = self._decode(raw)
            for attribute, settle, required in self._left:
                value = getattr(data, attribute)
                if value is not None and (settled := settle(value)) is not value:
                    if settled is None and required:
                        return None
                    setattr(data, attribute, settled)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        value = getattr(data, self._value) if self._value else None
        currency = getattr(data, self._currency) if self._currency else None
        return Judged(encode(data).decode(), data, (value, currency), self._look_up)

    def _read(self, data: msgspec.Struct, name: str) -> Value | None:
        reader = self._readers.get(name)
        if reader is None:
            return None
        attribute, from_fast = reader
        value = getattr(data, attribute)
        return None if value is None else from_fast(value)


class MemberRoad:
    """Where extra fields are dropped or kept: all is decoded, then the fields are taken out one by one."""

    def __init__(self, content: Content) -> None:
        self._rule = content.extra_fields
        self._goal = content.goal
        self._names = frozenset(field.name for field in content.fields)
        self._fields = [
            (field.name, field.kind.accept, field.kind.checks(field), field.required)
            for field in content.fields
        ]

    def judge(self, raw: bytes) -> Judged | None:
        try:
            data: Any = read(raw)
            if faults_of_shape(data, self._names):
                return None
            values = self._accepted(data)
        except (Unreadable, Refused):
            return None
        extra = judge_extra({name: data[name] for name in data if name not in self._names}, self._rule)
        if isinstance(extra, list):
            return None
        return Judged(canonical_text(values, extra), values, of_goal(self._goal, values))

    def _accepted(self, data: dict[str, Any]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, accept, checks, required in self._fields:
            member = data.get(name)
            if member is not None:
                value = values[name] = accept(member)
                for check in checks:
                    check(value)
            elif required:
                raise Refused("field-missing", "This field is required.")
        return values


def _goal_attributes(content: Content) -> tuple[str | None, str | None]:
    """Where a struct has what `of_goal` tells: nothing is made of what the goal needs no other form of."""
    attributes = {field.name: _attribute(position) for position, field in enumerate(content.fields)}
    rule = content.goal
    if rule is None:
        return None, None
    return attributes.get(rule.value_field or ""), attributes.get(rule.currency_field or "")


def _struct_of(content: Content) -> type[msgspec.Struct]:
    # The attributes are numbered: a field may be called class, or self.
    names = {_attribute(position): field.name for position, field in enumerate(content.fields)}
    return msgspec.defstruct(
        "Data",
        [_member(position, field) for position, field in enumerate(content.fields)],
        rename=names,
        kw_only=True,
        omit_defaults=True,
        forbid_unknown_fields=True,
        gc=False,
    )


def _member(position: int, field: Field) -> Any:
    kind: Any = field.kind.fast_type(field)
    if field.required:
        return _attribute(position), kind
    # msgspec puts a null into a Raw by itself, and knows no union with one.
    return _attribute(position), kind if kind is msgspec.Raw else kind | None, None


def _attribute(position: int) -> str:
    return f"f{position}"


def _is_usual(raw: bytes) -> bool:
    """Whether the struct's decoder can be believed: it takes U+0000, and looks into nothing that it skips."""
    if _BACKSLASH in raw and b"\\u0000" in raw:
        return False
    nested = _BRACKET in raw or raw.find(_BRACE, 1) > 0
    if nested and raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        return False
    return raw.isascii() or _is_utf8(raw)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
