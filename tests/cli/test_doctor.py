"""`fieldpost doctor`: what it looks at, what it says, and with what it ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from collector import clock
from collector.cli import checks
from collector.jobs.runner import HELD
from collector.jobs.timetable import JOBS
from collector.store.models import Event, Ledger
from collector.store.opening import Store, open_store
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Clock, open_shop, order
from tests.cli.conftest import CommandLine

pytestmark = pytest.mark.usefixtures("durable")


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def line(tmp_path: Path, ready_database_url: str) -> CommandLine:
    """On a database of either kind, with an event in it."""
    shop = open_shop(ready_database_url)
    shop.define(EVERY_TYPE)
    shop.send(shop.key(), order(), order("2", data={}))
    shop.store.close()
    return CommandLine(tmp_path, {"database": ready_database_url})


@pytest.fixture
def on_sqlite(fieldpost: CommandLine) -> CommandLine:
    return fieldpost


@pytest.fixture
def on_postgresql(tmp_path: Path, postgresql_ready_database_url: str) -> CommandLine:
    return CommandLine(tmp_path, {"database": postgresql_ready_database_url})


def change(line: CommandLine, do: Callable[[Store], Any]) -> None:
    standing = Clock()
    store = open_store(line.settings["database"], standing.now, standing.tick)
    do(store)
    store.close()


def check(line: CommandLine, name: str, *words: str) -> dict[str, Any]:
    """One check of the JSON, whatever the command ends with."""
    result = line.run("doctor", "--json", *words)
    assert "Traceback" not in result.stderr
    return next(one for one in json.loads(result.stdout)["checks"] if one["name"] == name)


def test_no_two_checks_have_the_same_name(on_sqlite: CommandLine) -> None:
    names = [one["name"] for one in on_sqlite.data("doctor")["checks"]]
    assert sorted(names) == sorted(set(names))


def test_a_healthy_installation_ends_with_nothing_wrong(on_sqlite: CommandLine) -> None:
    report = on_sqlite.data("doctor")
    assert report["healthy"]
    assert [one["name"] for one in report["checks"] if one["state"] == "wrong"] == []
    assert {"settings", "database", "durability", "disk", "events", "rejections", "jobs", "keys"} <= {
        one["name"] for one in report["checks"]
    }
    text = on_sqlite.read("doctor")
    assert "ok  events" in text
    assert "Traceback" not in text


def test_its_help_has_an_example(on_sqlite: CommandLine) -> None:
    assert "fieldpost doctor --json --section shop" in on_sqlite.read("doctor", "--help")


def test_an_event_that_is_missing_is_told_and_ends_with_one(line: CommandLine) -> None:
    change(line, lambda store: store.database.run(Event.delete()))
    result = line.run("doctor")
    assert result.exit_code == 1
    assert "shop, order.completed: 0 events, by the books 1." in result.stdout
    assert check(line, "events")["state"] == "wrong"
    assert check(line, "rejections")["state"] == "good"


def test_one_section_alone_can_be_looked_at(line: CommandLine) -> None:
    line.read("section", "create", "Lab")
    change(line, lambda store: store.database.run(Ledger.delete()))
    assert check(line, "events", "--section", "lab")["state"] == "good"
    assert check(line, "events", "--section", "shop")["state"] == "wrong"
    assert "no section 'moon'" in line.refusal("doctor", "--section", "moon")


def test_bad_settings_are_listed_and_nothing_else_is_looked_at(on_sqlite: CommandLine) -> None:
    on_sqlite.settings.update(max_body="1", moon="full")
    result = on_sqlite.run("doctor")
    assert result.exit_code == 1
    assert "FIELDPOST_MAX_BODY='1'" in result.stdout
    assert "FIELDPOST_MOON is no setting" in result.stdout
    assert "events" not in result.stdout


@pytest.mark.parametrize("address", ["sqlite:///{folder}/none/f.db", "sqlite:///{folder}/text.db"])
def test_a_database_that_cannot_be_used_is_a_finding(tmp_path: Path, address: str) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    line = CommandLine(tmp_path, {"database": address.format(folder=tmp_path)})
    result = line.run("doctor")
    assert result.exit_code == 1
    assert "!!  database" in result.stdout
    assert "Traceback" not in result.output


def test_a_database_that_does_not_answer_is_a_finding(tmp_path: Path, free_port: int) -> None:
    line = CommandLine(tmp_path, {"database": f"postgresql://nobody@127.0.0.1:{free_port}/none"})
    found = check(line, "database")
    assert found["state"] == "wrong"
    assert found["details"] != []


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": f"sqlite:///{tmp_path / 'new.db'}"})
    assert "is up to date (00" in check(line, "database")["sentence"]


def test_a_database_that_may_forget_what_it_acknowledged_is_wrong(on_postgresql: CommandLine) -> None:
    """The tests' own PostgreSQL writes nothing to disk at once, which is what makes it fast."""
    found = check(on_postgresql, "durability")
    assert (found["state"], found["details"]) == ("wrong", ["fsync = off", "full_page_writes = off"])


