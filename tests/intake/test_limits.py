"""Limits of keys, with several servers on one database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from collector.core.permissions import Key
from collector.intake.limits import Limits
from collector.store.allowances import Allowances
from collector.store.database import Database
from tests.cast import NOON, Shop

MINUTE = 60_000_000
BEGIN = NOON // MINUTE * MINUTE


@pytest.fixture
def databases(shop: Shop) -> Iterator[list[Database]]:
    """Of three servers: each has its own connections."""
    opened = [Database(shop.store.database.url) for _ in range(3)]
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def servers(databases: list[Database]) -> list[Limits]:
    return [Limits(Allowances(one), 0) for one in databases]


@pytest.fixture
def key(shop: Shop) -> Key:
    return replace(shop.key("till"), rate_limit=100)


def passes(server: Limits, key: Key, now: int = BEGIN) -> bool:
    spent = server.spend(key, now)
    assert spent is not None
    return not spent.is_too_many


def test_all_servers_together_let_no_more_through_than_the_limit(servers: list[Limits], key: Key) -> None:
    through = [passes(servers[turn % 3], key) for turn in range(600)]
    assert sum(through) == 100
    assert not any(passes(one, key) for one in servers)


def test_threads_of_all_servers_let_no_more_through_either(servers: list[Limits], key: Key) -> None:
    through: list[bool] = []

    def ask(server: Limits) -> None:
        through.extend(passes(server, key) for _ in range(60))

    threads = [threading.Thread(target=ask, args=(one,)) for one in servers for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(through) == 100


def test_what_an_idle_server_has_taken_is_little(servers: list[Limits], key: Key) -> None:
    assert passes(servers[1], key)
    assert sum(passes(servers[0], key) for _ in range(200)) >= 100 - 1 - 100 // 50


def test_the_next_minute_begins_anew(servers: list[Limits], key: Key) -> None:
    for _ in range(150):
        passes(servers[0], key)
    assert not passes(servers[0], key, BEGIN + MINUTE - 1)
    assert sum(passes(servers[turn % 3], key, BEGIN + MINUTE) for turn in range(300)) == 100


def test_a_server_whose_clock_is_behind_shares_the_minute_that_has_begun(
    servers: list[Limits], key: Key
) -> None:
    through = [passes(servers[0], key, BEGIN + MINUTE) for _ in range(60)]
    through += [passes(servers[1], key, BEGIN + MINUTE - 1) for _ in range(60)]
    assert sum(through) == 100


def test_one_request_in_many_asks_the_database(shop: Shop, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    allowances = shop.store.allowances
    take = allowances.take
    monkeypatch.setattr(allowances, "take", lambda *wanted: asked.append(wanted) or take(*wanted))
    server = Limits(allowances, 0)
    for _ in range(10_000):
        passes(server, replace(key, rate_limit=5_000))
    assert len(asked) <= 75, "a fiftieth at a time, and smaller parts towards the end; none once it is spent"


def test_what_is_left_and_when_it_is_there_again_is_told(servers: list[Limits], key: Key) -> None:
    spent = servers[0].spend(key, BEGIN + 13_000_000)
    assert spent is not None
    assert (spent.limit, spent.left, spent.seconds) == (100, 99, 47)


def test_a_limit_of_its_own_counts_before_that_of_all_keys(shop: Shop, key: Key) -> None:
    limits = Limits(shop.store.allowances, 7)
    assert [limits.of(replace(key, rate_limit=own)) for own in (None, 0, 5)] == [7, 0, 5]
    assert limits.spend(replace(key, rate_limit=0), BEGIN) is None


def test_another_limit_counts_in_the_minute_in_which_it_is_given(servers: list[Limits], key: Key) -> None:
    assert sum(passes(servers[0], key) for _ in range(200)) == 100
    assert sum(passes(servers[0], replace(key, rate_limit=150)) for _ in range(200)) == 50
    assert not passes(servers[0], replace(key, rate_limit=20))
