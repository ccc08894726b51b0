"""The real `fieldpost worker`, as a process of its own."""

from __future__ import annotations

import atexit
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.fieldpost import COMMAND, environment
from tests.servers.processes import ended_within
from tests.servers.waiting import eventually

STOP_TIMEOUT = 20.0
READY = "stores what comes"


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker that was ready when this was made."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """SIGTERM, as every operator stops it; anything but a clean end is an AssertionError."""
        if self.process.poll() is None:
            self.process.terminate()
        if not ended_within(self.process, STOP_TIMEOUT):
            self.kill()
            raise AssertionError(f"The worker did not stop in {STOP_TIMEOUT} s.\n{self.said()}")
        assert self.process.returncode == 0, f"It ended with {self.process.returncode}.\n{self.said()}"

    def kill(self) -> None:
        """SIGKILL."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def start_worker(
    database: str, stream: str, folder: Path, name: str = "worker", **settings: object
) -> WorkerProcess:
    """Starts a worker and waits until it works; the caller has to stop it."""
    log = folder / f"{name}.log"
    before = log.read_text().count(READY) if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*COMMAND, "worker"],
            cwd=folder,
            env=environment(database=database, stream=stream, **settings),
            stdout=output,
            stderr=output,
        )
    started = WorkerProcess(process, log)
    atexit.register(started.kill)
    eventually(lambda: started.said().count(READY) > before or process.poll() is not None)
    assert process.poll() is None, started.said()
    return started


@contextmanager
def running_worker(
    database: str, stream: str, folder: Path, name: str = "worker", **settings: object
) -> Iterator[WorkerProcess]:
    """A worker for as long as the block lasts; its end must be a clean one unless the block has killed it."""
    worker = start_worker(database, stream, folder, name, **settings)
    try:
        yield worker
    except BaseException:
        worker.kill()
        raise
    if worker.process.poll() != -signal.SIGKILL:
        worker.stop()
