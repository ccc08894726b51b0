"""An older copy of a database, made and brought back by the product's own means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collector.store.copies.copying import copy, fill_database, prepare_file, url_of
from collector.store.database import Database
from tests.servers.postgres import PostgresServer


@contextmanager
def programs_of(server: PostgresServer) -> Iterator[None]:
    """The programs of this server's version come first on the PATH: an older pg_dump refuses it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
        yield


@contextmanager
def copy_of(url: str, folder: Path, server: PostgresServer | None) -> Iterator[str]:
    """The URL of a database of the same kind that holds what this one does now; `server` is PostgreSQL's."""
    file = folder / "copy.db"
    file.touch()
    if server is None:
        with closing(Database(url)) as database:
            copy(database, file)
        prepare_file(file)
        yield url_of(file)
        return
    with programs_of(server), server.database() as fresh:
        with closing(Database(url)) as database:
            copy(database, file)
        fill_database(file, fresh)
        yield fresh
