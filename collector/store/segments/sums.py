"""Sums, averages and extremes compared in SQL: whole numbers all the way, and none that can overflow.

A sum in millionths is `whole` × 1,000,000 + `fraction`, and neither part has to be in any range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import peewee
from peewee import fn

from collector.core.goals import SCALE
from collector.core.segments.tree import Aggregate, Interval
from collector.store.models import Event, Total

_LARGE = 10**12
"""Makes what is divided positive: SQL's division of whole numbers cuts, this one has to go down."""

_OUTERMOST = 2**62
"""No value of a goal is so far out, and every database has such numbers."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a group of events adds up to, as SQL. Values are in millionths."""

    events: Any
    valued: Any
    whole: Any
    fraction: Any
    least: Any
    greatest: Any


Summing = Callable[[Any], Any]
"""A sum of whole numbers that is a whole number itself, in the SQL of a database."""


def summed_anywhere(column: Any) -> Any:
    """A sum for either database: on PostgreSQL that of 64-bit numbers would not be divided as they are."""
    return fn.SUM(column).cast("BIGINT")


def of_totals(summed: Summing = summed_anywhere) -> Sums:
    return Sums(
        events=summed(Total.events),
        valued=summed(Total.valued),
        whole=summed(Total.whole),
        fraction=summed(Total.fraction),
        least=fn.MIN(Total.least),
        greatest=fn.MAX(Total.greatest),
    )


def of_events(summed: Summing = summed_anywhere) -> Sums:
    whole = Event.goal_value / SCALE
    return Sums(
        events=fn.COUNT(peewee.SQL("*")),
        valued=fn.COUNT(Event.goal_value),
        whole=fn.COALESCE(summed(whole), 0),
        fraction=fn.COALESCE(summed(Event.goal_value - whole * SCALE), 0),
        least=fn.MIN(Event.goal_value),
        greatest=fn.MAX(Event.goal_value),
    )


def compare(aggregate: Aggregate, sums: Sums, compared: Interval) -> Any:
    """That an aggregate lies in an interval of millionths. A sum and an average of no values are 0."""
    match aggregate:
        case "count":
            return within(sums.events, whole_numbers(compared))
        case "min":
            return within(sums.least, compared)
        case "max":
            return within(sums.greatest, compared)
        case "sum":
            return _sum_in(sums, compared)
    some = peewee.Case(None, [(sums.valued > 0, sums.valued)], 1)
    return _sum_within(sums, some, compared)


def whole_numbers(millionths: Interval) -> Interval:
    """The whole numbers in an interval of millionths."""
    low, high = millionths.low, millionths.high
    return Interval(None if low is None else -(-low // SCALE), None if high is None else high // SCALE)


def within(number: Any, interval: Interval) -> Any:
    """That a whole number of SQL lies in an interval; NULL where it is NULL."""
    found = []
    if interval.low is not None:
        found.append(number >= min(interval.low, _OUTERMOST))
    if interval.high is not None:
        found.append(number <= max(interval.high, -_OUTERMOST))
    return reduce(and_, found) if found else (number >= -_OUTERMOST)


def _sum_in(sums: Sums, compared: Interval) -> Any:
    """The same for a sum alone, with as little to count for each profile as can be."""
    found = []
    if compared.low is not None:
        whole, fraction = divmod(compared.low, SCALE)
        parts = sums.whole + (sums.fraction + (_LARGE * SCALE - fraction)) / SCALE
        found.append(parts >= _bounded(_LARGE + whole))
    if compared.high is not None:
        whole, fraction = divmod(compared.high, SCALE)
        parts = sums.whole - (_LARGE * SCALE + fraction - sums.fraction) / SCALE
        found.append(parts <= _bounded(whole - _LARGE))
    return reduce(and_, found)


def _bounded(number: int) -> int:
    return max(min(number, _OUTERMOST), -_OUTERMOST)


def _sum_within(sums: Sums, times: Any, compared: Interval) -> Any:
    """That the sum lies between the ends of an interval, each taken so many times."""
    found = []
    if compared.low is not None:
        whole, fraction = divmod(compared.low, SCALE)
        found.append(_is_not_negative(sums.whole - whole * times, sums.fraction - fraction * times))
    if compared.high is not None:
        whole, fraction = divmod(compared.high, SCALE)
        found.append(_is_not_negative(whole * times - sums.whole, fraction * times - sums.fraction))
    return reduce(and_, found)


def _is_not_negative(whole: Any, fraction: Any) -> Any:
    return whole + (fraction + _LARGE * SCALE) / SCALE - _LARGE >= 0
