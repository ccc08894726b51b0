"""A transaction in a thread that waits for nobody: the same as any, or nothing of it and no waiting."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.events import Outcome
from collector.store import patience
from collector.store.commit import Unstorable
from collector.store.database import BUSY_SECONDS
from collector.store.ledger import sums
from collector.store.models import Change, Event, Profile
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


def test_whoever_may_wait_waits_for_others_as_before(shop: Shop, definition: Definition) -> None:
    write_now(shop, write(definition))
    database = shop.store.database
    with database.connected():
        [(timeout,)] = database.peewee.execute_sql("PRAGMA busy_timeout").fetchall()
    assert timeout == BUSY_SECONDS * 1000


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
