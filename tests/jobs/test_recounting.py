"""The nightly recount, as the timetable runs it."""

from __future__ import annotations

import logging

import pytest

from collector.jobs.runner import Runner
from collector.jobs.schedule import Daily
from collector.jobs.timetable import JOBS
from collector.store.models import Event
from tests.cast import EVERY_TYPE, Shop
from tests.store.writes import commit, write


def report_of_a_night(shop: Shop) -> dict[str, list[dict[str, object]]]:
    runner = Runner(shop.store, shop.clock.now, "one")
    runner.turn()
    shop.clock.forward(24 * 3600)
    runner.turn()
    report = shop.store.jobs.states(shop.clock.now())["recount"].report
    return {one["name"]: one["differences"] for one in report["recounts"]}


def test_the_ledger_is_recounted_at_night() -> None:
    assert [job.schedule for job in JOBS if job.name == "recount"] == [Daily(3, 15)]


def test_exact_books_are_reported_as_such(shop: Shop) -> None:
    commit(shop, write(shop.define(EVERY_TYPE)))
    report = report_of_a_night(shop)
    assert {"events", "rejections", "verdicts"} <= report.keys()
    assert not any(report.values())


def test_a_difference_is_reported_and_in_the_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    definition = shop.define(EVERY_TYPE)
    commit(shop, write(definition))
    shop.store.database.run(Event.delete())
    with caplog.at_level(logging.ERROR, "collector.jobs"):
        (difference,) = report_of_a_night(shop)["events"]
    assert (difference["event"], difference["expected"], difference["found"]) == ("order.completed", 1, 0)
    assert "shop, order.completed: 0 events, by the books 1." in caplog.text
