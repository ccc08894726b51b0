"""Every metric that is counted where something happens, and the place of each of its numbers.

A label's values are listed here, so that no metric ever has more series than these, and no name, address or
identifier that somebody sends can become one; `job` and `instance` are Prometheus' own.
Names follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Literal

from collector.core.events import VERDICTS
from collector.core.problems import STATUS

OTHER = "other"
WEB_DOORS = ("beacon", "pixel", "snippet", "api", "notifuse", "segment", "cloudevents", "apsis")
REQUEST_DOORS = (*WEB_DOORS, "editor", "pages", "server", OTHER)
EVENT_DOORS = (
    *("beacon", "pixel", "api", "notifuse", "segment", "cloudevents", "apsis", "import", "test", "replay"),
)
STATUSES = tuple(
    str(status)
    for status in (
        *(200, 201, 202, 204, 206, 302, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412),
        *(413, 414, 415, 416, 421, 422, 425, 428, 429, 431, 500, 501, 502, 503, 504),
    )
)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)

Kind = Literal["counter", "gauge", "histogram"]
NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: `labels` with all the values that each may have; a histogram's upper `bounds`.

    A gauge says how things are in one process, and has the label `process` beside these.
    `is_sparse`: a series that is zero is not told.
    """

    name: str
    kind: Kind
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NONE)
    bounds: tuple[float, ...] = ()
    is_sparse: bool = False

    @property
    def width(self) -> int:
        """How many numbers a series has: of a histogram one for each bucket, one above them, and the sum."""
        return len(self.bounds) + 2 if self.kind == "histogram" else 1

    def series(self) -> Iterator[tuple[str, ...]]:
        """The values of the labels, of each series in the order of their places."""
        return product(*self.labels.values())


REQUESTS = Metric(
    "fieldpost_requests",
    "counter",
    "Requests that were answered, by the door they came to and the status of the answer.",
    {"door": REQUEST_DOORS, "status": (*STATUSES, OTHER)},
    is_sparse=True,
)
ANSWERING = Metric(
    "fieldpost_answer_seconds",
    "histogram",
    "From when a request was there whole until it was answered: judging, committing and wording.",
    {"door": REQUEST_DOORS},
    SECONDS,
)
RECEIVED = Metric("fieldpost_received_bytes", "counter", "Bodies of requests, as they came.")
IN_THREADS = Metric(
    "fieldpost_threaded_requests", "counter", "Requests that would have waited, and took a thread for it."
)
REFUSALS = Metric(
    "fieldpost_refusals",
    "counter",
    "Requests that were refused, by the code of the problem.",
    {"code": tuple(STATUS)},
)
EVENTS = Metric(
    "fieldpost_events",
    "counter",
    "Payloads whose verdict is on disk, by the door they came to and the verdict, as in the ledger.",
    {"door": (*EVENT_DOORS, OTHER), "verdict": VERDICTS},
)
GROUPS = Metric(
    "fieldpost_commit_seconds", "histogram", "How long writing a group of events took.", bounds=SECONDS
)
GROUP_SIZES = Metric(
    "fieldpost_commit_events", "histogram", "How many events shared a transaction.", bounds=SIZES
)
COMMIT_FAILURES = Metric(
    "fieldpost_commit_failures", "counter", "Groups that could not be written; their senders heard 503."
)
DELIVERIES = Metric(
    "fieldpost_webhook_deliveries",
    "counter",
    "Tries to deliver a webhook's message, by how they ended.",
    {"result": ("delivered", "failed", "given_up", "withheld")},
)
JOB_RUNS = Metric(
    "fieldpost_job_runs",
    "counter",
    "Runs of what runs by the clock, by its name and how they ended.",
    {"name": ("recount", "tidy", "webhooks", "pack", OTHER), "result": ("finished", "failed")},
)
GATE_TAKEN = Metric(
    "fieldpost_gate_taken_places",
    "gauge",
    "Room that requests take while their bodies come, and while they are answered.",
    {"room": ("bodies", "inside")},
)
GATE_PLACES = Metric(
    "fieldpost_gate_places", "gauge", "Room that there is for requests.", {"room": ("bodies", "inside")}
)
SLOWEST_BODY = Metric(
    "fieldpost_slowest_body_seconds", "gauge", "How long the body has been on its way that began first."
)
WAITING = Metric("fieldpost_commit_waiting_requests", "gauge", "Requests that wait for the next transaction.")
CONNECTIONS = Metric(
    "fieldpost_database_connections",
    "gauge",
    "Connections to the database.",
    {"state": ("used", "idle")},
)

COUNTED = (
    REQUESTS,
    ANSWERING,
    RECEIVED,
    IN_THREADS,
    REFUSALS,
    EVENTS,
    GROUPS,
    GROUP_SIZES,
    COMMIT_FAILURES,
    DELIVERIES,
    JOB_RUNS,
    GATE_TAKEN,
    GATE_PLACES,
    SLOWEST_BODY,
    WAITING,
    CONNECTIONS,
)


def _places() -> tuple[dict[str, dict[tuple[str, ...], int]], int]:
    places: dict[str, dict[tuple[str, ...], int]] = {}
    size = 0
    for metric in COUNTED:
        places[metric.name] = {}
        for values in metric.series():
            places[metric.name][values] = size
            size += metric.width
    return places, size


PLACES, SIZE = _places()
"""Metric → its series → where its numbers begin; and how many numbers there are."""
