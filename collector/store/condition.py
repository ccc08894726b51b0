"""In what condition the database itself is: how far migrated, how durable, how much room it has."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from collector.store.database import MIGRATIONS, Database

DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on remote_write remote_apply local",
}
"""Settings of PostgreSQL without which a commit may be lost in a power cut, and what they may be."""


@dataclass(frozen=True, slots=True)
class Room:
    """Free and total bytes of the disk that the database is on."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Connections:
    """How many a server of PostgreSQL has, of everybody and to all its databases, and how many it takes."""

    taken: int
    most: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What the database says of itself.

    `step` is the last migration. `not_durable`: the settings because of which a power cut may take back what
    was acknowledged. `damage`: what an integrity check found. `clock` is its clock in microseconds and `room`
    that of its disk; None where the one is this machine's, the other cannot be seen from here.
    `connections` are None on SQLite.
    """

    kind: str
    step: str
    not_durable: tuple[str, ...]
    damage: tuple[str, ...]
    clock: int | None
    room: Room | None
    connections: Connections | None


def condition(database: Database) -> Condition:
    """Raises `Problem("storage-unavailable")`. On SQLite it reads the whole file once."""
    with database.connected():
        step = max(
            one.name for one in Runner(database.peewee, directory=str(MIGRATIONS)).status() if one.applied
        )
        return _of_sqlite(database, step) if database.is_sqlite else _of_postgres(database, step)


def _of_sqlite(database: Database, step: str) -> Condition:
    not_durable = []
    if _value(database, "PRAGMA journal_mode") != "wal":
        not_durable.append("the file system has no write-ahead log (journal_mode)")
    if int(_value(database, "PRAGMA synchronous")) < 2:
        not_durable.append("synchronous")
    found = [str(row[0]) for row in database.peewee.execute_sql("PRAGMA quick_check(10)").fetchall()]
    usage = shutil.disk_usage(Path(database.url.removeprefix("sqlite:///")).absolute().parent)
    return Condition(
        kind="SQLite",
        step=step,
        not_durable=tuple(not_durable),
        damage=() if found == ["ok"] else tuple(found),
        clock=None,
        room=Room(usage.free, usage.total),
        connections=None,
    )


def _of_postgres(database: Database, step: str) -> Condition:
    not_durable = [
        f"{name} = {value}"
        for name, good in DURABLE.items()
        if (value := str(_value(database, f"SHOW {name}"))) not in good.split()
    ]
    return Condition(
        kind=f"PostgreSQL {_value(database, 'SHOW server_version')}",
        step=step,
        not_durable=tuple(not_durable),
        damage=(),
        clock=int(_value(database, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")),
        room=None,
        connections=Connections(
            int(_value(database, "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL")),
            int(_value(database, "SHOW max_connections"))
            - int(_value(database, "SHOW superuser_reserved_connections")),
        ),
    )


def _value(database: Database, sql: str) -> Any:
    return database.peewee.execute_sql(sql).fetchone()[0]
