"""A filter as a condition of SQL. Where there is no value of the filter's type it is NULL, negated or not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from peewee import fn

from collector.core.segments.passing import LENGTH_OF_A_DATE, OPERATORS, dates_in, moments_in
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
            compare = OPERATORS[test.operator]
            signs = [self.dialect.compared(document, member.steps, number) for number in test.numbers]
            return reduce(or_, [compare(sign, 0) for sign in signs])
        if isinstance(test, TimeIn):
            return self._in_time(self.dialect.time(document, member.steps), test.timeframe.at(self.now))
        return self.text_fits(self.dialect.text(document, member.steps), test)

    def _in_time(self, time: Any, wanted: Interval) -> Any:
        """A moment is compared as the text that it is, a date by the midnight that it begins with."""
        is_date = fn.LENGTH(time) == LENGTH_OF_A_DATE
        days = _between(time, *dates_in(wanted, self.zone))
        return (is_date & days) | (~(is_date) & _between(time, *moments_in(wanted)))


def _between(text: Any, low: str | None, high: str | None) -> Any:
    ends = [text >= low] if low is not None else []
    ends += [text <= high] if high is not None else []
    return reduce(and_, ends) if ends else (text >= "")
