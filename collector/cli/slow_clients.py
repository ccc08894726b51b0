"""Cutting off clients that never finish what they began to send.

No server here limits how long a body may take, and whoever reads one waits. The kernel knows which
connections those are: a client that has sent something after our last word, and our last word is long
ago, is in the middle of a request. (Idle ones heard from us last; the server closes them by itself.)
Works on Linux; elsewhere a reverse proxy has to do it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable

from collector.web.connections import connections

LIMIT_SECONDS = 30.0
LOOK_SECONDS = 2.0

_LAST_SENT = (
    44  # of `struct tcp_info` in linux/tcp.h: tcpi_last_data_sent, tcpi_last_ack_sent, tcpi_last_data_recv
)


def watch(port: int, longest: Callable[[], float], limit: float = LIMIT_SECONDS) -> None:
    """Looks after this process's connections at `port` from now on, in a thread of its own.

    `longest` tells for how many seconds the oldest request has been inside: only then is it worth a look.
    """
    if sys.platform != "linux":
        return

    def look() -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            if longest() >= limit:
                cut_off(port, limit)

    threading.Thread(target=look, name="slow-clients", daemon=True).start()


def cut_off(port: int, limit: float) -> int:
    """Cuts connections that have been in the middle of a request for so many seconds; says how many."""
    cut = 0
    for one in connections():
        with contextlib.suppress(OSError):
            if _is_accepted_at(port, one) and _is_in_the_middle(one, limit):
                one.shutdown(socket.SHUT_RDWR)
                cut += 1
    return cut


def _is_accepted_at(port: int, connection: socket.socket) -> bool:
    """Raises `OSError` for what is no connection."""
    return connection.getsockname()[1:2] == (port,) and bool(connection.getpeername())


def _is_in_the_middle(connection: socket.socket, limit: float) -> bool:
    known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_SENT + 12)
    sent, _, received = struct.unpack_from("3I", known, _LAST_SENT)
    return bool(received <= sent and sent >= limit * 1000)
