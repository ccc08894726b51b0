"""Writes of the same events at the same time, where events have months: each finds what others left."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.cast import EVERY_TYPE, Shop
from tests.servers.waiting import eventually
from tests.store.three_months import asked, require_exact, three_months
from tests.store.writes import commit, verdicts, write


@pytest.fixture
def ready_database_url(postgresql_ready_database_url: str) -> str:
    return postgresql_ready_database_url


@pytest.fixture
def kept(shop: Shop) -> Shop:
    shop.define(EVERY_TYPE)
    three_months(shop, of_events=True)
    return shop


def test_events_of_several_months_that_somebody_else_updates_are_found_after_it(kept: Shop) -> None:
    """PostgreSQL asks anew for each row that it waited for; of a join to the keys it loses other months'."""
    [definition] = kept.store.definitions.all("shop")
    now = kept.clock.now() + 9
    again = [
        write(definition, f"{whose}-{month}", data='{"total":3}', occurred_at=now, received_at=now)
        for month in ("sep", "oct", "nov")
        for whose in "ab"
    ]
    told: list[str] = []
    with psycopg.connect(kept.store.database.url) as others:
        others.execute(b"UPDATE event SET updated_at = updated_at + 1")
        ours = threading.Thread(target=lambda: told.extend(verdicts(commit(kept, *again))))
        ours.start()
        eventually(lambda: asked(kept, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)])
        others.commit()
    ours.join()
    assert told == ["updated"] * 6
    require_exact(kept)
