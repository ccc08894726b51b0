"""The real server, as a process of its own."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_port
from tests.servers.processes import ended_within

REPOSITORY = Path(__file__).resolve().parents[2]
FROM_HERE = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from collector.cli import main; main()"
COMMAND = (sys.executable, "-c", FROM_HERE)
"""`fieldpost` of this checkout, whether it is installed or not."""

START_TIMEOUT = 30.0
STOP_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was ready when this was made. `url` has no slash at its end."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """SIGTERM, as every operator stops it; anything but a clean end is an AssertionError."""
        if self.process.poll() is None:
            self.process.terminate()
        if not ended_within(self.process, STOP_TIMEOUT):
            self.kill()
            raise AssertionError(f"The server did not stop in {STOP_TIMEOUT} s.\n{self._said()}")
        code = self.process.returncode
        assert code == 0, f"The server ended with {code}.\n{self._said()}"

    def kill(self) -> None:
        """SIGKILL to the server and all its workers, at once: what a power cut leaves is what is on disk."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(
    database: str,
    folder: Path,
    *,
    port: int | None = None,
    workers: int = 1,
    command: Sequence[str] = COMMAND,
    **settings: object,
) -> Iterator[Server]:
    """The server on `database` for as long as the block lasts, started in `folder`, where its log is kept.

    Further settings by their names: `edit_hold=0` is `FIELDPOST_EDIT_HOLD=0`. The end must be a clean one
    unless the block has killed it.
    """
    server = start(database, folder, port=port, workers=workers, command=command, **settings)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    if server.process.poll() != -signal.SIGKILL:
        server.stop()


def start(
    database: str,
    folder: Path,
    *,
    port: int | None = None,
    workers: int = 1,
    command: Sequence[str] = COMMAND,
    **settings: object,
) -> Server:
    """Start the server and wait until it can store; the caller has to stop it."""
    port = port or free_port()
    log = folder / f"server-{port}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "serve", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)],
            cwd=folder,
            env=environment(database=database, **settings),
            stdout=output,
            stderr=output,
            # A group of its own, so that a kill reaches its workers and nobody else.
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    # A test that fails may not come to its end: nothing is left running after the last one.
    atexit.register(server.kill)
    _wait_until_ready(server)
    return server


def environment(**settings: object) -> dict[str, str]:
    """The environment of a command with just these settings: `database="…"` is `FIELDPOST_DATABASE`.

    What begins with `otel_` is a variable of OpenTelemetry's. What the developer's own shell has for Python,
    Fieldpost or OpenTelemetry stays outside.
    """
    ours = ("FIELDPOST_", "OTEL_", "PYTHON", "VIRTUAL_ENV")
    settings = {"drain": 0} | settings
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    names = {name: "" if name.startswith("otel_") else "FIELDPOST_" for name in settings}
    given = {f"{names[name]}{name.upper()}": str(value) for name, value in settings.items()}
    return inherited | given | {"PYTHONUNBUFFERED": "1"}


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not _answers(f"{server.url}/ready"):
        if ended_within(server.process, 0.05):
            said = server.log.read_text(errors="replace")
            raise AssertionError(f"The server ended with {server.process.returncode} at its start.\n{said}")
        if time.monotonic() > deadline:
            server.kill()
            said = server.log.read_text(errors="replace")
            raise AssertionError(f"The server was not ready in {START_TIMEOUT} s.\n{said}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
