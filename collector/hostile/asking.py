"""Asking a server over the network, at a bounded pace, in ways that no decent client would."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

SECONDS = 20.0
CLOSED = 0
"""The status where no answer came: the connection was closed, or nothing was said for so long."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer; `seconds` from the first byte sent to the last one heard."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0

    @property
    def document(self) -> Any:
        """Its JSON; None where it is none."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    @property
    def exact(self) -> Any:
        """The same with all the digits of its numbers."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body, parse_float=Decimal, parse_int=Decimal)
        return None


class Server:
    """The server at `url`, asked with `key` at most `rate` times a second. Raises `OSError` if it is gone."""

    def __init__(
        self,
        url: str,
        key: str,
        rate: float,
        pause: Callable[[float], object] = time.sleep,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_tls else 80)
        self._key = key
        self._between = 1 / rate
        self._pause = pause
        self._tick = tick
        self._next_at = tick()
        self._turn = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str | bytes] = {},
        with_key: bool = True,
    ) -> Heard:
        """The answer to a request that is well-formed as HTTP."""
        self._wait()
        given: dict[str, str | bytes] = {"Content-Type": "application/json", **headers}
        if with_key:
            given["Authorization"] = f"Bearer {self._key}"
        began = self._tick()
        connection = self._connection()
        try:
            connection.putrequest(method, quote(path, safe="/%?&=;:,.~-_+@!$'()*"), skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Heard(answer.status, told, text, self._tick() - began)
        except (ConnectionResetError, BrokenPipeError, TimeoutError, http.client.HTTPException):
            return Heard(CLOSED, seconds=self._tick() - began)
        finally:
            connection.close()

    def send(self, raw: bytes) -> Heard:
        """The status of the answer to these bytes, whatever they are."""
        self._wait()
        began, heard = self._tick(), b""
        with self._socket() as connection:
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                connection.sendall(raw)
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                while b"\r\n" not in heard and (piece := connection.recv(65_536)):
                    heard += piece
        found = re.match(rb"HTTP/1\.[01] (\d{3})", heard)
        return Heard(int(found[1]) if found else CLOSED, seconds=self._tick() - began)

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=SECONDS)

    def _socket(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), timeout=SECONDS)
        if not self._is_tls:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._host)

    def _wait(self) -> None:
        with self._turn:
            now = self._tick()
            begins = max(now, self._next_at)
            self._next_at = begins + self._between
        if begins > now:
            self._pause(begins - now)
