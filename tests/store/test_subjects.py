"""What every database must do with definitions and keys, and with its own schema.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from collector.core.definitions import Definition
from collector.core.permissions import SCOPES, parse_grants
from collector.core.problems import Problem
from collector.store.database import Database, NewerDatabase, UnusableDatabase
from collector.store.keys import KeyRequest
from collector.store.opening import open_store
from tests.cast import ADMIN, EVERY_TYPE, NOON, Clock, Shop


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


# Definitions, keys, sections


def test_a_definition_comes_back_as_it_was_made(shop: Shop) -> None:
    made = shop.define({**EVERY_TYPE, "tags": ["web", "å"], "description": "ü", "owner": "Ada"})
    again = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    assert again.definitions.find("shop", "order.completed") == made
    assert again.definitions.by_id(made.id) == made
    assert again.definitions.by_id(made.versions[0].id) == made
    again.close()


def test_a_name_is_taken_once_in_a_section_and_free_in_another(shop: Shop, definition: Definition) -> None:
    with pytest.raises(Problem) as refusal:
        shop.define(EVERY_TYPE)
    assert refusal.value.code == "name-taken"
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    assert shop.define(EVERY_TYPE, section="other").section_id == "other"


def test_a_key_is_found_by_its_secret_and_by_nothing_else(shop: Shop) -> None:
    request = KeyRequest("shop", "till", frozenset(SCOPES), parse_grants(["email:read"]), frozenset({"a"}))
    key, secret = shop.store.keys.create(request, ADMIN, NOON)
    assert shop.store.keys.by_secret(secret) == key
    for wrong in ("", "fp_", secret[:-1], secret + "x", secret.upper(), "fp_" + "0" * 13 + secret[16:]):
        assert shop.store.keys.by_secret(wrong) is None


def test_a_revoked_key_opens_nothing_on_another_server_after_two_seconds(shop: Shop) -> None:
    key, secret = shop.store.keys.create(
        KeyRequest("shop", "till", frozenset(SCOPES), parse_grants([]), None), ADMIN, NOON
    )
    elsewhere = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    assert elsewhere.keys.by_secret(secret) == key
    shop.store.keys.revoke(key.id, ADMIN, NOON)
    assert shop.store.keys.by_secret(secret) is None
    shop.clock.forward(2)
    assert elsewhere.keys.by_secret(secret) is None
    elsewhere.close()


def test_what_is_made_elsewhere_is_seen_at_once(shop: Shop) -> None:
    elsewhere = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    assert elsewhere.definitions.find("shop", "order.completed") is None
    made = shop.define(EVERY_TYPE)
    assert elsewhere.definitions.find("shop", "order.completed") == made
    elsewhere.close()


# The schema


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    assert database.migrate() != []
    assert database.migrate() == []
    database.close()


def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=database.migrate) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(database.migrate() == [] for database in databases)
    for database in databases:
        database.close()


def test_a_newer_database_is_refused_with_a_sentence(shop: Shop) -> None:
    shop.store.database.peewee.execute_sql(
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01 00:00:00')"
    )
    with pytest.raises(NewerDatabase, match="9999_from_the_future"):
        Database(shop.store.database.url).migrate()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://x/y",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////no/such/folder/fieldpost.db",
        "fieldpost.db",
        "postgresql://[::1",
        "postgresql://localhost:notaport/x",
    ],
)
def test_an_address_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(UnusableDatabase):
        Database(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 1000)
    with pytest.raises(UnusableDatabase, match="no SQLite database"):
        Database(f"sqlite:///{tmp_path / 'letter.txt'}").migrate()


def test_a_database_that_cannot_be_reached_is_a_problem_to_try_again(free_port: int) -> None:
    database = Database(f"postgresql://nobody@127.0.0.1:{free_port}/nothing")
    with pytest.raises(Problem) as problem:
        database.migrate()
    assert (problem.value.code, problem.value.retry_after) == ("storage-unavailable", 2)


def test_two_processes_never_make_the_same_id(shop: Shop) -> None:
    clock = Clock()
    stores = [open_store(shop.store.database.url, clock.now, clock.tick) for _ in range(3)]
    nodes = {store.commit.node for store in stores}
    assert len(nodes) == 3
    for store in stores:
        store.close()
