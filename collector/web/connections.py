"""This process's connections, found among its open files: the server that holds them shows them to nobody."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

_OPEN_FILES = Path("/dev/fd")


def connections() -> Iterator[socket.socket]:
    """Every socket that is open, as a copy that is closed afterwards.

    At any moment a file may be closed, and its number taken by another one: a copy holds on to it. What is
    wrong with one of them (`OSError`) is no matter of the others.
    """
    for number in [int(entry.name) for entry in _OPEN_FILES.iterdir()]:
        with contextlib.suppress(OSError), _held(number) as copy:
            yield copy


def cut(client: str) -> bool:
    """Ends the connection from this address (`192.0.2.1:49152`) at once; False if there is none."""
    host, _, port = client.rpartition(":")
    for connection in connections():
        with contextlib.suppress(OSError):
            if connection.getpeername()[:2] == (host.strip("[]"), int(port)):
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False


@contextlib.contextmanager
def _held(number: int) -> Iterator[socket.socket]:
    """A socket by the number of its file. Raises `OSError` for what is none."""
    copy = os.dup(number)
    if not stat.S_ISSOCK(os.fstat(copy).st_mode):
        os.close(copy)  # `socket.fromfd` would leave it open
        raise OSError(errno.ENOTSOCK, "not a socket")
    # The families are alike as far as it is asked for: what the kernel answers is what counts.
    with socket.socket(fileno=copy) as held:
        yield held
