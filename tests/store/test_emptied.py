"""The tests' own databases of PostgreSQL: one that is used again is as if it had just been made."""

from __future__ import annotations

import psycopg

from tests.servers.emptied import Emptied
from tests.servers.postgres import PostgresServer


def test_what_a_test_leaves_is_gone_and_what_was_there_at_first_is_not(
    postgres: PostgresServer, postgresql_ready: str
) -> None:
    databases = Emptied(postgres, postgresql_ready)
    with databases.database() as first, psycopg.connect(first) as connection:
        steps = _count(connection, "schema_migration")
        connection.execute("INSERT INTO erasure (section, secret, until) VALUES ('shop', '', 1)")
        connection.execute("DELETE FROM schema_migration")
        connection.commit()
    with databases.database() as again, psycopg.connect(again) as connection:
        assert again == first
        assert _count(connection, "erasure") == 0
        assert _count(connection, "schema_migration") == steps > 0
    databases.close()


def test_a_database_with_another_layout_is_not_used_again(
    postgres: PostgresServer, postgresql_ready: str
) -> None:
    databases = Emptied(postgres, postgresql_ready)
    with databases.database() as first, psycopg.connect(first) as connection:
        connection.execute("ALTER TABLE section ADD COLUMN colour text")
    with databases.database() as second:
        assert second != first
    databases.close()


def test_a_database_whose_connections_a_test_has_ended_is_not_used_again(
    postgres: PostgresServer, postgresql_ready: str
) -> None:
    databases = Emptied(postgres, postgresql_ready)
    with databases.database() as first, psycopg.connect(first) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with databases.database() as second:
        assert second != first
    databases.close()


def _count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert found is not None
    return int(found[0])
