"""The storage work alone: rows that were written already, written once more into a copy of the database."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rounds import Member, Turn, median_of
from collector.store.database import LOG_PAGES

HOUR = 3_600_000_000
Row = tuple[Any, ...]


class Work(NamedTuple):
    """One transaction: when it came, in microseconds; a statement for each table, with its rows."""

    came_at: int
    statements: list[tuple[str, list[Row]]]


class BareStorage:
    """Takes part in rounds like a server: its turn repeats what the original has got since the last one.

    Both are SQLite files, and `copy` held what `original` holds; `size` events are in each transaction. They
    follow one another, or they come `in_rhythm`, when they came to the original: a core that sleeps between
    two finds its caches taken, and the same work costs it more. With `copies_every`, one transaction of so
    many copies the log into the file once it is as long as SQLite lets it grow, else whichever finds it so.
    """

    def __init__(
        self, original: Path, copy: Path, size: int, *, in_rhythm: bool = False, copies_every: int = 1
    ) -> None:
        self.turns: list[Turn] = []
        self._original = original
        self._size = size
        self._in_rhythm = in_rhythm
        self._copies_every = copies_every
        self._connection = sqlite3.connect(copy, isolation_level=None)
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=1", "cache_size=-16000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._last = self._connection.execute("SELECT max(id) FROM event").fetchone()[0]

    def take_turn(self, seconds: float, tag: str) -> Turn:
        """As much as came; processor time and throughput of the writing alone."""
        works = list(self._works())
        begun, cpu = time.perf_counter(), 0.0
        for number, work in enumerate(works):
            if self._in_rhythm:
                wait_until(begun + (work.came_at - works[0].came_at) / 1e6)
            pages = LOG_PAGES if number % self._copies_every == 0 else 0
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
            before = time.process_time()
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, rows in work.statements:
                self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")
            cpu += time.process_time() - before
        taken = time.perf_counter() - begun
        count = len(works) * self._size
        return Turn(count / taken, cpu / count * 1e6)

    def median(self, member: Member = "rate") -> float:
        return median_of(self.turns, member)

    def close(self) -> None:
        self._connection.close()

    def _works(self) -> Iterator[Work]:
        """The events that the original has and the copy has not, in transactions of the same size."""
        with closing(sqlite3.connect(self._original)) as original:
            original.row_factory = sqlite3.Row
            events = original.execute(
                "SELECT * FROM event WHERE id > ? ORDER BY id", (self._last,)
            ).fetchall()
            changes = original.execute("SELECT * FROM change WHERE event > ?", (self._last,)).fetchall()
            sections = dict(original.execute("SELECT id, section FROM definition").fetchall())
        assert events, "nothing has come"
        assert len(events) % self._size == 0, f"{len(events)} events are no whole transactions"
        self._last = events[-1]["id"]
        change_of = {change["event"]: change for change in changes}
        for start in range(0, len(events), self._size):
            together = events[start : start + self._size]
            statements = [
                (_insert("event", together), [tuple(event) for event in together]),
                (_insert("change", changes), [tuple(change_of[event["id"]]) for event in together]),
                (_TOTAL, _totals(together)),
                (_LEDGER, _ledger(together, sections)),
            ]
            yield Work(together[0]["received_at"], statements)


def wait_until(moment: float) -> None:
    """Sleeps until `time.perf_counter()` says so, if that is to come."""
    if (left := moment - time.perf_counter()) > 0:
        time.sleep(left)


def _totals(events: Sequence[sqlite3.Row]) -> list[Row]:
    """What each event adds to its person's total, in the order of the keys."""
    return sorted(
        (
            *(
                one["profile"],
                one["definition"],
                one["goal_type"],
                one["goal_name"] or "",
                one["goal_currency"],
            ),
            *divmod(one["goal_value"], 1_000_000),
            *(one["goal_value"], one["goal_value"], one["occurred_at"], one["occurred_at"]),
        )
        for one in events
    )


def _ledger(events: Sequence[sqlite3.Row], sections: dict[int, str]) -> list[Row]:
    counts = Counter((one["definition"], one["door"], one["received_at"] // HOUR) for one in events)
    return [
        (sections[definition], definition, door, hour, 0, count, count)
        for (definition, door, hour), count in sorted(counts.items())
    ]


_TOTAL = """
INSERT INTO total (profile, definition, goal_type, goal_name, goal_currency, whole, fraction, least, greatest,
first_at, last_at, events, valued) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)
ON CONFLICT (profile, definition, goal_type, goal_name, goal_currency) DO UPDATE SET
whole = whole + excluded.whole, fraction = fraction + excluded.fraction, least = min(least, excluded.least),
greatest = max(greatest, excluded.greatest), first_at = min(first_at, excluded.first_at),
last_at = max(last_at, excluded.last_at), events = events + 1, valued = valued + 1
"""
_LEDGER = """
INSERT INTO ledger (section, definition, door, hour, node, received, stored, updated, duplicate, ignored,
rejected, filtered, queued) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0)
ON CONFLICT (section, definition, door, hour, node) DO UPDATE SET
received = received + excluded.received, stored = stored + excluded.stored
"""


def _insert(table: str, rows: Sequence[sqlite3.Row]) -> str:
    names = ", ".join(f'"{name}"' for name in rows[0].keys())  # noqa: SIM118 - a Row iterates over values
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(rows[0]))})"
