"""The gate: what is too much is sent away at once, before anything is read, and nobody crowds others out.

A request waits at two places, and nowhere else. For its body it waits under its network address: anybody
can be slow, with anybody's beacon. For the database it waits under its section, which is told from memory
alone, by a key or a beacon's address that was in use a moment ago, so that the gate works while the database
does not. Both places are bounded, by the number of requests and by the size of their bodies: what is let in
stays fast, and what is not let in costs next to nothing.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from collector.core.problems import Problem
from collector.intake.admission import Room
from collector.store.opening import Store
from collector.web.credentials import secret_in
from collector.web.front import Pending
from collector.web.problems import OURS, Shapes, shaped

PLACES = 256
"""More than anybody keeps busy on one machine, at each of the two places."""

THREADS = 2 * PLACES + 32
"""What a WSGI server needs, so that there is always one to say no."""

PLACE = 16 * 1024
PLACES_OF_UNKNOWN_SIZE = 4
RETRY_SECONDS = 2
READ = "fieldpost.read"
"""In a request's environ: its server has put the body into memory. The problem with that, or None."""

ALWAYS_OPEN = ("/health", "/ready", "/metrics")

Headers = tuple[tuple[str, str], ...]


class Coming(NamedTuple):
    """A body that is waited for, by whom, and how much room it has."""

    number: int
    name: tuple[str, str]
    places: int


