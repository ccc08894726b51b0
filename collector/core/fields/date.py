"""Date: a day of the calendar, `YYYY-MM-DD` (RFC 3339 full-date), from year 1 to 9999."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from collector.core.fields.field_type import FieldType, Refused, Settle

if TYPE_CHECKING:
    from collector.core.fields.field import Field

_SHAPE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Date(FieldType):
    name = "date"
    label = "Date"
    examples = ("2026-05-01", "2024-02-29", "0001-01-01", "9999-12-31")
    counterexamples = (
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-01-32",
        "0000-01-01",
        "20260501",
        "2026-5-1",
        "2026-W18-5",
        "2026-121",
        "2026-05-01T00:00:00Z",
        " 2026-05-01",
        "2026-05-01\n",
        "２026-05-01",
        "",
        "today",
        20260501,
        0,
        1.5,
        True,
        [],
        {},
    )
    rules = frozenset({"choices", "minimum", "maximum"})
    typescript = "string"
    # The collector looks into the calendar.
    javascript = r"/^\d\d\d\d-\d\d-\d\d$/.test(v)"
    control = "date"

    def accept(self, value: object) -> str:
        if isinstance(value, str) and _SHAPE.fullmatch(value):
            try:
                return datetime.date.fromisoformat(value).isoformat()
            except ValueError:
                raise Refused("type-wrong", "There is no such day in the calendar.") from None
        raise Refused("type-wrong", "This must be a date, such as 2026-05-01.")

    def from_text(self, text: str) -> str:
        return self.accept(text)

    def fast_type(self, field: Field) -> Any:
        return datetime.date

    def settle(self, field: Field) -> Settle | None:
        checks = self.checks(field)
        if not checks:
            return None

        def settle(value: datetime.date) -> datetime.date:
            day = value.isoformat()
            for check in checks:
                check(day)
            return value

        return settle

    def from_fast(self, value: Any) -> str:
        return datetime.date.isoformat(value)

    def schema(self, field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        }
        if field.choices:
            found["enum"] = list(field.choices)
        return found | in_words(field)


def in_words(field: Field, *rules: str) -> dict[str, Any]:
    """The comment with `rules` and the bounds of a day or a moment, for which JSON Schema has no keyword."""
    words = list(rules)
    words += [f"not before {field.minimum}"] if field.minimum is not None else []
    words += [f"not after {field.maximum}"] if field.maximum is not None else []
    return {"$comment": ", ".join(words)} if words else {}
