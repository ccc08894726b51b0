"""To the last millionth: sums and averages that carry, go below zero, or are beyond 64 bits."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from collector.core.goals import Goal
from collector.core.segments.tree import Aggregate, GoalLeaf, Interval, Timeframe
from collector.store.segments.compiling import Scope
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.store.segments.histories import LARGEST
from tests.store.writes import commit, write

CASES = (
    (600_000, 600_000),
    (-600_000, -1),
    (999_999, 1),
    (1, -2),
    (-1_000_000, 1),
    (33_333_333, 33_333_333, 33_333_335),
    (LARGEST,) * 3,
    (-LARGEST, -LARGEST, 1),
)
WINDOW = Timeframe(Interval(NOON - 1, NOON))


def test_a_sum_and_an_average_are_compared_to_the_last_millionth(shop: Shop) -> None:
    made = shop.define(EVERY_TYPE)
    for case, values in enumerate(CASES):
        goals = [Goal("purchase", value, str(case)) for value in values]
        commit(
            shop,
            *[write(made, f"{case}-{n}", given_goal=goal) for n, goal in enumerate(goals)],
        )

    def finds(aggregate: Aggregate, case: int, compared: Interval, timeframe: Timeframe) -> bool:
        leaf = GoalLeaf("purchase", aggregate, compared, timeframe, goal_name=str(case))
        return bool(shop.store.segments.finder.members(leaf, Scope("shop", NOON), 1))

    for case, values in enumerate(CASES):
        exact: dict[Aggregate, Fraction] = {
            "sum": Fraction(sum(values)),
            "avg": Fraction(sum(values), len(values)),
        }
        for aggregate, number in exact.items():
            low, high = floor(number), ceil(number)
            for timeframe in (Timeframe(), WINDOW):
                assert finds(aggregate, case, Interval(low, None), timeframe), (values, aggregate)
                assert finds(aggregate, case, Interval(None, high), timeframe), (values, aggregate)
                assert not finds(aggregate, case, Interval(floor(number) + 1, None), timeframe), values
                assert not finds(aggregate, case, Interval(None, ceil(number) - 1), timeframe), values
