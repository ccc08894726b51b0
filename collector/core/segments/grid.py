"""Who is in one cell of the RFM grid, as a tree: when the last purchase was, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.core.fields import format_timestamp
from collector.core.segments.tree import DAY, Interval

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What those with a score have. `before`: the most of a lower score; `after`: the least of a higher."""

    within: Interval
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the grid: when the last purchase was, in microseconds, and how many there are."""

    recency: Stretch
    frequency: Stretch


def tree_of(place: Place, currency: str | None) -> Json:
    """The profiles whose last purchase and whose number of purchases lie in a place of the grid."""
    when = {
        "aggregate_operator": "count",
        "operator": "gte",
        "value": 1,
        "pick": "last",
        **_times(place.recency),
    }
    often = {
        "aggregate_operator": "count",
        "timeframe_operator": "anytime",
        **_counts(place.frequency.within),
    }
    leaves = [_purchases(one, currency) for one in (when, often)]
    return {"kind": "branch", "branch": {"operator": "and", "leaves": leaves}}


def stretch(spans: Sequence[Interval | None], score: int) -> Stretch:
    """What everybody with a score has, open where nobody is beyond, and where the neighbours begin."""
    here = spans[score - 1]
    assert here is not None
    before = [one.high for one in spans[: score - 1] if one is not None]
    after = [one.low for one in spans[score:] if one is not None]
    within = Interval(here.low if before else None, here.high if after else None)
    return Stretch(within, before[-1] if before else None, after[0] if after else None)


def coarsest(low: int, high: int) -> str:
    """A moment from `low` to `high` as people would rather write it: a day, an hour, a minute; else `low`."""
    for step in (DAY, DAY // 24, DAY // 1440, 1_000_000):
        moment = -(-low // step) * step
        if moment <= high:
            text = format_timestamp(moment)
            return text[:10] if step == DAY else text
    return format_timestamp(low)


def _purchases(members: Json, currency: str | None) -> Json:
    inside = {"goal_type": "purchase", **members, **({"currency": currency} if currency else {})}
    return {"kind": "leaf", "leaf": {"source": "custom_events_goals", "custom_events_goal": inside}}


def _times(wanted: Stretch) -> Json:
    """Nobody is between two scores, so each end may lie anywhere there. After and before are strict."""
    low, high, before, after = wanted.within.low, wanted.within.high, wanted.before, wanted.after
    if low is None and high is None:
        return {"timeframe_operator": "anytime"}
    if low is None and high is not None and after is not None:
        return {"timeframe_operator": "before_date", "timeframe_values": [coarsest(high + 1, after)]}
    if high is None and low is not None and before is not None:
        return {"timeframe_operator": "after_date", "timeframe_values": [coarsest(before, low - 1)]}
    assert low is not None
    assert high is not None
    assert before is not None
    assert after is not None
    ends = [coarsest(before + 1, low), coarsest(high, after - 1)]
    return {"timeframe_operator": "in_date_range", "timeframe_values": ends}


def _counts(wanted: Interval) -> Json:
    low, high = wanted.low, wanted.high
    if high is None:
        return {"operator": "gte", "value": low or 1}
    if low is None and high > 1:
        return {"operator": "lte", "value": high}
    if low in (None, high):
        return {"operator": "eq", "value": high}
    return {"operator": "between", "value": low, "value_2": high}
