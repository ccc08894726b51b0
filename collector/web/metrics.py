"""`/metrics`: how this server and its store are, for Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Blueprint, Response, request

from collector.core.problems import Problem
from collector.metrics import counting
from collector.store.vitals import Vitals, connections, vitals
from collector.web.access import OPERATOR, allow
from collector.web.gate import Gate
from collector.web.parts import Parts, parts

blueprint = Blueprint("metrics", __name__)

BELIEVED = 2_000_000
"""For so many microseconds the store is not asked again, however many ask us."""


@blueprint.get("/metrics")
@allow(OPERATOR)
def metrics() -> Response:
    """The text format of Prometheus, or OpenMetrics for who asks for it."""
    from collector.web.exposition import exposed  # its library is loaded by who is asked for it

    look(parts(), _gate())
    body, content_type = exposed(_seen(parts()), request.headers.get("Accept", ""))
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def look(parts: Parts, gate: Gate) -> None:
    """Notes how things are in this process, for whichever process is asked."""
    counting.sees_gate("bodies", gate.bodies.taken, gate.bodies.places)
    counting.sees_gate("inside", gate.inside.taken, gate.inside.places)
    counting.sees_waiting(parts.intake.waiting, gate.longest())
    counting.sees_connections(*connections(parts.store.database))


class Seen:
    """The store's vitals, asked for at most every two seconds; None while it does not answer."""

    def __init__(self, ask: Callable[[], Vitals], now: Callable[[], int]) -> None:
        self._ask = ask
        self._now = now
        self._turn = threading.Lock()
        self._asked_at = -BELIEVED
        self._vitals: Vitals | None = None

    def vitals(self) -> Vitals | None:
        with self._turn:
            if self._now() - self._asked_at >= BELIEVED:
                try:
                    self._vitals = self._ask()
                except Problem:
                    self._vitals = None  # which is told: fieldpost_database_up is 0
                self._asked_at = self._now()
            return self._vitals


def _seen(parts: Parts) -> Vitals | None:
    from flask import current_app

    found: Seen | None = current_app.extensions.get("fieldpost_vitals")
    if found is None:
        found = Seen(lambda: vitals(parts.store.database, parts.now()), parts.now)
        current_app.extensions["fieldpost_vitals"] = found
    return found.vitals()


def _gate() -> Gate:
    from flask import current_app

    gate: Gate = current_app.extensions["fieldpost_gate"]
    return gate
