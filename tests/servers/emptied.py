"""Databases of PostgreSQL that are used again: to empty one takes a tenth of the time to copy a fresh one.

Only one that still has the layout in which it was made is used again; any other is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests.servers.postgres import PostgresServer

MOST_USES = 200
"""Then it is made anew: what is deleted stays in its files until it is vacuumed."""

_LAYOUT = """
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT relname, relkind::text, oid::bigint, relhastriggers, relchecks FROM ours
UNION ALL SELECT proname, 'function', oid::bigint, false, 0
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT tgname, 'trigger', oid::bigint, tgenabled = 'O', 0 FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT attrelid::text || attname, 'column', atttypid::bigint, attnotnull, 0
  FROM pg_attribute WHERE attrelid IN (SELECT oid FROM ours) AND NOT attisdropped
UNION ALL SELECT array_to_string(setconfig, ','), 'setting', setdatabase::bigint, false, 0
  FROM pg_db_role_setting
ORDER BY 1, 2, 3
"""
_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
_SEQUENCES = """
SELECT format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
FROM pg_sequences WHERE schemaname = 'public'
"""
_OTHERS = (
    "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class _Made:
    """A database, its layout, and the rows and the sequences that it had when it was made.

    `connection` is kept: to make one, with the caches that a process of PostgreSQL's fills, takes several
    times as long as to empty a database.
    """

    url: str
    connection: psycopg.Connection
    layout: list[Any]
    rows: dict[str, bytes]
    sequences: list[Any]
    uses: int = 0


class Emptied:
    """Databases like `template` on one server, for one test at a time."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._spare: _Made | None = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database that is as if it had just been made."""
        made = self._spare or self._make()
        self._spare = None
        try:
            yield made.url
        finally:
            made.uses += 1
            if made.uses < MOST_USES and _is_emptied(made):
                self._spare = made
            else:
                self._drop(made)

    def close(self) -> None:
        if self._spare is not None:
            self._drop(self._spare)

    def _drop(self, made: _Made) -> None:
        made.connection.close()
        self._server.drop(made.url)

    def _make(self) -> _Made:
        url = self._server.create(self._template)
        connection = psycopg.connect(url, autocommit=True)
        tables = [name for (name,) in connection.execute(_TABLES)]
        rows = {name: _rows_of(connection, name) for name in tables}
        sequences = connection.execute(_SEQUENCES).fetchall()
        return _Made(url, connection, connection.execute(_LAYOUT).fetchall(), rows, sequences)


def _rows_of(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(_on(table, "COPY {} TO STDOUT")) as copy:
        return b"".join(bytes(piece) for piece in copy)


def _on(table: str, statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))


def _is_emptied(made: _Made) -> bool:
    """Empties a database; False if it is another one than it was, or the test has ended all connections."""
    connection = made.connection
    try:
        connection.execute(_OTHERS)
        if connection.execute(_LAYOUT).fetchall() != made.layout:
            return False
        with connection.transaction():
            _put_back(made, connection)
    except psycopg.OperationalError:
        if not connection.broken:
            raise
        return False
    return True


def _put_back(made: _Made, connection: psycopg.Connection) -> None:
    connection.execute("SET LOCAL session_replication_role = replica")  # no trigger, no foreign key
    connection.execute(sql.SQL("; ").join(_on(table, "DELETE FROM {}") for table in made.rows))
    for table, rows in made.rows.items():
        if rows:
            with connection.cursor().copy(_on(table, "COPY {} FROM STDIN")) as copy:
                copy.write(rows)
    for sequence in made.sequences:
        connection.execute("SELECT setval(%s::regclass, %s, %s)", sequence)
