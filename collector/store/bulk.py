"""INSERTs of many rows, a few statements for all of them.

A statement for each row costs a round of parsing, planning and answering on PostgreSQL, where `unnest` of one
array a column stores any number of rows in one. SQLite has no such round, but Python gives its lock away and
takes it again for each statement that is stepped through: a long list of VALUES costs a sixth less, and lets
other threads work meanwhile.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

from peewee import BigIntegerField, IntegerField, SmallIntegerField, TextField

_VALUES = re.compile(r"\(([^()]*)\) VALUES (\([^()]*\))")
_TYPES = {
    BigIntegerField: "bigint",
    IntegerField: "integer",
    SmallIntegerField: "smallint",
    TextField: "text",
}
SIZES = (256, 16)
"""Rows that one statement of SQLite stores; what is left is stored row by row. SQLite takes 32,766 values."""

NULL = math.nan
"""What SQLite stores as NULL, as it has no NaN. For each None Python's `sqlite3` looks in vain for something
to make of it: binding one takes as long as seven numbers, and an event has a dozen."""

Rows = Sequence[Sequence[Any]]


class Bulk(Protocol):
    """An INSERT for any number of rows."""

    def execute(self, cursor: Any, rows: Rows) -> int:
        """Stores the rows; how many it touched."""


class Unnested:
    """PostgreSQL's, from that of one row of a `model`: its parameters are columns.

    As all rows are of one statement, no two of them may have the same key. `write` gives the text for one
    row. It is not asked before there is one: a store has dozens of statements, most processes use a few.
    """

    def __init__(self, write: Callable[[], str], model: Any) -> None:
        self._write = write
        self._model = model

    def execute(self, cursor: Any, rows: Rows) -> int:
        cursor.execute(self._sql, [list(column) for column in zip(*rows, strict=True)])
        return int(cursor.rowcount)

    @cached_property
    def _sql(self) -> str:
        sql = self._write()
        found = _values(sql)
        names = [name.strip(' "') for name in found[1].split(",")]
        arrays = ", ".join(f"%s::{_type_of(self._model, name)}[]" for name in names)
        return f"{sql[: found.start()]}({found[1]}) SELECT * FROM unnest({arrays}){sql[found.end() :]}"


class Listed:
    """SQLite's, from that of one row, which `write` gives: long lists of rows first, then row by row."""

    def __init__(self, write: Callable[[], str]) -> None:
        self._write = write

    def execute(self, cursor: Any, rows: Rows) -> int:
        done = touched = 0
        for size, sql in self._longer:
            while len(rows) - done >= size:
                cursor.execute(sql, _bound(rows[done : done + size]))
                touched += cursor.rowcount
                done += size
        if done < len(rows):
            cursor.executemany(self._sql, [_bound([row]) for row in rows[done:]])
            touched += cursor.rowcount
        return touched

    @cached_property
    def _sql(self) -> str:
        # Whoever inserts takes the whole transaction back when a row is refused. To take back the statement
        # alone, as SQLite does by itself, it would copy each page that the statement writes to.
        return self._write().replace("INSERT INTO", "INSERT OR FAIL INTO", 1)

    @cached_property
    def _longer(self) -> list[tuple[int, str]]:
        found = _values(self._sql)
        begin, row, end = self._sql[: found.start(2)], found[2], self._sql[found.end() :]
        return [(size, f"{begin}{', '.join([row] * size)}{end}") for size in SIZES]


def _bound(rows: Rows) -> list[Any]:
    """The values of these rows, one after the other."""
    return [NULL if value is None else value for row in rows for value in row]


def _values(sql: str) -> re.Match[str]:
    found = _VALUES.search(sql)
    assert found is not None, sql
    return found


def _type_of(model: Any, column: str) -> str:
    return _TYPES[type(model._meta.columns[column])]
