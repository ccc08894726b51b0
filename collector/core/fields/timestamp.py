"""Timestamp: a moment, RFC 3339 date-time with an offset; kept in UTC, exact to the microsecond."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from collector.core.fields.date import in_words
from collector.core.fields.field_type import FieldType, Refused, Settle

if TYPE_CHECKING:
    from collector.core.fields.field import Field

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_usual = re.compile(
    r"(?!0000)[0-9]{4}-"
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
"""Every real moment except leap days and leap seconds: what browsers and other systems send."""

_UTC = datetime.UTC
_EPOCH = datetime.datetime(1970, 1, 1)
_WITHOUT_FRACTION = len("2026-05-01T12:00:00Z")
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_DAY_ZERO = datetime.date(1970, 1, 1).toordinal()
_YEARS = "A moment lies in the years 1 to 9999, in UTC."
_FIRST = (1 - _DAY_ZERO) * _DAY
_LAST = (datetime.date.max.toordinal() - _DAY_ZERO + 1) * _DAY - 1


class Timestamp(FieldType):
    name = "timestamp"
    label = "Date and time"
    examples = (
        "2026-05-01T12:00:00Z",
        "2026-05-01t12:00:00z",
        "2026-05-01T12:00:00.123456789+02:00",
        "2024-02-29T23:59:59-00:00",
        "2016-12-31T23:59:60Z",
        "2017-01-01T00:59:60+01:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T01:00:00+01:00",
    )
    counterexamples = (
        "2026-05-01T12:00:00",
        "2026-05-01",
        "2026-05-01 12:00:00Z",
        "2026-05-01T12:00:00+0200",
        "2026-05-01T12:00:00+02",
        "2026-W18-5T12:00:00Z",
        "20260501T120000Z",
        "2026-05-01T12:00Z",
        "2026-02-30T12:00:00Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T12:60:00Z",
        "2026-05-01T12:00:61Z",
        "2026-05-01T12:00:60Z",
        "2026-05-01T12:00:00.Z",
        "2026-05-01T12:00:00,5Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "2026-05-01T12:00:00Z\n",
        "２026-05-01T12:00:00Z",
        "",
        0,
        1777636800,
        True,
        [],
    )
    rules = frozenset({"choices", "minimum", "maximum"})
    typescript = "string"
    # The collector looks at the calendar and the clock.
    javascript = r"/^\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(v)"
    control = "datetime-local"

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise _not_a_moment()
        return format_timestamp(parse_timestamp(value))

    def from_text(self, text: str) -> str:
        return self.accept(text)

    def order(self, value: Any) -> str:
        # Without Z, a moment is a prefix of the later moments of its second.
        return str(value)[:-1]

    def fast_type(self, field: Field) -> Any:
        return str

    def settle(self, field: Field) -> Settle:
        checks = self.checks(field)
        if not checks:
            return _in_utc

        def settle(text: str) -> str:
            value = self.from_fast(_in_utc(text))
            for check in checks:
                check(value)
            return value

        return settle

    def from_fast(self, value: Any) -> str:
        return value if isinstance(value, str) else _written(value)

    def schema(self, field: Field) -> dict[str, Any]:
        # No enum: a moment can be written in many ways.
        choices = [f"one of {', '.join(map(str, field.choices))}"] if field.choices else []
        return {"type": "string", "format": "date-time"} | in_words(field, *choices)


def parse_timestamp(text: str) -> int:
    """Microseconds since 1970, UTC, of an RFC 3339 date-time with an offset or Z.

    What is finer than a microsecond is cut. 23:59:60 UTC, whatever the offset it is written in, is the next
    second. Raises ValueError with a sentence; what lies outside the years 1 to 9999 in UTC is refused.
    """
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        raise _not_a_moment()
    day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = parts.groups()
    try:
        days = datetime.date.fromisoformat(day).toordinal() - _DAY_ZERO
    except ValueError:
        raise Refused("type-wrong", "There is no such day in the calendar.") from None
    minutes = days * 1440 + int(hour) * 60 + int(minute)
    if sign is not None:
        offset = int(offset_hours) * 60 + int(offset_minutes)
        minutes += offset if sign == "-" else -offset
    if second == "60" and minutes % 1440 != 1439:
        raise Refused("type-wrong", "A minute has a second 60 only at 23:59 UTC.")
    micros = (minutes * 60 + int(second)) * _SECOND + int((fraction or "")[:6].ljust(6, "0"))
    if not _FIRST <= micros <= _LAST:
        raise Refused("out-of-range", _YEARS)
    return micros


def format_timestamp(micros: int) -> str:
    """`2026-05-01T12:00:00.5Z`: a moment in UTC, without zeros at the end of its fraction."""
    seconds, fraction = divmod(micros, _SECOND)
    return f"{_second(seconds)}.{fraction:06}".rstrip("0") + "Z" if fraction else f"{_second(seconds)}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """Most that is written is of this moment."""
    return (_EPOCH + datetime.timedelta(0, seconds)).isoformat()


def _in_utc(text: str) -> str | datetime.datetime:
    """What msgspec writes as `format_timestamp` would."""
    if not _usual(text):
        return format_timestamp(parse_timestamp(text))
    if text[-1] == "Z":
        if len(text) == _WITHOUT_FRACTION:
            return text
        return text[:26].rstrip("Z").rstrip("0").rstrip(".") + "Z"
    try:
        moment = datetime.datetime.fromisoformat(text).astimezone(_UTC)
    except OverflowError:
        raise Refused("out-of-range", _YEARS) from None
    return _written(moment) if moment.microsecond else moment


def _written(moment: datetime.datetime) -> str:
    text = moment.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if moment.microsecond else text) + "Z"


def _not_a_moment() -> Refused:
    return Refused("type-wrong", "This must be a moment with an offset, such as 2026-05-01T12:00:00Z.")
