"""Who adds what to the numbers of this process.

Where thousands a second pass, one thread at a time adds, and needs no lock: the event loop for requests, the
thread that leads for groups. All others take `_LOCK`.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from collector.core.events import Decision, Outcome
from collector.metrics.cells import PROCESS
from collector.metrics.table import (
    ANSWERING,
    COMMIT_FAILURES,
    CONNECTIONS,
    DELIVERIES,
    EVENTS,
    GATE_PLACES,
    GATE_TAKEN,
    GROUP_SIZES,
    GROUPS,
    IN_THREADS,
    JOB_RUNS,
    OTHER,
    PLACES,
    RECEIVED,
    REFUSALS,
    REQUEST_DOORS,
    REQUESTS,
    SECONDS,
    SIZES,
    SLOWEST_BODY,
    STATUSES,
    WAITING,
    Metric,
)

_LOCK = threading.Lock()


def _first(metric: Metric, *values: str) -> int:
    return PLACES[metric.name][values]


_AT_DOOR = {
    door: (
        {int(status): _first(REQUESTS, door, status) for status in STATUSES},
        _first(REQUESTS, door, OTHER),
        _first(ANSWERING, door),
    )
    for door in REQUEST_DOORS
}
"""Door → the places of its statuses, that of all others, where its seconds begin."""

_SUM_OF_SECONDS = len(SECONDS) + 1
_SUM_OF_SIZES = len(SIZES) + 1
_RECEIVED = _first(RECEIVED)
_IN_THREADS = _first(IN_THREADS)
_GROUPS = _first(GROUPS)
_GROUP_SIZES = _first(GROUP_SIZES)
_COMMIT_FAILURES = _first(COMMIT_FAILURES)


def answered(door: str, status: int, seconds: float, size: int, in_thread: bool) -> None:
    """A request was answered, `seconds` after all of its `size` bytes were there. In the event loop."""
    values = PROCESS.values
    statuses, others, first = _AT_DOOR[door]
    values[statuses.get(status, others)] += 1
    values[first + bisect_left(SECONDS, seconds)] += 1
    values[first + _SUM_OF_SECONDS] += seconds
    if size:
        values[_RECEIVED] += size
    if in_thread:
        values[_IN_THREADS] += 1


def written(decisions: Sequence[Decision], outcomes: Sequence[Outcome], seconds: float) -> None:
    """A group was written. In the thread that leads."""
    values = PROCESS.values
    values[_GROUPS + bisect_left(SECONDS, seconds)] += 1
    values[_GROUPS + _SUM_OF_SECONDS] += seconds
    values[_GROUP_SIZES + bisect_left(SIZES, len(decisions))] += 1
    values[_GROUP_SIZES + _SUM_OF_SIZES] += len(decisions)
    pairs = Counter([(one.door, it.verdict) for one, it in zip(decisions, outcomes, strict=True)])
    for (door, verdict), count in pairs.items():
        values[_of_event(door, verdict)] += count


def not_written() -> None:
    """A group could not be written. In the thread that leads."""
    PROCESS.values[_COMMIT_FAILURES] += 1


def replayed(verdicts: Iterable[str]) -> None:
    """Rejections were let in by a replay, which counts as a door of its own, as in the ledger."""
    with _LOCK:
        for verdict in verdicts:
            PROCESS.values[_of_event("replay", verdict)] += 1


def refused(code: str) -> None:
    """A request was refused."""
    with _LOCK:
        PROCESS.values[_first(REFUSALS, code)] += 1


def delivered(results: Iterable[str]) -> None:
    """A webhook's messages were tried."""
    with _LOCK:
        for result in results:
            PROCESS.values[_first(DELIVERIES, result)] += 1


def ran(job: str, result: str) -> None:
    """A job `finished` or `failed`."""
    place = PLACES[JOB_RUNS.name].get((job, result), _first(JOB_RUNS, OTHER, result))
    with _LOCK:
        PROCESS.values[place] += 1


def sees_gate(room: str, taken: int, places: int) -> None:
    """How much room there is in this process, and how much of it is taken."""
    PROCESS.values[_first(GATE_TAKEN, room)] = taken
    PROCESS.values[_first(GATE_PLACES, room)] = places


def sees_waiting(requests: int, slowest_body: float) -> None:
    """What waits in this process: for the next transaction, and for a body (seconds)."""
    PROCESS.values[_first(WAITING)] = requests
    PROCESS.values[_first(SLOWEST_BODY)] = slowest_body


def sees_connections(used: int, idle: int) -> None:
    """This process's connections to the database."""
    PROCESS.values[_first(CONNECTIONS, "used")] = used
    PROCESS.values[_first(CONNECTIONS, "idle")] = idle


def _of_event(door: str, verdict: str) -> int:
    places = PLACES[EVENTS.name]
    return places.get((door, verdict), places[OTHER, verdict])
