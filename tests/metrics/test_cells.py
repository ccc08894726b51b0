"""The numbers that processes share: added by each, read by all, never taken back."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from collector.metrics import cells
from collector.metrics.cells import Cells, folder_of_a_server
from collector.metrics.table import COUNTED, EVENTS, GATE_TAKEN, PLACES, SIZE

STORED = PLACES[EVENTS.name]["api", "stored"]
INSIDE = PLACES[GATE_TAKEN.name]["inside",]


def work(folder: str, times: int, done: Connection) -> None:
    """A worker process: counts, says so, and lives on until it is killed."""
    own = Cells()
    own.share(Path(folder), "worker")
    for _ in range(times):
        own.values[STORED] += 1
    own.values[INSIDE] = times
    done.send(own.name)
    signal.pause()


class Workers:
    """Worker processes on one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = multiprocessing.get_context("spawn")
        self.started: list[multiprocessing.process.BaseProcess] = []

    def start(self, times: int) -> str:
        """A worker that has counted so many; its name."""
        here, there = self._context.Pipe()
        process = self._context.Process(target=work, args=(str(self._folder), times, there))
        process.start()
        self.started.append(process)
        assert here.poll(30)
        name: str = here.recv()
        return name

    def kill(self, number: int) -> None:
        process = self.started[number]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()


@pytest.fixture
def workers(tmp_path: Path):
    made = Workers(tmp_path)
    yield made
    for number, process in enumerate(made.started):
        if process.is_alive():
            made.kill(number)


def stored(reader: Cells) -> float:
    return sum(one.values[STORED] for one in reader.all())


def test_every_number_has_a_place_of_its_own() -> None:
    taken = [
        place + offset
        for metric in COUNTED
        for place in PLACES[metric.name].values()
        for offset in range(metric.width)
    ]
    assert taken == list(range(SIZE))


def test_what_a_killed_worker_counted_stays_and_its_successor_goes_on(
    tmp_path: Path, workers: Workers
) -> None:
    reader = Cells()
    reader.share(tmp_path, "server")
    assert {workers.start(1_000), workers.start(200)} == {"worker-1", "worker-2"}
    assert stored(reader) == 1_200
    workers.kill(0)
    assert stored(reader) == 1_200
    assert {one.name: one.pid is None for one in reader.all()} == {
        "server-1": False,
        "worker-1": True,
        "worker-2": False,
    }
    assert workers.start(30) == "worker-1"
    assert stored(reader) == 1_230
    assert [one.values[INSIDE] for one in reader.all() if one.name == "worker-1"] == [30]


def test_a_file_of_another_version_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "worker-7.cells").write_bytes(b"\x01" * 80)
    (tmp_path / "worker-8.cells").write_bytes(b"")
    reader = Cells()
    reader.share(tmp_path, "server")
    assert [one.name for one in reader.all()] == ["server-1"]


def test_folders_go_with_their_server_and_those_of_killed_ones_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "_MEMORY", tmp_path)
    left = tmp_path / "fieldpost-metrics-left"
    left.mkdir()
    (left / "server.lock").touch()
    with folder_of_a_server() as first, folder_of_a_server() as second:
        assert not left.exists()
        assert first.is_dir()
        assert second.is_dir()
    assert list(tmp_path.iterdir()) == []
