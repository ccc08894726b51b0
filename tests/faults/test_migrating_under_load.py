"""`fieldpost migrate` on PostgreSQL while clients write: nobody waits for it for long, nobody is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collector.store.database import MIGRATIONS
from collector.store.stepping import MOMENT
from tests.faults.load import loaded
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import REPOSITORY
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

pytestmark = pytest.mark.full

CLIENTS = 8
ROWS = 200_000
BOUND = MOMENT + 0.5
"""Seconds that a request may wait for a table behind the migration: its own bound, and a busy machine's."""

STEPS = {
    "9000_column": '''"""A column for a test."""
def up(migrator, db):
    db.execute_sql("ALTER TABLE event ADD COLUMN of_test TEXT")
''',
    "9001_index": '''"""An index for a test."""
from collector.store.online import make_indexes
ONLINE_INDEXES = {"event_of_test": "event (source, event_id, id)"}
def up(migrator, db):
    make_indexes(db, ONLINE_INDEXES)
''',
}
MIGRATE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from collector.store import database
database.MIGRATIONS = Path(sys.argv[3])
database.Database(sys.argv[2]).migrate(lambda step: print(step, flush=True))
"""
COLUMNS = """
id, definition, version, space, event_id, source, trust, door, identifiers, data,
occurred_at, received_at, updated_at
"""
MANY = f"""
INSERT INTO event ({COLUMNS})
SELECT number, 1, 1, 0, 'old ' || number, 'Old', 'key', 'api', '{{}}', '{{}}', number, number, number
FROM generate_series(1, {ROWS}) number
"""
WAITING = """
SELECT pid, mode, query, extract(epoch FROM clock_timestamp() - waitstart)::float
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND locktype = 'relation' AND waitstart IS NOT NULL AND datname = current_database()
"""
BUILDING = "FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'"


class Watch(threading.Thread):
    """Looks all the time who waits for a table: the longest that a client did, and the tries of a step."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self.tries = 0
        self._url = url
        self._stopping = threading.Event()

    def run(self) -> None:
        was_waiting = False
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stopping.wait(0.01):
                found = connection.execute(WAITING).fetchall()
                is_waiting = any(mode == "AccessExclusiveLock" for _, mode, _, _ in found)
                self.tries += is_waiting and not was_waiting
                was_waiting = is_waiting
                clients = [seconds for _, mode, _, seconds in found if mode != "AccessExclusiveLock"]
                self.longest = max(self.longest, *clients, 0.0)

    def stop(self) -> None:
        self._stopping.set()
        self.join(10)


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    watch = Watch(url)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


@contextmanager
def reading(url: str, statement: str) -> Iterator[psycopg.Connection[Any]]:
    """A reader who is not done: of an older moment, with what it has looked at held."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(statement.encode())
        yield connection


def ask(url: str, statement: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement.encode()).fetchone()
    return None if found is None else found[0]


def validity(url: str) -> bool | None:
    told = ask(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('event_of_test')")
    return None if told is None else bool(told)


@pytest.fixture
def migrate(tmp_path: Path) -> Iterator[Any]:
    """Starts a migration to the steps that are to come; what is left of it is ended."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in STEPS.items():
        (folder / f"{name}.py").write_text(text)
    started: list[subprocess.Popen[str]] = []

    def start(url: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", MIGRATE, str(REPOSITORY), url, str(folder)]
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def shop(postgres: PostgresServer, tmp_path: Path) -> Iterator[Shop]:
    with postgres.database() as url:
        made = new_shop(tmp_path, url)
        ask_nothing(url, MANY)
        yield made


def ask_nothing(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_clients_wait_for_no_lock_longer_than_a_moment_and_none_is_refused(shop: Shop, migrate: Any) -> None:
    url = shop.database
    server = shop.serve()
    with watching(url) as watch, loaded(shop, CLIENTS) as load:

        def goes_on() -> None:
            before = len(load.told.acknowledged)
            assert eventually(lambda: len(load.told.acknowledged) > before + 50)

        goes_on()
        with reading(url, "SELECT 1") as old:
            with reading(url, "SELECT count(*) FROM event"):
                first = migrate(url)
                assert eventually(lambda: watch.tries >= 2), "a step asks, gives up, and asks again"
                goes_on()
            assert eventually(lambda: validity(url) is False), "the column is there, the index is being built"
            goes_on()
            first.kill()
            ask(url, f"SELECT pg_terminate_backend(pid) {BUILDING}")
            assert validity(url) is False
            second = migrate(url)
            assert eventually(lambda: ask(url, f"SELECT count(*) {BUILDING} AND state = 'active'") == 1)
            goes_on()
            old.rollback()
            assert second.wait(60) == 0
        goes_on()
        assert second.stdout.read().split() == ["9001_index"]
        assert validity(url) is True
    server.stop()
    ask_nothing(url, f"DELETE FROM event WHERE id <= {ROWS}")
    require_nothing_lost(shop, load)
    assert load.told.cut == []
    assert set(load.told.statuses) == {200}
    assert watch.longest < BOUND
