"""Values in JSON text, in the SQL of either database: exact digits, and the same letters in lower case.

SQLite has neither exact numbers nor letters beyond ASCII: there, functions of ours do it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import peewee
from peewee import fn

from collector.core.segments.passing import TIME_PATTERN, find, sign_of, text_of, time_of
from collector.core.segments.tree import FOLDED, fold
from collector.store.segments.sums import summed_anywhere

_UPPER, _LOWER = "".join(map(chr, FOLDED)), "".join(FOLDED.values())

Steps = tuple[str | int, ...]


class Dialect(Protocol):
    """Each of the values is NULL where there is none of the kind."""

    def is_one_of(self, column: Any, numbers: Sequence[int]) -> Any:
        """That a column has one of so many numbers that they would be too many parameters."""
        ...

    def summed(self, column: Any) -> Any:
        """A sum of whole numbers that is divided as one."""
        ...

    def is_there(self, document: Any, steps: Steps) -> Any:
        """That there is a value other than null; never NULL itself."""
        ...

    def text(self, document: Any, steps: Steps) -> Any:
        """A text; of a number its digits, of a truth value `true` or `false`."""
        ...

    def compared(self, document: Any, steps: Steps, number: Decimal) -> Any:
        """Whether a number is less than (below 0), equal to (0) or greater than (above 0) another one."""
        ...

    def time(self, document: Any, steps: Steps) -> Any:
        """A date, or a moment in UTC without its Z, as a text that sorts by bytes."""
        ...

    def has(self, text: Any, part: str) -> Any:
        """That a text has a part in it, in upper or lower case."""
        ...


class OnSqlite:
    def is_one_of(self, column: Any, numbers: Sequence[int]) -> Any:
        listed = peewee.SQL("(SELECT value FROM json_each(?))", [json.dumps(numbers)])
        return peewee.Expression(column, "IN", listed)

    def summed(self, column: Any) -> Any:
        return fn.SUM(column)

    def is_there(self, document: Any, steps: Steps) -> Any:
        return fn.fieldpost_kind(document, _path(steps)) != "null"

    def text(self, document: Any, steps: Steps) -> Any:
        return fn.fieldpost_text(document, _path(steps))

    def compared(self, document: Any, steps: Steps, number: Decimal) -> Any:
        return fn.fieldpost_compared(document, _path(steps), str(number))

    def time(self, document: Any, steps: Steps) -> Any:
        return fn.fieldpost_time(document, _path(steps))

    def has(self, text: Any, part: str) -> Any:
        return fn.instr(fn.fieldpost_fold(text), fold(part)) > 0


class OnPostgresql:
    def is_one_of(self, column: Any, numbers: Sequence[int]) -> Any:
        return peewee.Expression(column, "=", peewee.SQL("ANY(%s::bigint[])", [list(numbers)]))

    def summed(self, column: Any) -> Any:
        return summed_anywhere(column)

    def is_there(self, document: Any, steps: Steps) -> Any:
        return fn.COALESCE(fn.json_typeof(_value(document, steps)), "null") != "null"

    def text(self, document: Any, steps: Steps) -> Any:
        return self._of_kinds(document, steps, "string", "number", "boolean")

    def compared(self, document: Any, steps: Steps, number: Decimal) -> Any:
        value = self._of_kinds(document, steps, "number").cast("NUMERIC")
        return fn.SIGN(value - peewee.Value(str(number)).cast("NUMERIC"))

    def time(self, document: Any, steps: Steps) -> Any:
        text = self._of_kinds(document, steps, "string")
        is_time = peewee.Expression(text, "~", f"^{TIME_PATTERN}$")
        by_bytes = peewee.Expression(fn.RTRIM(text, "Z"), "COLLATE", peewee.SQL('"C"'))
        return peewee.Case(None, [(is_time, by_bytes)])

    def has(self, text: Any, part: str) -> Any:
        return fn.STRPOS(fn.TRANSLATE(text, _UPPER, _LOWER), fold(part)) > 0

    def _of_kinds(self, document: Any, steps: Steps, *kinds: str) -> Any:
        is_one = fn.json_typeof(_value(document, steps)).in_(kinds)
        text = peewee.Expression(_value(document, steps[:-1]), "->>", steps[-1])
        return peewee.Case(None, [(is_one, text)])


def register(database: peewee.SqliteDatabase) -> None:
    """Gives every connection of an SQLite database the functions that it lacks."""
    for function, count in ((_kind, 2), (_text, 2), (_compared, 3), (_time, 2), (_fold, 1)):
        database.register_function(function, "fieldpost" + function.__name__, count, deterministic=True)


def _value(document: Any, steps: Steps) -> Any:
    # The type json keeps the text of a number as it is; jsonb would not.
    value = document.cast("JSON")
    for step in steps:
        value = peewee.Expression(value, "->", step)
    return value


def _path(steps: Steps) -> str:
    return json.dumps(steps)


def _kind(document: str, path: str) -> str:
    return "null" if _find(document, path) is None else "value"


def _text(document: str, path: str) -> str | None:
    return text_of(_find(document, path))


def _compared(document: str, path: str, number: str) -> int | None:
    return sign_of(_find(document, path), Decimal(number))


def _time(document: str, path: str) -> str | None:
    return time_of(_find(document, path))


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)


def _find(document: str, path: str) -> Any:
    return find(document, _steps(path))


@lru_cache(maxsize=256)
def _steps(path: str) -> Steps:
    return tuple(json.loads(path))
