"""Segments that many start from, as the trees that they are in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A tree to start from. `about` is a sentence for people."""

    id: str
    name: str
    about: str
    tree: Mapping[str, Any]


def _purchases(**members: Any) -> Json:
    inside = {"goal_type": "purchase", "operator": "gte", "timeframe_operator": "anytime", **members}
    return {"kind": "leaf", "leaf": {"source": "custom_events_goals", "custom_events_goal": inside}}


def _last(days: int) -> Json:
    return {"timeframe_operator": "in_the_last_days", "timeframe_values": [str(days)]}


def _all_of(*leaves: Json) -> Json:
    return {"kind": "branch", "branch": {"operator": "and", "leaves": list(leaves)}}


TEMPLATES = (
    Template(
        "vip",
        "VIP",
        "Spent 1,000 or more in 5 orders or more, and bought something in the last 60 days.",
        _all_of(
            _purchases(aggregate_operator="sum", value=1000),
            _purchases(aggregate_operator="count", value=5),
            _purchases(aggregate_operator="count", value=1, **_last(60)),
        ),
    ),
    Template(
        "at_risk_high_value",
        "At risk, high value",
        "Spent 500 or more, and bought nothing in the last 90 days.",
        _all_of(
            _purchases(aggregate_operator="sum", value=500),
            _purchases(aggregate_operator="count", value=1, negate=True, **_last(90)),
        ),
    ),
    Template(
        "new_high_potential",
        "New, high potential",
        # Values have six decimal places: this is the least that is over 200.
        "Made the first purchase in the last 30 days, for more than 200.",
        _all_of(_purchases(aggregate_operator="sum", value=200.000001, pick="first", **_last(30))),
    ),
)
