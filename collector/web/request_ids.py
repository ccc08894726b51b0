"""The name of a request: in the answer that refuses it, and in every line of the log that was written for it.

It is made when it is first needed: what comes by the thousand and is stored needs none. A proxy in front that
may be believed gives its own.
"""

from __future__ import annotations

import itertools
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from collector.traces import spans
from collector.web.tracing import SPAN

NAME = "fieldpost.request_id"
"""In a request's environ: what it is called, once that was needed."""

HEADER = "X-Request-Id"
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{16,64}")
QUIET_DOORS = frozenset({"beacon", "pixel", "snippet"})
"""Where an answer that refuses nothing does without: a page has no use for it."""

REFUSED = 400

_HERE = threading.local()
_OF_THIS_PROCESS = secrets.token_hex(6)
_NUMBERS = itertools.count()


class RequestIds:
    """Of a server behind `trusted` proxies; without any, nobody's word counts."""

    def __init__(self, trusted: int) -> None:
        self._believes = trusted > 0

    def begin(self, environ: dict[str, Any]) -> None:
        """This thread is at this request now, until it is at another one or at none (`end`)."""
        _HERE.request = (self, environ)
        spans.be_at(environ.get(SPAN))

    def end(self) -> None:
        _HERE.request = None
        spans.be_at(None)

    @contextmanager
    def during(self, environ: dict[str, Any]) -> Iterator[None]:
        """The same for a block."""
        self.begin(environ)
        try:
            yield
        finally:
            self.end()

    def of(self, environ: dict[str, Any]) -> str:
        """What the request is called."""
        name: str | None = environ.get(NAME)
        if name is None:
            name = environ[NAME] = self._given(environ) or f"{_OF_THIS_PROCESS}{next(_NUMBERS):08x}"
        return name

    def headers(self, environ: dict[str, Any], door: str, status: int) -> tuple[tuple[str, str], ...]:
        """What its answer says of it."""
        if status < REFUSED and door in QUIET_DOORS:
            return ()
        return ((HEADER, self.of(environ)),)

    def _given(self, environ: Mapping[str, Any]) -> str | None:
        if not self._believes:
            return None
        given = environ.get("HTTP_X_REQUEST_ID", "")
        return given if WELL_FORMED.fullmatch(given) else None


def current() -> str | None:
    """What the request is called that this thread is at, if it is at one."""
    at: tuple[RequestIds, dict[str, Any]] | None = getattr(_HERE, "request", None)
    return at[0].of(at[1]) if at is not None else None
