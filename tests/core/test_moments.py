"""When an event happened."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.fields import parse_timestamp
from collector.core.moments import EARLIEST, corrected, judge_occurred_at
from collector.core.problems import Fault

NOW = parse_timestamp("2026-05-01T12:00:00Z")
MINUTE = 60_000_000
MOMENTS = st.integers(EARLIEST, NOW)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"),
        ("2026-05-01t14:00:00.5+02:00", "2026-05-01T12:00:00.5Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ("2026-05-02T12:00:00Z", "2026-05-02T12:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_a_moment_between_2000_and_tomorrow_is_taken(text: str, same_as: str) -> None:
    assert judge_occurred_at(text, NOW) == parse_timestamp(same_as)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1999-12-31T23:59:59.999999Z", "out-of-range"),
        ("2026-05-02T12:00:00.000001Z", "out-of-range"),
        ("0001-01-01T00:00:00+14:00", "out-of-range"),
        ("9999-12-31T23:59:59-14:00", "out-of-range"),
        ("2026-05-01T12:00:00", "timestamp-invalid"),
        ("2026-05-01", "timestamp-invalid"),
        ("2026-W18-5T12:00:00Z", "timestamp-invalid"),
        ("2026-05-01T12:00:00+0200", "timestamp-invalid"),
        ("2026-02-30T12:00:00Z", "timestamp-invalid"),
        ("", "timestamp-invalid"),
        ("yesterday", "timestamp-invalid"),
        (1777636800, "type-wrong"),
        (True, "type-wrong"),
        ([], "type-wrong"),
    ],
)
def test_any_other_moment_is_refused_with_its_place(text: object, code: str) -> None:
    outcome = judge_occurred_at(text, NOW, "/events/0/occurred_at")
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.pointer) == (code, "/events/0/occurred_at")


@pytest.mark.parametrize("skew", [0, MINUTE, -5 * MINUTE, 5 * MINUTE])
def test_a_clock_that_is_a_little_wrong_is_left_alone(skew: int) -> None:
    assert corrected(NOW - MINUTE, NOW - skew, NOW) == NOW - MINUTE


@pytest.mark.parametrize("skew", [5 * MINUTE + 1, -5 * MINUTE - 1, 10**14, -(10**14)])
def test_a_clock_that_is_very_wrong_is_corrected_by_the_difference(skew: int) -> None:
    assert corrected(NOW - skew - MINUTE, NOW - skew, NOW) == NOW - MINUTE


@settings(derandomize=True, deadline=None)
@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS)
def test_correction_keeps_the_order_of_what_was_sent_together(
    a: int, b: int, sent_at: int, received_at: int
) -> None:
    assert corrected(a, sent_at, received_at) - corrected(b, sent_at, received_at) == a - b
