"""Months that another role than the owner makes, on PostgreSQL: whatever it makes is the owner's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from collector.core.retention import DAY
from collector.store.database import Database
from collector.store.months import Months
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.conftest import open_shop
from tests.servers.postgres import PostgresServer
from tests.store.three_months import asked, begin_event_months, fill, require_exact

STRANGERS = """
SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relowner <> {owner}
UNION ALL
SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proowner <> {owner}
"""


@pytest.fixture
def superusers(postgres: PostgresServer) -> Iterator[str]:
    """The superuser's address of an empty database that is another's."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["public", "fieldpost"])
def kept(request: pytest.FixtureRequest, superusers: str) -> Iterator[Shop]:
    """A shop in the tables of an owner who is no superuser, in a schema that its address names."""
    name, schema = f"owner_{secrets.token_hex(4)}", request.param
    with psycopg.connect(superusers, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'only-here'".encode())
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
        connection.execute(f"ALTER SCHEMA {schema} OWNER TO {name}".encode())
        shop = open_shop(_in(schema, _as(name, superusers)))
        shop.define(EVERY_TYPE)
        yield shop
        shop.store.close()
        connection.execute(f"DROP OWNED BY {name} CASCADE".encode())
        connection.execute(f"DROP ROLE {name}".encode())


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_a_superuser_makes_is_the_owner_s(kept: Shop, superusers: str, is_killed: bool) -> None:
    fill(kept, "before")
    _, _, options = kept.store.database.url.partition("?")
    with closing(Database(f"{superusers}?{options}")) as database:
        Months(database).keep_up(NOON, large_events=0, goes_on=lambda: not is_killed)
        fill(kept, "meanwhile")
        begin_event_months(kept)
        fill(kept, "after")
        Months(database).keep_up(NOON, large=0)
    strangers = STRANGERS.format(owner="(SELECT relowner FROM pg_class WHERE oid = to_regclass('event'))")
    assert asked(kept, strangers) == []
    made = kept.store.months.keep_up(NOON + 30 * DAY, large=0).made
    assert made == ("change_from_2026_11", "rejection_from_2026_11", "event_from_2026_11")
    fill(kept, "later")
    require_exact(kept)


def _as(name: str, url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:only-here@{parts.hostname}:{parts.port}"))


def _in(schema: str, url: str) -> str:
    return f"{url}?options=-c%20search_path%3D{schema}"
