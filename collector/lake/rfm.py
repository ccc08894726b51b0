"""The RFM grid over a data set: the same people in the same cells as `store/segments/rfm.py` says.

A window over all buyers would be one partition of a cluster. A score grows with its value, so four cut
points say all of it; each is found by narrowing: how many have which leading bits, then within those, the
next ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ibis

from collector.lake.expressions import DataSet
from collector.store.segments.rfm import SCORES

_BITS = 63
_AT_ONCE = 12
"""So many bits are looked at in a round: 4,096 counts for each cut point."""


def grid(backend: Any, data: DataSet, currency: str | None = None) -> dict[tuple[int, int], int]:
    """How many buyers have which recency and frequency (1 to 5); cells without anybody are not in it."""
    buyers = _buyers(data, currency)
    everybody = int(backend.execute(buyers.count()))
    if not everybody:
        return {}
    recency, frequency = (_cuts(backend, buyers, name, everybody) for name in ("last_at", "orders"))
    scored = buyers.select(
        recency=_score(buyers.last_at, recency), frequency=_score(buyers.orders, frequency)
    )
    counted = scored.group_by("recency", "frequency").aggregate(people=scored.count())
    rows = backend.to_pyarrow(counted).to_pylist()
    return {(row["recency"], row["frequency"]): row["people"] for row in rows}


def _buyers(data: DataSet, currency: str | None) -> Any:
    events = data.events
    wanted = (events.goal_type == "purchase") & events.profile.notnull()
    if currency is not None:
        wanted &= events.goal_currency == currency
    purchases = events.filter(wanted)
    return purchases.group_by("profile").aggregate(last_at=purchases.at.max(), orders=purchases.count())


def _score(column: Any, cuts: Sequence[int]) -> Any:
    return sum(((column >= cut).ifelse(1, 0) for cut in cuts), ibis.literal(1))


def _cuts(backend: Any, buyers: Any, name: str, everybody: int) -> list[int]:
    """From which value on each score but the first is had.

    A score is at least k + 1 if 5 (2 × below + alike) ≥ 2 k n: so from the value on that is in place
    ⌈k n ÷ 5⌉ or, where too many share that, from the next one on.
    """
    found = []
    for score in SCORES[:-1]:
        value = _in_place(backend, buyers, name, -(-score * everybody // len(SCORES)))
        column = buyers[name]
        counts = backend.to_pyarrow(
            buyers.aggregate(
                below=(column < value).ifelse(1, 0).sum(),
                alike=(column == value).ifelse(1, 0).sum(),
            )
        ).to_pylist()[0]
        is_enough = len(SCORES) * (2 * counts["below"] + counts["alike"]) >= 2 * score * everybody
        found.append(value if is_enough else value + 1)
    return found


def _in_place(backend: Any, buyers: Any, name: str, place: int) -> int:
    """The value that is in a place, counted from 1, of all in their order. Values are not negative."""
    low, shift = 0, _BITS
    while shift:
        width = min(_AT_ONCE, shift)
        shift -= width
        column = buyers[name] - low
        inside = buyers.filter(column.between(0, (1 << (shift + width)) - 1))
        digits = inside.select(digit=(inside[name] - low) // (1 << shift))
        counted = digits.group_by("digit").aggregate(people=digits.count())
        for row in sorted(backend.to_pyarrow(counted).to_pylist(), key=lambda row: row["digit"]):
            if place <= row["people"]:
                low += int(row["digit"]) << shift
                break
            place -= row["people"]
    return low


def as_counts(cells: Iterable[Any]) -> dict[tuple[int, int], int]:
    """The product's own grid in the same shape."""
    return {(one.recency, one.frequency): one.count for one in cells if one.count}