class Gate:
    """A WSGI app in front of another one. `tick` gives monotonic seconds; bodies have `largest` bytes."""

    def __init__(
        self,
        app: WSGIApplication,
        store: Store,
        tick: Callable[[], float],
        largest: int,
        places: int = PLACES,
        shapes: Shapes = OURS,
    ) -> None:
        self._app = app
        self._store = store
        self._tick = tick
        self._largest = largest
        self._shapes = shapes
        self._numbers = itertools.count()
        self._begun: dict[int, float] = {}
        self.bodies = Room(places)
        self._widened = 1
        self.inside = Room(places)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in ALWAYS_OPEN:
            return self._app(environ, start_response)
        problem = environ[READ] if READ in environ else self._read(environ)
        if problem is not None:
            return self._send_away(environ, start_response, problem, _hang_up(environ))
        name, places = self._who(environ), self._places(environ)
        if not self.inside.enter(name, places):
            return self._send_away(environ, start_response, too_much())
        leave = partial(self.inside.leave, name, places)
        begun = _Begun(start_response)
        try:
            answer = self._app(environ, begun)
        except BaseException:
            leave()
            raise
        if isinstance(answer, Pending):
            answer.when_closed(leave)
            return answer
        if isinstance(answer, list) or begun.is_whole():
            leave()  # what is sent from now on is in memory, and needs no thread
            return answer
        return ClosingIterator(answer, leave)

    def longest(self) -> float:
        """For how many seconds the body has been waited for that has been waited for longest."""
        begun = list(self._begun.values())
        return self._tick() - min(begun) if begun else 0.0

    def widen(self, places: int) -> None:
        """Makes room for more bodies: their server waits for them without a thread for each."""
        self.bodies = Room(places)
        self._widened = max(1, places // self.inside.places)

    def has_to_read(self, environ: WSGIEnvironment) -> bool:
        """Whether a body is on its way that is to be in memory first.

        What is announced too large is left for the app to refuse.
        """
        length = body_length(environ)
        return "HTTP_TRANSFER_ENCODING" in environ if length is None else length <= self._largest

    def most(self, environ: WSGIEnvironment) -> int:
        """How many bytes may be read of a body that is to be in memory."""
        length = body_length(environ)
        return self._largest + 1 if length is None else length

    def begin_body(self, environ: WSGIEnvironment, address: str) -> Coming | None:
        """Room for a body while it comes from `address`, for `end_body`; None if there is none."""
        places = self._places(environ)
        if _is_of_unknown_size(environ):
            places *= self._widened  # wider room is for more bodies, not for more of what may be large
        coming = Coming(next(self._numbers), ("address", address), places)
        if not self.bodies.enter(coming.name, coming.places):
            return None
        self._begun[coming.number] = self._tick()
        return coming

    def end_body(self, coming: Coming) -> None:
        """Gives the room back: the body has come, or never will."""
        del self._begun[coming.number]
        self.bodies.leave(coming.name, coming.places)

    def _read(self, environ: WSGIEnvironment) -> Problem | None:
        """Puts a body that comes over the network into memory; a problem if that cannot be had."""
        if not self.has_to_read(environ):
            return None
        coming = self.begin_body(environ, environ.get("REMOTE_ADDR", ""))
        if coming is None:
            return too_much()
        try:
            body = environ["wsgi.input"].read(self.most(environ))
        finally:
            self.end_body(coming)
        if len(body) < (body_length(environ) or 0):
            # A client that goes in the middle of its body looks like the body's end to whoever reads on.
            return cut_off()
        environ["wsgi.input"] = BytesIO(body)
        return None

    def _places(self, environ: WSGIEnvironment) -> int:
        return min(_places(environ), self.inside.places // 4)

    def _send_away(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        problem: Problem,
        more: Headers = (),
    ) -> list[bytes]:
        document, content_type = shaped(problem, environ["PATH_INFO"], self._shapes)
        body = json.dumps(document).encode()
        headers = [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            *more,
        ]
        if problem.retry_after is not None:
            headers.append(("Retry-After", str(problem.retry_after)))
        if environ["PATH_INFO"].startswith("/b/"):
            # Any page may read this: it says nothing, and the snippet tries again when it has read it.
            headers += [
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Expose-Headers", "Retry-After"),
            ]
        start_response(f"{problem.status} {problem.title}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _who(self, environ: WSGIEnvironment) -> tuple[str, str]:
        section = self._section(environ)
        return ("section", section) if section else ("address", environ.get("REMOTE_ADDR", ""))

    def _section(self, environ: WSGIEnvironment) -> str | None:
        path = environ["PATH_INFO"]
        if path.startswith("/b/"):
            definition = self._store.definitions.recalled(path[3:].removesuffix(".gif"))
            return definition.section_id if definition else None
        secret = secret_in(environ.get("HTTP_AUTHORIZATION", ""))
        key = self._store.keys.recalled(secret) if secret else None
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


def too_much() -> Problem:
    """There is no room."""
    return Problem("overloaded", "Too much is going on at once. Send it again.", retry_after=RETRY_SECONDS)


def cut_off() -> Problem:
    """The client went in the middle of its body."""
    return Problem("body-unreadable", "The body ended before the length that was announced.")


def body_length(environ: WSGIEnvironment) -> int | None:
    """Of the body in bytes; None where there is none, or where it comes in chunks."""
    return _length_in(environ.get("CONTENT_LENGTH") or "")


@lru_cache(maxsize=1024)
def _length_in(text: str) -> int | None:
    return (int(text) or None) if text.isascii() and text.isdecimal() else None


def _is_of_unknown_size(environ: WSGIEnvironment) -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ or "HTTP_CONTENT_ENCODING" in environ


def _places(environ: WSGIEnvironment) -> int:
    """How much room a request takes: one place, and one more for every 16 KiB of its body."""
    if _is_of_unknown_size(environ):
        return PLACES_OF_UNKNOWN_SIZE
    return 1 + (body_length(environ) or 0) // PLACE


def _hang_up(environ: WSGIEnvironment) -> Headers:
    """What says that the connection ends with the answer, because a body that nobody reads is on its way.

    Granian ends it, but says so only if it is told to. Other servers do not let an application say this
    (PEP 3333).
    """
    return (("Connection", "close"),) if environ.get("SERVER_SOFTWARE") == "Granian" else ()


def install(app: Any, store: Store, tick: Callable[[], float], largest: int, shapes: Shapes = OURS) -> None:
    """Puts the gate in front of a Flask app, in front of everything else that is there already."""
    gate = Gate(app.wsgi_app, store, tick, largest, shapes=shapes)
    app.wsgi_app = app.extensions["fieldpost_gate"] = gate
