"""Days in time zones: midnights and fives, those that come twice and those that do not come."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from collector.core.fields import format_timestamp, parse_timestamp
from collector.core.segments.days import day_at, next_five, start_of


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2026-09-21", "UTC", "2026-09-21T00:00:00Z"),
        ("2026-09-21", "Europe/Stockholm", "2026-09-20T22:00:00Z"),
        ("2026-12-21", "Europe/Stockholm", "2026-12-20T23:00:00Z"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),  # the clocks jump over this midnight
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),  # 23:00 comes twice before it
        ("2025-11-02", "America/Havana", "2025-11-02T04:00:00Z"),  # midnight comes twice
    ],
)
def test_a_day_begins_with_its_first_midnight(day: str, zone: str, expected: str) -> None:
    begins = start_of(datetime.date.fromisoformat(day), ZoneInfo(zone))
    assert format_timestamp(begins) == expected
    assert day_at(begins, ZoneInfo(zone)).isoformat() == day
    assert day_at(begins - 1, ZoneInfo(zone)).isoformat() < day


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-09-21T04:59:59Z", "UTC", "2026-09-21T05:00:00Z"),
        ("2026-09-21T05:00:00Z", "UTC", "2026-09-22T05:00:00Z"),
        ("2026-03-28T12:00:00Z", "Europe/Stockholm", "2026-03-29T03:00:00Z"),  # the night has 23 hours
        ("2026-10-24T12:00:00Z", "Europe/Stockholm", "2026-10-25T04:00:00Z"),  # the night has 25 hours
        ("2026-09-21T12:00:00Z", "Pacific/Kiritimati", "2026-09-21T15:00:00Z"),
        ("2026-09-21T12:00:00Z", "Asia/Kathmandu", "2026-09-21T23:15:00Z"),
        ("2011-12-29T16:00:00Z", "Pacific/Apia", "2011-12-30T15:00:00Z"),  # a day that never came
    ],
)
def test_five_in_the_morning_is_that_of_the_clock_on_the_wall(now: str, zone: str, expected: str) -> None:
    assert format_timestamp(next_five(parse_timestamp(now), ZoneInfo(zone))) == expected


def test_there_is_one_five_a_day_all_year_round() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    moment = parse_timestamp("2026-01-01T00:00:00Z")
    days = []
    for _ in range(365):
        moment = next_five(moment, zone)
        days.append(day_at(moment, zone).isoformat())
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == ("2026-01-01", "2026-12-31")


def test_the_calendar_has_a_first_and_a_last_day() -> None:
    assert day_at(-(2**63), datetime.UTC) == datetime.date.min
    assert day_at(2**62, datetime.UTC) == datetime.date.max
