"""A crowd: a thousand connections of one section, driven by one thread, each as fast as it is answered."""

from __future__ import annotations

import errno
import itertools
import json
import re
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.shop import Shop

PAUSE_SECONDS = 0.01
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Heard:
    """What the crowd was told so far."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Visitor:
    """One connection, and what it waits for."""

    socket: socket.socket
    event_id: str = ""
    begun: float = 0.0
    heard: bytes = b""


class Crowd:
    """So many connections that send one event after the other; a refused one is not sent again."""

    def __init__(self, shop: Shop, size: int, name: str) -> None:
        self.told = Heard()
        self._shop = shop
        self._size = size
        self._ids = (f"{name}-{number}" for number in itertools.count())
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._drive, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _drive(self) -> None:
        for _ in range(self._size):
            self._come()
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.1):
                self._hear(key.data)
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()

    def _come(self) -> None:
        visitor = _Visitor(socket.create_connection(("127.0.0.1", self._shop.port)))
        self._selector.register(visitor.socket, selectors.EVENT_READ, visitor)
        self._ask(visitor)

    def _ask(self, visitor: _Visitor) -> None:
        visitor.event_id, visitor.heard, visitor.begun = next(self._ids), b"", time.monotonic()
        body = json.dumps(self._shop.event(visitor.event_id)).encode()
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {self._shop.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        visitor.socket.sendall(head.encode() + body)

    def _hear(self, visitor: _Visitor) -> None:
        try:
            piece = visitor.socket.recv(65_536)
        except OSError as error:
            self.told.wrong.append(errno.errorcode.get(error.errno or 0, str(error)))
            piece = b""
        visitor.heard += piece
        if not piece:
            self._leave(visitor)
        elif self._is_whole(visitor.heard):
            self._note(visitor)
            if b"connection: close" in visitor.heard:
                self._leave(visitor)
            else:
                self._ask(visitor)

    def _is_whole(self, heard: bytes) -> bool:
        head, separator, body = heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return bool(separator) and length is not None and len(body) >= int(length[1])

    def _note(self, visitor: _Visitor) -> None:
        status, took = int(visitor.heard[9:12]), time.monotonic() - visitor.begun
        self.told.statuses[status] += 1
        if status == 200:
            self.told.acknowledged[visitor.event_id] += 1
            self.told.seconds.append(took)
        elif status == 503 and b"retry-after: " in visitor.heard:
            self.told.refused_seconds.append(took)
        else:
            self.told.wrong.append(visitor.heard.decode(errors="replace"))

    def _leave(self, visitor: _Visitor) -> None:
        self._selector.unregister(visitor.socket)
        visitor.socket.close()
        if not self._stopping.is_set():
            self._come()


@contextmanager
def crowded(shop: Shop, size: int, name: str) -> Iterator[Crowd]:
    """A crowd for as long as the block lasts."""
    crowd = Crowd(shop, size, name)
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.stop()
