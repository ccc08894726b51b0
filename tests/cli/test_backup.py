"""`fieldpost backup` and `fieldpost restore`: the files, the refusals, and what is never touched."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playhouse.migrations import Runner

from collector import clock
from collector.cli import backup_files
from collector.cli.refusals import Refusal
from collector.store.copies import postgresql, sqlite
from collector.store.copies.failing import CopyFailed
from collector.store.database import MIGRATIONS, Database
from collector.store.opening import open_store
from tests.cast import ADMIN, EVERY_TYPE, open_shop, order
from tests.cli.conftest import CommandLine

OLD = "fieldpost-20200101T000000Z.db"


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """With one event, in a folder of its own."""
    folder = tmp_path / "live"
    folder.mkdir()
    url = f"sqlite:///{folder / 'fieldpost.db'}"
    shop = open_shop(url)
    shop.define(EVERY_TYPE)
    shop.send(shop.key(), order())
    shop.store.close()
    return CommandLine(tmp_path, {"database": url})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def live(line: CommandLine) -> Path:
    return Path(line.settings["database"].removeprefix("sqlite:///"))


def elsewhere(line: CommandLine) -> CommandLine:
    """With a database that is not there yet."""
    return CommandLine(line.folder, {"database": f"sqlite:///{line.folder / 'restored.db'}"})


def content(line: CommandLine) -> list[str]:
    """The whole database as SQL."""
    with closing(sqlite3.connect(live(line))) as connection:
        return list(connection.iterdump())


def test_a_backup_is_one_file_for_its_owner_alone(line: CommandLine, folder: Path) -> None:
    made = line.data("backup", "--to", str(folder))
    (file,) = folder.iterdir()
    assert backup_files.NAME.fullmatch(file.name)
    assert made["file"] == str(file)
    assert (made["events"], made["differences"], made["kind"]) == (1, [], "SQLite")
    assert file.stat().st_mode & 0o777 == 0o600
    assert made["bytes"] == file.stat().st_size


def test_what_comes_back_is_what_was_there(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "one"))
    other = elsewhere(line)
    assert "1 events. Verified." in other.read("restore", str(folder / "one"))
    kept = [one for one in content(line) if '"node"' not in one]
    assert [one for one in content(other) if '"node"' not in one] == kept


@pytest.mark.parametrize("words", [(), ("--compress",)])
def test_a_backup_can_go_through_a_pipe(line: CommandLine, words: tuple[str, ...]) -> None:
    result = line.run("backup", "--to", "-", *words)
    assert result.exit_code == 0, result.stderr
    assert "Verified" in result.stderr
    piped = result.stdout_bytes
    assert piped.startswith(backup_files.GZIP if words else sqlite.MAGIC)
    other = elsewhere(line)
    assert "1 events" in other.read("restore", "-", stdin=piped)


def test_a_compressed_backup_is_smaller_and_comes_back(line: CommandLine, folder: Path) -> None:
    plain = line.data("backup", "--to", str(folder / "plain"))
    small = line.data("backup", "--to", str(folder), "--compress")
    assert small["file"].endswith(".db.gz")
    assert small["bytes"] < plain["bytes"] / 4
    assert elsewhere(line).data("restore", small["file"])["content"]["events"] == 1


def test_a_file_that_is_there_is_left_alone_unless_told(line: CommandLine, folder: Path) -> None:
    target = folder / "mine"
    target.write_text("something of mine")
    assert "is there already" in line.refusal("backup", "--to", str(target))
    assert target.read_text() == "something of mine"
    line.read("backup", "--to", str(target), "--overwrite")
    assert target.read_bytes().startswith(sqlite.MAGIC)


def test_a_name_that_is_taken_meanwhile_is_left_alone_too(folder: Path) -> None:
    target = folder / "mine"
    with backup_files.part_in(folder) as part:
        target.write_text("somebody was quicker")
        with pytest.raises(Refusal, match="is there already"):
            backup_files.publish(part, target, False)
    assert target.read_text() == "somebody was quicker"
    assert [one.name for one in folder.iterdir()] == ["mine"]


def test_the_newest_are_kept_and_nothing_else_is_touched(line: CommandLine, folder: Path) -> None:
    for name in (OLD, OLD.replace("2020", "2021") + ".gz", "notes.txt", ".fieldpost-0123abcd.part"):
        (folder / name).write_text("x")
    os.utime(folder / ".fieldpost-0123abcd.part", (0, 0))
    (folder / ".fieldpost-4567abcd.part").write_text("a backup that goes on")
    made = line.data("backup", "--to", str(folder), "--keep", "2")
    assert sorted(made["deleted"]) == sorted([".fieldpost-0123abcd.part", OLD])
    assert {one.name for one in folder.iterdir()} == {
        "notes.txt",
        ".fieldpost-4567abcd.part",
        OLD.replace("2020", "2021") + ".gz",
        Path(made["file"]).name,
    }


def test_nothing_is_deleted_if_the_backup_fails(line: CommandLine, folder: Path) -> None:
    (folder / OLD).write_text("x")
    live(line).write_bytes(b"no database at all, but as long as one has to be" * 400)
    assert line.run("backup", "--to", str(folder), "--keep", "1").exit_code == 1
    assert [one.name for one in folder.iterdir()] == [OLD]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", "nowhere/at/all"], "There is no folder"),
        (["--to", "file", "--keep", "3"], "--keep is for a folder"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_done(
    line: CommandLine, words: list[str], sentence: str
) -> None:
    assert sentence in line.refusal("backup", *words)


def test_a_database_that_is_not_there_is_not_made(line: CommandLine, folder: Path) -> None:
    other = elsewhere(line)
    assert "There is no database at" in other.refusal("backup", "--to", str(folder))
    assert not live(other).exists()
    assert list(folder.iterdir()) == []


def test_damage_is_found_before_a_backup_gets_its_name(line: CommandLine, folder: Path) -> None:
    with closing(sqlite3.connect(live(line))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        query = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'change' LIMIT 1"
        (page,) = connection.execute(query).fetchone()
    content = bytearray(live(line).read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    live(line).write_bytes(content)
    assert "The backup is" in line.refusal("backup", "--to", str(folder))
    assert list(folder.iterdir()) == []


def test_an_older_database_is_kept_as_it_is_and_brought_up_to_date_when_it_comes_back(
    tmp_path: Path, folder: Path
) -> None:
    line = CommandLine(tmp_path, {"database": f"sqlite:///{tmp_path / 'old.db'}"})
    database = Database(line.settings["database"])
    with database.connected():
        Runner(database.peewee, directory=str(MIGRATIONS)).up("0012_snippet_pages")
    database.close()
    made = line.data("backup", "--to", str(folder / "old"))
    assert (made["step"], made["events"]) == ("0012_snippet_pages", None)
    with closing(sqlite3.connect(folder / "old")) as connection:
        assert connection.execute("SELECT MAX(name) FROM schema_migration").fetchone() == (made["step"],)
    restored = elsewhere(line).data("restore", str(folder / "old"))
    assert restored["content"]["step"] > made["step"]
    assert restored["content"]["events"] == 0


def test_a_newer_backup_is_refused(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "newer"))
    with closing(sqlite3.connect(folder / "newer", isolation_level=None)) as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    assert "made by a newer Fieldpost" in elsewhere(line).refusal("restore", str(folder / "newer"))
    assert not live(elsewhere(line)).exists()


def broken(name: str, whole: bytes) -> bytes:
    return {
        "empty": b"",
        "text": b"SELECT 1;\n",
        "cut": whole[: len(whole) // 2],
        "cut gzip": gzip.compress(whole)[:-2000],
    }[name]


@pytest.mark.parametrize("name", ["empty", "text", "cut", "cut gzip"])
def test_what_is_no_whole_backup_changes_nothing(line: CommandLine, folder: Path, name: str) -> None:
    line.read("backup", "--to", str(folder / "whole"))
    (folder / "broken").write_bytes(broken(name, (folder / "whole").read_bytes()))
    before = content(line)
    line.refusal("restore", str(folder / "broken"), "--replace")
    assert content(line) == before
    assert {one.name for one in live(line).parent.iterdir()} == {"fieldpost.db"}


def test_a_database_of_something_else_is_refused(line: CommandLine, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE mine (id)")
    assert "none of Fieldpost's" in elsewhere(line).refusal("restore", str(folder / "other.db"))


def test_a_database_is_replaced_only_when_told_and_kept(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "one"))
    line.read("section", "create", "Later")
    assert "--replace" in line.refusal("restore", str(folder / "one"))
    restored = line.data("restore", str(folder / "one"), "--replace")
    assert "later" not in line.read("section", "list")
    kept = CommandLine(line.folder, {"database": f"sqlite:///{restored['kept']}"})
    assert "later" in kept.read("section", "list")


def test_a_log_without_its_database_is_not_mixed_with_a_restored_one(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "one"))
    other = elsewhere(line)
    Path(f"{live(other)}-wal").write_bytes(b"x")
    assert "Move it away first" in other.refusal("restore", str(folder / "one"))


def test_the_kinds_are_not_mixed(line: CommandLine, folder: Path) -> None:
    (folder / "one.dump").write_bytes(postgresql.MAGIC + b"\0" * 100)
    assert "This backup is of PostgreSQL" in elsewhere(line).refusal("restore", str(folder / "one.dump"))


def test_without_postgresqls_programs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "DEBIAN", Path("/nowhere"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CopyFailed, match="apt-get install postgresql-client"):
        postgresql.program("pg_dump")


def test_a_password_is_in_no_programs_words() -> None:
    url = "postgresql://ada:s3cret@db.example:5433/fieldpost?sslmode=require"
    address = postgresql.address(url)
    assert "s3cret" not in address
    assert {"host=db.example", "port=5433", "sslmode=require"} <= set(address.split())
    assert postgresql.environment(url)["PGPASSWORD"] == "s3cret"


# Erasures on their way


def erasing(line: CommandLine) -> None:
    store = open_store(line.settings["database"], clock.now, clock.tick)
    store.erasures.erase("shop", ("email", "alice@example.com"), ADMIN, clock.now())
    store.close()


def test_a_file_of_erasures_only_grows(line: CommandLine, folder: Path) -> None:
    file = folder / "erasures.json"
    assert line.data("erasures", "export", "--to", str(file))["marks"] == 0
    erasing(line)
    assert line.data("erasures", "export", "--to", str(file))["marks"] == 2
    first: dict[str, Any] = json.loads(file.read_text())
    assert "alice" not in file.read_text()
    empty = elsewhere(line)
    empty.read("section", "create", "Shop")
    assert empty.data("erasures", "export", "--to", str(file))["marks"] == 2
    assert json.loads(file.read_text())["sections"] == first["sections"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_erasures_are_applied_to_what_is_there(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "one"))
    erasing(line)
    file = line.file("erasures.json", line.read("erasures", "export", "--to", "-"))
    other = elsewhere(line)
    other.read("restore", str(folder / "one"))
    assert "People who were erased again: 1, with 1 events." in other.read("erasures", "apply", file)
    assert other.data("erasures", "apply", file)["people"] == 0


def test_what_is_no_file_of_erasures_is_refused(line: CommandLine, folder: Path) -> None:
    for text in ("", "[]", '{"sections": [{"section": 1}]}', '{"format": "other", "sections": []}'):
        assert "no file of erasures" in line.refusal("erasures", "apply", line.file("e.json", text))
    (folder / "mine.json").write_text("my notes")
    assert "no file of erasures" in line.refusal("erasures", "export", "--to", str(folder / "mine.json"))
    assert (folder / "mine.json").read_text() == "my notes"


@pytest.mark.usefixtures("durable")
def test_replacing_a_database_erases_whom_it_remembers_as_erased(line: CommandLine, folder: Path) -> None:
    line.read("backup", "--to", str(folder / "one"))
    erasing(line)
    restored = line.data("restore", str(folder / "one"), "--replace")
    assert restored["erased"]["people"] == 1
    assert "alice@example.com" not in "".join(content(line))
    assert line.run("doctor").exit_code == 0
