"""Tests of values from JSON, one value at a time: what the SQL of segments says, in Python.

A value is as `decode` gives it: a number is its digits, so that nothing of it is lost.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from collector.core.fields import format_timestamp, parse_timestamp
from collector.core.segments.days import day_at, start_of
from collector.core.segments.tree import Filter, Interval, IsSet, NumberIs, Test, TextIn, TimeIn, fold

TIME_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z)?"
LENGTH_OF_A_DATE = 10
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"eq": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}

_TIME = re.compile(TIME_PATTERN, re.ASCII)
_FIRST, _LAST = parse_timestamp("0001-01-01T00:00:00Z"), parse_timestamp("9999-12-31T23:59:59.999999Z")

Steps = Sequence[str | int]
Ends = tuple[str | None, str | None]
"""Of texts, both included; None: without an end."""


class Digits(str):
    """A number as JSON writes it."""


def decode(text: str) -> Any:
    """The value that a JSON text is; each number is `Digits`."""
    return json.loads(text, parse_float=Digits, parse_int=Digits)


@lru_cache(maxsize=64)
def _decoded(document: str) -> Any:
    """Nobody changes it. Several filters in turn read one document, and many documents are empty."""
    return decode(document)


def find(document: str, steps: Steps) -> Any:
    """The value at some steps in a JSON text; None where there is none, or null."""
    return value_at(_decoded(document), steps)


def value_at(value: Any, steps: Steps) -> Any:
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_of(value: Any) -> str | None:
    """A text; of a number its digits, of a truth value `true` or `false`; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None


def sign_of(value: Any, number: Decimal) -> int | None:
    """Whether a number is less than (below 0), equal to (0) or greater than (above 0) another one."""
    if not isinstance(value, Digits):
        return None
    exact = Decimal(value)
    return (exact > number) - (exact < number)


def time_of(value: Any) -> str | None:
    """A date, or a moment in UTC without its Z, as a text that sorts by bytes; None for anything else."""
    if not isinstance(value, str) or isinstance(value, Digits) or not _TIME.fullmatch(value):
        return None
    return value.rstrip("Z")


def judge_of(one: Filter, now: int, zone: datetime.tzinfo) -> Callable[[Any], bool]:
    """Tells of a value whether it passes a filter; one without the test's type does not, negated or not."""
    test = _test_of(one.test, now, zone)
    if not one.negate:
        return lambda value: test(value) is True
    return lambda value: test(value) is False


def _test_of(test: Test, now: int, zone: datetime.tzinfo) -> Callable[[Any], bool | None]:
    if isinstance(test, IsSet):
        return lambda value: value is not None
    if isinstance(test, NumberIs):
        return _number_test(test)
    if isinstance(test, TimeIn):
        return _time_test(test.timeframe.at(now), zone)
    if isinstance(test, TextIn):
        texts = frozenset(test.texts)
        return lambda value: None if (text := text_of(value)) is None else text in texts
    parts, how = [fold(part) for part in test.parts], any if test.how == "any" else all

    def has(value: Any) -> bool | None:
        text = text_of(value)
        if text is None:
            return None
        folded = fold(text)
        return how(part in folded for part in parts)

    return has


def _number_test(test: NumberIs) -> Callable[[Any], bool | None]:
    compare, numbers = OPERATORS[test.operator], test.numbers

    def holds(value: Any) -> bool | None:
        if not isinstance(value, Digits):
            return None
        exact = Decimal(value)
        return any(compare(exact, number) for number in numbers)

    return holds


def _time_test(wanted: Interval, zone: datetime.tzinfo) -> Callable[[Any], bool | None]:
    dates, moments = dates_in(wanted, zone), moments_in(wanted)

    def holds(value: Any) -> bool | None:
        time = time_of(value)
        if time is None:
            return None
        low, high = dates if len(time) == LENGTH_OF_A_DATE else moments
        return (low is None or time >= low) and (high is None or time <= high)

    return holds


def dates_in(wanted: Interval, zone: datetime.tzinfo) -> Ends:
    """The first and the last date whose midnight there lies in an interval; `~` is after all of them."""
    low = high = None
    if wanted.low is not None:
        day = day_at(wanted.low, zone)
        if _start_of(day, zone) >= wanted.low:
            low = day.isoformat()
        elif day < datetime.date.max:
            low = (day + datetime.timedelta(days=1)).isoformat()
        else:
            low = "~"
    if wanted.high is not None:
        day = day_at(wanted.high, zone)
        high = day.isoformat() if _start_of(day, zone) <= wanted.high else ""
    return low, high


def moments_in(wanted: Interval) -> Ends:
    """The ends of an interval as texts without a Z; `~` is after every one of them, the empty text before."""
    low = high = None
    if wanted.low is not None:
        low = format_timestamp(max(wanted.low, _FIRST))[:-1] if wanted.low <= _LAST else "~"
    if wanted.high is not None:
        high = format_timestamp(min(wanted.high, _LAST))[:-1] if wanted.high >= _FIRST else ""
    return low, high


def _start_of(day: datetime.date, zone: datetime.tzinfo) -> int:
    """The calendar ends where Python's does: its outermost days may begin outside of it."""
    try:
        return start_of(day, zone)
    except OverflowError:
        return _FIRST if day == datetime.date.min else _LAST
