"""Jobs: run when they are due, by one server at a time, again after a failure, and never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collector.core.problems import Problem
from collector.jobs.job import Job, Run
from collector.jobs.runner import AGAIN, HELD, Runner, running
from collector.jobs.schedule import DAY, SECOND, Daily, Every
from collector.store.jobs import JobState
from collector.store.opening import open_store
from tests.cast import Clock, Shop
from tests.store.people import at_once

HOUR = 3600.0
NIGHTLY = Daily(3)


class Diary:
    """A job that writes down when it was run; `trouble` is what it raises, if anything."""

    def __init__(self, name: str = "diary", trouble: Exception | None = None) -> None:
        self.runs: list[int] = []
        self.trouble = trouble
        self.job = Job(name, "Writes in the diary.", NIGHTLY, self.work)

    def work(self, run: Run) -> Any:
        self.runs.append(run.now)
        if self.trouble is not None:
            raise self.trouble
        return {"runs": len(self.runs)}


def runner(shop: Shop, *jobs: Job, holder: str = "one") -> Runner:
    return Runner(shop.store, shop.clock.now, holder, jobs)


def state(shop: Shop, name: str = "diary") -> JobState:
    return shop.store.jobs.states(shop.clock.now())[name]


def test_a_job_is_run_once_each_time_that_it_is_due(shop: Shop) -> None:
    diary = Diary()
    one = runner(shop, diary.job)
    one.turn()
    assert diary.runs == [], "a new job waits for its time"
    for _ in range(3 * 24):
        shop.clock.forward(HOUR)
        one.turn()
    assert len(diary.runs) == 3
    assert [moment % DAY // (3600 * SECOND) for moment in diary.runs] == [3, 3, 3]
    assert (state(shop).report, state(shop).failure) == ({"runs": 3}, None)


def test_nights_without_a_server_are_made_up_for_once(shop: Shop) -> None:
    diary = Diary()
    runner(shop, diary.job).turn()
    shop.clock.forward(5 * 24 * HOUR)
    late = runner(shop, diary.job)
    late.turn()
    late.turn()
    assert diary.runs == [shop.clock.now()]
    assert state(shop).due_at == NIGHTLY.after(shop.clock.now())


def test_of_many_servers_one_runs_a_job(shop: Shop) -> None:
    diary = Diary()
    runner(shop, diary.job).turn()
    shop.clock.forward(24 * HOUR)
    servers = [runner(shop, diary.job, holder=f"server {number}") for number in range(8)]
    assert at_once(*[one.turn for one in servers]) == []
    assert len(diary.runs) == 1


def test_a_job_that_fails_is_told_and_tried_again_and_the_others_run(shop: Shop) -> None:
    broken, fine = Diary(trouble=ValueError("no ink")), Diary("fine")
    one = runner(shop, broken.job, fine.job)
    one.turn()
    shop.clock.forward(24 * HOUR)
    one.turn()
    assert (len(broken.runs), len(fine.runs)) == (1, 1)
    assert state(shop).failure == "ValueError: no ink"
    broken.trouble = None
    one.turn()
    assert len(broken.runs) == 1, "not at once"
    shop.clock.forward(AGAIN / SECOND)
    one.turn()
    assert (len(broken.runs), state(shop).failure, state(shop).report) == (2, None, {"runs": 2})


def test_a_job_whose_server_was_killed_is_taken_up_by_another(shop: Shop) -> None:
    diary = Diary()
    runner(shop, diary.job).turn()
    shop.clock.forward(24 * HOUR)
    now = shop.clock.now()
    assert shop.store.jobs.claim("diary", "killed", now, now + HELD)
    other = runner(shop, diary.job, holder="other")
    other.turn()
    assert (diary.runs, state(shop).holder) == ([], "killed")
    shop.clock.forward(HELD / SECOND)
    other.turn()
    assert len(diary.runs) == 1
    shop.store.jobs.finish("diary", "killed", now, now, {"runs": "of a dead server"})
    assert state(shop).report == {"runs": 1}


def test_a_long_job_stays_held(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    said = threading.Event()
    renew = shop.store.jobs.renew

    def listen(name: str, holder: str, until: int) -> None:
        renew(name, holder, until)
        said.set()

    def work(run: Run) -> None:
        shop.clock.forward(HELD / SECOND - 1)
        assert said.wait(20)
        shop.clock.forward(HELD / SECOND - 1)
        assert not shop.store.jobs.claim("long", "other", shop.clock.now(), shop.clock.now() + HELD)

    monkeypatch.setattr(type(shop.store.jobs), "renew", lambda _, *words: listen(*words))
    monkeypatch.setattr("collector.jobs.runner.SAYING_SECONDS", 0.01)
    one = runner(shop, Job("long", "Takes long.", NIGHTLY, work))
    one.turn()
    shop.clock.forward(24 * HOUR)
    one.turn()
    assert state(shop, "long").failure is None


def test_a_job_learns_that_the_server_stops_and_no_other_begins(shop: Shop) -> None:
    goes_on: list[bool] = []
    after = Diary("zebra")

    def work(run: Run) -> None:
        goes_on.append(run.goes_on())
        one.stop()
        goes_on.append(run.goes_on())

    one = runner(shop, Job("ant", "Stops.", NIGHTLY, work), after.job)
    one.turn()
    shop.clock.forward(24 * HOUR)
    one.turn()
    assert (goes_on, after.runs) == ([True, False], [])


def test_a_database_that_is_away_stops_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: Iterator[Callable[[], None]] = iter([_away, _away])
    looked = threading.Event()

    def states(_: object, now: int) -> dict[str, JobState]:
        for answer in answers:
            answer()
        looked.set()
        return {}

    monkeypatch.setattr(type(shop.store.jobs), "states", states)
    monkeypatch.setattr("collector.jobs.runner.LOOK_SECONDS", 0.01)
    with running(shop.store, shop.clock.now, "one"):
        assert looked.wait(20), "it looked again after the database had been away twice"


def _away() -> None:
    raise Problem("storage-unavailable", "The database cannot be used right now.")


def test_turns_outlive_the_server(ready_database_url: str) -> None:
    clock, diary = Clock(), Diary()
    for _ in range(2):
        store = open_store(ready_database_url, clock.now, clock.tick)
        Runner(store, clock.now, "one", [diary.job]).turn()
        store.close()
        clock.forward(12 * HOUR)
    store = open_store(ready_database_url, clock.now, clock.tick)
    Runner(store, clock.now, "two", [diary.job]).turn()
    store.close()
    assert len(diary.runs) == 1


@pytest.mark.parametrize("schedule", [Every(5), NIGHTLY])
def test_a_job_is_never_due_twice_for_one_time(shop: Shop, schedule: Every | Daily) -> None:
    diary = Diary()
    job = Job("diary", "Writes.", schedule, diary.work)
    one, other = runner(shop, job), runner(shop, job, holder="other")
    for _ in range(4):
        one.turn()
        other.turn()
        shop.clock.moment = schedule.after(shop.clock.now())
    assert len(diary.runs) == len(set(diary.runs)) == 3
