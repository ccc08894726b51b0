"""Frames of SQLite's write-ahead log per event, in groups of 16, with 100 thousand events stored.

    python -m benchmarks.frames [--rounds 5]

A frame is a page of 4,096 bytes that a transaction has changed. The groups go straight into the commit; each
round writes 200 of them.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, run_alone
from benchmarks.scene import furnish, store_events
from collector import clock
from collector.store.opening import Store, open_store

COMMAND = "python -m benchmarks.frames"
STORED = 100_000
GROUP = 16
GROUPS = 200
_HEADER, _FRAME = 32, 24 + 4096


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "frames.db"
        scene = furnish(f"sqlite:///{path}")
        store = open_store(scene.url, clock.now, clock.tick)
        assert store_events(store, scene, STORED, "before") == STORED
        found, cpu = [], []
        for number in range(rounds):
            _empty_log(store)
            spent = time.process_time()
            stored = store_events(store, scene, GROUP * GROUPS, f"round{number}-", GROUP)
            assert stored == GROUP * GROUPS
            cpu.append((time.process_time() - spent) / stored * 1e6)
            size = path.with_name("frames.db-wal").stat().st_size
            found.append((size - _HEADER) / _FRAME / stored)
        store.close()
    detail = f"CPU {statistics.median(cpu):.0f} µs an event, judged and committed"
    what = "WAL frames per event at groups of 16 and 100,000 stored"
    return [Figure(what, statistics.median(found), 5, 3, detail, COMMAND, more_is_better=False)]


def _empty_log(store: Store) -> None:
    """Everything into the database, and from here on nothing: the log's size then counts the frames."""
    with store.database.connected():
        store.database.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.database.peewee.execute_sql("PRAGMA wal_autocheckpoint=0")


if __name__ == "__main__":
    run_alone(measure, __doc__)
