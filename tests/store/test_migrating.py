"""Forward from every earlier schema, with data in it, on SQLite and on PostgreSQL; killed in every step too.

A database as a step left it is made by taking the steps up to it, and gets the rows of a shop that is full of
everything, as far as its tables and columns are there.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from playhouse.migrations import Runner

from collector import clock
from collector.store.database import MIGRATIONS, Database, OlderDatabase
from collector.store.opening import open_store
from collector.store.recount import recount
from collector.store.steps import about, require_current, steps
from tests.cast import EVERY_TYPE, Shop
from tests.servers.fieldpost import REPOSITORY
from tests.servers.postgres import PostgresServer
from tests.store.erased import fill

Rows = dict[str, list[dict[str, Any]]]

NAMES = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
USUAL = {NAMES[0], "0009_totals", "0012_snippet_pages", NAMES[-2]}
"""What a usual run goes forward from; `make test-full` has all the others."""

EVERY = [pytest.param(name, marks=() if name in USUAL else pytest.mark.full) for name in NAMES]
FILLED_BY_STEPS = {"total": "0009_totals"}
"""Tables whose rows a step makes from other ones."""

HISTORY = "schema_migration"
OF_THE_PROCESS = {HISTORY, "node"}

DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from playhouse.migrations import Runner
from collector.store.database import Database
run = Runner._run
def die(self, name, module, direction, fake=False):
    if name == sys.argv[3]:
        self.History.create = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
    run(self, name, module, direction, fake)
Runner._run = die
Database(sys.argv[2]).migrate()
"""


@pytest.fixture
def full(shop: Shop) -> Rows:
    """Every row of a shop with a bit of everything in it."""
    fill(shop, shop.define(EVERY_TYPE))
    return rows_of(shop.store.database)


@pytest.fixture
def new_url(request: pytest.FixtureRequest, shop: Shop, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Gives the URLs of empty databases of the shop's kind."""
    with ExitStack() as stack:
        if shop.store.database.is_sqlite:
            yield lambda name: f"sqlite:///{tmp_path / name}.db"
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            yield lambda _: stack.enter_context(server.database())


def rows_of(database: Database) -> Rows:
    found: Rows = {}
    with database.connected():
        for table in sorted(set(database.tables()) - OF_THE_PROCESS):
            cursor = database.peewee.execute_sql(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]
    return found


def plain(cell: Any) -> Any:
    return bytes(cell) if isinstance(cell, memoryview) else cell


def left_by(step: str, url: str, full: Rows) -> Rows:
    """Makes the database at `url` as this step left it, with the rows of `full`; what is in it."""
    with closing(Database(url)) as database:
        with database.unhurried():
            Runner(database.peewee, directory=str(MIGRATIONS)).up(step)
        with database.writing():
            for table in set(database.tables()) - OF_THE_PROCESS:
                put(database, table, full[table])
        return rows_of(database)


def put(database: Database, table: str, rows: list[dict[str, Any]]) -> None:
    columns = [column.name for column in database.peewee.get_columns(table)]
    sign = "?" if database.is_sqlite else "%s"
    named, signs = ", ".join(f'"{one}"' for one in columns), ", ".join([sign] * len(columns))
    for row in rows:
        values = [row[column] for column in columns]
        database.peewee.execute_sql(f'INSERT INTO "{table}" ({named}) VALUES ({signs})', values)


def require_forward(url: str, before: Rows, full: Rows) -> None:
    """Up to date, everything there as it was, every sum exact, and it can be used."""
    with closing(Database(url)) as database:
        assert steps(database).is_current
        now = rows_of(database)
        assert now.keys() == full.keys()
        for table, rows in before.items():
            columns = rows[0].keys() if rows else ()
            assert sorted(cells(row, columns) for row in rows) == sorted(
                cells(row, columns) for row in now[table]
            ), table
        for table, step in FILLED_BY_STEPS.items():
            if table not in before:
                assert sorted(map(str, now[table])) == sorted(map(str, full[table])), step
        assert [one.sentence() for each in recount(database) for one in each.differences] == []
    store = open_store(url, clock.now, clock.tick)
    assert store.profiles.find("shop", "email", "alice@example.com") is not None
    store.close()


def cells(row: dict[str, Any], columns: Any) -> str:
    return repr([row[column] for column in columns])


@pytest.mark.parametrize("step", EVERY[:-1])
def test_what_an_earlier_step_left_comes_forward_whole(
    full: Rows, new_url: Callable[[str], str], step: str
) -> None:
    url = new_url("old")
    before = left_by(step, url, full)
    said: list[str] = []
    with closing(Database(url)) as database:
        pending = steps(database).pending
        assert database.migrate(said.append) == said == list(pending)
        assert database.migrate() == []
    require_forward(url, before, full)


@pytest.mark.parametrize("step", EVERY[1:])
def test_what_is_killed_in_the_middle_of_a_step_goes_on_from_before_it(
    full: Rows, new_url: Callable[[str], str], step: str
) -> None:
    """On PostgreSQL what was taken before stays taken; on SQLite all steps are one transaction."""
    url = new_url("killed")
    before = left_by(NAMES[0], url, full)
    words = [sys.executable, "-c", DYING, str(REPOSITORY), url, step]
    assert subprocess.run(words, timeout=60, check=False).returncode == -signal.SIGKILL
    with closing(Database(url)) as database:
        expected = NAMES[:1] if database.is_sqlite else NAMES[: NAMES.index(step)]
        assert list(steps(database).taken) == expected
        database.migrate()
    require_forward(url, before, full)


def test_every_step_says_what_it_is_for() -> None:
    assert [name for name in NAMES if not about(name).about] == []
    assert about("0018_rate_limits").about


def test_what_may_not_be_migrated_in_passing_is_refused_and_left_alone(
    full: Rows, new_url: Callable[[str], str]
) -> None:
    url = new_url("refused")
    before = left_by("0012_snippet_pages", url, full)
    with pytest.raises(OlderDatabase, match="fieldpost migrate"):
        require_current(url)
    with closing(Database(url)) as database:
        assert rows_of(database) == before
        database.migrate()
    require_current(url)
