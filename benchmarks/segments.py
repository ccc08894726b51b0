"""Segments over ten million events of 200,000 people on SQLite, beside DuckDB and a plain scan.

    python -m benchmarks.segments [--events 10000000] [--rounds 5] [--folder DIR] [--write]

The events are made once (some minutes, some gigabytes) and kept in the folder, the same ones every time. Then
every question is asked in turn: of the product, as a preview does (count and share); of DuckDB, which has the
same rows in columns; and, where it can be said so, of SQLite by a plain scan of all rows. All three must find
as many profiles, and the product's and DuckDB's must be the same ones. Cold: the files are in no cache.
Processor time is that of the process. A question over its bound fails the run; `--write` puts the table into
docs/segments.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks import bulk, duck
from benchmarks.crowd import SECTION
from benchmarks.figures import REPOSITORY
from benchmarks.segment_cases import CASES, Case
from collector.core.segments.reading import read_tree
from collector.core.segments.tree import Node
from collector.store.opening import Store, open_store
from collector.store.segments.compiling import Scope
from collector.store.segments.packs import Packer
from collector.store.segments.rfm import rfm_grid
from tests.cast import NOON

EVENTS_EACH = 50
PAGE = 51
DOCUMENT = REPOSITORY / "docs" / "segments.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
VIEWS = """
CREATE TEMP VIEW events AS
  SELECT event.id, profile, event_name AS name, occurred_at, goal_type, goal_value, goal_currency AS currency,
    trust
  FROM event NOT INDEXED JOIN definition ON definition.id = event.definition
  WHERE profile IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL;
CREATE TEMP VIEW entries AS
  SELECT change.profile, events.name, change.occurred_at
  FROM change NOT INDEXED JOIN events ON events.id = change.event;
CREATE TEMP VIEW profiles AS SELECT id FROM profile WHERE merged_into IS NULL;
"""


@dataclass
class Times:
    """Milliseconds, and those of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], int]) -> int:
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.cpu.append((time.process_time() - cpu) * 1000)
        return found

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def cpu_median(self) -> float:
        return statistics.median(self.cpu)


@dataclass
class Result:
    """What one question took, and how many profiles it found."""

    name: str
    most_ms: float
    found: int = 0
    cold: Times = field(default_factory=Times)
    ours: Times = field(default_factory=Times)
    duck: Times = field(default_factory=Times)
    scan: Times = field(default_factory=Times)

    @property
    def is_in_time(self) -> bool:
        return not self.ours.wall or self.ours.median < self.most_ms

    def line(self) -> str:
        mark = "" if self.is_in_time else " (too slow)"
        duck = f"{self.ours.median / self.duck.median:.2f} ×" if self.duck.wall else ""
        scan = f"{self.scan.median:,.0f}" if self.scan.wall else ""
        theirs = f"{self.duck.median:,.0f}" if self.duck.wall else ""
        return (
            f"| {self.name} | {self.found:,} | {self.ours.cpu_median:,.0f} | {self.most_ms:,.0f} "
            f"| {self.ours.median:,.0f}{mark} | {self.cold.median:,.0f} | {theirs} | {duck} | {scan} |"
        )


@dataclass
class Stand:
    """What is asked: the product's store, DuckDB's file, and where both files are."""

    sqlite: Path
    duck: Path

    def open(self) -> Store:
        return open_store(f"sqlite:///{self.sqlite}", lambda: NOON, lambda: 0.0)

    def forget(self) -> None:
        """Takes both files out of the system's cache."""
        for path in (self.sqlite, self.duck):
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=10_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "fieldpost-segments")
    asked.add_argument("--write", action="store_true")
    wanted = asked.parse_args()
    stand = prepare(wanted.folder, wanted.events)
    results = measure(stand, wanted.rounds)
    table = [*HEAD, *(one.line() for one in results)]
    told = about(stand, wanted.events, wanted.rounds)
    print(told, "", *table, sep="\n")
    if wanted.write:
        write([told, "", *table])
    slow = [one.name for one in results if not one.is_in_time]
    raise SystemExit("\n".join(["too slow:", *slow]) if slow else 0)


HEAD = (
    "| question | profiles | processor ms | at most | ms | cold | DuckDB | against it | plain scan |",
    "|---|---|---|---|---|---|---|---|---|",
)


