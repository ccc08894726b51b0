"""A backup that is made while a real server stores what real clients send, and brought back after a kill."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.load import Load, loaded
from tests.faults.shop import Shop, new_shop
from tests.servers.client import Client
from tests.servers.commands import fieldpost_beside
from tests.servers.copies import programs_of
from tests.servers.fieldpost import COMMAND, environment
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

MORE = 60
ERASED = "person3@example.com"


@pytest.fixture
def shop(ready_database_url: str, tmp_path: Path) -> Shop:
    return new_shop(tmp_path, ready_database_url)


@pytest.fixture
def empty_database_url(
    request: pytest.FixtureRequest, ready_database_url: str, tmp_path: Path
) -> Iterator[str]:
    """Where a backup is brought back to when the database is lost; PostgreSQL's programs are at hand."""
    with ExitStack() as stack:
        if ready_database_url.startswith("sqlite:"):
            yield f"sqlite:///{tmp_path / 'other.db'}"
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            stack.enter_context(programs_of(server))
            yield stack.enter_context(server.database())


def wait_for_more(load: Load) -> None:
    wanted = load.told.acknowledged.total() + MORE
    assert eventually(lambda: load.told.acknowledged.total() >= wanted)


def is_hers(event_id: str) -> bool:
    """Whether it is an event of whoever is erased, told by her address (`Shop.event`)."""
    return hash(event_id) % 20 == 3 and not event_id.startswith("web:")


def doctor(shop: Shop) -> None:
    """Nothing is wrong; that the tests' PostgreSQL would lose something in a power cut is meant so."""
    done = subprocess.run(
        [*COMMAND, "doctor", "--json"],
        env=environment(database=shop.database),
        capture_output=True,
        text=True,
    )
    checks = json.loads(done.stdout)["checks"]
    assert [one for one in checks if one["state"] == "wrong" and one["name"] != "durability"] == []


def test_what_was_acknowledged_before_a_backup_is_in_it_and_who_was_erased_since_is_not(
    shop: Shop, empty_database_url: str, tmp_path: Path
) -> None:
    backup, erasures = tmp_path / "backup", tmp_path / "erasures.json"
    server = shop.serve()
    with loaded(shop) as load:
        wait_for_more(load)
        assert eventually(lambda: any(map(is_hers, list(load.told.acknowledged))))
        before = set(load.told.acknowledged)
        made = fieldpost_beside(tmp_path, shop.database, "backup", "--to", str(backup))
        wait_for_more(load)
        erased = Client(shop.url, shop.key).ask("DELETE", f"/api/v1/profiles/email/{ERASED}")
        assert erased.status == 200, erased
        fieldpost_beside(tmp_path, shop.database, "erasures", "export", "--to", str(erasures))
        wait_for_more(load)
        server.kill()
    assert load.told.wrong == []
    assert set(load.told.statuses) == {200}
    assert backup.stat().st_mode & 0o777 == erasures.stat().st_mode & 0o777 == 0o600
    assert made["differences"] == []
    assert made["events"] >= len(before)

    restored = fieldpost_beside(
        tmp_path, empty_database_url, "restore", str(backup), "--erasures", str(erasures)
    )
    assert restored["erased"]["people"] == 1
    there = replace(shop, database=empty_database_url)
    hers = set(filter(is_hers, before))
    assert before - hers - there.stored() == set()
    assert hers & there.stored() == set()
    there.require_exact_books()

    again = there.serve()
    client = Client(there.url, there.key)
    assert client.get(f"/api/v1/profiles/email/{ERASED}").status == 404
    assert client.post("/api/v1/events", there.event("after-the-restore")).document["verdict"] == "stored"
    again.stop()
    doctor(there)


@pytest.mark.full
def test_a_file_is_restored_in_the_place_of_another_only_after_the_server_has_stopped(
    sqlite_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, sqlite_ready_database_url)
    path = Path(shop.database.removeprefix("sqlite:///"))
    server = shop.serve()
    client = Client(shop.url, shop.key)
    assert client.post("/api/v1/events", shop.event("kept")).status == 200
    fieldpost_beside(tmp_path, shop.database, "backup", "--to", str(tmp_path / "backup.gz"), "--compress")
    assert client.post("/api/v1/events", shop.event("later")).status == 200
    erased = shop.event("later")["identifiers"]["email"]
    assert client.ask("DELETE", f"/api/v1/profiles/email/{erased}").status == 200

    words = [*COMMAND, "restore", str(tmp_path / "backup.gz"), "--replace"]
    refused = subprocess.run(words, env=environment(database=shop.database), capture_output=True, text=True)
    assert refused.returncode == 1
    assert "is in use. Stop the server" in refused.stderr
    assert client.post("/api/v1/events", shop.event("still there")).status == 200
    server.kill()

    restored = fieldpost_beside(tmp_path, shop.database, *words[len(COMMAND) :])
    assert shop.stored() <= {"kept"}
    kept = Path(restored["kept"])
    assert replace(shop, database=f"sqlite:///{kept}").stored() >= {"still there"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.glob(".fieldpost-*")) == []
    shop.serve().stop()
    doctor(shop)
