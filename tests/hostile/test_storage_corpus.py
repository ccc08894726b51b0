"""The storage part of the corpus: rows that the database refuses, killed migrations, newer databases."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from collector.core.permissions import Key
from collector.store.database import Database
from collector.store.ledger import sums
from collector.store.recount import recount
from tests.cast import EVERY_TYPE, Shop, order
from tests.servers.fieldpost import COMMAND, REPOSITORY, environment
from tests.servers.postgres import PostgresServer

BATCH = 500
MOMENTS = (0.0, 0.01, 0.3, 0.5, 0.8, 1.0)
"""Where in a migration it is killed, as a share of its statements."""


# A row that the database refuses, although the judge had nothing against it


@pytest.fixture
def till(shop: Shop) -> Key:
    """The key of a shop whose database refuses every event with `poison` in its id."""
    shop.define(EVERY_TYPE)
    with shop.store.database.connected():
        shop.store.database.peewee.execute_sql(
            "CREATE TRIGGER picky BEFORE INSERT ON event WHEN instr(NEW.event_id, 'poison')"
            " BEGIN SELECT RAISE(ABORT, 'poison'); END"
            if shop.store.database.is_sqlite
            else "ALTER TABLE event ADD CONSTRAINT picky CHECK (position('poison' in event_id) = 0)"
        )
    return shop.key()


def differences(shop: Shop) -> list[str]:
    return [one.sentence() for found in recount(shop.store.database) for one in found.differences]


@pytest.mark.parametrize("place", [0, BATCH - 1])
def test_one_row_of_a_batch_that_is_refused_takes_no_other_along(shop: Shop, till: Key, place: int) -> None:
    ids = [f"poison {number}" if number == place else f"good {number}" for number in range(BATCH)]
    answer = shop.send(till, *(order(one) for one in ids)).get_json()
    assert (answer["stored"], answer["rejected"]) == (BATCH - 1, 1)
    refused = [result for result in answer["results"] if result["verdict"] == "rejected"]
    assert [(one["id"], one["errors"][0]["code"]) for one in refused] == [(f"poison {place}", "row-refused")]
    assert sums(shop.store.database, "shop")["stored"] == BATCH - 1
    assert differences(shop) == []


def test_several_are_refused_one_by_one(shop: Shop, till: Key) -> None:
    ids = [f"poison {number}" if number % 7 == 0 else f"good {number}" for number in range(100)]
    answer = shop.send(till, *(order(one) for one in ids)).get_json()
    assert [result["id"] for result in answer["results"] if result["verdict"] == "stored"] == [
        one for one in ids if one.startswith("good")
    ]
    assert differences(shop) == []


def test_whoever_shares_the_transaction_does_not_notice(shop: Shop, till: Key) -> None:
    told: dict[str, Any] = {}

    def send(event_id: str) -> None:
        told[event_id] = shop.send(till, order(event_id)).get_json()["verdict"]

    names = [f"{'poison' if number % 5 == 0 else 'good'} {number}" for number in range(20)]
    threads = [threading.Thread(target=send, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {name: "rejected" if "poison" in name else "stored" for name in names}
    assert differences(shop) == []


# A migration that is killed half-way


MIGRATING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from collector.store.database import Database
database, allowed = Database(sys.argv[2]), int(sys.argv[3])
execute, said = database.peewee.execute_sql, 0
def counted(*words, **more):
    global said
    said += 1
    if said > allowed:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*words, **more)
database.peewee.execute_sql = counted
database.migrate()
print(said)
"""


def migrate(url: str, allowed: int) -> tuple[int, str]:
    """Brings a database up to date in a process that kills itself after so many statements."""
    done = subprocess.run(
        [sys.executable, "-c", MIGRATING, str(REPOSITORY), url, str(allowed)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def schema(url: str) -> list[tuple[Any, ...]]:
    """Everything that a database is made of, and which steps made it."""
    database = Database(url)
    queries = (
        ("SELECT type, name, sql FROM sqlite_master ORDER BY name",)
        if database.is_sqlite
        else (
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2",
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        )
    )
    with database.connected():
        steps = database.peewee.execute_sql("SELECT name FROM schema_migration ORDER BY name").fetchall()
        found = [tuple(row) for query in queries for row in database.peewee.execute_sql(query).fetchall()]
    database.close()
    return [*steps, *found]


@pytest.fixture
def whole(shop: Shop) -> list[tuple[Any, ...]]:
    """The schema of a database that was made in one go, of the same kind."""
    return schema(shop.store.database.url)


@pytest.fixture
def new_database(
    request: pytest.FixtureRequest, shop: Shop, tmp_path: Path
) -> Iterator[Callable[[str], str]]:
    """Makes an empty database of the shop's kind."""
    with ExitStack() as stack:
        if shop.store.database.is_sqlite:
            yield lambda name: f"sqlite:///{tmp_path / name}"
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            yield lambda _: stack.enter_context(server.database())


@pytest.mark.full
def test_a_migration_that_is_killed_is_finished_by_the_next_start(
    whole: list[tuple[Any, ...]], new_database: Callable[[str], str]
) -> None:
    code, count = migrate(new_database("count.db"), 10**9)
    assert code == 0
    for share in MOMENTS:
        url = new_database(f"{share}.db")
        code, _ = migrate(url, min(int(int(count) * share), int(count) - 1))
        assert code == -signal.SIGKILL
        Database(url).migrate()
        assert schema(url) == whole


# An old program on a newer database


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--port", "20001"],
        pytest.param(["section", "create", "Club"], marks=pytest.mark.full),
        pytest.param(["doctor"], marks=pytest.mark.full),
    ],
)
def test_an_old_program_leaves_a_newer_database_alone(shop: Shop, tmp_path: Path, words: list[str]) -> None:
    database = shop.store.database
    with database.writing():
        database.peewee.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    before = schema(database.url), len(shop.store.sections.all())
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=tmp_path,
        env=environment(database=database.url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "made by a newer Fieldpost" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert (schema(database.url), len(shop.store.sections.all())) == before
