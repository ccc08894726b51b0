"""The gate: what is too much is sent away at once, before anything is read, and nobody crowds others out.

A request waits nowhere else than inside, and inside is bounded: by the number of requests and by the size
of their bodies. So what is let in stays fast, and what is not let in costs next to nothing. Who is asking
is told from memory alone, so that the gate works while the database does not: the section of a key or of
a beacon's address that was in use a moment ago, else the network address.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from collector.core.problems import Problem
from collector.intake.admission import Room
from collector.store.opening import Store
from collector.web.problems import OURS, Shapes, shaped

PLACES = 256
"""More than anybody keeps busy on one machine, and less than there are threads: one is left to say no."""

PLACE = 16 * 1024
PLACES_OF_UNKNOWN_SIZE = 4
READ_ANYWAY = 64 * 1024
RETRY_SECONDS = 2
ALWAYS_OPEN = ("/health", "/ready")


class Gate:
    """A WSGI app in front of another one. `tick` gives monotonic seconds."""

    def __init__(
        self,
        app: WSGIApplication,
        store: Store,
        tick: Callable[[], float],
        places: int = PLACES,
        shapes: Shapes = OURS,
    ) -> None:
        self._app = app
        self._store = store
        self._tick = tick
        self._shapes = shapes
        self._numbers = itertools.count()
        self._begun: dict[int, float] = {}
        self.room = Room(places)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in ALWAYS_OPEN:
            return self._app(environ, start_response)
        name, places = self._who(environ), min(_places(environ), self.room.places // 4)
        if not self.room.enter(name, places):
            return self._send_away(environ, start_response)
        number = next(self._numbers)
        self._begun[number] = self._tick()
        leave = partial(self._leave, number, name, places)
        begun = _Begun(start_response)
        try:
            answer = self._app(environ, begun)
            if begun.status.startswith(("4", "5")):
                _read_the_rest(environ, begun.status)
        except BaseException:
            leave()
            raise
        if isinstance(answer, list) or begun.is_whole():
            leave()  # what is sent from now on is in memory, and needs no thread
            return answer
        return ClosingIterator(answer, leave)

    def _send_away(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        problem = Problem(
            "overloaded", "Too much is going on at once. Send it again.", retry_after=RETRY_SECONDS
        )
        document, content_type = shaped(problem, environ["PATH_INFO"], self._shapes)
        body = json.dumps(document).encode()
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start_response(f"{problem.status} {problem.title}", headers + _headers_of_refusal(environ))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def longest(self) -> float:
        """For how many seconds the oldest request that is not answered yet has been inside."""
        begun = list(self._begun.values())
        return self._tick() - min(begun) if begun else 0.0

    def _leave(self, number: int, name: tuple[str, str], places: int) -> None:
        self._begun.pop(number, None)
        self.room.leave(name, places)

    def _who(self, environ: WSGIEnvironment) -> tuple[str, str]:
        section = self._section(environ)
        return ("section", section) if section else ("address", environ.get("REMOTE_ADDR", ""))

    def _section(self, environ: WSGIEnvironment) -> str | None:
        path = environ["PATH_INFO"]
        if path.startswith("/b/"):
            definition = self._store.definitions.recalled(path[3:].removesuffix(".gif"))
            return definition.section_id if definition else None
        _, _, secret = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        key = self._store.keys.recalled(secret.strip()) if secret else None
        return key.section_id if key else None


class _Begun:
    """`start_response`, and what it was told."""

    __slots__ = ("_headers", "_start", "status")

    def __init__(self, start_response: StartResponse) -> None:
        self._start = start_response
        self._headers: list[tuple[str, str]] = []
        self.status = ""

    def __call__(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        self.status, self._headers = status, headers
        return self._start(status, headers, *error)

    def is_whole(self) -> bool:
        """Whether the answer is in memory already: what is streamed has no length."""
        return any(name.lower() == "content-length" for name, _ in self._headers)


def _read_the_rest(environ: WSGIEnvironment, status: str) -> None:
    """Reads what somebody who is refused is still sending; what is too large is not read.

    A server closes a connection whose body is still on its way, and the client's next request would be lost.
    """
    length = _length(environ)
    if 0 < length <= READ_ANYWAY and not status.startswith("413"):
        environ["wsgi.input"].read(length)


def _length(environ: WSGIEnvironment) -> int:
    length = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() else 0


def _places(environ: WSGIEnvironment) -> int:
    """How much room a request takes: one place, and one more for every 16 KiB of its body."""
    if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_CONTENT_ENCODING" in environ:
        return PLACES_OF_UNKNOWN_SIZE
    return 1 + _length(environ) // PLACE


def _headers_of_refusal(environ: WSGIEnvironment) -> list[tuple[str, str]]:
    headers = [("Retry-After", str(RETRY_SECONDS))]
    if environ["PATH_INFO"].startswith("/b/"):
        # Any page may read this: it says nothing, and the snippet tries again when it has read it.
        headers += [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "Retry-After")]
    if environ.get("SERVER_SOFTWARE") == "Granian" and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        # It closes the connection if the body has not come yet, and says so only if it is told to. (To others
        # an application may not say this: PEP 3333.)
        headers.append(("Connection", "close"))
    return headers


def install(app: Any, store: Store, tick: Callable[[], float], shapes: Shapes = OURS) -> None:
    """Puts the gate in front of a Flask app, in front of everything else that is there already."""
    app.wsgi_app = app.extensions["fieldpost_gate"] = Gate(app.wsgi_app, store, tick, shapes=shapes)
