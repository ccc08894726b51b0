"""Decimal: at most 38 digits, at most 18 of them after the point, and never a float on the way."""

from __future__ import annotations

import re
from decimal import Decimal as Number
from typing import TYPE_CHECKING, Any

import msgspec

from collector.core.fields.field_type import FieldType, Refused, Settle, Value

if TYPE_CHECKING:
    from collector.core.fields.field import Field

MAX_DIGITS = 38
MAX_PLACES = 18

_SHAPE = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_FITTING = re.compile(r"[+-]?(?!(?:\.?[0-9]){39})[0-9]+(?:\.[0-9]{1,18})?")
_CANONICAL = re.compile(rb"-?[1-9][0-9]{0,19}(?:\.[0-9]{1,18})?|0(?:\.[0-9]{1,18})?")
"""JSON of a number that is canonical as it stands: most that come. The others take the longer way."""

_NOT_NEGATIVE = re.compile(rb"[1-9][0-9]{0,19}(?:\.[0-9]{1,18})?|0(?:\.[0-9]{1,18})?")


class Decimal(FieldType):
    name = "decimal"
    label = "Decimal number"
    examples = (
        0,
        149.9,
        -12.5,
        1e20,
        1.5e-07,
        "149.90",
        "+7",
        "-0.5",
        "007",
        "1" * MAX_DIGITS,
        "0." + "1" * MAX_PLACES,
    )
    counterexamples = (
        "",
        "1e5",
        "1_000",
        " 1.5",
        "1.5 ",
        ".5",
        "5.",
        "1,5",
        "１２",
        "٣",
        "NaN",
        "Infinity",
        "--1",
        "0x1",
        1e38,
        1e300,
        1e-19,
        10**38,
        "1" * 39,
        "0." + "1" * 19,
        True,
        [],
        [1],
        {},
    )
    rules = frozenset({"choices", "minimum", "maximum"})
    typescript = "number | string"
    # Numbers are looked at as they are written, 1.5e-7 included; the collector counts the digits.
    javascript = r"/^[+-]?\d+(\.\d+)?(e.\d+)?$/.test(v)"
    control = "number"

    def accept(self, value: object) -> Number:
        if isinstance(value, str):
            if not _SHAPE.fullmatch(value):
                raise _not_decimal()
            return _canonical(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return _canonical(_written(value))
        if isinstance(value, Number):
            return _canonical(_expanded(value))
        raise _not_decimal()

    def from_text(self, text: str) -> Number:
        return self.accept(text)

    def fast_type(self, field: Field) -> Any:
        return msgspec.Raw

    def settle(self, field: Field) -> Settle:
        checks = self.checks(field)
        # Most amounts have no other rule than that they are not negative, which can be seen without counting.
        is_bounded_by_zero = field.minimum == 0 and len(checks) == 1
        is_right = (_NOT_NEGATIVE if is_bounded_by_zero else _CANONICAL).fullmatch
        is_all = is_bounded_by_zero or not checks

        def settle(raw: msgspec.Raw) -> msgspec.Raw | None:
            if is_right(raw):
                if is_all:
                    return raw
                value: Value = Number(bytes(raw).decode())
            else:
                member = _DECODER.decode(raw)
                if member is None:
                    return None
                value = self.accept(member)
                raw = msgspec.Raw(plain(value).encode())
            for check in checks:
                check(value)
            return raw

        return settle

    def from_fast(self, value: Any) -> Number:
        return Number(bytes(value).decode())

    def schema(self, field: Field) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "number"}
        if field.minimum is not None:
            number["minimum"] = json_number(field.minimum)
        if field.maximum is not None:
            number["maximum"] = json_number(field.maximum)
        if field.choices:
            number["enum"] = [json_number(choice) for choice in field.choices]
        digits = {"type": "string", "pattern": r"^[+-]?[0-9]{1,38}(?:\.[0-9]{1,18})?$"}
        return {
            "anyOf": [number, digits],
            "$comment": "At most 38 digits. What holds for the number holds for the text.",
        }


def plain(value: Number) -> str:
    """A finite decimal without exponent, with the digits that it has; zero has no sign."""
    return format(value.copy_abs() if value.is_zero() else value, "f")


def json_number(value: Any) -> Any:
    """What any JSON writer writes exactly: an int or a float where one is exact, else a text of digits."""
    if not isinstance(value, Number):
        return value
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Number(repr(float(value))) == value else plain(value)


def read_number(text: str) -> Number:
    """The number that a JSON number stands for; Infinity if no decimal can hold its exponent."""
    try:
        return Number(text)
    except ArithmeticError:
        return Number("Infinity")


_DECODER = msgspec.json.Decoder(float_hook=read_number)


def _written(value: int) -> str:
    if abs(value) >= 10**MAX_DIGITS:
        raise _out_of_range()
    return str(value)


def _expanded(value: Number) -> str:
    # Looked at before it is written out: 1e999999999 would be a billion digits.
    if not value.is_finite() or not -MAX_PLACES <= value.adjusted() < MAX_DIGITS:
        raise _out_of_range()
    return format(value, "f")


def _canonical(text: str) -> Number:
    if not _FITTING.fullmatch(text):
        raise _out_of_range()
    value = Number(text)
    return value.copy_abs() if value.is_zero() else value


def _not_decimal() -> Refused:
    return Refused("type-wrong", "This must be a number, or a text of digits with at most one point.")


def _out_of_range() -> Refused:
    return Refused(
        "out-of-range", f"A decimal has at most {MAX_DIGITS} digits, {MAX_PLACES} of them after the point."
    )
