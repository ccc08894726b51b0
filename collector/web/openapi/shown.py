"""What the schemas of requests and answers are made of."""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from collector.core.identifiers import KINDS
from collector.core.problems import STATUS

AN_ID = "02spwwpmg4000"
A_MOMENT = "2026-09-21T12:00:00Z"


class Shown(ma.Schema):
    """An answer. Every member is there, but for those in `sometimes`; others may be added in time."""

    sometimes: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        unknown = ma.EXCLUDE  # says nothing of other members, where RAISE would forbid them

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = (field_obj.data_key or field_name) not in self.sometimes
        field_obj.load_default = ma.missing


def text(description: str, example: str | None = None, **options: Any) -> fields.String:
    """A text; `options` are marshmallow's."""
    return fields.String(metadata=_metadata(description, example), **options)


def whole(description: str, least: int = 0, most: int | None = None, **options: Any) -> fields.Integer:
    """A whole number in a range."""
    return fields.Integer(
        validate=ma.validate.Range(least, most), metadata={"description": description}, **options
    )


def moment(description: str, **options: Any) -> fields.DateTime:
    """A moment of RFC 3339; in answers it is in UTC."""
    return fields.DateTime(metadata=_metadata(description, A_MOMENT), **options)


def public_id(description: str, **options: Any) -> fields.String:
    """One of our ids."""
    return text(description, AN_ID, **options)


def anything(description: str, **metadata: Any) -> fields.Raw:
    """A value of any type; `metadata` are further words of JSON Schema."""
    return fields.Raw(metadata={"description": description, **metadata})


def one_of(words: tuple[str, ...], description: str, **options: Any) -> fields.String:
    """One of some words."""
    return fields.String(validate=ma.validate.OneOf(words), metadata={"description": description}, **options)


def list_of(
    member: type[ma.Schema] | fields.Field[Any], description: str, **options: Any
) -> fields.List[Any]:
    """A list of objects of a schema, or of a field's values."""
    inner = member if isinstance(member, fields.Field) else fields.Nested(member)
    return fields.List(inner, metadata={"description": description}, **options)


def _metadata(description: str, example: str | None) -> dict[str, str]:
    return {"description": description, **({} if example is None else {"example": example})}


class Paging(ma.Schema):
    """The words of every list that comes in stretches."""

    limit = whole("How many at most.", 1, 500, load_default=50)
    cursor = text("`next_cursor` of the answer before; absent: from the start.")


class Paged(Shown):
    """A stretch of a list."""

    sometimes = frozenset({"next_cursor"})

    next_cursor = text("Only where there is more: send it as `cursor` to go on.")


class Identifiers(Shown):
    """Those of an event's identifiers that whoever asks may read, normalised."""

    sometimes = frozenset(KINDS)

    email = text("In lower case.", "alice@example.com")
    mobile = text("E.164.", "+46701234567")
    crm_id = text("As it is in your systems.", "C-1042")


class Fault(Shown):
    """One thing that is wrong with one place."""

    code = text("Stable, for programs.", "too-small")
    pointer = text("The place, as an RFC 6901 pointer into what was sent.", "/data/total")
    message = text("A sentence, for people.", "This must not be less than 0.")


class Problem(Shown):
    """A refusal (RFC 9457). Go by `code`: it never changes its meaning."""

    sometimes = frozenset({"errors", "verdict", "held_until", "difference", "in_words", "etag", "items"})

    type = text("Always about:blank; `code` says more.", "about:blank")
    title = text("The code in words.")
    status = fields.Integer(metadata={"description": "The HTTP status."})
    code = one_of(tuple(STATUS), "What kind of refusal it is.")
    detail = text("What happened this time.")
    errors = list_of(Fault, "Everything that is wrong, at once.")
    verdict = one_of(("rejected",), "With a single event: what became of it.")
    held_until = moment("With `held`: when it can be edited again.")
    difference = fields.Dict(
        metadata={"description": "With `stale`: member to its stored and its sent value."}
    )
    in_words = list_of(fields.String(), "With `stale`: what the fields and the goal do otherwise.")
    etag = text("With `stale`: the ETag of what is stored.", '"3"')
    items = list_of(fields.Dict(), "At the door of APSIS One: what became of each item.")
