"""The numbers of a process, where the other processes of its server can read them.

Each process adds to a file of its own, which it has in its memory: adding costs as much as adding to a list,
and what a killed process has counted stays. A process that starts goes on with the file of one that has
ended, so that no count ever goes back and there are never more files than processes.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import mmap
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector.metrics.table import COUNTED, PLACES, SIZE

_HEAD = struct.Struct("=qq")
"""A process's number, and how many numbers follow: files of another version are not read."""

_ENDING = ".cells"
_FOLDER = "fieldpost-metrics-"
_LOCK = "server.lock"
_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Told:
    """The numbers of one process. `pid` is None if it has ended; then its gauges mean nothing."""

    name: str
    pid: int | None
    values: memoryview[float]


class Cells:
    """The numbers of this process. They are its own until `share` puts them where others see them."""

    def __init__(self) -> None:
        self.name = "alone"
        self.values = memoryview(bytearray(8 * SIZE)).cast("d")
        _forget_gauges(self.values)
        self._folder: Path | None = None
        self._file: int | None = None

    def share(self, folder: Path, kind: str) -> None:
        """Counts in a file of the folder from now on: of an ended process of this kind, or a new one."""
        self._file, self.name = _taken(folder, kind)
        self._folder = folder
        os.ftruncate(self._file, _HEAD.size + 8 * SIZE)
        shared = mmap.mmap(self._file, _HEAD.size + 8 * SIZE)
        shared[: _HEAD.size] = _HEAD.pack(os.getpid(), SIZE)
        self.values = memoryview(shared)[_HEAD.size :].cast("d")
        _forget_gauges(self.values)

    def all(self) -> list[Told]:
        """The numbers of every process of the server, ended ones included, by their names."""
        own = Told(self.name, os.getpid(), self.values)
        if self._folder is None:
            return [own]
        others = [path for path in sorted(self._folder.glob(f"*{_ENDING}")) if path.stem != self.name]
        return [own, *filter(None, map(_read, others))]


def _forget_gauges(values: memoryview[float]) -> None:
    """What nobody has looked at in this process is not a number, and not told."""
    for metric in COUNTED:
        if metric.kind == "gauge":
            for place in PLACES[metric.name].values():
                values[place] = math.nan


PROCESS = Cells()
"""Those of this process, however many apps are in it."""


@contextmanager
def folder_of_a_server() -> Iterator[Path]:
    """A folder for the processes of one server, removed with it; those that killed ones left are as well.

    It is in memory where the system has a place for that: nothing of it has to survive.
    """
    above = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in above.glob(f"{_FOLDER}*"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER, dir=above))
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else's, or just being made
        lock = os.open(folder / _LOCK, os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _taken(folder: Path, kind: str) -> tuple[int, str]:
    """A file that no living process has, locked for as long as this one lives."""
    number = 0
    while True:
        number += 1
        name = f"{kind}-{number}"
        file = os.open(folder / f"{name}{_ENDING}", os.O_RDWR | os.O_CREAT, 0o600)
        if _is_free(file, fcntl.LOCK_EX):
            return file, name
        os.close(file)


def _is_free(file: int, lock: int) -> bool:
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Told | None:
    """The numbers in another process's file; None where there are none yet."""
    file = os.open(path, os.O_RDONLY)
    try:
        has_ended = _is_free(file, fcntl.LOCK_SH)
        found = os.read(file, _HEAD.size + 8 * SIZE)
    finally:
        os.close(file)
    if len(found) != _HEAD.size + 8 * SIZE:
        return None
    pid, size = _HEAD.unpack_from(found)
    if size != SIZE:
        return None
    return Told(path.stem, None if has_ended else pid, memoryview(found)[_HEAD.size :].cast("d"))
