"""A request that is alone is written by the event loop itself, and never keeps others waiting."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from collector.intake import commit as groups
from collector.store.ledger import sums
from tests.cast import EVERY_TYPE, Shop, order
from tests.servers.loop import CLIENT, Head, Line, Loop, on_a_loop

LOOP, THREAD = "now", "in turn"


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """On PostgreSQL every group is written by a thread."""
    return sqlite_ready_database_url


@pytest.fixture
def loop(shop: Shop) -> Iterator[Loop]:
    shop.define(EVERY_TYPE)
    with on_a_loop(shop.app) as started:
        yield started


@pytest.fixture
def writers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each group was written, as far as it came to its end. The disk is always quick."""
    monkeypatch.setattr(groups, "LONG_SECONDS", 30.0)
    monkeypatch.setattr(groups, "IN_A_ROW", 1_000)
    seen: list[str] = []
    group, commit = shop.parts.intake._group, shop.store.commit
    write, write_now = commit.write, commit.write_now

    def noted(*given: Any) -> Any:
        outcomes = write(*given)
        seen.append(THREAD)
        return outcomes

    def noted_now(*given: Any, **named: Any) -> Any:
        outcomes = write_now(*given, **named)
        seen.append(LOOP)
        return outcomes

    monkeypatch.setattr(commit, "write", noted)
    monkeypatch.setattr(group, "_write_now", noted_now)
    return seen


@pytest.fixture
def key(shop: Shop, loop: Loop, writers: list[str]) -> Any:
    """A key that is known to the loop; the disk was quick."""
    key = shop.key()
    for event_id in ("a", "b"):
        assert ask(shop, loop, key, event_id) == (200, "stored")
    shop.parts.intake._group._seconds = 0.0
    writers.clear()
    return key


def ask(
    shop: Shop, loop: Loop, key: Any, event_id: str, client: str = CLIENT, **members: Any
) -> tuple[int, str]:
    body = json.dumps(order(event_id, **members)).encode()
    headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in shop.headers(key).items()}
    line = loop.ask(Head("POST", "/api/v1/events", "", headers, client=client), Line(body))
    return line.status, json.loads(line.answer).get("verdict") or json.loads(line.answer)["code"]


def test_alone_it_is_written_by_the_loop(shop: Shop, loop: Loop, key: Any, writers: list[str]) -> None:
    assert [ask(shop, loop, key, one) for one in ("1", "1")] == [(200, "stored"), (200, "duplicate")]
    assert writers == [LOOP, LOOP]


def test_beside_another_request_it_is_handed_in(shop: Shop, loop: Loop, key: Any, writers: list[str]) -> None:
    loop.served._here += 1
    assert ask(shop, loop, key, "1") == (200, "stored")
    loop.served._here -= 1
    assert ask(shop, loop, key, "2") == (200, "stored")
    assert writers == [THREAD, LOOP]


def test_those_who_take_turns_are_handed_in(shop: Shop, loop: Loop, key: Any, writers: list[str]) -> None:
    for number, client in enumerate(("10.0.0.1:1", "10.0.0.2:1", "10.0.0.1:1", "10.0.0.1:1")):
        assert ask(shop, loop, key, str(number), client) == (200, "stored")
    assert writers == [THREAD, THREAD, THREAD, LOOP]


def test_whoever_has_gone_is_not_beside_it(shop: Shop, loop: Loop, key: Any) -> None:
    for path in ("/health", "/nowhere", "/api/v1/events"):
        loop.ask(Head("GET", path, "", {"host": "localhost"}), Line())
    head = Head("POST", "/api/v1/events", "", {"host": "localhost", "content-length": "9"})
    loop.ask(head, Line(b"x", is_cut=True))
    assert loop.served._here == 0


def test_where_another_process_writes_the_loop_answers_others_meanwhile(
    shop: Shop, loop: Loop, key: Any, writers: list[str]
) -> None:
    path = shop.store.database.url.removeprefix("sqlite:///")
    told: list[tuple[int, str]] = []
    group = shop.parts.intake._group
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = threading.Thread(target=lambda: told.append(ask(shop, loop, key, "1")))
        asked.start()
        while not group._led:
            threading.Event().wait(0.001)
        answer = loop.ask(Head("GET", "/health", "", {"host": "localhost"}), Line())
        assert (answer.status, told) == (200, [])
        other.execute("ROLLBACK")
    asked.join(20)
    assert (told, writers) == ([(200, "stored")], [THREAD])


def test_what_may_take_long_is_done_once_by_a_thread(
    shop: Shop, loop: Loop, key: Any, writers: list[str]
) -> None:
    before = sums(shop.store.database, "shop")["received"]
    assert ask(shop, loop, key, "a", deleted_at="2026-05-01T12:00:00Z") == (200, "updated")
    assert writers == [THREAD]
    assert sums(shop.store.database, "shop")["received"] == before + 1


def test_a_full_disk_is_told_and_the_next_one_stored(
    shop: Shop, loop: Loop, key: Any, writers: list[str]
) -> None:
    database = shop.store.database
    with database.connected():
        [(pages,)] = database.peewee.execute_sql("PRAGMA page_count").fetchall()
        database.peewee.execute_sql(f"PRAGMA max_page_count = {pages}")
    told = [ask(shop, loop, key, f"full {number}", data={"total": 1}) for number in range(60)]
    refused = [number for number, answer in enumerate(told) if answer == (503, "storage-unavailable")]
    assert len(refused) == 1, "its connection is given up, and the next one has no such limit"
    assert ask(shop, loop, key, f"full {refused[0]}", data={"total": 1}) == (200, "stored")
    assert set(writers) == {LOOP}
