"""Listening: the server, its worker processes, and how they end."""

from __future__ import annotations

import contextlib
import errno
import functools
import gc
import multiprocessing
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.synchronize import Event
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from collector.cli.refusals import Refusal
from collector.web.gate import THREADS

CONNECTIONS = 16_384
"""How many a worker holds, idle ones included, if the system lets it have so many open files."""

QUEUED = 4_096
HEAD_SECONDS = 30
"""How long a client may take for the head of a request, and how long a connection may be idle."""

STOP_SECONDS = 15
"""What a worker gets to answer what it has begun."""

PAUSE_SECONDS = 0.2

GARBAGE = (20_000, 20, 100)
"""How many objects, and younger collections, are waited for before garbage is looked for."""

LOGS: dict[str, Any] = {
    "handlers": {},
    "formatters": {},
    "loggers": {"_granian": {"level": "ERROR", "propagate": True}},
}
"""Granian's own words go where ours do."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address for people, without a slash at the end."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def require_free(self) -> None:
        """Raises `Refusal` if nobody can listen here."""
        try:
            family, _, _, _, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family) as probe:
                # As the server does it: what an earlier one left in TIME_WAIT is no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
        except OSError as error:
            raise Refusal(self._why_not(error)) from error

    def is_taken(self) -> bool:
        """Whether somebody else listens here; False too where the machine has no such address."""
        try:
            self.require_free()
        except Refusal as refusal:
            cause = refusal.__cause__
            return isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE
        return False

    def answers(self) -> bool:
        """Whether somebody listens here."""
        try:
            socket.create_connection((_EVERYWHERE.get(self.host, self.host), self.port), 1).close()
        except OSError:
            return False
        return True

    def _why_not(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"Port {self.port} of {self.host} is taken. Choose another one with --port."
        return f"Nothing can listen at {self.host}, port {self.port}: {error.strerror}."


@dataclass(frozen=True, slots=True)
class Stopping:
    """How the server ends: its workers are told by `begun`, and go on for `drain` seconds after SIGTERM."""

    drain: float
    begun: Event = field(default_factory=multiprocessing.get_context("spawn").Event)


class _Server(MPServer):
    """Granian, which first says that it is about to stop, so that nobody sends it anything any more.

    A signal may reach the whole group: Ctrl-C, and what some supervisors send. A worker that is told twice
    within a millisecond, by the group's signal and by the server's, hangs. So the server waits a moment
    before it tells those that have not heard yet, and does not wait for those that have.
    """

    def __init__(self, stopping: Stopping, **options: Any) -> None:
        super().__init__(**options)
        self._stopping = stopping

    def signal_handler_interrupt(self, signum: int = signal.SIGTERM, *args: Any, **kwargs: Any) -> None:
        is_urgent = self.interrupt_signal or signum != signal.SIGTERM
        self.interrupt_signal = True
        self._stopping.begun.set()
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        seconds = PAUSE_SECONDS if is_urgent else max(self._stopping.drain, PAUSE_SECONDS)
        threading.Thread(target=self._end_after, args=(seconds,), daemon=True).start()

    def _end_after(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        remaining = [worker.inner.sentinel for worker in self.wrks]
        while remaining and (left := until - time.monotonic()) > 0:
            remaining = [one for one in remaining if one not in connection.wait(remaining, left)]
        self.main_loop_interrupt.set()


def serve_forever(
    load: Callable[[], Any],
    address: Address,
    workers: int,
    announce: Callable[[], object],
    stopping: Stopping | None = None,
    interface: Interfaces = Interfaces.RSGI,
) -> None:
    """Serves the RSGI app that `load` makes in each worker, until SIGTERM or SIGINT.

    `load` can be pickled. A WSGI app (`interface`) has a thread for each request. `announce` is called once,
    when the server answers. Raises `SystemExit` if a worker could not be kept alive.
    """
    _allow_many_files()
    # A forked worker would inherit the locks of threads that it does not have.
    multiprocessing.set_start_method("spawn", force=True)
    server = _Server(
        stopping or Stopping(0),
        target="fieldpost",
        address=address.host,
        port=address.port,
        interface=interface,
        workers=workers,
        loop=Loops.asyncio,
        blocking_threads=THREADS if interface is Interfaces.WSGI else None,
        # With the other modes of granian, a connection that says nothing is never closed.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        backlog=QUEUED,
        # This counts connections, idle ones too, and lets all others wait: what limits requests is the gate.
        backpressure=CONNECTIONS,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=LOGS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    stopped = threading.Event()
    server.on_startup(lambda: _when_it_answers(address, stopped, announce))
    try:
        server.serve(target_loader=functools.partial(_loaded, load), wrap_loader=False)
    except SystemExit:
        # Workers that a signal to the whole group has ended first are no failure.
        if not server.interrupt_signal:
            raise
    finally:
        stopped.set()


def _loaded(load: Callable[[], Any]) -> Any:
    """The app, in its worker: what is there from the start is there to the end, and no garbage to look for.

    Requests that wait for their commit outlive the youngest generation; with Python's own thresholds, looking
    through them all again and again takes a tenth of the time.
    """
    app = load()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    return app


def _allow_many_files() -> None:
    """As many open files as the system's hard limit allows: every connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _when_it_answers(address: Address, stopped: threading.Event, announce: Callable[[], object]) -> None:
    def wait() -> None:
        while not stopped.wait(0.05):
            if address.answers():
                announce()
                return

    threading.Thread(target=wait, daemon=True).start()
