"""Recency and frequency of purchases: five by five, each profile in exactly one cell.

A score is the fifth of all buyers that somebody is in, 5 the latest or the most. Who ties has the middle of
the places that they share, so the same people always get the same scores, and of all alike everybody gets 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from collector.core.goals import SCALE
from collector.core.segments.tree import GoalLeaf, Interval
from collector.store.database import Database
from collector.store.models import Total
from collector.store.segments.compiling import Scope, totals_of

SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many buyers have these two scores, and what they spent, in millionths.

    `last_at` and `events` are what they span: when their last purchases were (microseconds), and how many
    they have; None of nobody.
    """

    recency: int
    frequency: int
    count: int
    value: int
    last_at: Interval | None = None
    events: Interval | None = None


def rfm_grid(database: Database, scope: Scope, currency: str | None = None) -> list[Cell]:
    """All 25 cells, also those without anybody; recency first, both from 1 to 5.

    The buyers are the profiles with a purchase, of one currency if it is given.
    """
    purchases = GoalLeaf("purchase", "count", Interval(1), currency=currency)
    buyers = Total.select(
        Total.profile,
        fn.MAX(Total.last_at).alias("last_at"),
        fn.SUM(Total.events).alias("events"),
        fn.SUM(Total.whole).alias("whole"),
        fn.SUM(Total.fraction).alias("fraction"),
    )
    one_each = buyers.where(totals_of(purchases, scope)).group_by(Total.profile).alias("buyers")
    scored = _scored(one_each).alias("scored")
    scores = (scored.c.recency, scored.c.frequency)
    numbers = (
        fn.COUNT(scored.c.profile).alias("count"),
        fn.SUM(scored.c.whole).alias("whole"),
        fn.SUM(scored.c.fraction).alias("fraction"),
        fn.MIN(scored.c.last_at).alias("earliest"),
        fn.MAX(scored.c.last_at).alias("latest"),
        fn.MIN(scored.c.events).alias("fewest"),
        fn.MAX(scored.c.events).alias("most"),
    )
    found = {
        (row["recency"], row["frequency"]): row
        for row in database.rows(peewee.Select([scored], [*scores, *numbers]).group_by(*scores))
    }
    return [_cell(one, other, found.get((one, other))) for one in SCORES for other in SCORES]


def _scored(buyers: Any) -> Any:
    return peewee.Select(
        [buyers],
        [
            buyers.c.profile,
            buyers.c.whole,
            buyers.c.fraction,
            buyers.c.last_at,
            buyers.c.events,
            _score(buyers.c.last_at).alias("recency"),
            _score(buyers.c.events).alias("frequency"),
        ],
    )


def _score(column: Any) -> Any:
    """1 + the fifth in which the middle of the places lies that those with the same value share."""
    below = fn.RANK().over(order_by=[column]) - 1
    alike = fn.COUNT(column).over(partition_by=[column])
    everybody = fn.COUNT(column).over()
    return 1 + (2 * below + alike) * len(SCORES) / (2 * everybody)


def _cell(recency: int, frequency: int, row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell(recency, frequency, 0, 0)
    value = int(row["whole"]) * SCALE + int(row["fraction"])
    last_at, events = Interval(row["earliest"], row["latest"]), Interval(int(row["fewest"]), int(row["most"]))
    return Cell(recency, frequency, int(row["count"]), value, last_at, events)


def spans(cells: Sequence[Cell]) -> tuple[list[Interval | None], list[Interval | None]]:
    """For every score from 1 to 5, of recency and of frequency, what all who have it span."""
    recency = [_span(one.last_at for one in cells if one.recency == score) for score in SCORES]
    return recency, [_span(one.events for one in cells if one.frequency == score) for score in SCORES]


def _span(intervals: Iterable[Interval | None]) -> Interval | None:
    there = [one for one in intervals if one is not None]
    if not there:
        return None
    return Interval(min(one.low or 0 for one in there), max(one.high or 0 for one in there))
