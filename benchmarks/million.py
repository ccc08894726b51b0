"""A million events through one worker on SQLite: its memory meanwhile, and what an event costs after them.

    python -m benchmarks.million [--rounds 5]

Batches of 500 over 4 connections fill the database; the worker's memory is looked at twice a second, and
drawn in docs/pictures/memory.svg. Then what an event costs is compared with a database of 10 thousand, twice:
at the door, one event per request over 64 connections, where the small one has grown by some ten thousand at
the end; and without HTTP, in groups of 50 that are judged and committed in this process, in turn into the
full database and into a fresh copy of the small one.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks import serving
from benchmarks.batch import batch_plan, copy
from benchmarks.figures import REPOSITORY, Figure, run_alone
from benchmarks.load import send
from benchmarks.plot import draw
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import Scene, furnish, store_events
from benchmarks.serving import Measured
from benchmarks.single import compared, event_plan
from collector import clock
from collector.store.opening import open_store

COMMAND = "python -m benchmarks.million"
PICTURE = REPOSITORY / "docs" / "pictures" / "memory.svg"
EVENTS, FEW = 1_000_000, 10_000
SETTLED = 0.2
"""By this part of the run all caches are as full as they get."""

COUNTED = 4_000
MIB = 1024 * 1024
Sample = tuple[int, float]
"""events stored, MiB"""


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many, few = furnish(f"sqlite:///{folder / 'many.db'}"), furnish(f"sqlite:///{folder / 'few.db'}")
        samples = _fill(many, folder)
        _store(few, FEW, "few")
        return [
            *_memory(samples),
            _cost_at_the_door(many, few, folder, rounds),
            _cost(many, few, folder, rounds),
        ]


def _fill(scene: Scene, folder: Path) -> list[Sample]:
    plan = batch_plan(scene, 500)
    with serving.fieldpost(scene.url, folder) as ours, _watched(ours, scene) as samples:
        while rows(scene.url) < EVENTS:
            send(ours.url, plan, 5, f"fill-{time.time_ns()}-", connections=4)
    return samples


@contextmanager
def _watched(ours: Measured, scene: Scene) -> Iterator[list[Sample]]:
    """Samples of the worker's memory for as long as the block lasts."""
    samples: list[Sample] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            samples.append((rows(scene.url, "ledger", "sum(stored)"), ours.memory() / MIB))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield samples
    finally:
        over.set()
        watcher.join()


def _memory(samples: Sequence[Sample]) -> list[Figure]:
    draw(samples, "events stored", "MiB of one worker", PICTURE)
    most = max(memory for _, memory in samples)
    settled = next(memory for events, memory in samples if events >= EVENTS * SETTLED)
    last = statistics.median(memory for _, memory in samples[-5:])
    detail = f"{settled:.0f} MiB after {EVENTS * SETTLED:,.0f} events, {last:.0f} MiB after {EVENTS:,}"
    return [
        Figure("memory of one worker over a million events", most, 150, 100, detail, COMMAND, False, " MiB"),
        Figure(
            "its growth over the last 800,000 of them", last / settled, 1.1, 1, detail, COMMAND, False, " ×"
        ),
    ]


def _cost_at_the_door(many: Scene, few: Scene, folder: Path, rounds: int) -> Figure:
    with serving.fieldpost(many.url, folder) as one, serving.fieldpost(few.url, folder) as other:
        full = Contestant("full", one, event_plan(many), lambda: rows(many.url, "ledger", "sum(stored)"))
        empty = Contestant("empty", other, event_plan(few), lambda: rows(few.url))
        interleave([full, empty], rounds, 1)
    what = "cost of an event with 1 million stored against 10 thousand, one per request"
    times = ratio(full, empty, "cpu_us")
    return Figure(what, times, 1.3, 1, compared(full, empty), COMMAND, more_is_better=False, unit=" ×")


def _cost(many: Scene, few: Scene, folder: Path, rounds: int) -> Figure:
    fresh = folder / "fresh.db"
    full, empty = [], []
    for number in range(rounds):
        full.append(_store(many, COUNTED, f"cost-{number}-"))
        for path in folder.glob("fresh.db*"):
            path.unlink()
        copy(folder / "few.db", fresh)
        empty.append(_store(replace(few, url=f"sqlite:///{fresh}"), COUNTED, f"cost-{number}-"))
    times = statistics.median(one / other for one, other in zip(full, empty, strict=True))
    detail = (
        f"CPU {statistics.median(full):.0f} against {statistics.median(empty):.0f} µs, judged and committed"
    )
    what = "the same without HTTP, in groups of 50"
    return Figure(what, times, 1.3, 1, detail, COMMAND, more_is_better=False, unit=" ×")


def _store(scene: Scene, count: int, tag: str) -> float:
    """Microseconds of processor time an event, in groups of 50; all must be stored."""
    store = open_store(scene.url, clock.now, clock.tick)
    assert store_events(store, scene, 500, f"{tag}warm-", 50) == 500
    begun = time.process_time()
    assert store_events(store, scene, count, tag, 50) == count
    taken = time.process_time() - begun
    store.close()
    return taken / count * 1e6


if __name__ == "__main__":
    run_alone(measure, __doc__)
