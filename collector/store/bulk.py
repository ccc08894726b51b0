"""INSERTs that take whole columns: on PostgreSQL one statement stores any number of rows.

A statement for each row costs a round of parsing, planning and answering for each; `unnest` of one array a
column costs one. As all rows are of one statement, no two of them may have the same key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import BigIntegerField, IntegerField, SmallIntegerField, TextField

_VALUES = re.compile(r"\(([^()]*)\) VALUES \([^()]*\)")
_TYPES = {
    BigIntegerField: "bigint",
    IntegerField: "integer",
    SmallIntegerField: "smallint",
    TextField: "text",
}


@dataclass(frozen=True, slots=True)
class Bulk:
    """The text of such an INSERT; its parameters are columns."""

    sql: str

    def parameters(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        return [list(column) for column in zip(*rows, strict=True)]


def in_bulk(sql: str, model: Any) -> Bulk:
    """The same INSERT of one row, for many."""
    found = _VALUES.search(sql)
    assert found is not None, sql
    names = [name.strip(' "') for name in found[1].split(",")]
    arrays = ", ".join(f"%s::{_type_of(model, name)}[]" for name in names)
    return Bulk(f"{sql[: found.start()]}({found[1]}) SELECT * FROM unnest({arrays}){sql[found.end() :]}")


def _type_of(model: Any, column: str) -> str:
    return _TYPES[type(model._meta.columns[column])]
