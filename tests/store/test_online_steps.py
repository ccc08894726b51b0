"""Steps of the schema that are to come keep nobody waiting: a statement that would is refused here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playhouse.migrations import Runner

from collector.store import database as databases
from collector.store.database import MIGRATIONS, Database
from collector.store.online import build_ahead, table_of
from tests.servers.postgres import PostgresServer
from tests.store.locks import LARGE, long_lock

FIRST_ONLINE = 28
"""Number of the first step that must keep nobody waiting. Before those, servers are stopped."""

AN_INDEX = '''"""An index for a test."""
from collector.store.online import make_indexes
ONLINE_INDEXES = {"event_of_test": "event (source, id)"}
def up(migrator, db):
    make_indexes(db, ONLINE_INDEXES)
'''
A_LONG_LOCK = '''"""A step that nobody should write."""
def up(migrator, db):
    db.execute_sql("CREATE INDEX event_of_test ON event (source, id)")
'''


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    with postgres.database() as url, closing(Database(url)) as opened:
        yield opened


@pytest.fixture
def with_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    """Adds a step to those there are; its name."""

    def added(text: str) -> str:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "9000_of_test.py").write_text(text)
        monkeypatch.setattr(databases, "MIGRATIONS", folder)
        return "9000_of_test"

    return added


def complaints(database: Database) -> dict[str, list[str]]:
    """Step → why it keeps others waiting for long; for those that must not."""
    executed: dict[str, list[str]] = {}
    peewee, execute = database.peewee, database.peewee.execute_sql
    said: list[str] = []

    def recording(sql: str, *words: Any, **options: Any) -> Any:
        said.append(sql)
        return execute(sql, *words, **options)

    def finished(step: str) -> None:
        executed[step] = [*said]
        said.clear()

    peewee.execute_sql = recording
    try:
        database.migrate(finished)
    finally:
        peewee.execute_sql = execute
    modules = {
        one.name: one.load() for one in Runner(peewee, directory=str(databases.MIGRATIONS)).migrations()
    }
    found = {
        step: [
            why
            for sql in statements
            if (why := long_lock(sql, getattr(modules[step], "ONLINE_INDEXES", {}))) is not None
        ]
        for step, statements in executed.items()
        if int(step[:4]) >= FIRST_ONLINE
    }
    return {step: whys for step, whys in found.items() if whys}


def test_no_step_to_come_keeps_anybody_waiting(database: Database) -> None:
    """How it is done instead: the head of collector/store/online.py, and docs/upgrading.md."""
    assert complaints(database) == {}


def test_a_step_that_would_is_noticed(database: Database, with_step: Callable[[str], str]) -> None:
    step = with_step(A_LONG_LOCK)
    assert complaints(database) == {step: ["builds an index of event while its writers wait"]}


def test_an_index_is_built_ahead_of_its_step(database: Database, with_step: Callable[[str], str]) -> None:
    with_step(AN_INDEX)
    assert complaints(database) == {}
    assert validity(database, "event_of_test") is True


def test_an_index_whose_build_was_broken_off_is_built_again(
    database: Database, with_step: Callable[[str], str]
) -> None:
    database.migrate()
    with database.unhurried():
        database.peewee.execute_sql("CREATE INDEX event_of_test ON event (id)")
        database.peewee.execute_sql(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'event_of_test'::regclass"
        )
    assert validity(database, "event_of_test") is False
    with_step(AN_INDEX)
    assert database.migrate() == ["9000_of_test"]
    assert validity(database, "event_of_test") is True


def test_the_parts_of_a_table_are_built_one_by_one(database: Database) -> None:
    with database.unhurried():
        for statement in (
            "CREATE TABLE parted (id bigint, at bigint) PARTITION BY RANGE (at)",
            "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)",
        ):
            database.peewee.execute_sql(statement)
        build_ahead(database.peewee, {"parted_by_id": "parted (id)"})
        assert validity(database, "parted_1_parted_by_id") is True
        database.peewee.execute_sql("CREATE INDEX parted_by_id ON parted (id)")
        assert validity(database, "parted_by_id") is True
        names = database.peewee.execute_sql("SELECT count(*) FROM pg_indexes WHERE tablename ~ '^parted'")
        assert names.fetchone() == (3,), "the whole takes the parts' indexes and makes none"


def validity(database: Database, index: str) -> bool | None:
    with database.connected():
        found = database.peewee.execute_sql(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (index,)
        ).fetchone()
    return None if found is None else bool(found[0])


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX x ON event (id)",
        'CREATE UNIQUE INDEX "x" ON "change" ("id")',
        "CREATE INDEX IF NOT EXISTS x ON event (id)",
        'ALTER TABLE "event" ALTER COLUMN "consent" SET NOT NULL',
        "ALTER TABLE profile ALTER COLUMN id TYPE numeric",
        "ALTER TABLE total ADD PRIMARY KEY (profile)",
        "ALTER TABLE event ADD CONSTRAINT c CHECK (id > 0)",
        "ALTER TABLE event ADD COLUMN made_at timestamptz DEFAULT clock_timestamp()",
        'UPDATE "event" SET "consent" = %s',
        "INSERT INTO total SELECT profile FROM event",
        "CREATE TABLE copy AS SELECT * FROM change",
        "LOCK TABLE event",
    ],
)
def test_what_keeps_others_waiting_is_told(sql: str) -> None:
    assert long_lock(sql) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX CONCURRENTLY x ON event (id)",
        "CREATE INDEX x ON webhook (id)",
        'ALTER TABLE "event" ADD COLUMN "consent" TEXT',
        "ALTER TABLE event ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
        "ALTER TABLE event ADD CONSTRAINT c UNIQUE USING INDEX x",
        'DROP INDEX "x"',
        "UPDATE definition SET title = ''",
        'CREATE TABLE "event_note" ("id" BIGINT NOT NULL PRIMARY KEY)',
        "SELECT * FROM event",
    ],
)
def test_what_keeps_nobody_waiting_is_let_through(sql: str) -> None:
    assert long_lock(sql) is None


def test_an_index_names_its_table() -> None:
    assert table_of("event (id) WHERE profile IS NULL") in LARGE
    with pytest.raises(ValueError, match="An index is ON table"):
        table_of("event")
