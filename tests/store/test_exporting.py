"""Exports: a page costs as much at the end as at the beginning."""

from __future__ import annotations

from typing import Any

import pytest

from collector.store.exporting import stored_events
from tests.cast import EVERY_TYPE, Shop


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """SQLite tells its plans in words."""
    return sqlite_ready_database_url


def test_no_page_sorts_all_events_anew(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.define(EVERY_TYPE)
    asked: list[Any] = []
    monkeypatch.setattr(shop.store.database, "rows", lambda query: asked.append(query) or [])
    assert list(stored_events(shop.store.database, [1, 2], since=0)) == []
    sql, values = asked[0].sql()
    plan = shop.store.database.peewee.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    assert "PRIMARY KEY" in plan[0][3]
    assert not any("B-TREE" in step[3] for step in plan)
