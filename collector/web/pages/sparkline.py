"""A week in a few bars: the geometry of a small picture, and the sentence that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BAR, GAP, HEIGHT = 8, 3, 24
LEAST = 2
"""A day on which something came is never drawn as flat as one on which nothing did."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, in the units of the picture; `y` is its upper end."""

    x: int
    y: int
    height: int
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Events a day, the last is today. `words` is for those who do not see the bars."""

    bars: tuple[Bar, ...]
    words: str

    @property
    def width(self) -> int:
        return len(self.bars) * (BAR + GAP) - GAP


def sparkline(counts: Sequence[int]) -> Sparkline:
    """Bars as high as the counts, the highest as high as the picture."""
    most = max(counts, default=0)
    bars = tuple(_bar(day, count, most) for day, count in enumerate(counts))
    return Sparkline(bars, _in_words(counts))


def _bar(day: int, count: int, most: int) -> Bar:
    height = max(round(count / most * HEIGHT), LEAST + 1) if count else LEAST
    return Bar(day * (BAR + GAP), HEIGHT - height, height, is_empty=not count)


def _in_words(counts: Sequence[int]) -> str:
    if not any(counts):
        return f"No events in {len(counts)} days"
    listed = ", ".join(f"{count:,}" for count in counts)
    return f"Events a day, {len(counts)} days up to today: {listed}"
