"""A transaction in a thread that waits for nobody: the same as any, or nothing of it and no waiting."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.events import Outcome
from collector.store import patience
from collector.store.commit import Unstorable
from collector.store.database import BUSY_SECONDS, LOG_PAGES, POOL_SIZE
from collector.store.ledger import sums
from collector.store.models import Change, Event, Profile
from collector.store.models_editor import TriggerFiring
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.store.writes import commit, count, rejection, verdicts, write


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """Only SQLite's transactions are written by whoever serves many."""
    return sqlite_ready_database_url


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def hurried(call: Callable[[], Any]) -> Any:
    """What the call returns in a thread that waits for nobody; raises what it raises there."""
    came: list[Any] = []

    def run() -> None:
        patience.never_wait()
        try:
            came.append(call())
        except BaseException as error:
            came.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(came[0], BaseException):
        raise came[0]
    return came[0]


def write_now(shop: Shop, *decisions: Any) -> list[Outcome]:
    outcomes: list[Outcome] = hurried(lambda: shop.store.commit.write_now(decisions, shop.clock.now()))
    return outcomes


@contextmanager
def another_writer(shop: Shop) -> Iterator[None]:
    """Somebody else, who has the database to write to."""
    path = shop.store.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def nothing_is_stored(shop: Shop) -> bool:
    rows = sum(count(shop, model) for model in (Event, Change, Profile))
    return (rows, sums(shop.store.database, "shop")["received"]) == (0, 0)


def test_what_is_written_now_is_what_any_transaction_writes(shop: Shop, definition: Definition) -> None:
    commit(shop, rejection())  # the first of a process looks how many there are
    outcomes = write_now(shop, write(definition), write(definition), rejection())
    assert verdicts(outcomes) == ["stored", "duplicate", "rejected"]
    assert [count(shop, model) for model in (Event, Change, Profile)] == [1, 1, 1]
    assert verdicts(commit(shop, write(definition))) == ["duplicate"]
    assert sums(shop.store.database, "shop")["received"] == 5


def test_where_somebody_else_writes_it_is_told_at_once_and_nothing_is_stored(
    shop: Shop, definition: Definition
) -> None:
    with another_writer(shop):
        began = time.monotonic()
        with pytest.raises(patience.WouldWait):
            write_now(shop, write(definition))
        assert time.monotonic() - began < BUSY_SECONDS / 2
    assert nothing_is_stored(shop)
    assert verdicts(write_now(shop, write(definition))) == ["stored"]


def test_whoever_may_wait_waits_for_others_and_copies_the_log_as_before(
    shop: Shop, definition: Definition
) -> None:
    write_now(shop, write(definition))
    database = shop.store.database
    with database.connected():
        settings = [
            database.peewee.execute_sql(f"PRAGMA {name}").fetchone()[0]
            for name in ("busy_timeout", "wal_autocheckpoint")
        ]
    assert settings == [BUSY_SECONDS * 1000, LOG_PAGES]


def test_a_long_log_is_left_to_others(shop: Shop, definition: Definition) -> None:
    path = Path(shop.store.database.url.removeprefix("sqlite:///"))
    note = json.dumps({"note": "x" * 4000})
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        for start in range(0, LOG_PAGES, 250):
            commit(shop, *[write(definition, f"{start + one}", data=note) for one in range(250)])
        reader.execute("ROLLBACK")
    size = path.stat().st_size
    write_now(shop, write(definition, "now"))
    assert path.stat().st_size == size
    commit(shop, write(definition, "then"))
    assert path.stat().st_size > size


