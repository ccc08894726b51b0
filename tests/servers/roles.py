"""The server's role on a test's PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from urllib.parse import urlsplit, urlunsplit

from collector.store.database import Database
from collector.store.roles import give, server_role

ROLE = "fieldpost_server"
PASSWORD = "only-here"


@cache
def _given_to_the_server(url: str) -> None:
    """Once for each database: a test that changed whose things are would have made its layout another one."""
    with closing(Database(url)) as database:
        statements = server_role(database, ROLE)
        give(database, [*statements, f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'"])


def as_the_server(url: str) -> str:
    """The address of an owner's database that is up to date, for the server's role, which is made."""
    _given_to_the_server(url)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{ROLE}:{PASSWORD}@{parts.hostname}:{parts.port}"))
