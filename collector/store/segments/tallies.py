"""What leaves add up over pieces of events: for each profile of a section a number, piece by piece.

The rules are those of `compiling.py`; `tests/store/segments` compares both with plain Python.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from collector.core.goals import BOUND, SCALE
from collector.core.segments.tree import GoalLeaf, Interval, TimelineLeaf
from collector.store.segments.fitting import Question, Rows, all_fit, both, each, others, within, within_each
from collector.store.segments.pieces import ENTRIES, GOAL, LARGEST, NO_NUMBER, ORIGIN, Array, Piece
from collector.store.segments.sums import whole_numbers

_LARGEST_VALUE = BOUND * SCALE


class Place:
    """A piece among the profiles of a section, with the rows that count in it."""

    def __init__(self, piece: Piece, everybody: Array, counting: Rows) -> None:
        """`everybody` are the section's profiles in order, and behind them a number that no profile has."""
        self.piece = piece
        self.counting = counting
        self._everybody = everybody

    def among_all(self, some: Array) -> Array:
        """Where some of the piece's profiles are among all; one that is none of them is beyond the last."""
        if "_all" not in self.__dict__ and 2 * len(some) < len(self.piece.profiles):
            return self._find(self.piece.profiles[some])
        return self._all[some]

    @cached_property
    def _all(self) -> Array:
        return self._find(self.piece.profiles)

    def _find(self, wanted: Array) -> Array:
        everybody = self._everybody
        places = np.searchsorted(everybody, wanted)
        return np.where(everybody[places] == wanted, places, len(everybody) - 1)


class GoalTally:
    """The sums of a goal leaf; numbers are exact, in two parts where 64 bits may not hold them."""

    def __init__(self, leaf: GoalLeaf, question: Question, size: int) -> None:
        self._leaf = leaf
        self._question = question
        self._wanted = leaf.timeframe.at(question.now)
        self._events = np.zeros(size + 1, np.int64)
        self._valued = np.zeros(size + 1, np.int64)
        self._whole = np.zeros(size + 1, np.int64)
        self._fraction = np.zeros(size + 1, np.int64)
        self._extreme = np.full(size + 1, LARGEST if leaf.aggregate == "min" else NO_NUMBER)
        self.span = self._wanted

    def add(self, place: Place) -> None:
        rows = both(place.counting, _of_goal(self._leaf, self._question, place.piece))
        if rows is False:
            return
        rows = both(rows, within(place.piece.occurred_at, self._wanted))
        if rows is not False:
            self._add(place, rows)

    def _add(self, place: Place, counting: Rows) -> None:
        piece = place.piece
        rows = each(counting, len(piece.occurred_at))
        events = _per_profile(rows, piece)
        some = np.flatnonzero(events)
        at = place.among_all(some)
        self._events[at] += events[some]
        values = piece.part(GOAL).get("value")
        if values is None or self._leaf.aggregate == "count":
            return
        rows = rows & (values != NO_NUMBER)
        if self._leaf.aggregate in ("sum", "avg"):
            whole = values // SCALE
            fraction = values - whole * SCALE
            self._whole[at] += np.add.reduceat(np.where(rows, whole, 0), piece.starts)[some]
            self._fraction[at] += np.add.reduceat(np.where(rows, fraction, 0), piece.starts)[some]
            self._valued[at] += _per_profile(rows, piece)[some]
            return
        is_least = self._leaf.aggregate == "min"
        better = np.minimum if is_least else np.maximum
        found = np.where(rows, values, LARGEST if is_least else NO_NUMBER)
        self._extreme[at] = better(self._extreme[at], better.reduceat(found, piece.starts)[some])

    def members(self) -> Array:
        """For each profile, whether it matches."""
        return _turned(self._leaf, ((self._events > 0) & self._compared())[:-1])

    def _compared(self) -> Array:
        wanted, extreme = self._leaf.compared, self._extreme
        match self._leaf.aggregate:
            case "count":
                return within_each(self._events, whole_numbers(wanted))
            case "min" | "max":
                is_there: Array = (extreme != LARGEST) & (extreme != NO_NUMBER)
                return within_each(extreme, wanted) & is_there
            case "sum":
                return _sum_within(self._whole, self._fraction, np.ones_like(self._valued), wanted)
        # The average of nothing is 0, and so is the sum that it is compared with.
        times = np.maximum(self._valued, 1)
        return _sum_within(self._whole, self._fraction, times, _clamped(wanted, _LARGEST_VALUE + 1))


