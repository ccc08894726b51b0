"""The same rows in DuckDB: all that questions about segments read, in columns of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

CHUNK = 500_000
EVENTS = """
SELECT e.id, e.profile, d.event_name, e.occurred_at, e.goal_type, e.goal_value, e.goal_currency, e.trust,
  e.data
FROM event e JOIN definition d ON d.id = e.definition
WHERE e.deleted_at IS NULL AND e.profile IS NOT NULL AND d.hidden_at IS NULL
"""
ENTRIES = """
SELECT c.event, c.occurred_at FROM change c
"""
TABLES = """
CREATE TABLE events (id BIGINT, profile BIGINT, name VARCHAR, occurred_at BIGINT, goal_type VARCHAR,
  goal_value BIGINT, currency VARCHAR, trust VARCHAR, data JSON);
CREATE TABLE changes (event BIGINT, occurred_at BIGINT);
CREATE TABLE profiles (id BIGINT);
"""
JOINED = """
CREATE TABLE entries AS
SELECT events.profile, events.name, changes.occurred_at, events.data
FROM changes JOIN events ON events.id = changes.event;
DROP TABLE changes;
"""


def load(source: Path, target: Path) -> None:
    """Makes the DuckDB file from the SQLite one."""
    with closing(sqlite3.connect(source)) as sqlite, closing(duckdb.connect(str(target))) as duck:
        duck.execute(TABLES)
        everybody = "SELECT id FROM profile WHERE merged_into IS NULL"
        for table, query in (("events", EVENTS), ("changes", ENTRIES), ("profiles", everybody)):
            for chunk in _chunks(sqlite, query):
                duck.execute(f"INSERT INTO {table} SELECT * FROM chunk")
                del chunk
        duck.execute(JOINED)


def _chunks(sqlite: sqlite3.Connection, query: str) -> Iterator[dict[str, Any]]:
    cursor = sqlite.execute(query)
    while found := cursor.fetchmany(CHUNK):
        columns = zip(*found, strict=True)
        names = [str(column[0]) for column in cursor.description]
        yield {name: _array(column) for name, column in zip(names, columns, strict=True)}


def _array(column: tuple[Any, ...]) -> Any:
    if all(type(value) is int for value in column):
        return np.array(column, np.int64)
    # Whole numbers with gaps are read as texts: DuckDB would guess their type by the first of them.
    return np.array([value if value is None else str(value) for value in column], object)
