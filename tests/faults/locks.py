"""Who waits for a table of PostgreSQL while it is changed, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from collector.store.stepping import MOMENT

ROWS = 200_000
BOUND = MOMENT + 0.5
"""Seconds that a request may wait for a table behind the migration: its own bound, and a busy machine's."""

COLUMNS = """
id, definition, version, space, event_id, source, trust, door, identifiers, data,
occurred_at, received_at, updated_at
"""
MANY = f"""
INSERT INTO event ({COLUMNS})
SELECT number, 1, 1, 0, 'old ' || number, 'Old', 'key', 'api', '{{}}', '{{}}', number, number, number
FROM generate_series(1, {ROWS}) number
"""
WAITING = """
SELECT pid, mode, query, extract(epoch FROM clock_timestamp() - waitstart)::float
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND locktype = 'relation' AND waitstart IS NOT NULL AND datname = current_database()
"""


class Watch(threading.Thread):
    """Looks all the time who waits for a table: the longest that a client did, and the tries of a step."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self.tries = 0
        self._url = url
        self._stopping = threading.Event()

    def run(self) -> None:
        was_waiting = False
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stopping.wait(0.01):
                found = connection.execute(WAITING).fetchall()
                is_waiting = any(mode == "AccessExclusiveLock" for _, mode, _, _ in found)
                self.tries += is_waiting and not was_waiting
                was_waiting = is_waiting
                clients = [seconds for _, mode, _, seconds in found if mode != "AccessExclusiveLock"]
                self.longest = max(self.longest, *clients, 0.0)

    def stop(self) -> None:
        self._stopping.set()
        self.join(10)


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    watch = Watch(url)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


@contextmanager
def reading(url: str, statement: str) -> Iterator[psycopg.Connection[Any]]:
    """A reader who is not done: of an older moment, with what it has looked at held."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(statement.encode())
        yield connection


def ask(url: str, statement: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement.encode()).fetchone()
    return None if found is None else found[0]


def ask_nothing(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
