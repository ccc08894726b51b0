"""Interleaved rounds: everybody who is compared takes a turn, round by round, in one run on one machine."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal, Protocol

import psycopg

from benchmarks.load import Plan, Refused, send
from benchmarks.serving import Measured

WARM_SECONDS = 2.0
QUIET = 6
"""So many times in a row, every twentieth of a second, no row is added: then all is through."""


Member = Literal["rate", "cpu_us", "median_ms", "slow_ms", "database_us"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One contestant's part of a round: events a second, and processor time for each in microseconds.

    `database_us` is that of a database server.
    """

    rate: float
    cpu_us: float
    median_ms: float = 0.0
    slow_ms: float = 0.0
    database_us: float = 0.0


@dataclass(slots=True)
class Contestant:
    """Who takes part: a server, what is sent to it, how many events are in a request.

    `stored` tells how many rows there are; None for who stores nothing. Who is not believed answers the same
    whether an event was stored or not: only its rows count.
    """

    name: str
    server: Measured
    plan: Plan
    stored: Callable[[], int] | None = None
    events: int = 1
    connections: int = 64
    is_believed: bool = True
    turns: list[Turn] = field(default_factory=list)

    def take_turn(self, seconds: float, tag: str) -> Turn:
        """Raises `Refused` unless every answer was right and every event of it is a row."""
        before, cpu, database = self._rows(), self.server.cpu(), self.server.database_cpu()
        heard = send(self.server.url, self.plan, seconds, tag, self.connections)
        done = self._settled(before)
        told = heard.right * self.events
        cpu, database = self.server.cpu() - cpu, self.server.database_cpu() - database
        if not self.is_believed:
            told = min(told, done)
        # What was on its way when the load ended is stored too, and nobody has heard of it.
        if self.stored is not None and not told <= done <= told + self.connections * self.events:
            raise Refused(f"{self.name}: {told} events were acknowledged, and there are {done} rows")
        count = done if self.stored is not None else told
        return Turn(
            told / heard.seconds,
            cpu / count * 1e6,
            heard.median_ms,
            heard.slow_ms,
            database / count * 1e6,
        )

    def median(self, member: Member = "rate") -> float:
        return median_of(self.turns, member)

    def _rows(self) -> int:
        return self.stored() if self.stored is not None else 0

    def _settled(self, before: int) -> int:
        """How many rows were added, once the last requests are through."""
        rows, quiet = self._rows(), 0
        while self.stored is not None and quiet < QUIET:
            time.sleep(0.05)
            again = self._rows()
            quiet = quiet + 1 if again == rows else 0
            rows = again
        return rows - before


class Participant(Protocol):
    """A contestant, or whatever else takes turns and remembers them."""

    turns: list[Turn]

    def take_turn(self, seconds: float, tag: str) -> Turn: ...


def interleave(
    contestants: Sequence[Participant], rounds: int, seconds: float, *, in_order: bool = False
) -> None:
    """Warms everybody up, then lets them take turns; every other round in the opposite order.

    `in_order`: one works on what another has left, so the order stays.
    """
    for one in contestants:
        one.take_turn(WARM_SECONDS, f"warm-{time.time_ns()}-")
    for number in range(rounds):
        for one in contestants if in_order or number % 2 == 0 else reversed(contestants):
            one.turns.append(one.take_turn(seconds, f"r{number}-{time.time_ns()}-"))


def ratio(one: Participant, other: Participant, member: Member = "rate") -> float:
    """The median over the rounds of what `one` did in a round against what `other` did in the same."""
    pairs = zip(one.turns, other.turns, strict=True)
    return statistics.median(float(getattr(mine, member) / getattr(its, member)) for mine, its in pairs)


def median_of(turns: Sequence[Turn], member: Member) -> float:
    return statistics.median(float(getattr(turn, member)) for turn in turns)


def rows(url: str, table: str = "event", what: str = "count(*)") -> int:
    """How many rows a table has, or what else it comes to, asked of the database itself."""
    query = f"SELECT {what} FROM {table}"
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)) as connection:
            return int(connection.execute(query).fetchone()[0])
    with psycopg.connect(url) as postgres:
        found = postgres.execute(query.encode()).fetchone()
    assert found is not None
    return int(found[0])
