"""What a tree says in words, so that who did not make it understands it."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.segments.templates import TEMPLATES
from collector.core.segments.words import Theirs, in_words
from tests.core.segments.trees import branch, contact, goal, timeline

NAMES = {"order.completed": "Order completed"}
LAST_30 = {"timeframe_operator": "in_the_last_days", "timeframe_values": ["30"]}
COUNTED = {"aggregate_operator": "count", "value": 1}


def a_filter(name: str, kind: str, operator: str, *values: Any) -> dict[str, Any]:
    member = "number_values" if kind == "number" else "string_values"
    return {"field_name": name, "field_type": kind, "operator": operator, member: list(values)}


GIFT = a_filter("gift", "string", "equals", "true")
LUND = a_filter("city", "string", "equals", "Lund")
SAID = [
    (goal(), "has purchases that add up to at least 1,000"),
    (goal(currency="sek", value=200.000001), "has purchases that add up to more than 200 SEK"),
    (goal(operator="lte", value=99.999999), "has purchases that add up to less than 100"),
    (goal(negate=True), "has no purchases that add up to at least 1,000"),
    (goal(goal_type="lead", **COUNTED), "has made a lead"),
    (goal(**COUNTED, **LAST_30, negate=True), "has made no purchase in the last 30 days"),
    (
        goal(aggregate_operator="count", value=3, operator="between", value_2=5),
        "has made 3 to 5 purchases",
    ),
    (goal(aggregate_operator="avg", value=49.5), "has purchases of at least 49.5 on average"),
    (goal(aggregate_operator="min", operator="eq"), "has purchases of which the smallest is exactly 1,000"),
    (
        goal(pick="first", value=200.000001, **LAST_30),
        "has a first purchase of more than 200 in the last 30 days",
    ),
    (goal(pick="last", **COUNTED, negate=True), "has no last purchase"),
    (
        goal(goal_name="plus", event_name="order.completed", version=2, trust="key", **COUNTED),
        "has made a purchase “plus” by Order completed (version 2) vouched for by an integration",
    ),
    (
        goal(consent="true", purpose="ads", **COUNTED),
        "has made a purchase with consent given for “ads”",
    ),
    (timeline(), "has not done Order completed"),
    (
        timeline(count_operator="at_least", count_value=3, **LAST_30),
        "has done Order completed at least 3 times in the last 30 days",
    ),
    (timeline(kind="open.email", count_operator="at_least", count_value=1), "has done open.email"),
    (
        timeline(
            filters=[a_filter("total", "number", "gt", 5), a_filter("gift", "string", "equals", "true")]
        ),
        "has not done Order completed, where total is more than 5 and gift is true",
    ),
    (
        timeline(timeframe_operator="in_date_range", timeframe_values=["2026-09-01", "2026-09-30T12:00:00Z"]),
        "has not done Order completed from 2026-09-01 to 2026-09-30 12:00:00 UTC",
    ),
    (
        contact(a_filter("email", "string", "contains", "@x.se", "@y.se")),
        "whose e-mail contains @x.se or @y.se",
    ),
    (
        contact({"field_name": "city", "field_type": "string", "operator": "is_not_set"}),
        "has no city",
    ),
    (
        contact(a_filter("first_seen", "time", "not_in_the_last_days", "1")),
        "whose time of the first event is not in the last day",
    ),
    (
        branch("or", goal(), branch("and", timeline(), contact(LUND))),
        "has purchases that add up to at least 1,000"
        " or (has not done Order completed and whose city is Lund)",
    ),
]


@pytest.mark.parametrize(("tree", "words"), SAID, ids=[words for _, words in SAID])
def test_a_tree_is_told_in_words(tree: dict[str, Any], words: str) -> None:
    assert in_words(tree, NAMES).text == words


def test_what_somebody_else_wrote_is_kept_apart_in_a_sentence() -> None:
    told = in_words(goal(goal_name="\u202ecba", **COUNTED), NAMES)
    assert [piece for piece in told.pieces if isinstance(piece, Theirs)] == ["\u202ecba"]


def test_the_templates_say_what_they_promise() -> None:
    assert [in_words(one.tree, {}).text for one in TEMPLATES] == [
        "has purchases that add up to at least 1,000 and has made at least 5 purchases"
        " and has made a purchase in the last 60 days",
        "has purchases that add up to at least 500 and has made no purchase in the last 90 days",
        "has a first purchase of more than 200 in the last 30 days",
    ]
