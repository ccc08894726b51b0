"""A network between the server and its database that can be cut, stalled and slowed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

CHUNK = 65_536
COMMIT = b"COMMIT"


class Network:
    """Forwards connections to a port of this machine, until it is told otherwise.

    `delay` is how many seconds each piece waits. `cuts_commits`: how many of the next commits reach the
    database while their answer does not come back.
    """

    def __init__(self, target: int) -> None:
        self.delay = 0.0
        self.cuts_commits = 0
        self.commits_cut = 0
        self.most = 0
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._is_open = True
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Breaks every connection off; new ones are let through."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for one in pair:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Refuses everybody from now on, and breaks off who is there."""
        self._is_open = False
        self._listener.close()
        self._flows.set()
        self.cut()

    def stall(self) -> None:
        """Swallows everything: connections stand, and nothing comes through."""
        self._flows.clear()

    def flow(self) -> None:
        """The end of a stall."""
        self._flows.set()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._pairs)

    def _accept(self) -> None:
        while self._is_open:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                continue
            pair = (near, far)
            with self._lock:
                self._pairs.add(pair)
                self.most = max(self.most, len(self._pairs))
            threading.Thread(target=self._carry, args=(near, far, pair, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, pair, False), daemon=True).start()

    def _carry(
        self,
        source: socket.socket,
        target: socket.socket,
        pair: tuple[socket.socket, socket.socket],
        is_question: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(CHUNK):
                self._flows.wait()
                if self.delay:
                    threading.Event().wait(self.delay)
                is_last = is_question and self._is_to_be_cut(piece)
                target.sendall(piece)
                if is_last:
                    # The database hears it and does it; whoever asked does not learn that it did.
                    pair[0].shutdown(socket.SHUT_RDWR)
                    break
        with self._lock:
            self._pairs.discard(pair)
        for one in pair:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_WR)

    def _is_to_be_cut(self, piece: bytes) -> bool:
        if COMMIT not in piece:
            return False
        with self._lock:
            if self.cuts_commits <= 0:
                return False
            self.cuts_commits -= 1
            self.commits_cut += 1
            return True


@contextmanager
def network_to(database: str) -> Iterator[tuple[Network, str]]:
    """A network in front of the PostgreSQL at this URL, and the URL that leads through it."""
    place = urlsplit(database)
    assert place.port is not None
    network = Network(place.port)
    through = place._replace(netloc=place.netloc.replace(f":{place.port}", f":{network.port}"))
    try:
        yield network, urlunsplit(through)
    finally:
        network.close()
