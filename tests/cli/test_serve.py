"""`fieldpost serve`: what it says, and how it ends."""

from __future__ import annotations

import http.client
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from collector import clock
from collector.store.jobs import JobState
from collector.store.opening import open_store
from tests.servers.client import Client
from tests.servers.fieldpost import Server, running, start
from tests.servers.processes import ended_within
from tests.servers.waiting import eventually

SECONDS = 10.0
"""Less than a worker gets before it is killed: a server that needs more has hung."""


def terminate(server: Server) -> None:
    server.process.terminate()


def interrupt_all(server: Server) -> None:
    """Ctrl-C in a terminal reaches the workers too."""
    os.killpg(server.process.pid, signal.SIGINT)


@pytest.mark.parametrize("end", [terminate, interrupt_all])
def test_it_ends_cleanly_while_a_connection_is_open(
    sqlite_database_url: str, tmp_path: Path, end: Callable[[Server], None]
) -> None:
    server = start(sqlite_database_url, tmp_path)
    kept = http.client.HTTPConnection(server.url.removeprefix("http://"))
    kept.request("GET", "/health")
    kept.getresponse().read()
    end(server)
    assert ended_within(server.process, SECONDS)
    assert server.process.returncode == 0, server.log.read_text()
    kept.close()


def test_it_says_where_it_listens_and_nothing_else(sqlite_database_url: str, tmp_path: Path) -> None:
    with running(sqlite_database_url, tmp_path) as server:
        first, second = eventually(server.log.read_text).splitlines()
        assert first == f"Fieldpost listens at {server.url}"
        assert second.startswith(f"Nobody can sign in yet. Become the first owner: {server.url}/welcome/")
        assert Client(server.url).get("/ready").status == 200
        assert server.log.read_text().splitlines() == [first, second]


def test_it_makes_up_for_a_night_that_was_missed(ready_database_url: str, tmp_path: Path) -> None:
    store = open_store(ready_database_url, clock.now, clock.tick)
    store.jobs.plan("recount", 0)

    def recounted() -> JobState | None:
        state = store.jobs.states(clock.now())["recount"]
        return state if state.ended_at is not None else None

    with running(ready_database_url, tmp_path):
        state = eventually(recounted)
    store.close()
    assert state is not None
    assert state.due_at > clock.now()
    assert [one["differences"] for one in state.report["recounts"]] == [[]] * len(state.report["recounts"])
