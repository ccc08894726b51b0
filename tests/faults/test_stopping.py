"""SIGTERM under load: it says that it is about to go, answers what it has begun, and goes in time."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.load import Load, loaded
from tests.faults.shop import new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.faults.test_postgres_faults import status
from tests.servers.fieldpost import Server
from tests.servers.processes import ended_within
from tests.servers.waiting import eventually

STOP_SECONDS = 15.0


def terminate(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)


def terminate_all(server: Server) -> None:
    """As a supervisor does that knows of a group only: the workers hear it first."""
    os.killpg(server.process.pid, signal.SIGTERM)


def stores(load: Load, count: int) -> Callable[[], bool]:
    wanted = load.told.acknowledged.total() + count
    return lambda: load.told.acknowledged.total() >= wanted


def test_it_says_that_it_is_about_to_go_and_goes_on_until_then(
    sqlite_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, sqlite_ready_database_url)
    server = shop.serve(drain=3)
    with loaded(shop) as load:
        assert eventually(stores(load, 20))
        kept = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
        begun = time.monotonic()
        terminate(server)
        assert eventually(lambda: status(shop.url, "/ready") == 503)
        refused = load.told.statuses[503]
        # Whoever has not noticed yet is served as before, on new connections too.
        kept.request("GET", "/health")
        assert kept.getresponse().status == 200
        assert eventually(stores(load, 20))
        assert (load.told.statuses[503], load.told.cut) == (refused, [])
        assert ended_within(server.process, STOP_SECONDS)
        assert 2.5 < time.monotonic() - begun < STOP_SECONDS
    assert server.process.returncode == 0
    kept.close()
    require_nothing_lost(shop, load)


@pytest.mark.full
@pytest.mark.parametrize("end", [terminate, terminate_all])
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_in_flight_is_answered(
    postgresql_ready_database_url: str, tmp_path: Path, end: Callable[[Server], None], workers: int
) -> None:
    shop = new_shop(tmp_path, postgresql_ready_database_url)
    server = shop.serve(workers=workers)
    with loaded(shop, 16) as load:
        assert eventually(stores(load, 100))
        end(server)
        assert ended_within(server.process, STOP_SECONDS)
    assert server.process.returncode == 0, server.log.read_text()
    require_nothing_lost(shop, load)
    # Everything that the database has was answered, but for what was on its way to a closed door.
    assert shop.stored() == set(load.told.acknowledged)


@pytest.mark.full
def test_a_client_that_never_finishes_holds_nobody_up(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    shop = new_shop(tmp_path, sqlite_ready_database_url)
    server = shop.serve()
    with socket.create_connection(("127.0.0.1", shop.port)) as slow:
        head = f"POST /b/{shop.address} HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n"
        slow.sendall(f"{head}Content-Type: text/plain\r\nContent-Length: 100\r\n\r\n".encode())
        assert status(shop.url, "/ready") == 200
        terminate(server)
        assert ended_within(server.process, STOP_SECONDS + 5)
    assert server.process.returncode == 0
