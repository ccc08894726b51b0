"""A difference of two contents is told in words, and what it claims to be stricter is so for the judge."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.data import DataJudge, Judged
from collector.core.definitions import Content, ExtraFields, GoalRule
from collector.core.differences import Difference, differences
from collector.core.fields import parse_fields
from collector.core.goals import Goal, goal_from_rule
from collector.core.versions import same_content

Rules = dict[str, Any]

PURCHASE = GoalRule("purchase", "total", "currency")
TOTAL = {"name": "total", "type": "decimal"}
CURRENCY = {"name": "currency", "type": "text"}
MONEY = [TOTAL, CURRENCY]


def content(*fields: Rules, extra: ExtraFields = "reject", goal: GoalRule | None = None) -> Content:
    parsed, faults = parse_fields(list(fields), "/fields")
    assert faults == []
    return Content(parsed, extra, goal)


def text(**rules: Any) -> Rules:
    return {"name": "note", "type": "text", **rules}


def number(**rules: Any) -> Rules:
    return {"name": "lines", "type": "integer", **rules}


def accepts(judging: Content, data: bytes) -> bool:
    judged = DataJudge(judging).judge(data)
    if not isinstance(judged, Judged):
        return False
    return judging.goal is None or isinstance(goal_from_rule(judging.goal, *judged.of_goal), Goal)


def told(old: Content, new: Content) -> list[tuple[str, str, str]]:
    return [(one.kind, one.place, one.sentence) for one in differences(old, new)]


FIELD_CASES = [
    (number(), number(required=True), "stricter", "required", "is now required (before: optional)", b"{}"),
    (
        number(),
        number(minimum=0),
        "stricter",
        "minimum",
        "now needs at least 0 (before: no lower bound)",
        b'{"lines":-1}',
    ),
    (
        number(minimum=0),
        number(minimum=-5),
        "looser",
        "minimum",
        "now needs at least -5 (before: at least 0)",
        b'{"lines":-5}',
    ),
    (
        number(maximum=9),
        number(maximum=10),
        "looser",
        "maximum",
        "now needs at most 10 (before: at most 9)",
        b'{"lines":10}',
    ),
    (
        text(),
        text(max_length=3),
        "stricter",
        "max_length",
        "now needs a length of at most 3 (before: only the limit of every text, 4,096 characters)",
        b'{"note":"abcd"}',
    ),
    (
        text(min_length=2),
        text(),
        "looser",
        "min_length",
        "now has no least length (before: a length of at least 2)",
        b'{"note":""}',
    ),
    (
        text(),
        text(pattern="[a-z]+"),
        "stricter",
        "pattern",
        "now fits the pattern [a-z]+ (before: any pattern)",
        b'{"note":"1"}',
    ),
    (
        text(),
        text(choices=["a", "b"]),
        "stricter",
        "choices",
        'now takes only "a", "b" (before: any value of its type)',
        b'{"note":"c"}',
    ),
    (
        number(choices=[1]),
        number(),
        "looser",
        "choices",
        "now takes any value of its type (before: only 1)",
        b'{"lines":2}',
    ),
    (
        text(choices=["a"]),
        text(choices=["b", "a"]),
        "looser",
        "choices",
        'now also takes "b"',
        b'{"note":"b"}',
    ),
    (
        text(choices=["a", "b"]),
        text(choices=["b"]),
        "stricter",
        "choices",
        'no longer takes "a"',
        b'{"note":"a"}',
    ),
    (
        {"name": "at", "type": "timestamp", "minimum": "2026-05-01T12:00:00Z"},
        {"name": "at", "type": "timestamp", "minimum": "2026-05-01T12:00:00.5Z"},
        "stricter",
        "minimum",
        "now needs at least 2026-05-01T12:00:00.5Z (before: at least 2026-05-01T12:00:00Z)",
        b'{"at":"2026-05-01T12:00:00Z"}',
    ),
]
"""old field, new field, kind, member, sentence, and data that only one of the two accepts."""


@pytest.mark.parametrize(
    ("old", "new", "kind", "member", "sentence", "witness"),
    FIELD_CASES,
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_rule_that_changed_is_stricter_or_looser_for_the_judge_too(
    old: Rules, new: Rules, kind: str, member: str, sentence: str, witness: bytes
) -> None:
    name = new["name"]
    before, after = content(old), content(new)
    assert told(before, after) == [(kind, f"/fields/{name}/{member}", f"{name} {sentence}: {kind}.")]
    [back] = differences(after, before)
    assert back.kind == {"stricter": "looser", "looser": "stricter"}[kind]
    assert (accepts(before, witness), accepts(after, witness)) == (kind == "stricter", kind == "looser")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            text(pattern="a"),
            text(pattern="b"),
            "note now fits the pattern b (before: the pattern a), which cannot be compared.",
        ),
        (
            text(fill="page.url"),
            text(),
            "note is now not filled by the snippet (before: filled by the snippet with page.url).",
        ),
        (text(choices=["a", "b"]), text(choices=["b", "a"]), "The choices of note are now in another order."),
        (
            text(max_length=4096),
            text(),
            "note now has only the limit of every text, 4,096 characters (before: a length of at most 4096).",
        ),
    ],
)
def test_what_is_neither_stricter_nor_looser_is_just_changed(old: Rules, new: Rules, sentence: str) -> None:
    [difference] = differences(content(old), content(new))
    assert (difference.kind, difference.sentence, difference.makes_version) == ("changed", sentence, True)


def test_choices_given_and_choices_taken_are_told_apart() -> None:
    found = told(content(text(choices=["a", "b"])), content(text(choices=["b", "c", "d"])))
    assert found == [
        ("looser", "/fields/note/choices", 'note now also takes "c", "d": looser.'),
        ("stricter", "/fields/note/choices", 'note no longer takes "a": stricter.'),
    ]


def test_long_lists_and_long_texts_are_cut() -> None:
    [many] = differences(content(number()), content(number(choices=list(range(500)))))
    assert many.sentence.startswith("lines now takes only 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 490 more (before")
    [long] = differences(content(text()), content(text(choices=["x" * 4000])))
    assert len(long.sentence) < 200


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        ("integer", "decimal", ": looser"),
        ("decimal", "integer", ": stricter"),
        ("timestamp", "text", ": looser"),
        ("boolean", "text", ""),
    ],
)
def test_another_type_is_told_with_its_strictness_where_there_is_one(old: str, new: str, way: str) -> None:
    found = told(content({"name": "x", "type": old}), content({"name": "x", "type": new}))
    assert found == [("type-changed", "/fields/x/type", f"x is now of type {new} (before: {old}){way}.")]


def test_rules_that_the_new_type_does_not_have_are_not_told_beside_it() -> None:
    old = content({"name": "x", "type": "integer", "minimum": 1, "choices": [1, 2]})
    assert [one.kind for one in differences(old, content({"name": "x", "type": "boolean"}))] == [
        "type-changed",
        "looser",
    ]
    bound = content({"name": "x", "type": "date", "minimum": "2026-05-01"})
    assert [one.kind for one in differences(old, bound)] == ["type-changed", "changed", "looser"]


@pytest.mark.parametrize(
    ("extra", "required", "way"),
    [
        ("reject", False, "looser"),
        ("drop", False, "stricter"),
        ("keep", False, "stricter"),
        ("reject", True, "stricter"),
    ],
)
def test_a_new_field_is_looser_only_where_it_was_refused_before(
    extra: ExtraFields, required: bool, way: str
) -> None:
    old, new = content(TOTAL, extra=extra), content(TOTAL, number(required=required), extra=extra)
    need = "required" if required else "optional"
    sentence = f"lines is a new field (integer, {need}): {way}."
    assert told(old, new) == [("added", "/fields/lines", sentence)]


@pytest.mark.parametrize(
    ("extra", "fate", "way"),
    [
        ("reject", "is refused", "stricter"),
        ("drop", "is dropped", "looser"),
        ("keep", "is kept as it comes", "looser"),
    ],
)
def test_a_removed_field_is_stricter_only_where_it_is_refused_from_now_on(
    extra: ExtraFields, fate: str, way: str
) -> None:
    old, new = content(TOTAL, number(), extra=extra), content(TOTAL, extra=extra)
    sentence = f"lines is no field any more, and what comes under its name {fate}: {way}."
    assert told(old, new) == [("removed", "/fields/lines", sentence)]
    assert accepts(new, b'{"lines":"text"}') == (way == "looser")


def test_a_renamed_field_is_gone_and_new() -> None:
    found = differences(content(TOTAL), content({**TOTAL, "name": "Total"}))
    assert [(one.kind, one.place) for one in found] == [
        ("removed", "/fields/total"),
        ("added", "/fields/Total"),
    ]


def test_the_order_of_fields_is_told_where_those_that_stayed_moved() -> None:
    old = content(TOTAL, CURRENCY, number())
    assert told(old, content(CURRENCY, TOTAL, number())) == [
        ("changed", "/fields", "The fields are now in another order.")
    ]
    assert [one.kind for one in differences(old, content(text(), TOTAL, number()))] == ["removed", "added"]


def test_what_happens_to_other_values_is_told() -> None:
    subject = "What no field describes"
    assert told(content(TOTAL), content(TOTAL, extra="keep")) == [
        ("looser", "/extra_fields", f"{subject} is now kept as it comes (before: refused): looser.")
    ]
    assert told(content(TOTAL, extra="keep"), content(TOTAL, extra="drop")) == [
        ("changed", "/extra_fields", f"{subject} is now dropped (before: kept as it comes).")
    ]


def test_a_goal_comes_and_goes() -> None:
    without, with_goal = content(*MONEY), content(*MONEY, goal=PURCHASE)
    sentence = "Every event now counts for a goal of type purchase and may bring no other: stricter."
    assert told(without, with_goal) == [("added", "/goal", sentence)]
    assert [(one.kind, one.place) for one in differences(with_goal, without)] == [("removed", "/goal")]


GOAL_CASES = [
    (
        GoalRule("lead", "total"),
        GoalRule("purchase", "total"),
        "stricter",
        "type",
        "is now of type purchase (before: of type lead): stricter.",
    ),
    (
        GoalRule("lead"),
        GoalRule("signup"),
        "changed",
        "type",
        "is now of type signup (before: of type lead).",
    ),
    (
        GoalRule("lead", "total"),
        GoalRule("lead"),
        "looser",
        "value_field",
        "now takes no value (before: its value from total): looser.",
    ),
    (
        GoalRule("lead"),
        GoalRule("lead", None, "currency"),
        "stricter",
        "currency_field",
        "now takes its currency from currency (before: no currency): stricter.",
    ),
    (
        GoalRule("lead"),
        GoalRule("lead", name="demo"),
        "changed",
        "name",
        "now has the name “demo” (before: no name).",
    ),
]


@pytest.mark.parametrize(("old", "new", "kind", "member", "sentence"), GOAL_CASES)
def test_a_goal_that_changed_is_told_member_by_member(
    old: GoalRule, new: GoalRule, kind: str, member: str, sentence: str
) -> None:
    found = told(content(*MONEY, goal=old), content(*MONEY, goal=new))
    assert found == [(kind, f"/goal/{member}", f"The goal {sentence}")]


def test_a_goal_with_a_currency_refuses_what_is_none() -> None:
    priced = content(*MONEY, goal=GoalRule("lead", None, "currency"))
    odd = b'{"currency":"money"}'
    assert (accepts(content(*MONEY, goal=GoalRule("lead")), odd), accepts(priced, odd)) == (True, False)


def test_texts_and_personal_are_marked_as_making_no_version() -> None:
    old, new = content(text()), content(text(description="What was said", personal=True))
    assert same_content(old, new)
    assert differences(old, new) == [
        Difference("changed", "/fields/note/personal", "note is now personal (before: not personal).", False),
        Difference(
            "changed",
            "/fields/note/description",
            "note now has the description “What was said” (before: no description).",
            False,
        ),
    ]


def _pairs() -> list[tuple[Content, Content]]:
    """Every two of a few contents, themselves included."""
    fields = [field for case in FIELD_CASES for field in case[:2]]
    contents = [content(TOTAL, field) for field in fields]
    contents += [content(*MONEY, goal=goal) for case in GOAL_CASES for goal in case[:2]]
    contents += [content(*MONEY, extra="drop"), content(CURRENCY, TOTAL), content(text(personal=True))]
    contents += [content(text(fill="page.url")), content(text(description="x")), content(text())]
    return [(one, other) for one in contents for other in contents]


def test_a_difference_makes_a_version_exactly_where_the_contents_judge_otherwise() -> None:
    for one, other in _pairs():
        found = differences(one, other)
        assert any(difference.makes_version for difference in found) == (not same_content(one, other))
        assert bool(found) == (one != other)


def test_a_difference_is_json() -> None:
    [difference] = differences(content(number()), content(number(minimum=0)))
    assert difference.as_json() == {
        "kind": "stricter",
        "place": "/fields/lines/minimum",
        "sentence": "lines now needs at least 0 (before: no lower bound): stricter.",
        "makes_version": True,
    }
