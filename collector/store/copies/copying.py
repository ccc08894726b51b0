"""A verified copy of a database, and a database out of a copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import peewee
from peewee import fn

from collector.store.copies import postgresql, sqlite
from collector.store.copies.failing import CopyFailed
from collector.store.database import Database
from collector.store.models import Event
from collector.store.recount import recount
from collector.store.steps import Steps, steps


@dataclass(frozen=True, slots=True)
class Content:
    """What a copy holds. `events` is None where its schema is not this program's: then nothing was counted.

    `step` is its last migration; `differences` are sentences of the recount.
    """

    kind: str
    step: str
    events: int | None
    differences: tuple[str, ...]


def copy(database: Database, target: Path) -> Content:
    """Copies the database as of one moment into the empty file `target`, reads it again and recounts it.

    Nothing is migrated, so that an older database can be kept before an upgrade. Raises `CopyFailed`,
    `Problem("storage-unavailable")`.
    """
    with _readable():
        taken = steps(database)
        if not taken.taken:
            raise CopyFailed("There is nothing to copy: this database was never used.")
        if database.is_sqlite:
            sqlite.copy_file(file_of(database.url), target)
            return _looked_through(target, taken)
        content = postgresql.copy_database(database, target, lambda: _content(database, taken))
    postgresql.require_whole(target)
    sqlite.sync(target)
    return content


def prepare_file(path: Path) -> Content:
    """Reads all of a copy of a SQLite database, and brings it up to date.

    Raises `CopyFailed`, `NewerDatabase`.
    """
    sqlite.require_whole(path)
    with _readable(), closing(Database(url_of(path))) as database:
        if not steps(database).taken:
            raise CopyFailed("This is a SQLite database, but none of Fieldpost's.")
        database.migrate()
        taken = steps(database)
    return _looked_through(path, taken)


def fill_database(path: Path, url: str) -> Content:
    """Fills an empty PostgreSQL database from a copy, and brings it up to date.

    Raises `CopyFailed`, `NewerDatabase`, `Problem("storage-unavailable")`.
    """
    postgresql.require_whole(path)
    with closing(Database(url)) as database:
        postgresql.require_empty(database)
        postgresql.bring_back(path, url)
        if not steps(database).taken:
            raise CopyFailed("This is a copy of a PostgreSQL database, but of none of Fieldpost's.")
        database.migrate()
        return _content(database, steps(database))


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@contextmanager
def _readable() -> Iterator[None]:
    """Inside, a database that cannot be read as one is a copy that failed."""
    try:
        yield
    except peewee.DatabaseError as error:
        raise CopyFailed(f"The database cannot be read: {error}. See fieldpost doctor.") from error


def _looked_through(path: Path, taken: Steps) -> Content:
    sqlite.require_whole(path)
    with closing(Database(url_of(path))) as database:
        content = _content(database, taken)
    sqlite.make_single(path)
    return content


def _content(database: Database, taken: Steps) -> Content:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if not taken.is_current:
        return Content(kind, (taken.taken + taken.unknown)[-1], None, ())
    with database.snapshot():
        differences = tuple(
            difference.sentence() for one in recount(database) for difference in one.differences
        )
        row = database.row(Event.select(fn.COUNT(Event.id).alias("n")))
    return Content(kind, taken.taken[-1], int(row["n"]) if row else 0, differences)
