"""What all commands have in common: help, settings, databases that cannot be used, the server's address."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from collector import __version__
from collector.cli import main
from tests.cli.conftest import CommandLine
from tests.servers.fieldpost import REPOSITORY, environment


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_every_command_explains_itself_with_an_example(empty: CommandLine, words: tuple[str, ...]) -> None:
    text = empty.read(*words, "--help")
    assert "Example:" in text
    assert f"  fieldpost {' '.join(words)}" in text


def test_the_version_is_told(empty: CommandLine) -> None:
    assert __version__ in empty.read("--version")


def test_python_m_collector_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "collector", "--version"],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert __version__ in done.stdout


def test_a_command_loads_no_other_one_s_libraries() -> None:
    looks = (
        "import sys; from collector.cli import main; main(['key', '--help'], standalone_mode=False);"
        " print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", looks],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.split()
    assert "collector.cli.keys" in loaded
    assert not {"flask", "granian", "collector.cli.demo", "collector.cli.hostile"}.intersection(loaded)


def test_all_bad_settings_are_listed_together(empty: CommandLine) -> None:
    empty.settings.update(colour="red", max_body="-1")
    said = empty.refusal("section", "list")
    assert "FIELDPOST_COLOUR" in said
    assert "FIELDPOST_MAX_BODY" in said


@pytest.mark.parametrize(
    "address",
    ["sqlite:////no/such/folder/x.db", "postgresql://127.0.0.1:1/shop", "postgresql://[::1"],
)
def test_a_database_that_cannot_be_used_is_said_in_a_sentence(empty: CommandLine, address: str) -> None:
    empty.settings["database"] = address
    assert len(empty.refusal("section", "list").splitlines()) == 1


def test_a_newer_database_is_not_touched(fieldpost: CommandLine) -> None:
    with sqlite3.connect(fieldpost.folder / "fieldpost.db") as database:
        table = next(
            name for (name,) in database.execute("SELECT name FROM sqlite_master") if "migration" in name
        )
        columns = [column[1] for column in database.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(
            "'9999_later'" if column == "name" else column for column in columns if column != "id"
        )
        named = ", ".join(column for column in columns if column != "id")
        database.execute(f"INSERT INTO {table} ({named}) SELECT {kept} FROM {table} LIMIT 1")
    database.close()
    assert "9999_later" in fieldpost.refusal("section", "list")


def test_more_workers_than_one_need_postgresql(empty: CommandLine) -> None:
    assert "PostgreSQL" in empty.refusal("serve", "--workers", "2")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_said_with_what_to_do(
    empty: CommandLine, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(empty.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = empty.refusal(command, "--port", str(port))
    assert f"Port {port}" in said
    assert "--port" in said
    assert not (empty.folder / "fieldpost-demo").exists()


def test_an_address_of_another_machine_is_refused(empty: CommandLine) -> None:
    assert "192.0.2.1" in empty.refusal("serve", "--host", "192.0.2.1")
