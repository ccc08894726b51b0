"""Trees as clients send them: leaves that are right, with members changed."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

GOAL: Json = {
    "goal_type": "purchase",
    "aggregate_operator": "sum",
    "operator": "gte",
    "value": 1000,
    "timeframe_operator": "anytime",
}
TIMELINE: Json = {
    "kind": "custom_event.order.completed",
    "count_operator": "exactly",
    "count_value": 0,
    "timeframe_operator": "anytime",
}
FILTER: Json = {
    "field_name": "first_name",
    "field_type": "string",
    "operator": "equals",
    "string_values": ["Alice"],
}


def leaf(source: str, member: str, inside: Json) -> Json:
    return {"kind": "leaf", "leaf": {"source": source, member: inside}}


def goal(**members: Any) -> Json:
    return leaf("custom_events_goals", "custom_events_goal", {**GOAL, **members})


def timeline(**members: Any) -> Json:
    return leaf("contact_timeline", "contact_timeline", {**TIMELINE, **members})


def contact(*filters: Json) -> Json:
    return leaf("contacts", "contact", {"filters": list(filters)})


def branch(operator: str, *leaves: Json) -> Json:
    return {"kind": "branch", "branch": {"operator": operator, "leaves": list(leaves)}}
