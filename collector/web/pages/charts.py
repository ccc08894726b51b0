"""The geometry of charts: counts over time become stacked columns, and a scale to read them by.

A picture is as wide as it has columns and 100 high; the page stretches it. Everything that is written stands
beside it as text of the page, in the size of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

HEIGHT = 100
STEP, BAR = 10, 8
LEAST = 1.5
"""Something is never drawn as flat as nothing."""


class Part(NamedTuple):
    """One piece of a column: its series, its upper end and its height."""

    series: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One stretch of time. `start` is in microseconds; `counts` are those that are not zero."""

    start: int
    x: int
    counts: Mapping[str, int]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns, the oldest first; `top` is the count at the upper edge, 0 where nothing came."""

    columns: tuple[Column, ...]
    top: int
    total: int

    @property
    def width(self) -> int:
        return len(self.columns) * STEP


def stacked(
    stretches: Sequence[tuple[int, Mapping[str, int]]], series: Sequence[str], top: int | None = None
) -> Chart:
    """A chart of (start, count by series); the first series stands at the bottom.

    `top` makes several charts comparable; without one it is a round number above the highest column.
    """
    highest = max((sum(counts.get(name, 0) for name in series) for _, counts in stretches), default=0)
    scale = round_above(highest) if top is None else top
    columns = [
        _column(index, start, counts, series, scale) for index, (start, counts) in enumerate(stretches)
    ]
    return Chart(tuple(columns), scale, sum(sum(column.counts.values()) for column in columns))


def round_above(count: int) -> int:
    """The next of 1, 2, 4, 5, 10, 20, 40, 50, 100 … that is not below the count; 0 for 0."""
    if count <= 0:
        return 0
    power = int(10 ** (len(str(count)) - 1))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= count)


def _column(index: int, start: int, counts: Mapping[str, int], series: Sequence[str], top: int) -> Column:
    parts: list[Part] = []
    y = float(HEIGHT)
    for name in series:
        if counts.get(name, 0):
            height = max(counts[name] / top * HEIGHT, LEAST)
            y -= height
            parts.append(Part(name, round(y, 2), round(height, 2)))
    shown = {name: counts[name] for name in series if counts.get(name, 0)}
    return Column(start, index * STEP, shown, tuple(parts))
