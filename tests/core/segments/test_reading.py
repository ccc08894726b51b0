"""The validator of trees: every refusal with its place and its sentence, and what every word becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.core.fields import parse_timestamp
from collector.core.segments.reading import MOST_LEAVES, MOST_LEVELS, read_tree, their_words
from collector.core.segments.tree import (
    Branch,
    ContactLeaf,
    Filter,
    GoalLeaf,
    Identifier,
    Interval,
    Member,
    NumberIs,
    TextHas,
    TextIn,
    TimelineLeaf,
    is_relative,
    leaves_of,
)
from tests.core.segments.trees import FILTER, GOAL, TIMELINE, branch, contact, goal, timeline

AT = "/leaf/custom_events_goal"
LINE = "/leaf/contact_timeline"
FIELD = "/leaf/contact/filters/0"
GOAL_TYPES = "purchase, subscription, lead, signup, booking, trial, other, or '*'"
FRAMES = "'anytime', 'in_the_last_days', 'in_date_range', 'before_date', or 'after_date'"
OTHER_LEAF: dict[str, Any] = {"kind": "leaf", "leaf": {"source": "contacts"}}

REFUSALS: list[tuple[Any, str, str]] = [
    (None, "", "tree is required"),
    ([], "", "tree is required"),
    ({}, "/kind", "tree node must have 'kind' field"),
    ({"kind": "twig"}, "/kind", "invalid tree node kind: twig (must be 'branch' or 'leaf')"),
    ({"kind": "branch"}, "/branch", "branch node must have 'branch' field"),
    ({"kind": "leaf", "leaf": None}, "/leaf", "leaf node must have 'leaf' field"),
    (branch("xor", goal()), "/branch/operator", "invalid branch operator: xor (must be 'and' or 'or')"),
    (branch("and"), "/branch/leaves", "branch must have at least one leaf"),
    ({"kind": "leaf", "leaf": {}}, "/leaf/source", "leaf must have 'source' field"),
    (
        {"kind": "leaf", "leaf": {"source": "moon"}},
        "/leaf/source",
        "invalid source: moon (must be 'contacts', 'contact_lists', 'contact_timeline', "
        "or 'custom_events_goals')",
    ),
    (
        {"kind": "leaf", "leaf": {"source": "contact_lists", "contact_list": {}}},
        "/leaf/source",
        "contact_lists: there are no lists here",
    ),
    (OTHER_LEAF, "/leaf/contact", "leaf with source 'contacts' must have 'contact' field"),
    (
        {"kind": "leaf", "leaf": {"source": "custom_events_goals"}},
        AT,
        "leaf with source 'custom_events_goals' must have 'custom_events_goal' field",
    ),
    (contact(), "/leaf/contact/filters", "contact condition must have at least one filter"),
    (goal(goal_type=None), f"{AT}/goal_type", "custom_events_goal condition must have 'goal_type'"),
    (goal(goal_type="sale"), f"{AT}/goal_type", f"invalid goal_type: sale (must be one of: {GOAL_TYPES})"),
    (
        goal(aggregate_operator="median"),
        f"{AT}/aggregate_operator",
        "invalid aggregate_operator: median (must be 'sum', 'count', 'avg', 'min', or 'max')",
    ),
    (
        goal(operator="gt"),
        f"{AT}/operator",
        "invalid operator: gt (must be 'gte', 'lte', 'eq', or 'between')",
    ),
    (goal(operator="between"), f"{AT}/value_2", "between operator requires 'value_2'"),
    (goal(value="1000"), f"{AT}/value", "This is a number."),
    (goal(value=True), f"{AT}/value", "This is a number."),
    (goal(value=10**15), f"{AT}/value", "A value is less than 10¹⁵ either way."),
    (
        goal(timeframe_operator=""),
        f"{AT}/timeframe_operator",
        f"invalid timeframe_operator:  (must be {FRAMES})",
    ),
    (
        goal(timeframe_operator="before_date"),
        f"{AT}/timeframe_values",
        "timeframe_values required for timeframe_operator 'before_date'",
    ),
    (
        goal(timeframe_operator="in_date_range", timeframe_values=["2026-01-01"]),
        f"{AT}/timeframe_values",
        "in_date_range requires 2 values (start and end)",
    ),
    (
        goal(timeframe_operator="after_date", timeframe_values=["2026-01-01", "2026-01-02"]),
        f"{AT}/timeframe_values",
        "after_date requires 1 value",
    ),
    (
        goal(timeframe_operator="in_the_last_days", timeframe_values=["1", "2"]),
        f"{AT}/timeframe_values",
        "in_the_last_days requires 1 value (number of days)",
    ),
    (
        goal(timeframe_operator="in_the_last_days", timeframe_values=["-3"]),
        f"{AT}/timeframe_values",
        "invalid days value: -3 (a whole number up to 36500)",
    ),
    (
        goal(timeframe_operator="before_date", timeframe_values=["2026-02-30"]),
        f"{AT}/timeframe_values",
        "invalid date: There is no such day in the calendar.",
    ),
    (
        goal(timeframe_operator="before_date", timeframe_values=["2026-02-03T10:00:00"]),
        f"{AT}/timeframe_values",
        "invalid date: This must be a moment with an offset, such as 2026-05-01T12:00:00Z.",
    ),
    (goal(pick="any"), f"{AT}/pick", "invalid pick: any (must be 'all', 'first', or 'last')"),
    (goal(trust="maybe"), f"{AT}/trust", "invalid trust: maybe (must be 'claimed', 'signed', or 'key')"),
    (goal(consent="yes"), f"{AT}/consent", "invalid consent: yes (must be 'true', 'false', or 'unknown')"),
    (goal(purpose="ads"), f"{AT}/consent", "A purpose is one of consent: say which answer too."),
    (goal(consent="true", purpose='"'), f"{AT}/purpose", "There can be no such purpose."),
    (goal(version=1), f"{AT}/event_name", "A version is one of an event: name that too."),
    (goal(negate="yes"), f"{AT}/negate", "This is true or false."),
    (
        goal(currency="kronor"),
        f"{AT}/currency",
        "A currency is three letters, such as SEK (ISO 4217).",
    ),
    (
        goal(event_name="Order!"),
        f"{AT}/event_name",
        "An event name is 1 to 100 of a–z, 0–9, _, ., / and -.",
    ),
    (timeline(kind=""), f"{LINE}/kind", "contact_timeline condition must have 'kind'"),
    (
        timeline(count_operator="over"),
        f"{LINE}/count_operator",
        "invalid count_operator: over (must be 'at_least', 'at_most', or 'exactly')",
    ),
    (timeline(count_value=-1), f"{LINE}/count_value", "count_value must be non-negative"),
    (timeline(count_value=1.5), f"{LINE}/count_value", "This is a whole number."),
    (
        timeline(timeframe_operator="yesterday"),
        f"{LINE}/timeframe_operator",
        f"invalid timeframe_operator: yesterday (must be {FRAMES})",
    ),
    (contact({**FILTER, "field_name": ""}), f"{FIELD}/field_name", "filter must have 'field_name'"),
    (contact({**FILTER, "field_type": None}), f"{FIELD}/field_type", "filter must have 'field_type'"),
    (contact({**FILTER, "operator": None}), f"{FIELD}/operator", "filter must have 'operator'"),
    (
        contact({**FILTER, "field_type": "text"}),
        f"{FIELD}/field_type",
        "invalid field_type: text (must be 'string', 'number', 'time', or 'json')",
    ),
    (
        contact({**FILTER, "field_name": 'a"b'}),
        f"{FIELD}/field_name",
        'invalid field name: a"b',
    ),
    (
        contact({**FILTER, "string_values": None}),
        f"{FIELD}/string_values",
        "string filter must have 'string_values'",
    ),
    (
        contact({**FILTER, "field_type": "number"}),
        f"{FIELD}/number_values",
        "number filter must have 'number_values'",
    ),
    (
        contact({**FILTER, "string_values": ["a", "b"]}),
        f"{FIELD}/string_values",
        "equals requires exactly one value",
    ),
    (
        contact({**FILTER, "field_type": "json"}),
        f"{FIELD}/json_path",
        "json_path is for the field type json, which needs one",
    ),
    (
        contact({**FILTER, "field_name": "created_at"}),
        f"{FIELD}/field_type",
        "This field has the type 'time'.",
    ),
    (goal(goal_name="a\0b"), f"{AT}/goal_name", "A text must not contain U+0000 or a lone surrogate."),
]


@pytest.mark.parametrize(("document", "pointer", "message"), REFUSALS)
def test_what_is_wrong_is_told_with_its_place(document: Any, pointer: str, message: str) -> None:
    faults = read_tree(document)
    assert isinstance(faults, list)
    assert (pointer, message) in [(fault.pointer, fault.message) for fault in faults]


def test_a_member_that_nobody_knows_is_refused_with_those_that_there_are() -> None:
    faults = read_tree(goal(negated=True))
    assert isinstance(faults, list)
    assert [(fault.code, fault.pointer) for fault in faults] == [("member-unknown", f"{AT}/negated")]
    assert "negate," in faults[0].message


def test_a_leaf_of_two_kinds_is_refused_and_one_with_nulls_is_not() -> None:
    both = goal()
    both["leaf"]["contact"] = {"filters": [FILTER]}
    faults = read_tree(both)
    assert isinstance(faults, list)
    assert [fault.pointer for fault in faults] == ["/leaf/contact"]
    both["leaf"]["contact"] = None
    assert isinstance(read_tree({**both, "branch": None}), GoalLeaf)


def test_every_fault_of_a_tree_is_told_at_once_with_the_leaf_that_it_is_in() -> None:
    wrong = branch("and", goal(), branch("or", goal(pick="any"), goal(operator="gt")))
    faults = read_tree(wrong)
    assert isinstance(faults, list)
    assert [their_words(fault) for fault in faults] == [
        "branch leaf 1: branch leaf 0: invalid pick: any (must be 'all', 'first', or 'last')",
        "branch leaf 1: branch leaf 1: invalid operator: gt (must be 'gte', 'lte', 'eq', or 'between')",
    ]
    assert [fault.pointer.count("leaves") for fault in faults] == [2, 2]


def nested(levels: int) -> Any:
    document = goal()
    for _ in range(levels):
        document = branch("and", document)
    return document


def test_a_tree_has_so_many_levels_and_leaves_and_no_more() -> None:
    assert isinstance(read_tree(nested(MOST_LEVELS)), Branch)
    too_deep = read_tree(nested(MOST_LEVELS + 1))
    assert isinstance(too_deep, list)
    assert [fault.code for fault in too_deep] == ["too-deep"]
    assert isinstance(read_tree(branch("or", *[goal()] * MOST_LEAVES)), Branch)
    too_many = read_tree(branch("or", *[goal()] * (MOST_LEAVES + 1)))
    assert isinstance(too_many, list)
    assert [fault.code for fault in too_many] == ["too-many-members"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"operator": "gte", "value": 1000}, Interval(1_000_000_000, None)),
        ({"operator": "lte", "value": Decimal("0.1")}, Interval(None, 100_000)),
        ({"operator": "eq", "value": Decimal("1e1")}, Interval(10_000_000, 10_000_000)),
        ({"operator": "between", "value": 5, "value_2": 2}, Interval(5_000_000, 2_000_000)),
        ({"operator": "gte", "value": None}, Interval(0, None)),
        ({"operator": "gte", "value": Decimal("0.0000005")}, Interval(0, None)),
        ({"operator": "gte", "value": Decimal("-0.0000015")}, Interval(-2, None)),
    ],
)
def test_a_comparison_is_an_interval_of_millionths(members: Any, expected: Interval) -> None:
    leaf = read_tree(goal(**members))
    assert isinstance(leaf, GoalLeaf)
    assert leaf.compared == expected


NOON = parse_timestamp("2026-09-21T12:00:00Z")
MIDNIGHT = parse_timestamp("2026-09-21T00:00:00Z")
DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("anytime", [], Interval()),
        ("before_date", ["2026-09-21"], Interval(None, MIDNIGHT - 1)),
        ("after_date", ["2026-09-21"], Interval(MIDNIGHT + 1, None)),
        ("after_date", ["2026-09-21T14:00:00+02:00"], Interval(NOON + 1, None)),
        ("in_date_range", ["2026-09-21", "2026-09-21T12:00:00Z"], Interval(MIDNIGHT, NOON)),
        ("in_the_last_days", ["30"], Interval(NOON - 30 * DAY + 1, NOON)),
        ("in_the_last_days", ["0"], Interval(NOON + 1, NOON)),
    ],
)
def test_before_and_after_are_strict_ranges_include_their_ends_and_nothing_is_in_the_future(
    operator: str, values: list[str], expected: Interval
) -> None:
    leaf = read_tree(goal(timeframe_operator=operator, timeframe_values=values))
    assert isinstance(leaf, GoalLeaf)
    assert leaf.timeframe.at(NOON) == expected


def test_a_date_is_the_midnight_of_the_segments_zone() -> None:
    document = goal(timeframe_operator="after_date", timeframe_values=["2026-09-21"])
    leaf = read_tree(document, ZoneInfo("Europe/Stockholm"))
    assert isinstance(leaf, GoalLeaf)
    assert leaf.timeframe.at(NOON) == Interval(MIDNIGHT - 2 * DAY // 24 + 1, None)


def test_names_that_are_empty_are_not_set() -> None:
    leaf = read_tree(goal(goal_name="", event_name="", goal_type="*"))
    assert isinstance(leaf, GoalLeaf)
    assert (leaf.goal_name, leaf.event_name, leaf.goal_type) == (None, None, None)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("at_least", Interval(2, None)), ("at_most", Interval(None, 2)), ("exactly", Interval(2, 2))],
)
def test_a_timeline_counts_the_entries_of_an_event(operator: str, expected: Interval) -> None:
    for kind in ("custom_event.order.completed", "order.completed"):
        leaf = read_tree(timeline(kind=kind, count_operator=operator, count_value=2))
        assert leaf == TimelineLeaf("order.completed", expected)
    assert isinstance(read_tree({**timeline(), "branch": None}), TimelineLeaf)
    unknown = read_tree(timeline(kind="Open Email"))
    assert isinstance(unknown, TimelineLeaf)
    assert unknown.event_name is None


def test_contacts_are_their_identifiers_times_and_attributes() -> None:
    leaf = read_tree(
        contact(
            {**FILTER, "field_name": "email", "string_values": [" Alice@Example.COM "]},
            {**FILTER, "field_name": "external_id", "operator": "not_contains", "string_values": ["7", "8"]},
            {"field_name": "custom_number_1", "field_type": "number", "operator": "gt", "number_values": [1]},
            {
                "field_name": "custom_json_1",
                "field_type": "json",
                "json_path": ["pets", "0", "name"],
                "operator": "not_equals",
                "string_values": ["Rex"],
            },
        )
    )
    assert leaf == ContactLeaf(
        (
            Filter(Identifier("email"), TextIn(("alice@example.com",))),
            Filter(Identifier("crm_id"), TextHas(("7", "8"), "all"), negate=True),
            Filter(Member(("custom_number_1",)), NumberIs("gt", (Decimal(1),))),
            Filter(Member(("custom_json_1", "pets", 0, "name")), TextIn(("Rex",)), negate=True),
        )
    )


def test_a_tree_is_relative_if_time_alone_moves_people() -> None:
    last = {"timeframe_operator": "in_the_last_days", "timeframe_values": ["3"]}
    seen = {"field_name": "last_seen", "field_type": "time", "string_values": ["3"]}
    relative = [
        goal(**last),
        timeline(**last),
        contact({**seen, "operator": "not_in_the_last_days"}),
    ]
    for document in relative:
        inside = read_tree(branch("or", goal(), branch("and", document)))
        assert not isinstance(inside, list)
        assert is_relative(inside)
        assert len(list(leaves_of(inside))) == 2
    absolute = read_tree(branch("or", goal(), timeline(), contact(FILTER)))
    assert not isinstance(absolute, list)
    assert not is_relative(absolute)


def test_what_the_tests_take_for_right_is_right() -> None:
    for document in (goal(), timeline(), contact(FILTER)):
        assert not isinstance(read_tree(document), list)
    assert set(GOAL) & set(TIMELINE) == {"timeframe_operator"}
