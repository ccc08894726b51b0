"""Taking steps of the schema on PostgreSQL: only by its owner, and without making anybody wait.

Whoever waits for an exclusive lock on a table makes everybody who comes later wait behind it, readers too.
So a step waits for a lock for a moment only; it is undone, others go on, and it is tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import peewee

MOMENT = 0.5
"""For how many seconds a step may wait for a lock, with others behind it."""
PAUSE = 1.0
LOOK = 0.2
"""Seconds between two looks whether another process is done with its migration."""
TRIES = 1_200

T = TypeVar("T")

_LOCK_NOT_AVAILABLE = "55P03"
_MAY = (
    "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AND coalesce((SELECT"
    " pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('schema_migration')), true)"
)


def whose(database: Any) -> str | None:
    """The role of this connection, if it may not make tables or they are another's; else None."""
    is_owner, role = database.execute_sql(f"SELECT ({_MAY}), current_user::text").fetchone()
    return None if is_owner else str(role)


def in_a_free_moment(database: Any, work: Callable[[], T], tries: int = TRIES) -> T:
    """Does what needs a table for itself, in transactions of its own, as soon as nobody holds the table.

    Raises `peewee.OperationalError` if there is no such moment in about so many seconds. From then on this
    connection waits for a moment only, until the end of its `Database.unhurried`.
    """
    database.execute_sql(f"SET lock_timeout = '{int(MOMENT * 1000)}ms'")
    for _ in range(tries - 1):
        try:
            return work()
        except peewee.OperationalError as error:
            if getattr(error.__cause__ or error.__context__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
        time.sleep(PAUSE)
    return work()


def take_turn(database: Any, lock: int) -> None:
    """Waits until no other process migrates; this session's advisory lock is held then.

    It asks now and then, as whoever waits within a statement holds up an index that is built concurrently.
    """
    while not database.execute_sql("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()[0]:
        time.sleep(LOOK)
