"""Cutting off clients that never finish what they began to send.

No server here limits how long a body may take, and whoever reads one waits. The kernel knows which
connections those are: a client that has sent something after our last word, and our last word is long
ago, is in the middle of a request. (Idle ones heard from us last; the server closes them by itself.)
Works on Linux; elsewhere a reverse proxy has to do it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

LIMIT_SECONDS = 30.0
LOOK_SECONDS = 2.0

_LAST_SENT = (
    44  # of `struct tcp_info` in linux/tcp.h: tcpi_last_data_sent, tcpi_last_ack_sent, tcpi_last_data_recv
)
_OPEN_FILES = Path("/proc/self/fd")


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
    for number in [int(entry.name) for entry in _OPEN_FILES.iterdir()]:
        with contextlib.suppress(OSError), _held(number) as copy:
            if _is_accepted_at(port, copy) and _is_in_the_middle(copy, limit):
                copy.shutdown(socket.SHUT_RDWR)
                cut += 1
    return cut


@contextlib.contextmanager
def _held(number: int) -> Iterator[socket.socket]:
    """A socket by the number of its file. Raises `OSError` for what is none.

    At any moment a file may be closed, and its number taken by another one: a copy holds on to it.
    """
    copy = os.dup(number)
    if not stat.S_ISSOCK(os.fstat(copy).st_mode):
        os.close(copy)  # `socket.fromfd` would leave it open
        raise OSError(errno.ENOTSOCK, "not a socket")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=copy) as held:
        yield held


def _is_accepted_at(port: int, connection: socket.socket) -> bool:
    """Raises `OSError` for what is no connection."""
    return connection.getsockname()[1:2] == (port,) and bool(connection.getpeername())


def _is_in_the_middle(connection: socket.socket, limit: float) -> bool:
    known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_SENT + 12)
    sent, _, received = struct.unpack_from("3I", known, _LAST_SENT)
    return bool(received <= sent and sent >= limit * 1000)
