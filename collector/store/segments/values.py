"""A filter as a condition of SQL. Where there is no value of the filter's type it is NULL, negated or not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, or_
from typing import Any

from peewee import fn

from collector.core.fields import format_timestamp, parse_timestamp
from collector.core.segments.days import day_at, start_of
from collector.core.segments.tree import (
    Filter,
    Interval,
    IsSet,
    Member,
    NumberIs,
    Test,
    TextHas,
    TextIn,
    TimeIn,
)
from collector.store.segments.dialect import Dialect

_OPERATORS = {"eq": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
_FIRST, _LAST = parse_timestamp("0001-01-01T00:00:00Z"), parse_timestamp("9999-12-31T23:59:59.999999Z")
_LENGTH_OF_A_DATE = 10


@dataclass(frozen=True, slots=True)
class Values:
    """How values are compared: in whose SQL, when it is now, and when days begin."""

    dialect: Dialect
    now: int
    zone: datetime.tzinfo

    def fits(self, document: Any, one: Filter) -> Any:
        """That a value in a column of JSON text passes a filter."""
        assert isinstance(one.place, Member)
        test = self._in_document(document, one.place, one.test)
        return ~(test) if one.negate else test

    def all_fit(self, document: Any, filters: Iterable[Filter]) -> list[Any]:
        return [self.fits(document, one) for one in filters]

    def text_fits(self, text: Any, test: Test) -> Any:
        """That a text of SQL passes a test of texts."""
        if isinstance(test, TextIn):
            return text.in_(test.texts)
        assert isinstance(test, TextHas)
        parts = [self.dialect.has(text, part) for part in test.parts]
        return reduce(or_ if test.how == "any" else and_, parts)

    def _in_document(self, document: Any, member: Member, test: Test) -> Any:
        if isinstance(test, IsSet):
            return self.dialect.is_there(document, member.steps)
        if isinstance(test, NumberIs):
            compare = _OPERATORS[test.operator]
            signs = [self.dialect.compared(document, member.steps, number) for number in test.numbers]
            return reduce(or_, [compare(sign, 0) for sign in signs])
        if isinstance(test, TimeIn):
            return self._in_time(self.dialect.time(document, member.steps), test.timeframe.at(self.now))
        return self.text_fits(self.dialect.text(document, member.steps), test)

    def _in_time(self, time: Any, wanted: Interval) -> Any:
        """A moment is compared as the text that it is, a date by the midnight that it begins with."""
        is_date = fn.LENGTH(time) == _LENGTH_OF_A_DATE
        days = _between(time, *self._days(wanted))
        return (is_date & days) | (~(is_date) & _between(time, *_moments(wanted)))

    def _days(self, wanted: Interval) -> tuple[str | None, str | None]:
        low = high = None
        if wanted.low is not None:
            day = day_at(wanted.low, self.zone)
            if _start_of(day, self.zone) >= wanted.low:
                low = day.isoformat()
            elif day < datetime.date.max:
                low = (day + datetime.timedelta(days=1)).isoformat()
            else:
                low = "~"
        if wanted.high is not None:
            day = day_at(wanted.high, self.zone)
            high = day.isoformat() if _start_of(day, self.zone) <= wanted.high else ""
        return low, high


def _start_of(day: datetime.date, zone: datetime.tzinfo) -> int:
    """The calendar ends where Python's does: its outermost days may begin outside of it."""
    try:
        return start_of(day, zone)
    except OverflowError:
        return _FIRST if day == datetime.date.min else _LAST


def _moments(wanted: Interval) -> tuple[str | None, str | None]:
    """As texts without a Z; `~` is after every one of them, the empty text before."""
    low = high = None
    if wanted.low is not None:
        low = format_timestamp(max(wanted.low, _FIRST))[:-1] if wanted.low <= _LAST else "~"
    if wanted.high is not None:
        high = format_timestamp(min(wanted.high, _LAST))[:-1] if wanted.high >= _FIRST else ""
    return low, high


def _between(text: Any, low: str | None, high: str | None) -> Any:
    ends = [text >= low] if low is not None else []
    ends += [text <= high] if high is not None else []
    return reduce(and_, ends) if ends else (text >= "")
