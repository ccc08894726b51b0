"""Goals: exact values, and what may be given."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.definitions import GoalRule, GoalType
from collector.core.goals import GOAL_TYPES, Goal, goal_from_rule, judge_given_goal, scale, unscale
from collector.core.problems import Fault
from tests.generated import examples

QUICK = settings(derandomize=True, deadline=None, max_examples=examples(80, 200))
MOST = 10**16 - 1


@pytest.mark.parametrize(
    ("value", "millionths"),
    [
        (0, 0),
        (Decimal("-0"), 0),
        (149, 149_000_000),
        (Decimal("149.99"), 149_990_000),
        ("149.99", 149_990_000),
        ("-12.5", -12_500_000),
        (Decimal("1E+3"), 1_000_000_000),
        (Decimal("0.0000005"), 0),
        (Decimal("0.0000015"), 2),
        (Decimal("0.0000025"), 2),
        (Decimal("-0.0000015"), -2),
        ("0.00000050000000000000000000000000000001", 1),
        (Decimal("1e-999999"), 0),
        (10**10 - 1, 9_999_999_999_000_000),
        (Decimal("9999999999.9999994"), MOST),
        ("-9999999999.999999", -MOST),
    ],
)
def test_a_value_becomes_millionths_rounded_half_even(value: Decimal | int | str, millionths: int) -> None:
    assert scale(value) == millionths


@pytest.mark.parametrize(
    "value",
    [
        10**10,
        -(10**10),
        "10000000000",
        Decimal("9999999999.9999995"),
        Decimal("1e999999"),
        10**4000,
        Decimal("Infinity"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_that_is_too_large_is_refused(value: Decimal | int | str) -> None:
    outcome = scale(value, "/data/total")
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.pointer) == ("out-of-range", "/data/total")


@pytest.mark.parametrize("text", ["", "1e5", "1_000", " 1", "١", "NaN", "Infinity", ".5", "5.", "0x1", "--1"])
def test_a_text_that_is_not_plain_digits_is_no_value(text: str) -> None:
    outcome = scale(text)
    assert isinstance(outcome, Fault)
    assert outcome.code == "type-wrong"


@QUICK
@given(st.integers(-MOST, MOST))
def test_what_was_scaled_comes_back(millionths: int) -> None:
    value = unscale(millionths)
    assert scale(value) == millionths
    assert scale(str(value)) == millionths
    assert "E" not in str(value)
    assert not ("." in str(value) and str(value).endswith("0"))


@QUICK
@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=12))
def test_scaling_is_never_off_by_more_than_half_a_millionth(value: Decimal) -> None:
    millionths = scale(value)
    assert isinstance(millionths, int)
    assert abs(Fraction(value) - Fraction(millionths, 10**6)) <= Fraction(1, 2 * 10**6)
    with localcontext(prec=60):
        assert unscale(millionths) == value.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


@pytest.mark.parametrize(
    ("millionths", "text"),
    [(0, "0"), (1_000_000_000, "1000"), (149_500_000, "149.5"), (-1, "-0.000001"), (-2_500_000, "-2.5")],
)
def test_a_value_is_written_plainly(millionths: int, text: str) -> None:
    assert str(unscale(millionths)) == text


PURCHASE = GoalRule("purchase", "total", "currency", "checkout")


def _judged(**data: object) -> Goal | Fault:
    return goal_from_rule(PURCHASE, data.get("total"), data.get("currency"))


def test_a_rule_makes_the_goal_from_the_data() -> None:
    assert _judged(total=Decimal("149.99"), currency="sek") == Goal(
        "purchase", 149_990_000, "checkout", "SEK"
    )
    assert _judged(total=-5) == Goal("purchase", -5_000_000, "checkout")


def test_a_purchase_without_its_value_is_refused_at_the_field() -> None:
    outcome = _judged(currency="SEK")
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.pointer) == ("goal-value-missing", "/data/total")


def test_other_goals_do_without_a_value() -> None:
    assert goal_from_rule(GoalRule("lead", "worth"), None, None) == Goal("lead")
    assert goal_from_rule(GoalRule("signup"), None, None) == Goal("signup")


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        ({"total": 10**10}, "out-of-range", "/data/total"),
        ({"total": 1, "currency": "kronor"}, "currency-invalid", "/data/currency"),
        ({"total": 1, "currency": ""}, "currency-invalid", "/data/currency"),
    ],
)
def test_data_that_cannot_be_a_goal_is_refused_at_its_field(
    data: dict[str, object], code: str, pointer: str
) -> None:
    outcome = _judged(**data)
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.pointer) == (code, pointer)


def test_no_goal_given_is_no_goal() -> None:
    assert judge_given_goal(None, None, None, None) is None


@pytest.mark.parametrize("goal_type", GOAL_TYPES)
def test_each_type_may_be_given(goal_type: GoalType) -> None:
    goal = judge_given_goal(goal_type, Decimal("-1.5"), "x" * 100, "eur")
    assert goal == Goal(goal_type, -1_500_000, "x" * 100, "EUR")


def test_a_goal_without_type_is_partial() -> None:
    assert judge_given_goal(None, 0, None, None) == Goal(None, 0)
    assert judge_given_goal(None, None, "spring", None) == Goal(None, None, "spring")
    assert judge_given_goal("lead", None, "", None) == Goal("lead")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (("purchase", None, None, None), {("goal-value-missing", "/goal_value")}),
        (("subscription", None, None, None), {("goal-value-missing", "/goal_value")}),
        (("", 1, None, None), {("goal-type-unknown", "/goal_type")}),
        ((["purchase"], 1, None, None), {("goal-type-unknown", "/goal_type")}),
        (("Purchase", 1, None, None), {("goal-type-unknown", "/goal_type")}),
        (("lead", "1", None, None), {("type-wrong", "/goal_value")}),
        (("lead", True, None, None), {("type-wrong", "/goal_value")}),
        (("lead", 1.5, None, None), {("type-wrong", "/goal_value")}),
        (("lead", Decimal("1e11"), None, None), {("out-of-range", "/goal_value")}),
        (("purchase", "x", None, None), {("type-wrong", "/goal_value")}),
        (("lead", 1, "x" * 101, None), {("too-long", "/goal_name")}),
        (("lead", 1, 7, None), {("type-wrong", "/goal_name")}),
        (("lead", 1, "a\x00", None), {("text-invalid", "/goal_name")}),
        (("lead", 1, "a\ud800", None), {("text-invalid", "/goal_name")}),
        (("lead", 1, None, "SEKK"), {("currency-invalid", "/goal_currency")}),
        (("lead", 1, None, "kr"), {("currency-invalid", "/goal_currency")}),
        (("lead", 1, None, "SEK\n"), {("currency-invalid", "/goal_currency")}),
        (("lead", 1, None, "ſek"), {("currency-invalid", "/goal_currency")}),
        (("lead", 1, None, 752), {("currency-invalid", "/goal_currency")}),
        (
            ("gift", None, 1, ""),
            {
                ("goal-type-unknown", "/goal_type"),
                ("type-wrong", "/goal_name"),
                ("currency-invalid", "/goal_currency"),
            },
        ),
    ],
)
def test_a_given_goal_is_refused_with_every_fault(
    members: tuple[object, object, object, object], expected: set[tuple[str, str]]
) -> None:
    outcome = judge_given_goal(*members)
    assert isinstance(outcome, list)
    assert {(fault.code, fault.pointer) for fault in outcome} == expected
