"""A definition of 100 fields against one of 8: processor time of single events, 64 connections, SQLite.

    python -m benchmarks.wide [--rounds 5] [--seconds 3]

Every field has a value.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.judging import data_of, fields_of
from benchmarks.load import Plan
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import BENCH, SECTION, document, furnish
from benchmarks.single import STORED, compared
from collector import clock
from collector.core.documents import parse_definition
from collector.store.opening import open_store

COMMAND = "python -m benchmarks.wide"


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'wide.db'}")
        store = open_store(scene.url, clock.now, clock.tick)
        for count in (8, 100):
            wanted = {**document(0), "event_name": f"fields.{count}", "fields": fields_of(count)}
            store.definitions.create(SECTION, parse_definition(wanted), BENCH, clock.now())
        store.close()
        with serving.fieldpost(scene.url, folder) as ours:
            narrow, wide = (
                Contestant(f"{count} fields", ours, plan_of(count, scene.secret), lambda: rows(scene.url))
                for count in (8, 100)
            )
            interleave([narrow, wide], rounds, seconds)
    what = "an event of 100 fields against one of 8, CPU"
    times = ratio(wide, narrow, "cpu_us")
    return [Figure(what, times, 4, 4, compared(wide, narrow), COMMAND, more_is_better=False, unit=" ×")]


def plan_of(count: int, secret: str) -> Plan:
    """Single events with so many values."""
    data = data_of(count).decode()
    body = f'{{"event":"fields.{count}","id":"@N","identifiers":{{"email":"p@P@example.com"}},"data":{data}}}'
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return Plan("/api/v1/events", body, headers=headers, expected=STORED)


if __name__ == "__main__":
    run_alone(measure, __doc__)
