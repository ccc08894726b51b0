"""Listening: the WSGI server, its worker processes, and how they end."""

from __future__ import annotations

import errno
import multiprocessing
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from collector.cli.refusals import Refusal

THREADS = 32
STOP_SECONDS = 15
"""What a worker gets to answer what it has begun."""

PAUSE_SECONDS = 0.2

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


class _Server(MPServer):
    """Granian, for signals that reach the whole group: Ctrl-C, and what most supervisors send.

    A worker that is told twice within a millisecond, by the group's signal and by the server's, hangs.
    So the server waits a moment before it tells those that have not heard yet.
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        self.interrupt_signal = True
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        threading.Timer(PAUSE_SECONDS, self.main_loop_interrupt.set).start()


def serve_forever(
    load: Callable[[], Any], address: Address, workers: int, announce: Callable[[], object]
) -> None:
    """Serves the WSGI app that `load` makes in each worker, until SIGTERM or SIGINT.

    `load` can be pickled. `announce` is called once, when the server answers. Raises `SystemExit` if a
    worker could not be kept alive.
    """
    # A forked worker would inherit the locks of threads that it does not have.
    multiprocessing.set_start_method("spawn", force=True)
    server = _Server(
        target="fieldpost",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    stopped = threading.Event()
    server.on_startup(lambda: _when_it_answers(address, stopped, announce))
    try:
        server.serve(target_loader=load, wrap_loader=False)
    except SystemExit:
        # Workers that a signal to the whole group has ended first are no failure.
        if not server.interrupt_signal:
            raise
    finally:
        stopped.set()


def _when_it_answers(address: Address, stopped: threading.Event, announce: Callable[[], object]) -> None:
    def wait() -> None:
        while not stopped.wait(0.05):
            if address.answers():
                announce()
                return

    threading.Thread(target=wait, daemon=True).start()
