"""Two roles on PostgreSQL: the owner, who makes tables and migrates, and the server's, which uses them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from collector.store.database import Database, UnusableDatabase

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
HISTORY = "schema_migration"
NEVER_DELETED = (
    "api_key",
    "audit",
    "definition",
    "erased_name",
    "erasure",
    "events_gone",
    "job",
    "ledger",
    "node",
    "person",
    "rejections_gone",
    "section",
    "section_secret",
    "snippet_file",
    "version",
)
"""Tables whose rows stay for good: books, memory, logs, and what is only ever revoked or hidden."""


def server_role(database: Database, name: str) -> list[str]:
    """The statements that make the role `name` the server's, to be executed by the owner, in one transaction.

    It may be executed again: what the role had before is taken away first. Tables of later migrations are
    for it too, by the owner's default privileges. Raises `UnusableDatabase` on SQLite, for a name that is
    none, and for the owner's own.
    """
    if database.is_sqlite:
        raise UnusableDatabase("SQLite has no roles: who may read the file may read everything.")
    if not NAME.fullmatch(name):
        raise UnusableDatabase(f"{name!r} is no name of a role: a to z, digits and _, at most 63 of them.")
    with database.connected():
        query = "SELECT current_user::text, current_schema()::text, current_database()::text"
        owner, schema, catalogue = database.peewee.execute_sql(query).fetchone()
    if name == owner:
        raise UnusableDatabase(f"{name} is the owner, who may do everything: the server takes another role.")
    return _statements(name, quoted(owner), quoted(schema), quoted(catalogue))


def give(database: Database, statements: Sequence[str]) -> None:
    """Executes what `server_role` gave: all of it or nothing."""
    with database.writing():
        for statement in statements:
            database.peewee.execute_sql(statement)


def quoted(name: str) -> str:
    """An identifier as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _statements(role: str, owner: str, schema: str, catalogue: str) -> list[str]:
    tables, sequences = f"ALL TABLES IN SCHEMA {schema}", f"ALL SEQUENCES IN SCHEMA {schema}"
    later = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}"
    kept = ", ".join(f"{schema}.{table}" for table in NEVER_DELETED)
    return [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN"
        f" CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE; END IF; END $$",
        # Before version 15, everybody could make tables in `public`; temporary ones still.
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
        f"REVOKE CREATE, TEMPORARY ON DATABASE {catalogue} FROM PUBLIC, {role}",
        f"GRANT CONNECT ON DATABASE {catalogue} TO {role}",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"REVOKE ALL ON {tables} FROM {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}",
        f"REVOKE DELETE ON {kept} FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON {schema}.{HISTORY} FROM {role}",
        # To read a sequence is for pg_dump: backups are made as the server's role too.
        f"GRANT USAGE, SELECT ON {sequences} TO {role}",
        f"{later} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"{later} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ]
