"""INSERTs of many rows, a few statements for all of them.

A statement for each row costs a round of parsing, planning and answering on PostgreSQL, where `unnest` of one
array a column stores any number of rows in one. SQLite has no such round, but Python gives its lock away and
takes it again for each statement that is stepped through: a long list of VALUES costs a sixth less, and lets
other threads work meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
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

Rows = Sequence[Sequence[Any]]


class Bulk(Protocol):
    """An INSERT for any number of rows."""

    def execute(self, cursor: Any, rows: Rows) -> int:
        """Stores the rows; how many it touched."""


@dataclass(frozen=True, slots=True)
class Unnested:
    """PostgreSQL's: its parameters are columns. As all rows are of one statement, no key may come twice."""

    sql: str

    def execute(self, cursor: Any, rows: Rows) -> int:
        cursor.execute(self.sql, [list(column) for column in zip(*rows, strict=True)])
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Listed:
    """SQLite's: the text for one row, and those for several, the longest list first."""

    sql: str
    longer: tuple[tuple[int, str], ...]

    def execute(self, cursor: Any, rows: Rows) -> int:
        done = touched = 0
        for size, sql in self.longer:
            while len(rows) - done >= size:
                cursor.execute(sql, tuple(chain.from_iterable(rows[done : done + size])))
                touched += cursor.rowcount
                done += size
        if done < len(rows):
            cursor.executemany(self.sql, rows[done:])
            touched += cursor.rowcount
        return touched


def unnested(sql: str, model: Any) -> Unnested:
    """PostgreSQL's INSERT of one row, for many."""
    found = _values(sql)
    names = [name.strip(' "') for name in found[1].split(",")]
    arrays = ", ".join(f"%s::{_type_of(model, name)}[]" for name in names)
    return Unnested(f"{sql[: found.start()]}({found[1]}) SELECT * FROM unnest({arrays}){sql[found.end() :]}")


def listed(sql: str) -> Listed:
    """SQLite's INSERT of one row, for many."""
    found = _values(sql)
    begin, row, end = sql[: found.start(2)], found[2], sql[found.end() :]
    return Listed(sql, tuple((size, f"{begin}{', '.join([row] * size)}{end}") for size in SIZES))


def _values(sql: str) -> re.Match[str]:
    found = _VALUES.search(sql)
    assert found is not None, sql
    return found


def _type_of(model: Any, column: str) -> str:
    return _TYPES[type(model._meta.columns[column])]
