"""Members of documents, strictly: marshmallow fields that convert nothing and word errors our way.

Messages carry their code in front, `code: sentence`; `faults_of` turns marshmallow's nested errors into
faults. A number is no text, and `"yes"` and `1` are no booleans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError, validate

from collector.core.fields import MAX_TEXT, UNSTORABLE
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import shown_name


def faults_of(messages: Any, pointer: str = "") -> Iterator[Fault]:
    """Marshmallow's errors (dicts by member or index, lists of messages) as faults with pointers."""
    if isinstance(messages, dict):
        for step, inner in messages.items():
            yield from faults_of(inner, pointer if step == ma.exceptions.SCHEMA else pointer + _step(step))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code, _, sentence = message.partition(": ")
        yield Fault(code, pointer, sentence)


def _step(step: Any) -> str:
    return pointer_to(step if isinstance(step, int) else shown_name(str(step)))


_ABSENT: dict[str, Any] = {
    "required": "member-missing: This member is needed.",
    "null": "type-wrong: This member cannot be null.",
}
_NOT_THIS_SHAPE = {
    "unknown": "member-unknown: There is no such member.",
    "type": "type-wrong: This is an object.",
}


def wrong_type(sentence: str) -> dict[str, Any]:
    """The messages of a member for a value of another type."""
    return {"invalid": f"type-wrong: {sentence}"}


class Worded(ma.fields.Field[Any]):
    """What every member says when it is missing or null."""

    default_error_messages = _ABSENT


class Text(Worded, ma.fields.String):
    """A text that both databases can keep, of at most so many characters, blanks not counting as any."""

    default_error_messages = wrong_type("This is a text.")

    def __init__(self, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        checks: list[Callable[[str], object]] = [
            validate.Length(max=longest, error="too-long: This has at most {max} characters."),
            lambda text: _refuse_blank(text, shortest),
            _storable,
        ]
        super().__init__(validate=checks, **kwargs)


class Unread(Worded, ma.fields.Raw):
    """A member that is judged elsewhere."""


class Choice(Worded, ma.fields.String):
    """One of some words."""

    default_error_messages = wrong_type("This is a text.")

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        error = f"choice-unknown: This is one of: {', '.join(words)}."
        super().__init__(validate=validate.OneOf(words, error=error), **kwargs)


class Flag(Worded, ma.fields.Boolean):
    """`true` or `false` and nothing that looks like it."""

    default_error_messages = wrong_type("This is true or false.")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise self.make_error("invalid")


class Whole(Worded, ma.fields.Integer):
    """A whole number from `least` to `most`."""

    default_error_messages = wrong_type("This is a whole number.")

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        error = f"out-of-range: This is {least} to {most}."
        super().__init__(strict=True, validate=validate.Range(least, most, error=error), **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self.make_error("invalid")


class Scalar(Worded):
    """A constant: a text, a boolean or a number. A number with a point is kept as its digits."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str | bool | int:
        if isinstance(value, float | Decimal) and Decimal(str(value)).is_finite():
            value = format(Decimal(str(value)), "f")
        if not isinstance(value, str | bool | int) or len(str(value)) > MAX_TEXT:
            raise ValidationError("type-wrong: A constant is a text, a boolean or a number.")
        _storable(str(value))
        return value


class ListOf(Worded, ma.fields.List[Any]):
    """A list of at most `most` members."""

    default_error_messages = wrong_type("This is a list.")

    def __init__(self, member: ma.fields.Field[Any], most: int, **kwargs: Any) -> None:
        error = f"too-many-members: At most {most} here."
        super().__init__(member, validate=validate.Length(max=most, error=error), **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        # Marshmallow takes every collection, and a mapping for the list of its keys.
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class ObjectOf(Worded, ma.fields.Nested):
    """An object of another schema."""

    default_error_messages = wrong_type("This is an object.")


class ByName(Worded, ma.fields.Dict):
    """An object with members of any name. Faults point at the member, not at marshmallow's key and value."""

    default_error_messages = wrong_type("This is an object.")

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        try:
            return super().deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            flat = {name: parts.get("key", parts.get("value")) for name, parts in error.messages.items()}
            raise ValidationError(flat, valid_data=error.valid_data) from error


class Shape(ma.Schema):
    """A schema that refuses what it does not know."""

    error_messages = _NOT_THIS_SHAPE


def _refuse_blank(text: str, shortest: int) -> None:
    if len(text.strip()) < shortest:
        raise ValidationError("too-short: This cannot be empty.")


def _storable(text: str) -> None:
    found = UNSTORABLE.search(text)
    if found:
        raise ValidationError(f"text-invalid: U+{ord(found[0]):04X} cannot be kept in a text.")
