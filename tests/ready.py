"""SQLite files for tests: up to date by a copy of one that was made once, and written without waiting.

The server waits until what it commits is on the disk. A test ends before the power goes: for those in its
own process SQLite hands over to the system and goes on, as the tests' PostgreSQL does. A real server that a
test starts is another process, and waits.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from collector.store import database as store
from collector.store.database import Database, SqlitePool

SQLITE = "sqlite:///"


def unhurried(path: str, *, pragmas: dict[str, Any], **rest: Any) -> Any:
    """As the store opens it, but that no commit waits for the disk."""
    return SqlitePool(path, pragmas={**pragmas, "synchronous": "off"}, **rest)


def use(patch: pytest.MonkeyPatch) -> None:
    """From now on, nothing that this process writes with SQLite waits for the disk."""
    patch.setattr(store, "SqlitePool", unhurried)


def as_always(patch: pytest.MonkeyPatch) -> None:
    """For tests of how durable it is."""
    patch.setattr(store, "SqlitePool", SqlitePool)


@cache
def sqlite_file() -> bytes:
    """What is in the file."""
    with tempfile.TemporaryDirectory(prefix="fieldpost-ready-") as folder:
        path = Path(folder) / "fieldpost.db"
        bring_up_to_date(f"{SQLITE}{path}")
        return path.read_bytes()


def bring_up_to_date(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


def begin(url: str) -> None:
    """Where an SQLite file is to be and is not there yet, it is one that is up to date."""
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and path.parent.is_dir() and not path.exists() and path.is_absolute():
        path.write_bytes(sqlite_file())
