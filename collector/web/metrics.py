"""`/metrics`: how this server and its store are, for Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import Blueprint, Response, request

from collector.core.problems import Problem
from collector.intake.stream.lag import Lag
from collector.metrics import counting
from collector.store.vitals import Vitals, connections, vitals
from collector.web.access import OPERATOR, allow
from collector.web.gate import Gate
from collector.web.parts import Parts, parts

blueprint = Blueprint("metrics", __name__)

BELIEVED = 2_000_000
"""For so many microseconds store and stream are not asked again, however many ask us."""

T = TypeVar("T")


@blueprint.get("/metrics")
@allow(OPERATOR)
def metrics() -> Response:
    """The text format of Prometheus, or OpenMetrics for who asks for it."""
    from collector.web.exposition import exposed  # its library is loaded by who is asked for it

    look(parts(), _gate())
    body, content_type = exposed(_store().now(), _stream(), request.headers.get("Accept", ""))
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def look(parts: Parts, gate: Gate) -> None:
    """Notes how things are in this process, for whichever process is asked."""
    counting.sees_gate("bodies", gate.bodies.taken, gate.bodies.places)
    counting.sees_gate("inside", gate.inside.taken, gate.inside.places)
    counting.sees_waiting(parts.intake.waiting, gate.longest())
    counting.sees_connections(*connections(parts.store.database))


class Seen(Generic[T]):
    """What somebody else knows, asked for at most every two seconds; None while they do not answer."""

    def __init__(self, ask: Callable[[], T], now: Callable[[], int]) -> None:
        self._ask = ask
        self._now = now
        self._turn = threading.Lock()
        self._asked_at = -BELIEVED
        self._told: T | None = None

    def now(self) -> T | None:
        with self._turn:
            if self._now() - self._asked_at >= BELIEVED:
                try:
                    self._told = self._ask()
                except Problem:
                    self._told = None  # which is told: fieldpost_database_up is 0, or fieldpost_stream_up
                self._asked_at = self._now()
            return self._told


def _store() -> Seen[Vitals]:
    from flask import current_app

    found: Seen[Vitals] | None = current_app.extensions.get("fieldpost_vitals")
    if found is None:
        here = parts()
        found = Seen(lambda: vitals(here.store.database, here.now()), here.now)
        current_app.extensions["fieldpost_vitals"] = found
    return found


def _stream() -> tuple[Lag | None, ...]:
    """How far workers are behind, None while the stream does not answer; nothing where there is none."""
    from flask import current_app

    publisher = parts().publisher
    if publisher is None:
        return ()
    found: Seen[Lag] | None = current_app.extensions.get("fieldpost_lag")
    if found is None:
        found = current_app.extensions["fieldpost_lag"] = Seen(publisher.lag, parts().now)
    return (found.now(),)


def _gate() -> Gate:
    from flask import current_app

    gate: Gate = current_app.extensions["fieldpost_gate"]
    return gate
