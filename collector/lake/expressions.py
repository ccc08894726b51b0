"""A segment's tree as one Ibis expression over a data set: the second compiler, of the same meaning.

All goal leaves are conditional sums of one pass over the events, all timeline leaves of one over their
entries; only a leaf that picks one event of several has a pass of its own. Numbers are whole or decimals:
nothing is ever a float. Values in JSON are judged by the same functions as everywhere
(`core/segments/passing.py`), which the engine calls row by row.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from itertools import count
from operator import and_, or_
from typing import Any

import ibis

from collector.core.consent import AskedConsent
from collector.core.goals import BOUND, PLACES, SCALE
from collector.core.segments.passing import find, judge_of
from collector.core.segments.tree import (
    Branch,
    Filter,
    GoalLeaf,
    Identifier,
    Interval,
    IsSet,
    Leaf,
    Member,
    Moment,
    Node,
    TimeIn,
    TimelineLeaf,
    leaves_of,
)

_EXACT = f"decimal(38, {PLACES})"
_LARGEST = 10**33
"""In millionths: no sum is so large, and every engine has such decimals."""

_NAMES = count()


@dataclass(frozen=True)
class DataSet:
    """A section in a data set: `columns.EVENT` and `columns.PROFILE` as tables of an engine.

    Beside these, events have `at` and profiles `made_at`: their moments in microseconds.
    """

    events: Any
    profiles: Any
    micros: Callable[[Any], Any]
    """Of a timestamp, its microseconds."""


def matching(node: Node, data: DataSet, now: int, zone: datetime.tzinfo) -> Any:
    """The profiles that match a tree, as a table with the column `profile`."""
    compiler = _Compiler(data, now, zone)
    leaves = list(dict.fromkeys(leaves_of(node)))
    flags = {leaf: compiler.flag(place, leaf) for place, leaf in enumerate(leaves)}
    joined = compiler.joined()
    return joined.filter(_told(node, flags, joined)).select("profile")


Flag = Callable[[Any], Any]
"""Of the joined table, whether a profile matches a leaf; never NULL."""


def _told(node: Node, flags: dict[Leaf, Flag], joined: Any) -> Any:
    if isinstance(node, Branch):
        return _joined(node.operator, [_told(leaf, flags, joined) for leaf in node.leaves])
    return flags[node](joined)


def _joined(operator: str, conditions: Iterable[Any]) -> Any:
    return reduce(and_ if operator == "and" else or_, conditions)


def _all(conditions: Sequence[Any]) -> Any:
    return reduce(and_, conditions) if conditions else ibis.literal(True)


@dataclass
class _Compiler:
    data: DataSet
    now: int
    zone: datetime.tzinfo
    sums: dict[str, Any] = field(default_factory=dict)
    """Of all events of a profile, in one pass."""
    counts: dict[str, Any] = field(default_factory=dict)
    """Of all entries of a profile, in one pass."""
    picks: list[Any] = field(default_factory=list)
    """Tables of profiles, each with a column that is true."""
    _entries: Any = None

    def joined(self) -> Any:
        found = self.data.profiles
        tables = list(self.picks)
        if self.sums:
            tables.append(self.data.events.group_by("profile").aggregate(**self.sums))
        if self.counts:
            tables.append(self.entries.group_by("profile").aggregate(**self.counts))
        for table in tables:
            found = found.left_join(table, "profile").drop("profile_right")
        return found

    def flag(self, place: int, leaf: Leaf) -> Flag:
        """What tells of a leaf, and whatever that needs is counted."""
        if isinstance(leaf, GoalLeaf):
            told = self._picked(place, leaf) if leaf.pick != "all" else self._summed(place, leaf)
            return (lambda joined: ~told(joined)) if leaf.negate else told
        if isinstance(leaf, TimelineLeaf):
            return self._counted(place, leaf)
        each = [self._contact(one) for one in leaf.filters]
        return lambda joined: _all([one(joined) for one in each])

    def _summed(self, place: int, leaf: GoalLeaf) -> Flag:
        events = self.data.events
        wanted = self._of_goal(leaf) & within(events.at, leaf.timeframe.at(self.now))
        names = [f"{kind}_{place}" for kind in ("events", "valued", "sum", "least", "greatest")]
        value = events.goal_value
        self.sums[names[0]] = wanted.ifelse(1, 0).sum()
        match leaf.aggregate:
            case "sum" | "avg":
                self.sums[names[1]] = (wanted & value.notnull()).ifelse(1, 0).sum()
                self.sums[names[2]] = value.cast(_EXACT).sum(where=wanted)
            case "min":
                self.sums[names[3]] = value.min(where=wanted)
            case "max":
                self.sums[names[4]] = value.max(where=wanted)

        def told(joined: Any) -> Any:
            columns: list[Any] = [joined[name] if name in self.sums else None for name in names]
            return _certain((columns[0] > 0) & _compared(leaf, columns))

        return told

    def _picked(self, place: int, leaf: GoalLeaf) -> Flag:
        """The first or the last event of each profile, of all time; then timeframe and comparison."""
        events = self.data.events
        of_leaf = events.filter(self._of_goal(leaf) & events.profile.notnull())
        order: list[Any] = [of_leaf.at, of_leaf.number]
        if leaf.pick == "last":
            order = [ibis.desc(one) for one in order]
        ranked = of_leaf.mutate(place=ibis.row_number().over(group_by=of_leaf.profile, order_by=order))
        chosen = ranked.filter((ranked.place == 0) & within(ranked.at, leaf.timeframe.at(self.now)))
        one, value = ibis.literal(1), chosen.goal_value
        columns = [one, value.notnull().ifelse(1, 0), value.cast(_EXACT), value, value]
        name = f"picked_{place}"
        matches = chosen.filter(_certain(_compared(leaf, columns)))
        self.picks.append(matches.select("profile", **{name: ibis.literal(True)}))
        return lambda joined: joined[name].notnull()

    def _of_goal(self, leaf: GoalLeaf) -> Any:
        events = self.data.events
        wanted = [
            column == value
            for column, value in (
                (events.event_name, leaf.event_name),
                (events.goal_type, leaf.goal_type),
                (events.goal_name, leaf.goal_name),
                (events.goal_currency, leaf.currency),
                (events.trust, leaf.trust),
                (events.version_number, leaf.version),
            )
            if value is not None
        ]
        if leaf.consent is not None:
            wanted.append(_has_consent(events.consent, leaf.consent))
        filters = [_fits(events.data, one, self.now, self.zone) for one in leaf.filters]
        return _certain(_all([events.goal_type.notnull(), *wanted, *filters]))

    def _counted(self, place: int, leaf: TimelineLeaf) -> Flag:
        if leaf.event_name is None:
            holds = leaf.count.holds(0)
            return lambda joined: ibis.literal(holds)
        entries = self.entries
        filters = [_fits(entries.data, one, self.now, self.zone) for one in leaf.filters]
        wanted = _all(
            [entries.event_name == leaf.event_name, within(entries.at, leaf.timeframe.at(self.now)), *filters]
        )
        name = f"entries_{place}"
        self.counts[name] = _certain(wanted).ifelse(1, 0).sum()
        return lambda joined: within(joined[name].coalesce(0), leaf.count)

    @property
    def entries(self) -> Any:
        """A row for each entry of a timeline, at its own moment."""
        if self._entries is None:
            events = self.data.events
            each = events.select("profile", "event_name", "data", entry=events.entries.unnest())
            self._entries = each.mutate(at=self.data.micros(each.entry))
        return self._entries

    def _contact(self, one: Filter) -> Flag:
        if isinstance(one.place, Member):
            return lambda joined: _fits(joined.attributes, one, self.now, self.zone)
        if isinstance(one.place, Identifier):
            name = f"{one.place.kind}_all"
            return lambda joined: _one_fits(joined[name], one, self.now, self.zone)
        return self._moment(one, one.place)

    def _moment(self, one: Filter, place: Moment) -> Flag:
        events = self.data.events
        name = {"created_at": "made_at"}.get(place.which, place.which)
        if place.which != "created_at":
            self.sums[name] = events.at.min() if place.which == "first_seen" else events.at.max()
        wanted = one.test.timeframe.at(self.now) if isinstance(one.test, TimeIn) else Interval()

        def told(joined: Any) -> Any:
            there = joined[name].notnull()
            if isinstance(one.test, IsSet):
                return ~there if one.negate else there
            inside = _certain(within(joined[name], wanted))
            return there & ~inside if one.negate else inside

        return told


def within(number: Any, interval: Interval, of: Callable[[int], Any] = lambda number: number) -> Any:
    """That a number lies in an interval of 64-bit numbers; NULL where it is NULL."""
    found = [number.notnull()]
    if interval.low is not None:
        found.append(number >= of(max(min(interval.low, 2**62), -(2**62))))
    if interval.high is not None:
        found.append(number <= of(max(min(interval.high, 2**62), -(2**62))))
    return _all(found)


def _certain(condition: Any) -> Any:
    return condition.coalesce(ibis.literal(False))


def _compared(leaf: GoalLeaf, columns: Sequence[Any]) -> Any:
    """That an aggregate lies in an interval of millionths. A sum and an average of no values are 0."""
    events, valued, total, least, greatest = columns
    low, high = leaf.compared.low, leaf.compared.high
    match leaf.aggregate:
        case "count":
            lowest = None if low is None else -(-low // SCALE)
            return within(events, Interval(lowest, None if high is None else high // SCALE))
        case "sum":
            return _between(total.coalesce(_exact(0)), low, high, _exact)
        case "min":
            return _between(least, low, high, _exact)
        case "max":
            return _between(greatest, low, high, _exact)
    # The average of nothing is 0, and so is the sum that it is compared with.
    times = ibis.greatest(valued, 1).cast("decimal(18, 0)")

    def times_bound(bound: int) -> Any:
        largest = BOUND * SCALE + 1
        near = Decimal(max(min(bound, largest), -largest)).scaleb(-PLACES)
        return (ibis.literal(near, f"decimal(18, {PLACES})") * times).cast(_EXACT)

    return _between(total.coalesce(_exact(0)), low, high, times_bound)


def _between(number: Any, low: int | None, high: int | None, bound: Callable[[int], Any]) -> Any:
    found = [] if low is None else [number >= bound(low)]
    found += [] if high is None else [number <= bound(high)]
    return _all([number.notnull(), *found])


def _exact(millionths: int) -> Any:
    near = max(min(millionths, _LARGEST), -_LARGEST)
    return ibis.literal(Decimal(near).scaleb(-PLACES), _EXACT)


def _fits(document: Any, one: Filter, now: int, zone: datetime.tzinfo) -> Any:
    """That a value in a column of JSON text passes a filter."""
    assert isinstance(one.place, Member)
    judge, steps = judge_of(one, now, zone), one.place.steps
    return _called(lambda text: judge(find(text, steps)), "string", document)


def _one_fits(names: Any, one: Filter, now: int, zone: datetime.tzinfo) -> Any:
    """That one of several identifiers passes; negated: that there is one, and none does."""
    if isinstance(one.test, IsSet):
        return names.length() == 0 if one.negate else names.length() > 0
    judge, negate = judge_of(Filter(one.place, one.test), now, zone), one.negate
    test = lambda texts: bool(texts) and any(map(judge, texts)) != negate  # noqa: E731
    return _called(test, "array<string>", names)


def _called(function: Callable[[Any], bool], kind: str, column: Any) -> Any:
    """A function of ours as one of the engine's, under a name of its own."""
    name = f"fieldpost_{next(_NAMES)}"
    made = ibis.udf.scalar.python(function, name=name, signature=((kind,), "boolean"))
    return made(column)


def _has_consent(kept: Any, asked: AskedConsent) -> Any:
    """`AskedConsent.fits`, as `consent_fits` of the store has it in SQL."""
    of_purposes = kept.startswith("{")
    if asked.answer == "unknown":
        if asked.purpose is None:
            return kept.isnull()
        return kept.isnull() | (of_purposes & ~kept.contains(f'"{asked.purpose}":'))
    if asked.purpose is not None:
        return (kept == asked.answer) | kept.contains(f'"{asked.purpose}":{asked.answer}')
    other = "false" if asked.answer == "true" else "true"
    return (kept == asked.answer) | (of_purposes & ~kept.contains(f'":{other}'))