def prepare(folder: Path, events: int) -> Stand:
    """The two files with so many events, made if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    stand = Stand(folder / f"events-{events}.db", folder / f"events-{events}.duckdb")
    begun = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {what}", flush=True)

    if not stand.sqlite.exists():
        unfinished = stand.sqlite.with_suffix(".unfinished")
        for left in folder.glob(f"{unfinished.name}*"):
            left.unlink()
        bulk.build(str(unfinished), events, events // EVENTS_EACH, tell)
        unfinished.rename(stand.sqlite)
    if not stand.duck.exists():
        tell("DuckDB")
        unfinished = stand.duck.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        duck.load(stand.sqlite, unfinished)
        unfinished.rename(stand.duck)
    store = stand.open()
    tell("packing")
    tell(str(Packer(store.database).turn(lambda: True)))
    store.database.leave_nothing_behind()
    store.close()
    return stand


def measure(stand: Stand, rounds: int) -> list[Result]:
    results = [ask(stand, case, rounds) for case in CASES]
    return [*results, *others(stand, rounds)]


def ask(stand: Stand, case: Case, rounds: int) -> Result:
    """One question, cold once, then warm in turns."""
    node, scope = node_of(case), Scope(SECTION, NOON)
    result = Result(case.name, case.most_ms)
    stand.forget()
    store = stand.open()
    result.found = result.cold.take(lambda: store.segments.finder.share(node, scope).count)
    with closing(duckdb.connect(str(stand.duck), read_only=True)) as other:
        require_same(store, node, case, other)
        for _ in range(rounds):
            ours = result.ours.take(lambda: store.segments.finder.share(node, scope).count)
            theirs = result.duck.take(lambda: count_in_duck(other, case))
            assert ours == theirs == result.found, (case.name, ours, theirs, result.found)
    if case.is_plain:
        with closing(sqlite3.connect(stand.sqlite)) as plain:
            plain.executescript(VIEWS)
            query = f"SELECT count(*) FROM ({case.asked.sql})"
            scanned = result.scan.take(lambda: plain.execute(query).fetchone()[0])
            assert scanned == result.found, (case.name, scanned, result.found)
    store.close()
    print(result.line(), flush=True)
    return result


def require_same(store: Store, node: Node, case: Case, other: duckdb.DuckDBPyConnection) -> None:
    ours = store.segments.finder.between(node, Scope(SECTION, NOON))
    theirs = [
        row[0] for row in other.execute(f"SELECT DISTINCT * FROM ({case.asked.sql}) ORDER BY 1").fetchall()
    ]
    assert ours == theirs, (case.name, len(ours), len(theirs))


def count_in_duck(other: duckdb.DuckDBPyConnection, case: Case) -> int:
    found = other.execute(f"SELECT count(DISTINCT COLUMNS(*)) FROM ({case.asked.sql})").fetchone()
    assert found is not None
    everybody = other.execute("SELECT count(*) FROM profiles").fetchone()
    assert everybody is not None
    return int(found[0])


def others(stand: Stand, rounds: int) -> list[Result]:
    """The grid of recency and frequency, and a first page of members."""
    scope, worst = Scope(SECTION, NOON), node_of(CASES[-1])
    vip = node_of(CASES[0])
    questions: list[tuple[str, Callable[[Store], int]]] = [
        ("the RFM grid", lambda store: sum(cell.count for cell in rfm_grid(store.database, scope))),
        (
            "the first page of the VIPs",
            lambda store: len(store.segments.finder.members(vip, scope, PAGE)),
        ),
        (
            "the first page of the last tree",
            lambda store: len(store.segments.finder.members(worst, scope, PAGE)),
        ),
    ]
    found = []
    for name, question in questions:
        result = Result(name, 2_000)
        stand.forget()
        store = stand.open()
        result.found = result.cold.take(lambda question=question, store=store: question(store))  # type: ignore[misc]
        for _ in range(rounds):
            result.ours.take(lambda question=question, store=store: question(store))  # type: ignore[misc]
        store.close()
        print(result.line(), flush=True)
        found.append(result)
    return found


def node_of(case: Case) -> Node:
    node = read_tree(case.asked.tree)
    assert not isinstance(node, list), (case.name, node)
    return node


def about(stand: Stand, events: int, rounds: int) -> str:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    load = os.getloadavg()[0]
    size = stand.sqlite.stat().st_size / 2**30
    return (
        f"Measured on {today.isoformat()}: {events:,} events, {size:.1f} GiB, {os.cpu_count()} cores with a "
        f"load of {load:.1f} meanwhile; SQLite {sqlite3.sqlite_version}, DuckDB {duckdb.__version__} with as "
        f"many threads as cores; medians of {rounds} interleaved rounds."
    )


def write(lines: Sequence[str]) -> None:
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after)


if __name__ == "__main__":
    main()
