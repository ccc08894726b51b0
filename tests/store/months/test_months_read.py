"""Months of the change log and the rejections, on PostgreSQL: the step that makes them, and what is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from playhouse.migrations import Runner

from collector.core import ids
from collector.store.arrivals import Selection
from collector.store.database import MIGRATIONS, Database
from collector.store.models import Change, Event
from collector.store.months import TABLES, Months, since_event
from tests.cast import NOON, Shop
from tests.servers.postgres import PostgresServer
from tests.servers.roles import ROLE, as_the_server
from tests.store.three_months import fill, three_months

NEW_CHANGE = b"""INSERT INTO change (id, definition, event, operation, occurred_at, recorded_at)
VALUES (%s, 1, 1, 0, 1, 1)"""


def test_the_step_holds_no_writer_up_and_keeps_rows_and_rights(postgres: PostgresServer) -> None:
    with postgres.database() as url, closing(Database(url)) as database:
        with database.unhurried():
            Runner(database.peewee, directory=str(MIGRATIONS)).up("0025_taken_messages")
        servers = as_the_server(url)
        with psycopg.connect(url, autocommit=True) as owner_s:
            # As where somebody gave the rights by hand: nothing is given for later tables.
            taken = "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM"
            owner_s.execute(f"{taken} {ROLE}".encode())
        migrating = threading.Thread(target=database.migrate)
        written, longest = 0, 0.0
        with psycopg.connect(url) as busy, psycopg.connect(servers, autocommit=True) as writer:
            busy.execute(b"LOCK TABLE change IN ROW EXCLUSIVE MODE")
            migrating.start()
            until = time.monotonic() + 2.5
            while time.monotonic() < until or migrating.is_alive():
                begun = time.monotonic()
                written += 1
                writer.execute(NEW_CHANGE, (ids.first_of(NOON) + written,), prepare=True)
                longest = max(longest, time.monotonic() - begun)
                if time.monotonic() > until:
                    busy.rollback()
            writer.execute(NEW_CHANGE, (ids.first_of(NOON),), prepare=True)
            assert writer.execute(b"SELECT count(*) FROM change").fetchone() == (written + 1,)
        migrating.join()
        assert longest < 1.5
        assert [one.name for one in Months(database).parts("change")] == ["change_first"]
        assert [one.name for one in Months(database).parts("rejection")] == ["rejection_first"]


def test_indexes_keep_their_names(postgresql_ready_database_url: str) -> None:
    """A later step speaks of them by these."""
    with psycopg.connect(postgresql_ready_database_url) as connection:
        found = connection.execute(b"SELECT indexname FROM pg_indexes WHERE tablename = 'change' ORDER BY 1")
        names = [name for (name,) in found.fetchall()]
    assert names == ["change_anonymous", "change_by_event", "change_pkey", "change_profile_occurred_at_id"]


@contextmanager
def asked(shop: Shop) -> Iterator[list[str]]:
    """The parts that the queries in the block would read, by PostgreSQL's plan of each."""
    database = shop.store.database
    real, read = database.rows, []

    def rows(query: Any) -> list[dict[str, Any]]:
        sql, parameters = database.peewee.get_sql_context().sql(query).query()
        with database.connected():
            told = database.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)[0][0][0]["Plan"]
        read.extend(_relations(told))
        return real(query)

    database.rows = rows  # type: ignore[method-assign]
    try:
        yield read
    finally:
        del database.rows  # type: ignore[method-assign]


def _relations(node: dict[str, Any]) -> Iterator[str]:
    """Of the nodes that were executed at all."""
    if node["Actual Loops"] and "Relation Name" in node:
        yield node["Relation Name"]
    for one in node.get("Plans", ()):
        yield from _relations(one)


def parts_of(read: list[str]) -> set[str]:
    return {one for one in read if one.startswith(TABLES)}


def test_the_plans_are_told_of_what_is_read(kept: Shop) -> None:
    three_months(kept)
    with asked(kept) as read:
        kept.store.database.rows(Change.select(Change.operation))
    assert len(parts_of(read)) == 3


def test_the_live_page_reads_the_newest_month_alone(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    three_months(kept)
    for turn in range(20):
        fill(kept, f"more-{turn}")
    monkeypatch.setattr("collector.store.arrivals.LOG", 10)
    [definition] = kept.store.definitions.all("shop")
    number = ids.decode(definition.id)
    assert number is not None
    with asked(kept) as read:
        page = kept.store.arrivals.page(Selection("shop", [number]), 5, None)
    assert len(page.items) == 5
    assert parts_of(read) == {"change_from_2026_11", "rejection_from_2026_11"}


def test_a_rejection_is_looked_for_in_its_month(kept: Shop) -> None:
    three_months(kept)
    [oldest] = kept.store.rejections.page("shop", 50, None).items[-1:]
    with asked(kept) as read:
        assert kept.store.rejections.find("shop", oldest.id) == oldest
    assert parts_of(read) == {"rejection_first"}


def test_what_became_of_an_event_is_looked_for_from_its_month_on(kept: Shop) -> None:
    three_months(kept)
    [event] = kept.store.database.rows(Event.select().where(Event.event_id == "a-oct"))
    its_own = Change.event.in_([event["id"]])
    with asked(kept) as read:
        found = kept.store.database.rows(Change.select().where(its_own & since_event(event["id"])))
    assert found == kept.store.database.rows(Change.select().where(its_own))
    assert len(found) == 2
    assert parts_of(read) == {"change_from_2026_10", "change_from_2026_11"}


def test_vacuum_comes_to_the_events_before_a_fifth_of_them_is_new(postgresql_ready_database_url: str) -> None:
    with psycopg.connect(postgresql_ready_database_url) as connection:
        [[told]] = connection.execute(b"SELECT reloptions FROM pg_class WHERE relname = 'event'").fetchall()
    assert "autovacuum_vacuum_insert_scale_factor=0.01" in told
