"""Batches of 50 over HTTP, SQLite: processor time per event against the bare storage work.

    python -m benchmarks.batch [--rounds 5] [--seconds 3]

One connection sends one batch after the other, so that each is a transaction of its own. The bare work
then writes the very rows that came of it into a copy of the database: the same tables, the same number of
events in a transaction, no HTTP and no judging. It does so twice: in the rhythm in which the batches came, so
that it sleeps as long as a server that waits for its client and its disk, and one after the other. It copies
the log as often as the server does.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks import serving
from benchmarks.bare_storage import BareStorage
from benchmarks.figures import Figure, run_alone
from benchmarks.load import Plan
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import EVENT, Scene, furnish
from collector.intake.commit import IN_A_ROW

COMMAND = "python -m benchmarks.batch"
SIZE = 50


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'batch.db'}")
        copy(folder / "batch.db", folder / "bare.db")
        copy(folder / "batch.db", folder / "hurried.db")
        every = IN_A_ROW + 1
        bare = BareStorage(folder / "batch.db", folder / "bare.db", SIZE, in_rhythm=True, copies_every=every)
        hurried = BareStorage(folder / "batch.db", folder / "hurried.db", SIZE, copies_every=every)
        with serving.fieldpost(scene.url, folder) as ours:
            batches = Contestant(
                "batches", ours, batch_plan(scene), lambda: rows(scene.url), events=SIZE, connections=1
            )
            interleave([batches, bare, hurried], rounds, seconds, in_order=True)
        bare.close()
        hurried.close()
    what = "batch of 50 over HTTP: CPU per event against the bare storage work"
    return [
        _figure(f"{what}, in the same rhythm", batches, bare),
        _figure("the same, against one transaction after the other", batches, hurried),
    ]


def _figure(what: str, batches: Contestant, bare: BareStorage) -> Figure:
    detail = (
        f"CPU {batches.median('cpu_us'):.1f} against {bare.median('cpu_us'):.1f} µs an event; "
        f"{batches.median():,.0f} against {bare.median():,.0f} events a second"
    )
    times = ratio(batches, bare, "cpu_us")
    return Figure(what, times, 2.0, 1.5, detail, COMMAND, more_is_better=False, unit=" ×")


def batch_plan(scene: Scene, size: int = SIZE) -> Plan:
    """Batches of the API."""
    body = '{"events":[' + ",".join([EVENT] * size) + "]}"
    headers = {"Authorization": f"Bearer {scene.secret}", "Content-Type": "application/json"}
    return Plan("/api/v1/events", body, headers=headers, expected=f'"stored":{size},')


def copy(original: Path, target: Path) -> None:
    """A copy of a SQLite database, whatever is still in its write-ahead log."""
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(target)) as copied:
        source.backup(copied)


if __name__ == "__main__":
    run_alone(measure, __doc__)
