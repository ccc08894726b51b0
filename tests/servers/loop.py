"""The way requests take in the real server, in this process: an event loop, a hurried thread, and others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from granian._granian import RSGIProtocolClosed

from collector.web.rsgi import Served

CLIENT = "127.0.0.1:40000"


@dataclass
class Head:
    """A request as granian tells it (its `Scope`)."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    http_version: str = "1.1"
    scheme: str = "http"
    server: str = "localhost:80"
    client: str = CLIENT
    authority: str | None = None


@dataclass
class Line:
    """The other side of a request, as granian has it: gives the body, and keeps the answer.

    `is_cut`: the client goes before all of the body has come.
    """

    body: bytes = b""
    is_cut: bool = False
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    answer: bytes = b""
    _reader: threading.Thread | None = None

    async def __call__(self) -> bytes:
        if self.is_cut:
            raise RSGIProtocolClosed
        return self.body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 1_000):
            yield self.body[start : start + 1_000]

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.answer = status, headers, body

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.response_bytes(status, headers, b"")

    def response_file(self, status: int, headers: list[tuple[str, str]], path: str) -> None:
        def read() -> None:
            self.response_bytes(status, headers, Path(path).read_bytes())

        self._reader = threading.Thread(target=read)
        self._reader.start()

    def has_read(self) -> None:
        """Waits for an answer that comes piece by piece."""
        if self._reader is not None:
            self._reader.join()


class Loop:
    """An event loop in a thread of its own, with an app served on it."""

    def __init__(self, app: Flask) -> None:
        self.served = Served(app)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Asks as a WSGI app is asked."""
        line = Line(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        line = self.ask(_head(environ), line)
        start_response(f"{line.status} {HTTPStatus(line.status).phrase}", line.headers)
        return [line.answer]

    def ask(self, head: Head, line: Line) -> Line:
        """Asks, and waits for the answer."""
        asked: Any = self.served.__rsgi__(head, line)  # type: ignore[arg-type]
        asyncio.run_coroutine_threadsafe(asked, self._loop).result(30)
        line.has_read()
        return line

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self.served.__rsgi_init__(self._loop)
        self._loop.run_forever()


@contextmanager
def on_a_loop(app: Flask) -> Iterator[Loop]:
    """The app as the real server runs it, for as long as the block lasts."""
    loop = Loop(app)
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


def _head(environ: WSGIEnvironment) -> Head:
    named = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
    headers = {named[name]: environ[name] for name in named if environ.get(name)}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[name[5:].lower().replace("_", "-")] = value
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    return Head(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], headers)
