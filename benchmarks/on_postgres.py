"""One event per request, 64 connections, on PostgreSQL with 1 and 2 workers, against an empty Flask route.

    python -m benchmarks.on_postgres [--rounds 5] [--seconds 3]

PostgreSQL keeps its defaults: every commit is on disk. Its processor time is told apart.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import furnish
from benchmarks.single import compared, event_plan, nothing_of
from tests.servers.postgres import MISSING, PostgresServer, installed, running_postgres

COMMAND = "python -m benchmarks.on_postgres"
DURABLE = {"fsync": "on", "full_page_writes": "on"}


def measure(rounds: int, seconds: float) -> list[Figure]:
    programs = installed()
    if programs is None:
        raise SystemExit(MISSING)
    with running_postgres(programs, DURABLE) as postgres:
        return [_measure(postgres, workers, rounds, seconds) for workers in (1, 2)]


def _measure(postgres: PostgresServer, workers: int, rounds: int, seconds: float) -> Figure:
    with tempfile.TemporaryDirectory() as name, postgres.database() as url:
        folder, scene = Path(name), furnish(url)
        with (
            serving.fieldpost(url, folder, workers, postgres.process.pid) as ours,
            serving.empty_route(folder, workers) as bare,
        ):
            plan = event_plan(scene)
            empty = Contestant("empty route", bare, nothing_of(plan))
            events = Contestant("events", ours, plan, lambda: rows(url))
            interleave([empty, events], rounds, seconds)
    told = "1 worker" if workers == 1 else f"{workers} workers"
    what = f"one event per request on PostgreSQL, {told}, against an empty Flask route with as many"
    return Figure(what, ratio(events, empty), 0.3, 0.6, compared(events, empty), COMMAND)


if __name__ == "__main__":
    run_alone(measure, __doc__)
