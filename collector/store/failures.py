"""How databases say that something cannot be done, and what is made of it."""

from __future__ import annotations

import sqlite3

import peewee
from playhouse.pool import MaxConnectionsExceeded

from collector.core.problems import Problem

RETRY_SECONDS = 2

UNAVAILABLE = (
    peewee.OperationalError,  # gone, locked, full, too slow
    peewee.InterfaceError,  # the connection was lost before this use of it
    peewee.InternalError,  # PostgreSQL's word for "read-only", as after a failover
    MaxConnectionsExceeded,
)


def unavailable() -> Problem:
    """What whoever needs the database hears while it cannot be used."""
    return Problem(
        "storage-unavailable",
        "The database cannot be used right now. Nothing of this request was stored; send it again.",
        retry_after=RETRY_SECONDS,
    )


def is_busy(error: peewee.OperationalError) -> bool:
    """Whether SQLite said that somebody else writes."""
    code = getattr(error.__cause__ or error.__context__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def as_peewee(error: Exception) -> Exception:
    """A driver's error as peewee's of the same name, which is what the rest of the room catches."""
    for cls in type(error).__mro__:
        known = getattr(peewee, cls.__name__, None)
        if isinstance(known, type) and issubclass(known, peewee.PeeweeException):
            return known(*error.args)
    return error
