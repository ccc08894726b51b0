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
        headers: list[tuple[str, str]] = []

        def start(status: str, told: list[tuple[str, str]], *error: Any) -> Any:
            headers[:] = told
            return start_response(status, told, *error)

        try:
            answer = self._app(environ, start)
        except BaseException:
            leave()
            raise
        if isinstance(answer, list) or any(header.lower() == "content-length" for header, _ in headers):
            leave()  # what is sent from now on is in memory, and needs no thread
            return answer
        return ClosingIterator(answer, leave)

    def _send_away(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        problem = Problem(
            "overloaded", "Too much is going on at once. Send it again.", retry_after=RETRY_SECONDS
        )
        document, content_type = shaped(problem, environ["PATH_INFO"], self._shapes)
        body = json.dumps(document).encode()
        headers = [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(RETRY_SECONDS)),
        ]
        if environ["PATH_INFO"].startswith("/b/"):
            # Any page may read this: it says nothing, and the snippet tries again when it has read it.
            headers += [
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Expose-Headers", "Retry-After"),
            ]
        start_response(f"{problem.status} {problem.title}", headers)
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


def _places(environ: WSGIEnvironment) -> int:
    """How much room a request takes: one place, and one more for every 16 KiB of its body."""
    if "HTTP_TRANSFER_ENCODING" in environ or "HTTP_CONTENT_ENCODING" in environ:
        return PLACES_OF_UNKNOWN_SIZE
    length = environ.get("CONTENT_LENGTH") or "0"
    return 1 + (int(length) // PLACE if length.isdecimal() else 0)


def install(app: Any, store: Store, tick: Callable[[], float], shapes: Shapes = OURS) -> None:
    """Puts the gate in front of a Flask app, in front of everything else that is there already."""
    app.wsgi_app = app.extensions["fieldpost_gate"] = Gate(app.wsgi_app, store, tick, shapes=shapes)
