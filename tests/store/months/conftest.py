"""A shop on PostgreSQL, where tables have months, and its owner's connection."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.cast import EVERY_TYPE, Shop


@pytest.fixture
def ready_database_url(postgresql_ready_database_url: str) -> str:
    return postgresql_ready_database_url


@pytest.fixture
def kept(shop: Shop) -> Shop:
    shop.define(EVERY_TYPE)
    return shop


@pytest.fixture
def owners(kept: Shop) -> Iterator[psycopg.Connection]:
    with psycopg.connect(kept.store.database.url, autocommit=True) as connection:
        yield connection
