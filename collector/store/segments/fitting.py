"""Which rows of a piece pass the filters of a leaf: each value that there is is tested once.

The rules are those of `core/segments/passing.py`; where there are many values, whole arrays are compared.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

import numpy as np

from collector.core.goals import SCALE
from collector.core.segments.passing import (
    LENGTH_OF_A_DATE,
    Ends,
    dates_in,
    judge_of,
    moments_in,
    value_at,
)
from collector.core.segments.tree import Filter, Interval, Member, NumberIs, TextHas, TextIn, TimeIn, fold
from collector.store.segments.pieces import BETWEEN, NO_NUMBER, Array, Part, Piece, data_part

Rows = Array | bool
"""Which rows of a piece: a truth value for each, or one for all of them."""


@dataclass(frozen=True)
class Question:
    """When and where a leaf is asked, and of what: the ids of the definitions, and of the versions."""

    now: int
    zone: datetime.tzinfo
    definitions: frozenset[int]
    versions: frozenset[int] | None = None


def all_fit(filters: Collection[Filter], piece: Piece, question: Question) -> Rows:
    rows: Rows = True
    for one in filters:
        if rows is not False:
            rows = both(rows, _fits(one, piece, question))
    return rows


def _fits(one: Filter, piece: Piece, question: Question) -> Rows:
    assert isinstance(one.place, Member)
    member, *steps = one.place.steps
    name = data_part(str(member))
    part = piece.part_or_none(name)
    judge = judge_of(one, question.now, question.zone)
    if part is None:
        return judge(None)
    answers = None if steps else _answers_of_arrays(one, part, question, lambda: piece.values(name))
    if answers is None:
        values = piece.values(name)
        answers = np.array([judge(value_at(value, steps)) for value in values])
    found: Array = answers[part["words.places"]]
    return found


def _answers_of_arrays(
    one: Filter, part: Part, question: Question, values: Callable[[], Sequence[Any]]
) -> Array | None:
    """For each word whether it passes, where numbers, times or texts are at hand as arrays."""
    if isinstance(one.test, NumberIs) and "numbers" in part:
        return _numbers_fit(one.test, part["numbers"], one.negate)
    if isinstance(one.test, TimeIn) and "times" in part:
        wanted = one.test.timeframe.at(question.now)
        return _times_fit(part["times"], dates_in(wanted, question.zone), moments_in(wanted), one.negate)
    if isinstance(one.test, TextIn | TextHas) and "folded" in part:
        found: Array = _texts_fit(one.test, part, values) != one.negate
        found[0] = False  # the word of those that have none
        return found
    return None


def _numbers_fit(test: NumberIs, numbers: Array, negate: bool) -> Array:
    passes = np.zeros(len(numbers), bool)
    for number in test.numbers:
        passes |= within_each(numbers, _interval(test.operator, number))
    found: Array = (numbers != NO_NUMBER) & (passes != negate)
    return found


def _interval(operator: str, number: Decimal) -> Interval:
    """The whole millionths that stand so to a number, whatever digits it has."""
    low, high = _millionths_around(number)
    match operator:
        case "eq":
            return Interval(high, low)  # nothing, unless it is a whole number of millionths
        case "gt":
            return Interval(low + 1)
        case "gte":
            return Interval(high)
        case "lt":
            return Interval(None, high - 1)
    return Interval(None, low)


def _millionths_around(number: Decimal) -> tuple[int, int]:
    """A number in millionths, rounded down and up; beyond all 64 bits where it is very large."""
    if abs(number.adjusted()) > 40 and number != 0:
        if number.adjusted() < 0:
            return (0, 1) if number > 0 else (-1, 0)
        return (10**40, 10**40) if number > 0 else (-(10**40), -(10**40))
    top, bottom = number.as_integer_ratio()
    return top * SCALE // bottom, -(-top * SCALE // bottom)


def _times_fit(times: Array, dates: Ends, moments: Ends, negate: bool) -> Array:
    lengths = np.char.str_len(times)
    is_date = lengths == LENGTH_OF_A_DATE
    passes = np.where(is_date, _texts_within(times, dates), _texts_within(times, moments))
    found: Array = (lengths > 0) & (passes != negate)
    return found


def _texts_within(texts: Array, ends: Ends) -> Array:
    found = np.ones(len(texts), bool)
    low, high = ends
    if low is not None:
        found &= texts >= low.encode()
    if high is not None:
        found &= texts <= high.encode()
    return found


def _texts_fit(test: TextIn | TextHas, part: Part, values: Callable[[], Sequence[Any]]) -> Array:
    """For each word whether it passes a test of texts."""
    joined, begins = part["folded"].tobytes(), part["begins"]
    if isinstance(test, TextHas):
        each = [_with(one, joined, begins) for one in test.parts]
        return reduce(or_ if test.how == "any" else and_, each)
    found = np.zeros(len(begins), bool)
    for text in test.texts:
        # Those that end so, in whatever case; it takes their own letters to tell.
        for word in np.flatnonzero(_with_bytes((fold(text) + BETWEEN).encode(), joined, begins)).tolist():
            found[word] |= values()[word] == text
    return found


def _with(part: str, joined: bytes, begins: Array) -> Array:
    """Which of the texts that are put together have a part in them, whatever its case."""
    if not part or BETWEEN in part:
        return np.full(len(begins), not part)
    return _with_bytes(fold(part).encode(), joined, begins)


def _with_bytes(wanted: bytes, joined: bytes, begins: Array) -> Array:
    found = np.zeros(len(begins), bool)
    before = joined.split(wanted)[:-1]  # in C, as fast as memory is read
    lengths = np.fromiter(map(len, before), np.int64, len(before))
    places = np.cumsum(lengths) + np.arange(len(lengths)) * len(wanted)
    found[np.searchsorted(begins, places, side="right") - 1] = True
    return found


def within(numbers: Array, interval: Interval) -> Rows:
    return True if interval.is_everything else within_each(numbers, interval)


def within_each(numbers: Array, interval: Interval) -> Array:
    found = np.ones(len(numbers), bool)
    if interval.low is not None:
        found &= numbers >= interval.low
    if interval.high is not None:
        found &= numbers <= interval.high
    return found


def both(one: Rows, other: Rows) -> Rows:
    if isinstance(one, bool):
        return other if one else False
    if isinstance(other, bool):
        return one if other else False
    return one & other


def others(rows: Rows) -> Rows:
    return not rows if isinstance(rows, bool) else ~rows


def each(rows: Rows, count: int) -> Array:
    return np.full(count, rows) if isinstance(rows, bool) else rows
