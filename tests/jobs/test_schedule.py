"""When a job is due next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.jobs.schedule import DAY, SECOND, Daily, Every

moments = st.integers(0, 4_000_000_000 * SECOND)
schedules = st.one_of(
    st.builds(Every, st.integers(1, 100_000)), st.builds(Daily, st.integers(0, 23), st.integers(0, 59))
)

MIDNIGHT = 1_790_035_200 * SECOND
"""Of 22 September 2026, UTC."""


def test_a_daily_job_is_due_at_its_time_each_day() -> None:
    nightly = Daily(3, 15)
    quarter_past_three = MIDNIGHT + (3 * 60 + 15) * 60 * SECOND
    assert nightly.after(MIDNIGHT) == quarter_past_three
    assert nightly.after(quarter_past_three - 1) == quarter_past_three
    assert nightly.after(quarter_past_three) == quarter_past_three + DAY


def test_servers_that_start_at_different_times_agree_on_when_a_job_is_due() -> None:
    assert Every(60).after(MIDNIGHT + 1) == Every(60).after(MIDNIGHT + 59 * SECOND) == MIDNIGHT + 60 * SECOND


@given(schedule=schedules, moment=moments)
def test_the_next_time_is_later_and_none_is_between(schedule: Every | Daily, moment: int) -> None:
    following = schedule.after(moment)
    assert following > moment
    assert schedule.after(following - 1) == following
