"""Text: Unicode, at most 4,096 code points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from collector.core.fields.field_type import Check, FieldType, Refused, Settle, Value, checking
from collector.core.fields.pattern import compiled

if TYPE_CHECKING:
    from collector.core.fields.field import Field

MAX_TEXT = 4096
"""Code points of a text."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""U+0000 and lone surrogates: JSON can write them, UTF-8 and PostgreSQL cannot keep them."""

_ONLY_RE2 = re.compile(r"\(\?[^:=!<]|\(\?<[^=!]|\\[AzCQEpPaxv]|\[\[:")
"""Syntax that the regular expressions of JSON Schema (ECMA-262) read differently or not at all."""


class Text(FieldType):
    name = "text"
    label = "Text"
    examples = ("SEK", "", "Grüße, 世界 😀", "a" * MAX_TEXT, "😀" * MAX_TEXT)
    counterexamples = (12, 1.5, True, [], ["SEK"], {}, "a" * (MAX_TEXT + 1), "a\0b")
    rules = frozenset({"choices", "min_length", "max_length", "pattern", "fill"})
    typescript = "string"
    # The collector looks at the length and the characters.
    javascript = 'v===v+""'
    control = "text"

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise Refused("type-wrong", "This must be a text.")
        if len(value) > MAX_TEXT:
            raise Refused("too-long", f"A text has at most {MAX_TEXT} characters.")
        if UNSTORABLE.search(value):
            raise Refused("text-invalid", "A text must not contain U+0000 or a lone surrogate.")
        return value

    def from_text(self, text: str) -> str:
        return self.accept(text)

    def checks(self, field: Field) -> list[Check]:
        return [*_lengths(field), *super().checks(field), *_pattern(field)]

    def fast_type(self, field: Field) -> Any:
        if field.choices and not _lengths(field) and not field.pattern:
            return Literal[tuple(str(choice) for choice in field.choices)]
        return Annotated[str, msgspec.Meta(min_length=field.min_length or 0, max_length=_limit(field))]

    def settle(self, field: Field) -> Settle | None:
        if field.choices:
            return checking(self.checks(field)) if _lengths(field) or field.pattern else None
        return checking(_pattern(field))

    def schema(self, field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "string", "maxLength": _limit(field)}
        if field.min_length is not None:
            found["minLength"] = field.min_length
        if field.choices:
            found["enum"] = list(field.choices)
        if field.pattern is not None and not _ONLY_RE2.search(field.pattern):
            found["pattern"] = f"^(?:{field.pattern})$"
        elif field.pattern is not None:
            found["$comment"] = f"The whole text matches, in RE2 syntax: {field.pattern}"
        return found


def _limit(field: Field) -> int:
    return MAX_TEXT if field.max_length is None else min(field.max_length, MAX_TEXT)


def _lengths(field: Field) -> list[Check]:
    found: list[Check] = []
    if (most := field.max_length) is not None:
        found.append(lambda value: _refuse_longer(value, most))
    if (least := field.min_length) is not None:
        found.append(lambda value: _refuse_shorter(value, least))
    return found


def _refuse_longer(value: str, most: int) -> None:
    if len(value) > most:
        raise Refused("too-long", f"This must have at most {most} characters.")


def _refuse_shorter(value: str, least: int) -> None:
    if len(value) < least:
        raise Refused("too-short", f"This must have at least {least} characters.")


def _pattern(field: Field) -> list[Check]:
    if field.pattern is None:
        return []
    pattern = compiled(field.pattern)

    def check(value: Value) -> None:
        if not pattern.fits(str(value)):
            raise Refused("pattern-mismatch", "This does not fit the pattern of the field.")

    return [check]
