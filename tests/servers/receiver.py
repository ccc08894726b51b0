"""A receiver of webhooks that answers as it is told, in any way that bytes can be answered."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

GOOD = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

Talk = Callable[[socket.socket, threading.Event], None]
"""What a receiver says on a connection once it has read the request; the event is its end."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`answers` are given one after the other, the last one again and again: bytes, or a way to talk."""

    port: int
    answers: list[bytes | Talk]
    received: list[Received] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=shop"

    def types(self) -> list[str]:
        return [one.told["type"] for one in list(self.received)]

    def serve(self, listening: socket.socket, trust: ssl.SSLContext | None) -> None:
        while not self.ending.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection, trust), daemon=True).start()

    def _answer(self, connection: socket.socket, trust: ssl.SSLContext | None) -> None:
        with suppress(OSError, ssl.SSLError, ValueError):
            connection.settimeout(20)
            with trust.wrap_socket(connection, server_side=True) if trust else connection as talking:
                request = _read(talking)
                with self._lock:
                    self.received.append(request)
                    self._at_once += 1
                    self.most_at_once = max(self.most_at_once, self._at_once)
                    place = min(len(self.received), len(self.answers)) - 1
                answer = self.answers[place]
                # Before the answer: whoever has it may be back at once.
                with self._lock:
                    self._at_once -= 1
                if callable(answer):
                    answer(talking, self.ending)
                else:
                    talking.sendall(answer)


def _read(connection: socket.socket) -> Received:
    with connection.makefile("rb") as reader:
        _, path, _ = reader.readline().decode("latin-1").split(" ", 2)
        headers = {}
        while line := reader.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return Received(path, headers, reader.read(int(headers.get("content-length", 0))))


@contextmanager
def receiver(*answers: bytes | Talk, trust: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listens on a free port of this machine for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Receiver(listening.getsockname()[1], list(answers) or [GOOD])
        threading.Thread(target=made.serve, args=(listening, trust), daemon=True).start()
        try:
            yield made
        finally:
            made.ending.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """An answer as bytes."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drip(beginning: bytes) -> Talk:
    """Goes on talking, a byte now and then, until nobody listens any more."""

    def talk(connection: socket.socket, ending: threading.Event) -> None:
        connection.sendall(beginning)
        while not ending.wait(0.02):
            connection.sendall(b"x")

    return talk


def endless(beginning: bytes) -> Talk:
    """Talks as fast as it can until nobody listens any more."""

    def talk(connection: socket.socket, ending: threading.Event) -> None:
        connection.sendall(beginning)
        while not ending.is_set():
            connection.sendall(b"x" * 65_536)

    return talk


def silent(connection: socket.socket, ending: threading.Event) -> None:
    """Says nothing."""
    ending.wait(20)
