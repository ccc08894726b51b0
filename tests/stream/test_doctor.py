"""What `fieldpost doctor` says of the stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from nats.aio.client import Client

from collector import clock
from collector.cli.findings import Examined, Finding
from collector.cli.stream_checks import stream
from collector.intake.stream import places
from collector.settings import Settings
from collector.store.opening import open_store
from tests.servers.nats import NatsServer, running_nats
from tests.servers.waiting import eventually
from tests.stream.looking import on, publish, work_off


@pytest.fixture
def examined(sqlite_ready_database_url: str, nats: NatsServer) -> Iterator[Examined]:
    store = open_store(sqlite_ready_database_url, clock.now, clock.tick)
    settings = Settings(stream=nats.url, stream_monitor=f"http://127.0.0.1:{nats.monitor}")
    yield Examined(settings, store, clock.now)
    store.close()


def found(examined: Examined) -> dict[str, Finding]:
    return {one.name: one for one in stream(examined)}


def test_all_is_well(examined: Examined) -> None:
    assert {name: one.state for name, one in found(examined).items()} == {
        "stream": "good",
        "stream disk": "good",
        "stream lag": "good",
        "stream aside": "good",
    }


def test_without_a_stream_nothing_is_said(examined: Examined) -> None:
    assert list(stream(Examined(Settings(), examined.store, clock.now))) == []


def test_a_stream_that_is_away_is_wrong(examined: Examined, nats: NatsServer) -> None:
    nats.stop()
    [one] = stream(examined)
    assert (one.name, one.state) == ("stream", "wrong")


def test_what_waits_without_a_worker_is_told(examined: Examined, nats: NatsServer) -> None:
    publish(nats.url, b'{"format":2,"decisions":[]}')
    lag = found(examined)["stream lag"]
    assert (lag.state, "fieldpost worker" in lag.sentence) == ("doubtful", True)


def test_what_was_set_aside_is_wrong(examined: Examined, nats: NatsServer) -> None:
    publish(nats.url, b"garbage")
    work_off(nats.url, examined.store, clock.now)
    assert eventually(lambda: found(examined)["stream aside"].state == "wrong")


@pytest.mark.parametrize(
    ("setting", "word"), [({"max_age": 3600.0}, "max_age"), ({"discard": "old"}, "discard")]
)
def test_a_stream_that_can_lose_something_is_wrong(
    examined: Examined, nats: NatsServer, setting: dict[str, Any], word: str
) -> None:
    async def change(client: Client) -> None:
        config = (await places.made(client)).config
        await client.jetstream().update_stream(config.evolve(**setting))

    on(nats.url, change)
    safety = found(examined)["stream"]
    assert safety.state == "wrong"
    assert word in "".join(safety.details)


def test_a_server_that_writes_later_is_wrong(sqlite_ready_database_url: str) -> None:
    store = open_store(sqlite_ready_database_url, clock.now, clock.tick)
    with running_nats(sync="2m") as nats:
        settings = Settings(stream=nats.url, stream_monitor=f"http://127.0.0.1:{nats.monitor}")
        assert found(Examined(settings, store, clock.now))["stream disk"].state == "wrong"
    store.close()
