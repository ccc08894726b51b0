"""SQLite: a copy by its online backup, as of one moment; and a file put in the place of another.

The copy is one file, without a write-ahead log beside it, so that it can be moved about.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from collector.store.copies.failing import CopyFailed

MAGIC = b"SQLite format 3\0"
PAGES = 4_096
"""So many are copied at a time: 16 MB."""

WAIT_SECONDS = 5
COMPANIONS = ("-wal", "-shm", "-journal")


def copy_file(source: Path, target: Path) -> None:
    """Copies the database at `source`, whoever writes there meanwhile, into the empty file `target`.

    A read transaction is held from the beginning: the copy is as of its moment, holds nobody up, and never
    begins anew because somebody wrote. Raises `CopyFailed`.
    """
    try:
        with (
            contextlib.closing(_connect(source)) as here,
            contextlib.closing(_connect(target)) as there,
        ):
            there.execute("PRAGMA synchronous = OFF")  # it is written out once, when it is whole
            here.execute("BEGIN")
            here.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            here.backup(there, pages=PAGES, sleep=0)
    except sqlite3.Error as error:
        raise CopyFailed(f"{source} could not be copied: {error}.") from error


def require_whole(path: Path) -> None:
    """Reads all of a file: SQLite's integrity check. Raises `CopyFailed`."""
    try:
        with contextlib.closing(_connect(path)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite3.Error as error:
        raise CopyFailed(f"The backup is no whole SQLite database: {error}.") from error
    if found != ["ok"]:
        raise CopyFailed(f"The backup is damaged: {'; '.join(found)}")


def make_single(path: Path) -> None:
    """Ends the write-ahead log of a database that nobody else has open, and writes it out to the disk."""
    with contextlib.closing(_connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    sync(path)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else has the database at `path` open, and nobody can open it before the end of the block.

    Its write-ahead log has been put into it. Raises `CopyFailed`.
    """
    with contextlib.closing(_connect(path)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise CopyFailed(
                f"{path} is in use. Stop the server and whatever else has it open, then restore."
            ) from error
        except sqlite3.DatabaseError as error:
            raise CopyFailed(
                f"{path} cannot be read as a database ({error}). Move it away yourself, with {path.name}-wal "
                "if that is there, then restore."
            ) from error
        assert mode == ("delete",)
        yield


def put_in_place(new: Path, path: Path, kept: Path | None) -> None:
    """Puts the file `new` at `path`; what was there stays as `kept`, if that is given.

    Whenever it is killed, one of the two is at `path`, whole.
    """
    if kept is not None:
        os.link(path, kept)
    os.replace(new, path)
    sync(path.parent)


def remove(path: Path) -> None:
    """A file that was not finished, with what SQLite has put beside it."""
    for one in (path, *(path.with_name(path.name + ending) for ending in COMPANIONS)):
        one.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """A file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
