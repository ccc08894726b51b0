"""Integer: signed 64 bit, written without point and exponent."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from collector.core.fields.field_type import FieldType, Refused, Settle

if TYPE_CHECKING:
    from collector.core.fields.field import Field

SMALLEST = -(2**63)
LARGEST = 2**63 - 1

_DIGITS = re.compile("[+-]?[0-9]{1,40}")


class Integer(FieldType):
    name = "integer"
    label = "Whole number"
    examples = (0, -1, 42, 2**53 + 1, 2**62, LARGEST, SMALLEST)
    counterexamples = (
        1.0,
        1.5,
        1e3,
        "12",
        "１２",
        "",
        True,
        LARGEST + 1,
        SMALLEST - 1,
        2**64,
        10**39,
        [],
        [1],
        {},
    )
    rules = frozenset({"choices", "minimum", "maximum"})
    typescript = "number"
    # The collector looks at the range.
    javascript = "v===parseInt(v)"
    control = "number"

    def accept(self, value: object) -> int:
        if isinstance(value, Decimal) and not value.is_finite():
            raise _out_of_range()
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused("type-wrong", "This must be a whole number.")
        if not SMALLEST <= value <= LARGEST:
            raise _out_of_range()
        return value

    def from_text(self, text: str) -> int:
        if not _DIGITS.fullmatch(text):
            raise Refused("type-wrong", "This must be a whole number.")
        return self.accept(int(text))

    def fast_type(self, field: Field) -> Any:
        if field.choices and field.minimum is None and field.maximum is None:
            return Literal[tuple(field.choices)]
        least = SMALLEST if field.minimum is None else self.accept(field.minimum)
        most = LARGEST if field.maximum is None else self.accept(field.maximum)
        return Annotated[int, msgspec.Meta(ge=least, le=most)]

    def settle(self, field: Field) -> Settle | None:
        bounded = field.minimum is not None or field.maximum is not None
        return super().settle(field) if field.choices and bounded else None

    def schema(self, field: Field) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "integer",
            "minimum": SMALLEST if field.minimum is None else field.minimum,
            "maximum": LARGEST if field.maximum is None else field.maximum,
        }
        return found | ({"enum": list(field.choices)} if field.choices else {})


def _out_of_range() -> Refused:
    return Refused("out-of-range", "A whole number lies between -2^63 and 2^63 - 1.")