@pytest.mark.parametrize(
    ("free", "state"), [(50_000_000, "wrong"), (500_000_000, "doubtful"), (5_000_000_000, "good")]
)
def test_a_disk_that_fills_up_is_told(
    on_sqlite: CommandLine, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**10, 10**10 - free, free))
    assert check(on_sqlite, "disk")["state"] == state


@pytest.mark.parametrize(
    ("ahead", "state"), [(0, "good"), (60_000_000, "doubtful"), (-60_000_000, "doubtful")]
)
def test_a_clock_that_differs_from_the_databases_is_told(
    on_postgresql: CommandLine, monkeypatch: pytest.MonkeyPatch, ahead: int, state: str
) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + ahead)
    assert check(on_postgresql, "clock")["state"] == state


@pytest.mark.parametrize(("share", "state"), [(1.0, "good"), (0.0, "doubtful")])
def test_connections_of_the_database_that_run_out_are_told(
    on_postgresql: CommandLine, monkeypatch: pytest.MonkeyPatch, share: float, state: str
) -> None:
    monkeypatch.setattr(checks, "NEARLY_ALL", share)
    found = check(on_postgresql, "connections")
    assert found["state"] == state
    assert " of 97 connections " in found["sentence"]


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("http://shop.example", "doubtful"),
        ("https://shop.example", "good"),
        ("http://127.0.0.1:8000", "good"),
        ("", "good"),
    ],
)
def test_a_public_address_without_encryption_is_told(
    on_sqlite: CommandLine, address: str, state: str
) -> None:
    on_sqlite.settings["public_url"] = address
    assert check(on_sqlite, "address")["state"] == state


def test_a_key_that_was_in_a_web_page_is_told_until_it_is_revoked(on_sqlite: CommandLine) -> None:
    made = on_sqlite.data("key", "create", "--name", "Till")

    def expose(store: Store) -> None:
        key = store.keys.by_secret(made["key"])
        assert key is not None
        store.keys.note_exposed(key, Clock().now())

    change(on_sqlite, expose)
    found = check(on_sqlite, "keys")
    assert (found["state"], found["details"]) == (
        "wrong",
        [f"shop: Till ({made['id']}), on 2026-09-21T14:13:20Z"],
    )
    on_sqlite.read("key", "revoke", made["id"])
    assert check(on_sqlite, "keys")["state"] == "good"


def test_jobs_are_told_with_their_failures_and_delays(on_sqlite: CommandLine) -> None:
    assert check(on_sqlite, "jobs")["state"] == "doubtful", "no server was ever started"
    names = [job.name for job in JOBS]
    far = 4_000_000_000_000_000
    for name in names:
        change(on_sqlite, lambda store, name=name: store.jobs.plan(name, far))
    assert check(on_sqlite, "jobs")["state"] == "good"

    def fail(store: Store) -> None:
        assert store.jobs.claim(names[0], "me", far, far + HELD)
        store.jobs.fail(names[0], "me", 1_790_000_000_000_000, far, "ValueError: no ink")

    change(on_sqlite, fail)
    found = check(on_sqlite, "jobs")
    assert found["state"] == "wrong"
    assert "ValueError: no ink" in found["details"][0]


def test_nobody_is_named(line: CommandLine) -> None:
    change(line, lambda store: store.database.run(Event.delete()))
    result = line.run("doctor")
    assert ALICE["email"] not in result.output
    assert ADMIN.who not in result.output


def test_a_part_that_nobody_ends_is_told(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    if "sqlite" in line.settings["database"]:
        assert "months" not in {one["name"] for one in line.data("doctor")["checks"]}
        return
    assert check(line, "months")["state"] == "good"
    monkeypatch.setattr("collector.cli.checks.TOO_LARGE", 0)
    found = check(line, "months")
    assert found["state"] == "doubtful"
    assert "fieldpost database months" in found["sentence"]


def test_months_that_were_killed_while_they_were_made_are_told(line: CommandLine) -> None:
    if "sqlite" in line.settings["database"]:
        return
    left = "ALTER TABLE rejection_first ADD CONSTRAINT rejection_first_bounds CHECK (id < 1) NOT VALID"
    change(line, lambda store: store.database.peewee.execute_sql(left))
    found = check(line, "months")
    assert (found["state"], found["details"]) == ("doubtful", ["rejection_first"])
    assert "fieldpost database months" in found["sentence"]
    line.run("database", "months")
    assert check(line, "months")["state"] == "good"
