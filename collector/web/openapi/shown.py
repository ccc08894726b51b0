"""The members that answers are made of."""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from collector.core.identifiers import KINDS


class Shown(ma.Schema):
    """An answer. Every member is there, but for those in `sometimes`; others may be added in time."""

    sometimes: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        unknown = ma.INCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = (field_obj.data_key or field_name) not in self.sometimes
        field_obj.load_default = ma.missing


def text(description: str, example: str | None = None, **options: Any) -> fields.String:
    """A text; `options` are marshmallow's."""
    shown = {"description": description, **({"example": example} if example is not None else {})}
    return fields.String(metadata=shown, **options)


def moment(description: str, **options: Any) -> fields.DateTime:
    """A moment of RFC 3339 in UTC."""
    return fields.DateTime(metadata={"description": description, "example": "2026-09-21T12:00:00Z"}, **options)


def public_id(description: str, **options: Any) -> fields.String:
    """One of our ids."""
    return text(description, "02spwwpmg4000", **options)


def anything(description: str, **metadata: Any) -> fields.Raw:
    """A value of any type."""
    return fields.Raw(metadata={"description": description, **metadata})


def one_of(words: tuple[str, ...], description: str, **options: Any) -> fields.String:
    """One of some words."""
    return fields.String(validate=ma.validate.OneOf(words), metadata={"description": description}, **options)


def data(**options: Any) -> fields.Dict:
    """An event's data, as it is stored and answered."""
    words = (
        "Field name to value, in the order of the version's fields. Decimals are JSON numbers with all their "
        "digits: read them as decimals, not as floats. Timestamps are in UTC."
    )
    return fields.Dict(metadata={"description": words, "example": {"total": 149.99}}, **options)


class Identifiers(Shown):
    """Those of an event's identifiers that whoever asks may read, normalised."""

    sometimes = frozenset(KINDS)

    email = text("In lower case.", "alice@example.com")
    mobile = text("E.164.", "+46701234567")
    crm_id = text("As it is in your systems.", "C-1042")


class Fault(Shown):
    """One thing that is wrong with one place."""

    code = text("Stable, for programs.", "type-wrong")
    pointer = text("The place, as an RFC 6901 pointer into what was sent.", "/data/total")
    message = text("A sentence, for people.", "This must be a number.")
