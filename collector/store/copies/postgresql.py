"""PostgreSQL: its own programs make a copy, as of a snapshot that we have open, and bring it back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import psycopg

from collector.store.copies.failing import CopyFailed
from collector.store.database import Database

MAGIC = b"PGDMP"
LOCK_WAIT = "60s"
"""For so long a copy waits for a table that somebody alters."""

DEBIAN = Path("/usr/lib/postgresql")

T = TypeVar("T")


def copy_database(database: Database, target: Path, meanwhile: Callable[[], T]) -> T:
    """Writes what `pg_dump` makes of the database into `target`, and does `meanwhile` as of the same moment.

    Raises `CopyFailed`.
    """
    dump = program("pg_dump")
    with database.snapshot():
        # pg_dump takes the snapshot over after it has connected: until then this transaction has to stay.
        database.peewee.execute_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        snapshot = str(database.peewee.execute_sql("SELECT pg_export_snapshot()").fetchone()[0])
        words = [
            *(dump, "--format=custom", f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}"),
            *(f"--file={target}", f"--dbname={address(database.url)}"),
        ]
        process = subprocess.Popen(
            words, env=environment(database.url), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            found = meanwhile()
            _, said = process.communicate()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        raise CopyFailed(f"pg_dump failed: {_words(said)}")
    return found


def require_whole(path: Path) -> None:
    """Reads all of a copy. Raises `CopyFailed`."""
    done = subprocess.run(
        [program("pg_restore"), "--file=-", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode:
        raise CopyFailed(f"The backup is no whole copy of a PostgreSQL database: {_words(done.stderr)}")


def bring_back(path: Path, url: str) -> None:
    """Fills the empty database at `url` from a copy: all of it or nothing. Raises `CopyFailed`."""
    words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    done = subprocess.run(
        [program("pg_restore"), *words, f"--dbname={address(url)}", str(path)],
        env=environment(url),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise CopyFailed(f"pg_restore failed, and nothing was stored: {_words(done.stderr)}")


def require_empty(database: Database) -> None:
    """Raises `CopyFailed` if there is a table, `Problem("storage-unavailable")`."""
    tables = database.tables()
    if tables:
        raise CopyFailed(
            f"There is something in this database already ({', '.join(tables[:3])} …). Restore into an empty "
            "one (createdb) and let FIELDPOST_DATABASE lead there: so the old one stays as it is."
        )


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is: on the PATH, else Debian's newest. Raises `CopyFailed`."""
    found = shutil.which(name)
    if found is None:
        installed = DEBIAN.glob(f"*/bin/{name}")
        newest = max(installed, key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0), default=None)
        found = str(newest) if newest is not None else None
    if found is None:
        raise CopyFailed(
            f"A copy of PostgreSQL is made by its own {name}, and there is none here: install the client "
            "programs of your server's version (on Debian: apt-get install postgresql-client)."
        )
    return found


def address(url: str) -> str:
    """The address without its password: everybody on the machine sees a program's words."""
    parts: dict[str, object] = dict(psycopg.conninfo.conninfo_to_dict(url))
    parts.pop("password", None)
    return psycopg.conninfo.make_conninfo(**parts)  # type: ignore[arg-type]


def environment(url: str) -> dict[str, str]:
    password = psycopg.conninfo.conninfo_to_dict(url).get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password is not None else {})}


def _words(said: bytes) -> str:
    """What went wrong, without the statement that it went wrong with."""
    lines: Sequence[str] = said.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if ": error:" in line]
    return " ".join((errors or lines)[-3:]) or "it did not say why."