class PickTally:
    """The first or the last event of each profile, of all time."""

    def __init__(self, leaf: GoalLeaf, question: Question, size: int) -> None:
        self._leaf = leaf
        self._question = question
        self._is_first = leaf.pick == "first"
        self._at = np.full(size + 1, LARGEST if self._is_first else NO_NUMBER)
        self._id = self._at.copy()
        self._value = np.full(size + 1, NO_NUMBER)
        self._has_one = np.zeros(size + 1, bool)
        self.span = Interval()

    def add(self, place: Place) -> None:
        piece = place.piece
        rows = both(place.counting, _of_goal(self._leaf, self._question, piece))
        if rows is False:
            return
        positions = np.flatnonzero(each(rows, len(piece.occurred_at)))
        owners = piece.owners[positions]
        differs = owners[1:] != owners[:-1]
        is_edge = np.concatenate([[True], differs] if self._is_first else [differs, [True]])[: len(owners)]
        is_new = is_edge.astype(bool)
        positions, at = positions[is_new], place.among_all(owners[is_new])
        moments, numbers = piece.occurred_at[positions], piece.ids[positions]
        old, old_number = self._at[at], self._id[at]
        if self._is_first:
            is_better = (moments < old) | ((moments == old) & (numbers < old_number))
        else:
            is_better = (moments > old) | ((moments == old) & (numbers > old_number))
        at, positions = at[is_better], positions[is_better]
        self._at[at], self._id[at], self._has_one[at] = moments[is_better], numbers[is_better], True
        values = piece.part(GOAL).get("value")
        self._value[at] = NO_NUMBER if values is None else values[positions]

    def members(self) -> Array:
        leaf = self._leaf
        is_valued = self._value != NO_NUMBER
        if leaf.aggregate == "count":
            passes = within_each(np.ones_like(self._value), whole_numbers(leaf.compared))
        elif leaf.aggregate in ("sum", "avg"):
            passes = within_each(np.where(is_valued, self._value, 0), leaf.compared)
        else:
            passes = is_valued & within_each(self._value, leaf.compared)
        is_in_time = within_each(self._at, leaf.timeframe.at(self._question.now))
        return _turned(leaf, (self._has_one & is_in_time & passes)[:-1])


class TimelineTally:
    """How many entries each profile has."""

    def __init__(self, leaf: TimelineLeaf, question: Question, size: int) -> None:
        self._leaf = leaf
        self._question = question
        self._count = np.zeros(size + 1, np.int64)
        self.span = leaf.timeframe.at(question.now)

    def add(self, place: Place) -> None:
        piece = place.piece
        rows = both(place.counting, all_fit(self._leaf.filters, piece, self._question))
        if rows is False:
            return
        entries = piece.part_or_none(ENTRIES)
        if entries is None:
            rows = both(rows, within(piece.occurred_at, self.span))
            count = _per_profile(each(rows, len(piece.occurred_at)), piece)
        else:
            whose = entries["row"]
            shown = rows if isinstance(rows, bool) else rows[whose]
            shown = each(both(shown, within(entries["occurred_at"], self.span)), len(whose))
            count = np.bincount(piece.owners[whose[shown]], minlength=len(piece.starts))
        some = np.flatnonzero(count)
        self._count[place.among_all(some)] += count[some]

    def members(self) -> Array:
        return within_each(self._count[:-1], self._leaf.count)


Tally = GoalTally | PickTally | TimelineTally


def tally_of(leaf: GoalLeaf | TimelineLeaf, question: Question, size: int) -> Tally:
    """The tally of a leaf over so many profiles."""
    if isinstance(leaf, TimelineLeaf):
        return TimelineTally(leaf, question, size)
    return GoalTally(leaf, question, size) if leaf.pick == "all" else PickTally(leaf, question, size)


def _of_goal(leaf: GoalLeaf, question: Question, piece: Piece) -> Rows:
    """The events with a goal that a leaf is about, as far as it does not say when."""
    types = piece.words(GOAL, "goal_type")
    rows: Rows = others(types.equal(None)) if leaf.goal_type is None else types.equal(leaf.goal_type)
    for column, value in (("goal_name", leaf.goal_name), ("goal_currency", leaf.currency)):
        if value is not None:
            rows = both(rows, piece.words(GOAL, column).equal(value))
    if leaf.trust is not None and rows is not False:
        rows = both(rows, piece.words(ORIGIN, "trust").equal(leaf.trust))
    if question.versions is not None and rows is not False:
        versions = piece.words(ORIGIN, "version")
        answers = np.array([word in question.versions for word in versions.words])
        rows = both(rows, versions.each(answers))
    return rows if rows is False else both(rows, all_fit(leaf.filters, piece, question))


def _per_profile(rows: Array, piece: Piece) -> Array:
    return np.add.reduceat(rows, piece.starts, dtype=np.int64)


def _clamped(interval: Interval, most: int) -> Interval:
    """The same, for numbers that are none of them so far out."""
    low, high = interval.low, interval.high
    return Interval(
        None if low is None else max(min(low, most), -most),
        None if high is None else max(min(high, most), -most),
    )


def _sum_within(whole: Array, fraction: Array, times: Array, wanted: Interval) -> Array:
    """That a sum lies between the ends of an interval of millionths, each taken so many times."""
    found = np.ones(len(whole), bool)
    for end, sign in ((wanted.low, 1), (wanted.high, -1)):
        if end is None:
            continue
        far = (BOUND + 1) * 10**8
        end_whole, end_fraction = divmod(end, SCALE)
        end_whole = max(min(end_whole, far), -far)
        over = sign * (whole - end_whole * times)
        rest = sign * (fraction - end_fraction * times)
        found &= over + rest // SCALE >= 0
    return found


def _turned(leaf: GoalLeaf, members: Array) -> Array:
    return ~members if leaf.negate else members