def test_where_all_connections_are_taken_none_is_waited_for(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    leave, there = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with shop.store.database.connected():
            there.release()
            leave.wait(20)

    holders = [threading.Thread(target=hold) for _ in range(POOL_SIZE)]
    for one in holders:
        one.start()
    for _ in holders:
        assert there.acquire(timeout=20)
    began = time.monotonic()
    with pytest.raises(patience.WouldWait):
        write_now(shop, write(definition, "2"))
    assert time.monotonic() - began < BUSY_SECONDS / 2
    leave.set()
    for one in holders:
        one.join()
    assert verdicts(write_now(shop, write(definition, "2"))) == ["stored"]


def test_a_browser_that_says_whose_it_is_is_left_to_others_before_its_events_are_moved(
    shop: Shop, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(shop, write(definition, "before", identifiers={}, visitor="browser-1"))
    tables: list[str] = []
    many = shop.store.database.many

    def noted(sql: Any, rows: Any) -> int:
        tables.append(sql if isinstance(sql, str) else sql._sql)
        return many(sql, rows)

    monkeypatch.setattr(shop.store.database, "many", noted)
    with pytest.raises(patience.WouldWait):
        write_now(shop, write(definition, "now", visitor="browser-1"))
    assert not any("visitor" in sql.split("(")[0] or sql.startswith("UPDATE") for sql in tables)
    assert verdicts(commit(shop, write(definition, "now", visitor="browser-1"))) == ["stored"]


def test_what_a_minute_remembers_of_triggers_outlives_what_is_taken_back(
    shop: Shop, definition: Definition
) -> None:
    def told(number: int) -> None:
        at = NOON + number * 1_000_000
        page = {"identifiers": {}, "trust": "claimed", "door": "beacon", "page": "https://shop.example/"}
        one = write(definition, f"{number}", trigger=1 + number % 2, received_at=at, occurred_at=at, **page)
        try:
            write_now(shop, one)
        except patience.WouldWait:
            commit(shop, one)

    for number in range(8):
        told(number)
    noted = {row["number"]: row["noted"] for row in shop.store.database.rows(TriggerFiring.select())}
    assert noted == {1: 1, 2: 1}


def test_what_is_known_of_refusals_outlives_what_is_taken_back(
    shop: Shop, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, looks = shop.store.commit._keeper, []
    bring_down = keeper._bring_down

    def noted(place: Any) -> int:
        left = bring_down(place)
        looks.append(place)
        return left

    monkeypatch.setattr(keeper, "_bring_down", noted)
    for number in range(6):
        one = rejection(definition_id=number % 2 + 1)
        try:
            write_now(shop, one)
        except patience.WouldWait:
            commit(shop, one)
    assert len(looks) == 2


def test_webhooks_that_have_to_be_read_anew_are_asked_for_before_anything_is_written(
    shop: Shop, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(shop, write(definition))
    begun: list[object] = []
    monkeypatch.setattr(shop.store.database, "writing_now", lambda: begun.append(1))
    shop.store.commit._outbox.forget()
    with pytest.raises(patience.WouldWait):
        write_now(shop, write(definition, "2"))
    assert begun == []


def test_what_may_take_long_is_taken_back(
    shop: Shop, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = shop.store.commit._ledger
    counted = ledger.count

    def count_late(*given: Any) -> None:
        counted(*given)
        shop.store.database.rows(Event.select())

    monkeypatch.setattr(ledger, "count", count_late)
    with pytest.raises(patience.WouldWait):
        write_now(shop, write(definition))
    assert nothing_is_stored(shop)
    assert verdicts(commit(shop, write(definition))) == ["stored"]


def test_a_deletion_whose_totals_have_to_be_looked_for_is_left_to_others(
    shop: Shop, definition: Definition
) -> None:
    assert verdicts(write_now(shop, write(definition))) == ["stored"]
    with pytest.raises(patience.WouldWait):
        write_now(shop, write(definition, data=None, deletion=NOON + 1))
    assert verdicts(commit(shop, write(definition, data=None, deletion=NOON + 1))) == ["updated"]


def test_a_row_that_cannot_be_is_told_and_nothing_is_stored(shop: Shop, definition: Definition) -> None:
    with pytest.raises(Unstorable):
        write_now(shop, write(definition), write(definition, "2", occurred_at=2**64))
    assert nothing_is_stored(shop)
