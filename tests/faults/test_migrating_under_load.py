"""`fieldpost migrate` on PostgreSQL while clients write: nobody waits for it for long, nobody is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.store.database import MIGRATIONS
from tests.faults.load import loaded
from tests.faults.locks import BOUND, MANY, ROWS, ask, ask_nothing, reading, watching
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import REPOSITORY
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

pytestmark = pytest.mark.full

CLIENTS = 8
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
BUILDING = "FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'"


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
