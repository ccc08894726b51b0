"""`fieldpost import`: a verdict for each row, nothing twice, and on from where it was stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from collector.intake import bulk
from tests.cast import EVERY_TYPE
from tests.cli.conftest import CommandLine
from tests.servers.fieldpost import COMMAND, environment
from tests.servers.waiting import eventually

ALICE = {"email": "alice@shop.example"}


@pytest.fixture
def shop(fieldpost: CommandLine) -> CommandLine:
    fieldpost.apply(json.dumps(EVERY_TYPE), name="events.json")
    return fieldpost


def line(event_id: str | None, **members: Any) -> str:
    event = {"event": "order.completed", "id": event_id, "identifiers": ALICE, "data": {"total": 1}}
    return json.dumps({**event, **members}) + "\n"


def verdicts(path: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in Path(f"{path}.verdicts.jsonl").read_text().splitlines()]


def stored(shop: CommandLine) -> int:
    """How many events are in the database."""
    from collector import clock
    from collector.store.models import Event
    from collector.store.opening import open_store

    store = open_store(shop.settings["database"], clock.now, clock.tick)
    try:
        return Event.select().count(store.database.peewee)
    finally:
        store.close()


def test_every_row_gets_its_verdict(shop: CommandLine) -> None:
    rows = [
        line("1"),
        line("1"),
        line("2", data={"total": "x"}),
        "{]\n",
        line(None),
        line("3", identifiers=None),
        line("4", event="boat.rented"),
        '{"events": []}\n',
    ]
    path = shop.file("orders.jsonl", "".join(rows))
    told = shop.run("import", path)
    assert told.exit_code == 1
    assert "1 duplicate, 6 rejected, 1 stored. The verdict of each row is in" in told.stdout
    found = verdicts(path)
    assert [one["row"] for one in found] == list(range(1, 9))
    assert [one["verdict"] for one in found] == ["stored", "duplicate", *["rejected"] * 6]
    assert [one["code"] for one in found[2:]] == [
        "payload-invalid",
        "json-invalid",
        "payload-invalid",
        "payload-invalid",
        "event-unknown",
        "shape-wrong",
    ]
    assert [one["errors"][0]["pointer"] for one in found[2:]] == [
        *("/data/total", "", "/id", "/identifiers", "/event", "")
    ]
    assert stored(shop) == 1


def test_csv_is_judged_like_anything_else(shop: CommandLine) -> None:
    text = "order no,email,sum\n1,alice@shop.example,149.90\n2,alice@shop.example,much\n"
    path = shop.file("orders.csv", text)
    words = ("--event", "order.completed", "--map", "order no=id", "--map", "sum=data.total")
    told = shop.run("import", path, *words, "--json")
    assert json.loads(told.stdout) == {
        "rows": 3,
        "stored": 1,
        "rejected": 1,
        "verdicts": f"{path}.verdicts.jsonl",
    }
    assert verdicts(path)[1]["errors"][0]["pointer"] == "/data/total"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "'order no' leads nowhere"),
        (("--map", "odd"), "--map takes COLUMN=TARGET"),
        (("--map", "odd=id"), "There is no column 'odd'"),
    ],
)
def test_columns_that_lead_nowhere_are_told_before_anything_is_stored(
    shop: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    path = shop.file("orders.csv", "order no,email\n1,alice@shop.example\n")
    assert sentence in shop.refusal("import", path, *words)
    assert stored(shop) == 0


def test_an_import_that_came_to_its_end_is_not_begun_again(shop: CommandLine) -> None:
    path = shop.file("orders.jsonl", line("1"))
    assert shop.data("import", path)["stored"] == 1
    assert "came to its end" in shop.refusal("import", path)
    other = str(shop.folder / "other.jsonl")
    assert shop.data("import", path, "--verdicts", other)["duplicate"] == 1


def test_another_file_does_not_go_on_with_the_verdicts_of_this_one(
    shop: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _stopped_after_one_part(shop, monkeypatch)
    other = shop.file("other.jsonl", line("9"))
    refusal = shop.refusal("import", other, "--verdicts", f"{path}.verdicts.jsonl")
    assert "is of another file" in refusal


def test_a_note_that_cannot_be_read_is_told(shop: CommandLine) -> None:
    path = shop.file("orders.jsonl", line("1"))
    shop.file("orders.jsonl.verdicts.jsonl.progress", "{")
    assert "cannot be read" in shop.refusal("import", path)


def test_it_goes_on_where_it_was_stopped(shop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _stopped_after_one_part(shop, monkeypatch)
    assert len(verdicts(path)) == 2
    told = shop.run("import", path)
    assert "Going on after row 2." in told.stderr
    assert "5 stored." in told.stdout
    assert [one["row"] for one in verdicts(path)] == [1, 2, 3, 4, 5]
    assert not Path(f"{path}.verdicts.jsonl.progress").exists()


def _stopped_after_one_part(shop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> str:
    path = shop.file("orders.jsonl", "".join(line(str(number)) for number in range(5)))
    add = bulk.VerdictFile.add

    def stop(self: bulk.VerdictFile, *args: Any) -> None:
        add(self, *args)
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk, "PART", 2)
    with monkeypatch.context() as context:
        context.setattr(bulk.VerdictFile, "add", stop)
        assert "Stopped after row 2. The same command goes on" in shop.refusal("import", path)
    return path


def test_a_kill_at_any_moment_loses_nothing_and_stores_nothing_twice(shop: CommandLine) -> None:
    count = 6_000
    path = shop.file("orders.jsonl", "".join(line(str(number)) for number in range(count)))
    note = Path(f"{path}.verdicts.jsonl.progress")
    command = [*COMMAND, "import", path]
    running = subprocess.Popen(
        command, env=environment(**shop.settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    eventually(note.exists)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    told_before = json.loads(note.read_bytes())["rows"]
    assert 0 < told_before < count
    assert stored(shop) >= told_before
    finished = subprocess.run(command, env=environment(**shop.settings), capture_output=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    assert f"Going on after row {told_before:,}." in finished.stderr.decode()
    assert stored(shop) == count
    assert [one["row"] for one in verdicts(path)] == list(range(1, count + 1))
    assert {one["verdict"] for one in verdicts(path)} <= {"stored", "duplicate"}
