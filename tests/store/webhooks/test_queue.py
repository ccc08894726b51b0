"""The queue of webhooks stays quick however long the log is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import open_shop
from tests.delivery.hooks import make_hook


def test_whoever_delivers_reads_those_that_wait_by_their_own_index(
    sqlite_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop(sqlite_database_url)
    hook = make_hook(shop, "http://127.0.0.1:1/")
    database = shop.store.database
    asked: list[Any] = []
    monkeypatch.setattr(database, "rows", lambda query: asked.append(query) or [])
    shop.store.queue.ready(1)
    shop.store.queue.due(hook.hook.id, 1, 50)
    with database.connected():
        for query in asked:
            sql, values = database.peewee.get_sql_context().sql(query).query()
            plan = database.peewee.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            assert "webhook_message_waiting" in " ".join(str(row[-1]) for row in plan), sql
    assert len(asked) == 2
    shop.store.close()
