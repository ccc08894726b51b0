"""Look-ups of many values at once: statements that peewee built once, one for each size that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from collector.store.database import Database

Values = Sequence[Any]


class Lookup:
    """Rows by some fixed values and one of many.

    `build` makes the query for sample values of the many; the fixed ones come before them in its text. Sizes
    are rounded up to powers of two, the last value repeated, so that there are few statements.
    """

    def __init__(self, database: Database, build: Callable[[Values], Any]) -> None:
        self._db = database
        self._build = build
        self._statements: dict[int, str] = {}

    def rows(self, fixed: Sequence[Any], values: Values) -> list[tuple[Any, ...]]:
        """The rows as tuples of the query's columns; `values` are not empty."""
        size = 1 << (len(values) - 1).bit_length()
        statement = self._statements.get(size)
        if statement is None:
            statement = self._statements[size] = self._db.statement(self._build([""] * size))
        return self._db.fetch(statement, [*fixed, *values, *([values[-1]] * (size - len(values)))])
