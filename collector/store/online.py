"""Indexes of large tables on PostgreSQL: built while others read and write, ahead of the step that has them.

`CREATE INDEX` alone keeps every writer waiting for as long as it takes, and cannot be tried again in a moment
that is free. Built concurrently it waits for others and nobody waits for it; but not within a transaction.
So a migration names its indexes,

    ONLINE_INDEXES = {"event_by_key": "event (key, id)"}

    def up(migrator, db):
        make_indexes(db, ONLINE_INDEXES)

and they are built before its `up`, which finds them there; on SQLite `up` makes them. A build that is
killed or refused leaves an index that is not valid: the next `fieldpost migrate` builds it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import peewee
from playhouse.migrations import Runner

Indexes = Mapping[str, str]
"""name → what `CREATE INDEX name ON` takes: the table, its columns in brackets, a condition. Columns that the
step itself adds are not there yet: their indexes are a later step's."""

LONGEST_NAME = 63
"""Bytes of a name of PostgreSQL; it cuts longer ones."""

_TABLE = re.compile(r'"?(\w+)"? ?\(')
_LEAVES = """
SELECT leaf.relid::regclass::text FROM pg_class, pg_partition_tree(pg_class.oid) leaf
WHERE pg_class.oid = to_regclass(%s) AND relkind = 'p' AND leaf.isleaf
UNION ALL SELECT %s FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'r'
"""
_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


def make_indexes(db: peewee.Database, indexes: Indexes) -> None:
    """For a step's `up`: those that are not there yet.

    On PostgreSQL they are, by `build_ahead`; of a table in partitions, whose parts have them, this makes the
    whole of them, which takes no time.
    """
    for name, on in indexes.items():
        db.execute_sql(f'CREATE INDEX IF NOT EXISTS "{name}" ON {on}')


def indexes_of(runner: Runner, step: str) -> Indexes:
    """What a migration names as its `ONLINE_INDEXES`."""
    [found] = [one for one in runner.migrations() if one.name == step]
    named: Indexes = getattr(found.load(), "ONLINE_INDEXES", {})
    return named


def build_ahead(database: Any, indexes: Indexes) -> None:
    """Builds what is not there or not valid, outside of any transaction. Raises `peewee.OperationalError`."""
    for name, on in indexes.items():
        if _is_valid(database, name):
            continue
        for part, own_name in _parts(database, name, on):
            if _is_valid(database, own_name):
                continue
            # It waits until everybody who was at it before is done; who reads or writes waits not for it.
            database.execute_sql("SET lock_timeout = 0")
            database.execute_sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{own_name}"')
            of_part = on.replace(table_of(on), part, 1)
            database.execute_sql(f'CREATE INDEX CONCURRENTLY "{own_name}" ON {of_part}')


def table_of(on: str) -> str:
    """The table of an index, as `ONLINE_INDEXES` has it."""
    found = _TABLE.match(on)
    if found is None:
        raise ValueError(f"An index is ON table (columns), not {on!r}.")
    return found[1]


def _parts(database: Any, name: str, on: str) -> Iterator[tuple[str, str]]:
    """The tables that hold the rows, with the name of the index there: partitions each have their own."""
    table = table_of(on)
    found = [str(row[0]) for row in database.execute_sql(_LEAVES, (table, table, table)).fetchall()]
    for part in found:
        yield part, name if part == table else f"{part}_{name}"[:LONGEST_NAME]


def _is_valid(database: Any, name: str) -> bool:
    row = database.execute_sql(_IS_VALID, (f'"{name}"',)).fetchone()
    return row is not None and bool(row[0])
