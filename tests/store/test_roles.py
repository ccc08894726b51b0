"""The server's role on PostgreSQL: it does everything that the server does, and nothing to the tables."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playhouse.migrations import Runner

from collector.store.database import MIGRATIONS, Database, OlderDatabase, UnusableDatabase
from collector.store.roles import NEVER_DELETED, server_role
from tests.cast import EVERY_TYPE, open_shop, order
from tests.cli.conftest import CommandLine
from tests.conftest import AS_THE_SERVER
from tests.servers.client import Client
from tests.servers.contract import run_once_more
from tests.servers.copies import programs_of
from tests.servers.fieldpost import running
from tests.servers.postgres import PostgresServer
from tests.servers.roles import ROLE, as_the_server

WHOSE = "tests/store/test_roles.py::test_a_postgresql_that_is_up_to_date_is_the_role_s_whose_contract_this_is"
CONTRACT = (
    WHOSE,
    "tests/web/test_events_api.py",
    "tests/web/test_privacy.py",
    "tests/store/test_commit.py",
    "tests/store/test_merging.py",
)
LONGER_CONTRACT = (WHOSE, "tests/web", "tests/store", "tests/intake", "tests/jobs", "tests/delivery")

NOT_THE_OWNERS = "not test_erasures_carried and not test_a_newer_database"
"""Without what only the owner does: copies of the whole database, and a line in the history of its steps."""


@pytest.fixture
def owners(postgresql_ready_database_url: str) -> str:
    return postgresql_ready_database_url


@pytest.fixture
def servers(owners: str) -> str:
    return as_the_server(owners)


@pytest.fixture
def as_server(servers: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(servers, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (n int)",
        "CREATE TEMPORARY TABLE more (n int)",
        "CREATE SCHEMA more",
        "ALTER TABLE event ADD COLUMN more int",
        "DROP TABLE event",
        "TRUNCATE event",
        "CREATE INDEX ON event (door)",
        "DELETE FROM audit",
        "DELETE FROM ledger",
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_more', now())",
        "CREATE ROLE more",
        "GRANT SELECT ON event TO PUBLIC",
    ],
)
def test_it_may_change_nothing_but_rows(as_server: psycopg.Connection, statement: str) -> None:
    if statement.startswith("GRANT"):  # PostgreSQL warns, and gives nothing
        as_server.execute(statement.encode())
        query = b"SELECT has_table_privilege('public', 'event', 'SELECT')"
        assert as_server.execute(query).fetchone() == (False,)
        return
    with pytest.raises(psycopg.Error) as refused:
        as_server.execute(statement.encode())
    assert refused.value.sqlstate == "42501", "insufficient_privilege"


def test_every_table_that_is_never_emptied_is_there(as_server: psycopg.Connection) -> None:
    found = as_server.execute(b"SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert set(NEVER_DELETED) <= {name for (name,) in found}


def test_tables_of_a_later_step_are_for_it_too(owners: str, as_server: psycopg.Connection) -> None:
    with psycopg.connect(owners, autocommit=True) as owner:
        owner.execute(b"CREATE TABLE later (id bigserial PRIMARY KEY, n int)")
    as_server.execute(b"INSERT INTO later (n) VALUES (1)")
    assert as_server.execute(b"DELETE FROM later").rowcount == 1


def test_the_real_server_runs_as_it(servers: str, tmp_path: Path) -> None:
    shop = open_shop(servers)
    shop.define(EVERY_TYPE)
    secret = shop.secrets[shop.key().id]
    shop.store.close()
    with running(servers, tmp_path) as server:
        answer = Client(server.url, secret).post("/api/v1/events", order())
        assert (answer.status, answer.document["verdict"]) == (200, "stored")


def test_backups_are_made_as_it_and_restored_as_the_owner(
    owners: str, servers: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    """And until the owner has given it its rights in what is restored, it is refused in a sentence."""
    with programs_of(postgres), postgres.database() as fresh:
        line = CommandLine(tmp_path, {"database": servers})
        assert "Verified" in line.read("backup", "--to", str(tmp_path / "night.dump"))
        unprivileged = servers.replace(urlsplit(servers).path, urlsplit(fresh).path)
        there = CommandLine(tmp_path, {"database": unprivileged})
        said = there.refusal("restore", str(tmp_path / "night.dump"))
        assert "permission denied for schema public" in said
        assert "NOT NULL" not in said
        owners_there = CommandLine(tmp_path, {"database": fresh})
        assert "Verified" in owners_there.read("restore", str(tmp_path / "night.dump"))
        assert "fieldpost database role" in there.refusal("section", "list")
        assert owners_there.run("database", "role", ROLE, "--apply").exit_code == 0
        assert there.run("section", "list").exit_code == 0


def test_a_database_that_is_not_up_to_date_is_refused_in_a_sentence(postgres: PostgresServer) -> None:
    with postgres.database() as url:
        steps = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
        with closing(Database(url)) as database, database.unhurried():
            Runner(database.peewee, directory=str(MIGRATIONS)).up(steps[-2])
        with closing(Database(as_the_server(url))) as database, pytest.raises(OlderDatabase) as refused:
            database.migrate()
        assert f"1 steps are to be taken, from {steps[-1]}" in str(refused.value)
        assert f"the role {ROLE} may make no tables" in str(refused.value)


def test_the_command_prints_what_it_would_execute(owners: str, tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": owners})
    text = line.read("database", "role", "till_server")
    assert text.startswith("BEGIN;\n")
    assert text.endswith("COMMIT;\n")
    with psycopg.connect(owners, autocommit=True) as owner:
        query = b"SELECT count(*) FROM pg_roles WHERE rolname = 'till_server'"
        assert owner.execute(query).fetchone() == (0,)
        owner.execute(text.encode())
        assert owner.execute(query).fetchone() == (1,)
        assert "password is yours" in line.run("database", "role", "till_server", "--apply").stderr
        owner.execute(b"DROP OWNED BY till_server; DROP ROLE till_server")


@pytest.mark.parametrize("name", ["postgres", "Robert'); --", ""])
def test_the_owner_and_names_that_are_none_are_refused(owners: str, name: str) -> None:
    with closing(Database(owners)) as database, pytest.raises(UnusableDatabase):
        server_role(database, name)


def test_on_sqlite_there_are_no_roles(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": sqlite_ready_database_url})
    assert "SQLite has no roles" in line.refusal("database", "role", "fieldpost_server")


def test_a_step_that_waits_for_a_table_makes_nobody_wait_for_long(postgres: PostgresServer) -> None:
    with postgres.database() as url, closing(Database(url)) as database:
        with database.unhurried():
            Runner(database.peewee, directory=str(MIGRATIONS)).up("0012_snippet_pages")
        migrating = threading.Thread(target=database.migrate)
        with psycopg.connect(url) as busy, psycopg.connect(url, autocommit=True) as other:
            busy.execute(b"LOCK TABLE event IN ROW EXCLUSIVE MODE")  # as whoever writes events has it
            migrating.start()
            longest = 0.0
            until = time.monotonic() + 2.5
            while time.monotonic() < until:
                begun = time.monotonic()
                other.execute(b"UPDATE event SET door = door")
                longest = max(longest, time.monotonic() - begun)
            assert migrating.is_alive(), "the step got its lock, so nothing was tested"
            busy.commit()
            migrating.join(60)
        assert longest < 1.5
        assert database.migrate() == []


def test_a_postgresql_that_is_up_to_date_is_the_role_s_whose_contract_this_is(
    postgresql_ready_database_url: str,
) -> None:
    with psycopg.connect(postgresql_ready_database_url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row == (ROLE if AS_THE_SERVER in os.environ else "postgres",)


def test_its_contract_holds_for_the_server_s_role() -> None:
    run_as_the_server(CONTRACT)


@pytest.mark.full
def test_the_whole_contract_holds_for_the_server_s_role() -> None:
    run_as_the_server(LONGER_CONTRACT)


def run_as_the_server(files: tuple[str, ...]) -> None:
    run_once_more(AS_THE_SERVER, files, f"postgresql and (whose or not test_roles) and {NOT_THE_OWNERS}")
