"""Whether something can be stored is found out by storing something."""

from __future__ import annotations

import sqlite3

import pytest

from collector.core.problems import Problem
from collector.store.models import Node
from collector.store.readiness import BELIEVED_SECONDS
from tests.cast import Shop, open_shop


def written(shop: Shop) -> int:
    row = shop.store.database.row(Node.select().where(Node.name == "ready"))
    return int(row["value"]) if row else 0


def test_it_writes_and_believes_it_for_a_second(shop: Shop) -> None:
    for _ in range(3):
        shop.store.readiness.check()
    assert written(shop) == 1
    shop.clock.forward(BELIEVED_SECONDS)
    shop.store.readiness.check()
    assert written(shop) == 2


def test_a_database_that_became_read_only_is_not_ready_and_is_again_when_it_is_written(
    shop: Shop,
) -> None:
    database = shop.store.database
    shop.store.readiness.check()
    how = "PRAGMA query_only = 1" if database.is_sqlite else "SET default_transaction_read_only = on"
    with database.connected():
        database.peewee.execute_sql(how)
    shop.clock.forward(BELIEVED_SECONDS)
    for _ in range(2):
        with pytest.raises(Problem) as problem:
            shop.store.readiness.check()
        assert (problem.value.code, problem.value.retry_after) == ("storage-unavailable", 2)
    shop.clock.forward(BELIEVED_SECONDS)
    shop.store.readiness.check()


def test_a_database_that_somebody_else_locks_is_not_ready(sqlite_database_url: str) -> None:
    shop = open_shop(sqlite_database_url)
    other = sqlite3.connect(sqlite_database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Problem):
        shop.store.readiness.check()
    other.execute("ROLLBACK")
    shop.clock.forward(BELIEVED_SECONDS)
    shop.store.readiness.check()
    other.close()
    shop.store.close()
