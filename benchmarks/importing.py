"""An import of JSON Lines in one process, SQLite: processor time per row against the bare storage work.

    python -m benchmarks.importing [--rounds 5] [--seconds 3]

Each turn imports a file of new rows, about as many as fit the seconds, with a verdict for each on disk. The
bare work then writes the very rows that came of it into a copy of the database, as many in a transaction.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.bare_storage import BareStorage
from benchmarks.batch import copy
from benchmarks.figures import Figure, run_alone
from benchmarks.load import Refused
from benchmarks.rounds import Turn, median_of
from benchmarks.scene import DEFINITIONS, EVENT, PEOPLE, SECTION, furnish
from collector import clock
from collector.intake.accept import Intake
from collector.intake.bulk import PART, Importer, VerdictFile, source_of
from collector.intake.bulk_rows import json_lines
from collector.store.opening import open_store

COMMAND = "python -m benchmarks.importing"
ROWS_A_SECOND = 10_000


def measure(rounds: int, seconds: float) -> list[Figure]:
    turns: list[Turn] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'import.db'}")
        copy(folder / "import.db", folder / "bare.db")
        bare = BareStorage(folder / "import.db", folder / "bare.db", PART)
        store = open_store(scene.url, clock.now, clock.tick)
        importer = Importer(Intake(store, clock.now), SECTION, clock.now)
        numbers = itertools.count()
        for turn in range(rounds):
            path = folder / f"{turn}.jsonl"
            count = PART * max(int(seconds * ROWS_A_SECOND) // PART, 1)
            path.write_text("".join(_row(next(numbers)) for _ in range(count)))
            turns.append(_import(importer, path, count))
            bare.turns.append(bare.take_turn(seconds, str(turn)))
        bare.close()
        store.close()
    ours, theirs = median_of(turns, "cpu_us"), bare.median("cpu_us")
    detail = (
        f"CPU {ours:.1f} against {theirs:.1f} µs a row; {median_of(turns, 'rate'):,.0f} against"
        f" {bare.median():,.0f} rows a second"
    )
    what = "import of JSON Lines: CPU per row against the bare storage work"
    return [Figure(what, ours / theirs, 2.0, 1.5, detail, COMMAND, more_is_better=False, unit=" ×")]


def _row(number: int) -> str:
    person, definition = str(number * 7919 % PEOPLE), str(number % DEFINITIONS)
    return EVENT.replace("@N", f"i{number}").replace("@P", person).replace("@D", definition) + "\n"


def _import(importer: Importer, path: Path, count: int) -> Turn:
    """One file. Raises `Refused` unless every row of it was stored."""
    begun, cpu = time.perf_counter(), time.process_time()
    with (
        path.open("rb") as file,
        closing(VerdictFile(path.with_suffix(".verdicts"), source_of(path))) as told,
    ):
        importer.run(json_lines(file), told, lambda rows: None)
        verdicts = dict(told.progress.verdicts)
    cpu, taken = time.process_time() - cpu, time.perf_counter() - begun
    if verdicts != {"stored": count}:
        raise Refused(f"{count} rows got other verdicts: {verdicts}")
    return Turn(count / taken, cpu / count * 1e6)


if __name__ == "__main__":
    run_alone(measure, __doc__)
