"""`fieldpost migrate`, and a server that may not migrate by itself."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from playhouse.migrations import Runner

from collector.store.database import MIGRATIONS, Database
from collector.store.steps import steps
from tests.cli.conftest import CommandLine
from tests.servers.client import Client
from tests.servers.fieldpost import COMMAND, environment, running

OLD = "0012_snippet_pages"


@pytest.fixture
def old(tmp_path: Path, database_url: str) -> CommandLine:
    """With a database of either kind, as an earlier Fieldpost left it."""
    with closing(Database(database_url)) as database, database.unhurried():
        Runner(database.peewee, directory=str(MIGRATIONS)).up(OLD)
    return CommandLine(tmp_path, {"database": database_url})


def last_step(line: CommandLine) -> str:
    with closing(Database(line.settings["database"])) as database:
        return steps(database).taken[-1]


def test_it_says_what_it_would_do_and_does_nothing(old: CommandLine) -> None:
    text = old.read("migrate", "--dry-run")
    assert f"Taken so far: {OLD}." in text
    assert "To be taken: 0013_segments  Segments" in text
    assert old.data("migrate", "--status")["pending"][0]["name"] == "0013_segments"
    assert last_step(old) == OLD


def test_it_takes_every_step_and_says_how_long_each_took(old: CommandLine) -> None:
    pending = [one["name"] for one in old.data("migrate", "--status")["pending"]]
    taken = old.data("migrate")["taken"]
    assert [one["name"] for one in taken] == pending
    assert all(one["seconds"] >= 0 for one in taken)
    assert last_step(old) == pending[-1]
    assert "Nothing is to be done" in old.read("migrate")
    assert old.data("migrate", "--status")["pending"] == []


def test_looking_makes_no_file(empty: CommandLine) -> None:
    assert "There is no database at" in empty.refusal("migrate", "--dry-run")
    assert list(empty.folder.iterdir()) == []


def test_a_newer_database_is_refused(old: CommandLine) -> None:
    old.read("migrate")
    with closing(Database(old.settings["database"])) as database, database.writing():
        database.peewee.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    for words in (["migrate"], ["migrate", "--status"]):
        assert "newer Fieldpost" in old.refusal(*words)


def test_told_to_refuse_no_command_migrates_in_passing(old: CommandLine) -> None:
    old.settings["migrate"] = "refuse"
    for words in (["section", "list"], ["key", "list"], ["serve"]):
        assert "Make a backup and take them: fieldpost migrate" in old.refusal(*words)
    assert "fieldpost migrate" in old.run("doctor").stdout
    assert last_step(old) == OLD
    old.read("migrate")
    assert old.read("section", "list") is not None


def test_told_neither_it_says_what_there_is(old: CommandLine) -> None:
    old.settings["migrate"] = "yes"
    assert "it is auto or refuse" in old.refusal("migrate", "--status")


def test_a_server_that_may_not_migrate_starts_once_somebody_has(old: CommandLine, tmp_path: Path) -> None:
    url = old.settings["database"]
    refused = subprocess.run(
        [*COMMAND, "serve"],
        env=environment(database=url, migrate="refuse"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "fieldpost migrate" in refused.stderr
    assert "Traceback" not in refused.stderr
    old.read("migrate")
    with running(url, tmp_path, migrate="refuse") as server:
        assert Client(server.url).get("/ready").status == 200
