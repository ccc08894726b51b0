"""What a draft would accept and refuse of what came already, and for which reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from collector.core import ids
from collector.core.definitions import Content, GoalRule, Version
from collector.core.effects import KNOWN_REASONS, Effect, Sample, effect_on
from collector.core.fields import Field
from collector.core.judge import Rules
from collector.core.problems import Fault

TOTAL = Field("total", "decimal", required=True)
CONTENT = Content((TOTAL, Field("lines", "integer")))
NO_EMAIL = Fault("identifier-missing", "/identifiers", "An event names somebody.")
BAD_TOTAL = Fault("type-wrong", "/data/total", "This is a number.")


def rules(content: Content = CONTENT) -> Rules:
    version = Version(ids.encode(2), ids.encode(1), 1, content, 0, 0)
    return Rules("order.completed", version)


def counted(effect: Effect) -> tuple[int, int, int]:
    return (effect.checked, effect.accepted, effect.refused)


def test_what_fits_is_accepted_and_what_does_not_is_refused_with_its_reason() -> None:
    effect = effect_on(
        rules(), [Sample("1", b'{"total":1}'), Sample("2", b"{}"), Sample("3", b'{"total":"x"}')]
    )
    assert counted(effect) == (3, 1, 2)
    assert effect.reasons == [
        {"code": "field-missing", "pointer": "/data/total", "count": 1, "example": "2"},
        {"code": "type-wrong", "pointer": "/data/total", "count": 1, "example": "3"},
    ]


def test_the_most_frequent_reason_comes_first_with_its_first_example() -> None:
    samples = [Sample("1", b"{}"), Sample("2", b'{"lines":"x"}'), Sample("3", b'{"total":1,"lines":1.5}')]
    samples.append(Sample("4", b'{"total":1,"lines":true}'))
    reasons = effect_on(rules(), samples).reasons
    assert [(reason["pointer"], reason["count"], reason["example"]) for reason in reasons] == [
        ("/data/lines", 3, "2"),
        ("/data/total", 2, "1"),
    ]


def test_at_most_twenty_reasons_are_shown_and_a_flood_of_names_is_bounded() -> None:
    samples = (Sample(str(n), b'{"total":1,"x%d":1}' % n) for n in range(KNOWN_REASONS + 50))
    effect = effect_on(rules(), samples)
    assert len(effect.reasons) == 20
    assert effect.refused == KNOWN_REASONS + 50
    assert effect.reasons[0] == {
        "code": "field-unknown",
        "pointer": "/data",
        "count": 50,
        "example": str(KNOWN_REASONS),
    }


def test_a_goal_of_its_own_is_refused_where_the_draft_has_one() -> None:
    sample = Sample("1", b'{"total":1}', brings_goal=True)
    with_goal = rules(replace(CONTENT, goal=GoalRule("purchase", "total")))
    assert counted(effect_on(rules(), [sample])) == (1, 1, 0)
    assert effect_on(with_goal, [sample]).reasons[0]["code"] == "goal-not-allowed"


def test_a_goal_that_needs_a_value_refuses_data_without_one() -> None:
    content = Content((Field("total", "decimal"),), goal=GoalRule("purchase", "total"))
    effect = effect_on(rules(content), [Sample("1", b"{}")])
    assert effect.reasons == [
        {"code": "goal-value-missing", "pointer": "/data/total", "count": 1, "example": "1"}
    ]


def test_a_deletion_without_data_is_not_refused_for_its_data() -> None:
    assert counted(effect_on(rules(), [Sample("1", None)])) == (1, 1, 0)


def test_what_was_refused_for_its_data_is_judged_again() -> None:
    rejected = Sample("1", b'{"total":"1.5"}', faults=(BAD_TOTAL,))
    assert counted(effect_on(rules(), [rejected])) == (1, 1, 0)


def test_what_was_refused_for_something_else_stays_refused_for_that_alone() -> None:
    rejected = Sample("1", b'{"total":"x"}', faults=(NO_EMAIL, BAD_TOTAL))
    assert effect_on(rules(), [rejected]).reasons == [
        {"code": "identifier-missing", "pointer": "/identifiers", "count": 1, "example": "1"}
    ]


@pytest.mark.parametrize("code", ["version-pending", "version-retired", "version-unknown"])
def test_what_was_wrong_with_another_version_says_nothing_about_the_draft(code: str) -> None:
    rejected = Sample("1", b'{"total":1}', faults=(Fault(code, "/version", "No."),))
    assert counted(effect_on(rules(), [rejected])) == (1, 1, 0)


def test_no_more_is_read_than_was_asked_for_and_that_is_said() -> None:
    def endless() -> Iterator[Sample]:
        while True:
            yield Sample("1", b'{"total":1}')

    effect = effect_on(rules(), endless(), most=3)
    assert (counted(effect), effect.is_complete) == ((3, 3, 0), False)
    three = [Sample("1", b'{"total":1}')] * 3
    assert effect_on(rules(), three, most=3).is_complete


def test_what_was_not_kept_whole_is_not_judged() -> None:
    effect = effect_on(rules(), [Sample("1", b"{}", is_cut=True)])
    assert (counted(effect), effect.is_complete) == ((0, 0, 0), False)


def test_an_effect_is_json() -> None:
    assert effect_on(rules(), [Sample(None, b'{"total":1}')]).as_json() == {
        "checked": 1,
        "accepted": 1,
        "refused": 0,
        "is_complete": True,
        "reasons": [],
    }
