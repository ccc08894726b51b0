"""Which version counts, and until when a definition is held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from collector.core.definitions import Content, GoalRule, Version
from collector.core.fields import Field
from collector.core.versions import current, held_until, same_content, state

TOTAL = Field(name="total", type="decimal", required=True, minimum=Decimal("0"))
CONTENT = Content(fields=(TOTAL, Field(name="note", type="text")))
HOUR = 3_600_000_000


def _version(number: int, current_from: int, retired_at: int | None = None) -> Version:
    return Version(
        f"v{number}",
        "d",
        number,
        CONTENT,
        current_from - (HOUR if number > 1 else 0),
        current_from,
        retired_at,
    )


FIRST, SECOND, THIRD = _version(1, 10 * HOUR), _version(2, 20 * HOUR), _version(3, 30 * HOUR)
ALL = (FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("now", "states"),
    [
        (10 * HOUR, ["current", "pending", "pending"]),
        (20 * HOUR - 1, ["current", "pending", "pending"]),
        (20 * HOUR, ["superseded", "current", "pending"]),
        (99 * HOUR, ["superseded", "superseded", "current"]),
    ],
)
def test_a_version_is_current_from_its_moment_on(now: int, states: list[str]) -> None:
    assert [state(version, ALL, now) for version in ALL] == states
    found = current(ALL, now)
    assert found is not None
    assert found.number == states.index("current") + 1


def test_where_the_latest_is_retired_the_one_before_is_current_again() -> None:
    versions = (FIRST, SECOND, replace(THIRD, retired_at=40 * HOUR))
    assert [state(version, versions, 40 * HOUR - 1) for version in versions] == [
        "superseded",
        "superseded",
        "current",
    ]
    assert [state(version, versions, 40 * HOUR) for version in versions] == [
        "superseded",
        "current",
        "retired",
    ]


def test_nothing_is_current_where_all_is_retired_or_pending() -> None:
    assert current((replace(FIRST, retired_at=0), THIRD), 20 * HOUR) is None
    assert current((), 0) is None


def test_the_order_of_the_versions_does_not_matter() -> None:
    assert current(tuple(reversed(ALL)), 99 * HOUR) == THIRD
    assert held_until(tuple(reversed(ALL)), HOUR) == held_until(ALL, HOUR)


def test_the_hold_starts_with_an_edit_and_not_with_the_definition() -> None:
    assert held_until((FIRST,), HOUR) == FIRST.created_at
    assert held_until((FIRST, SECOND), HOUR) == SECOND.created_at + HOUR
    assert held_until((FIRST, SECOND), 0) == SECOND.created_at


def test_descriptions_and_personal_make_no_version() -> None:
    described = replace(TOTAL, description="What was paid", personal=True)
    assert same_content(CONTENT, replace(CONTENT, fields=(described, CONTENT.fields[1])))


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, fields=CONTENT.fields[:1]),
        replace(CONTENT, fields=CONTENT.fields[::-1]),
        replace(CONTENT, fields=(replace(TOTAL, minimum=Decimal("0.1")), CONTENT.fields[1])),
        replace(CONTENT, fields=(replace(TOTAL, required=False), CONTENT.fields[1])),
        replace(CONTENT, extra_fields="keep"),
        replace(CONTENT, goal=GoalRule("purchase", "total")),
    ],
)
def test_what_judges_otherwise_makes_a_version(other: Content) -> None:
    assert not same_content(CONTENT, other)
