"""PostgreSQL gone, restarted, slow, frozen, cut off in mid-commit: nothing is lost, nothing is there twice.

Meanwhile it is said that it cannot be, in time; afterwards it goes on by itself.
"""

from __future__ import annotations

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.load import Load, loaded
from tests.faults.proxy import network_to
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost, rounds
from tests.servers.fieldpost import Server
from tests.servers.postgres import PostgresServer, installed, running_postgres
from tests.servers.waiting import eventually

CLIENTS = 16
ANSWER_SECONDS = 16.0
"""No client waits for longer: what the product gives the database, and a slow machine's share."""


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server of this file's own: it is stopped and started while others use theirs."""
    programs = installed()
    assert programs is not None
    with running_postgres(programs) as server:
        yield server


@pytest.fixture
def own_shop(own_postgres: PostgresServer, tmp_path: Path) -> Iterator[Shop]:
    with own_postgres.database() as url:
        yield new_shop(tmp_path, url)


@contextmanager
def under_load(shop: Shop, database: str | None = None) -> Iterator[tuple[Server, Load]]:
    """The server and its clients; at the end nothing is missing, and everybody has been answered in time."""
    server = shop.serve(database)
    with loaded(shop, CLIENTS) as load:
        _wait_until_it_stores(load)
        yield server, load
        _wait_until_it_stores(load)
        # Everybody, not only whoever has a good connection: a thread that hangs would keep a client waiting.
        assert eventually(lambda: status(shop.url, "/ready") == 200)
    server.stop()
    require_nothing_lost(shop, load)
    assert load.told.cut == []
    assert max(load.told.seconds + load.told.refused_seconds) < ANSWER_SECONDS


def _wait_until_it_stores(load: Load, count: int = 40) -> None:
    wanted = load.told.acknowledged.total() + count
    assert eventually(lambda: load.told.acknowledged.total() >= wanted), load.told.statuses


def _wait_for_refusals(load: Load, count: int = 30) -> None:
    wanted = load.told.statuses[503] + count
    assert eventually(lambda: load.told.statuses[503] >= wanted), load.told.statuses


def status(url: str, path: str) -> int:
    try:
        with urllib.request.urlopen(url + path, timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def threads_of(server: Server) -> int:
    """Of the busiest of its processes."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return max(len(list(Path(f"/proc/{child}/task").iterdir())) for child in children)


STOPPED = pytest.param(signal.SIGINT, id="stopped", marks=pytest.mark.full)
CRASHED = pytest.param(signal.SIGQUIT, id="crashed")


@pytest.mark.parametrize("how", [STOPPED, CRASHED])
def test_a_database_that_goes_and_comes_back(
    own_postgres: PostgresServer, own_shop: Shop, how: signal.Signals
) -> None:
    with under_load(own_shop) as (server, load):
        own_postgres.stop(how)
        _wait_for_refusals(load)
        assert eventually(lambda: status(own_shop.url, "/ready") == 503)
        assert status(own_shop.url, "/health") == 200
        assert threads_of(server) < 100
        own_postgres.start()


@pytest.mark.full
def test_commits_whose_answer_is_lost_are_there_once(own_shop: Shop) -> None:
    with network_to(own_shop.database) as (network, through), under_load(own_shop, through) as (_, load):
        network.cuts_commits = 10
        assert eventually(lambda: network.commits_cut == 10)
        _wait_until_it_stores(load)
        assert load.told.statuses[503] > 0


@pytest.mark.full
def test_a_frozen_network_keeps_nobody_waiting(own_shop: Shop) -> None:
    with network_to(own_shop.database) as (network, through), under_load(own_shop, through) as (server, load):
        network.stall()
        _wait_for_refusals(load)
        begun = time.monotonic()
        assert status(own_shop.url, "/health") == 200
        assert time.monotonic() - begun < 2
        assert eventually(lambda: status(own_shop.url, "/ready") == 503)
        assert threads_of(server) < 100
        network.flow()
        assert network.most <= 45  # one worker has at most forty; the jobs have some


@pytest.mark.full
def test_connections_that_are_cut_over_and_over(own_shop: Shop) -> None:
    with network_to(own_shop.database) as (network, through), under_load(own_shop, through) as (_, load):
        for _ in range(rounds(20)):
            network.cut()
            _wait_until_it_stores(load, 10)


@pytest.mark.full
def test_a_slow_network_is_slow_and_loses_nothing(own_shop: Shop) -> None:
    with network_to(own_shop.database) as (network, through), under_load(own_shop, through) as (_, load):
        network.delay = 0.02
        _wait_until_it_stores(load)
        network.delay = 0.0


@pytest.mark.full
def test_a_server_that_restarts_over_and_over(own_postgres: PostgresServer, own_shop: Shop) -> None:
    with under_load(own_shop) as (_, load):
        for number in range(rounds(6)):
            own_postgres.stop(signal.SIGQUIT if number % 2 else signal.SIGINT)
            own_postgres.start()
            _wait_until_it_stores(load, 10)


@pytest.mark.full
def test_a_row_that_somebody_else_holds_is_waited_for_and_then_given_up(
    own_postgres: PostgresServer, own_shop: Shop
) -> None:
    with under_load(own_shop) as (_, load), psycopg.connect(own_shop.database) as other:
        other.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        _wait_for_refusals(load)
        other.rollback()
