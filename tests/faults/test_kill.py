"""`kill -9` under load, again and again: what was acknowledged is there, once, and the books are right."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.faults.crowd import Crowd
from tests.faults.load import Load, loaded
from tests.faults.processes import processes_of
from tests.faults.shop import Shop, new_shop
from tests.servers.fieldpost import Server
from tests.servers.waiting import eventually

MOST = 60
"""How many further acknowledgements there may be before a kill."""


def rounds(usual: int) -> int:
    """`FIELDPOST_FAULT_ROUNDS` makes a long run of it."""
    return int(os.environ.get("FIELDPOST_FAULT_ROUNDS", usual))


def kill_again_and_again(shop: Shop, count: int, clients: int = 8, **settings: object) -> None:
    chance = random.Random(count)
    with loaded(shop, clients) as load:
        for _ in range(count):
            server = shop.serve(**settings)
            _wait_for_more(load, 1 + chance.randrange(MOST))
            server.kill()
        server = shop.serve(**settings)
        _wait_for_more(load, MOST)
    server.stop()
    require_nothing_lost(shop, load)


def _wait_for_more(load: Load, count: int) -> None:
    wanted = load.told.acknowledged.total() + count
    assert eventually(lambda: load.told.acknowledged.total() >= wanted)


def require_nothing_lost(shop: Shop, load: Load | Crowd) -> None:
    """What the clients were told against what the database has."""
    acknowledged = set(load.told.acknowledged)
    assert load.told.wrong == []
    assert acknowledged - shop.stored() == set()
    assert len(acknowledged) > 0
    shop.require_exact_books()


def test_what_was_acknowledged_outlives_a_kill(ready_database_url: str, tmp_path: Path) -> None:
    kill_again_and_again(new_shop(tmp_path, ready_database_url), 1)


@pytest.mark.parametrize("count", [2, pytest.param(12, marks=pytest.mark.full)])
def test_what_a_lone_sender_was_told_outlives_kills(
    sqlite_ready_database_url: str, tmp_path: Path, count: int
) -> None:
    """Whoever is alone is written for by the event loop itself, in no group."""
    kill_again_and_again(new_shop(tmp_path, sqlite_ready_database_url), rounds(count), clients=1)


@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_acknowledged_outlives_many_kills(
    postgresql_ready_database_url: str, tmp_path: Path, workers: int
) -> None:
    kill_again_and_again(new_shop(tmp_path, postgresql_ready_database_url), rounds(12), workers=workers)


@pytest.mark.full
def test_a_single_file_outlives_many_kills(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    kill_again_and_again(new_shop(tmp_path, sqlite_ready_database_url), rounds(24))


@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_is_killed_alone_comes_back(
    postgresql_ready_database_url: str, tmp_path: Path, workers: int
) -> None:
    """As the kernel does it when memory is short: the server goes on, and starts another one."""
    shop = new_shop(tmp_path, postgresql_ready_database_url)
    server = shop.serve(workers=workers)
    with loaded(shop) as load:
        _wait_for_more(load, MOST)
        os.kill(workers_of(server)[-1], signal.SIGKILL)
        _wait_for_more(load, MOST)
        assert eventually(lambda: len(workers_of(server)) == workers)
    server.stop()
    require_nothing_lost(shop, load)


def workers_of(server: Server) -> list[int]:
    """The processes that answer, without those that Python keeps beside them."""
    return [
        process
        for process in processes_of(server)[1:]
        if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    ]
