"""The server's role on a test's PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

from collector.store.database import Database
from collector.store.roles import give, server_role

ROLE = "fieldpost_server"
PASSWORD = "only-here"


def as_the_server(url: str) -> str:
    """The address of an owner's database that is up to date, for the server's role, which is made."""
    with closing(Database(url)) as database:
        statements = server_role(database, ROLE)
        give(database, [*statements, f"ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'"])
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{ROLE}:{PASSWORD}@{parts.hostname}:{parts.port}"))
