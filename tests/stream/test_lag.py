"""How far workers are behind, at /metrics of a collector: with its own NATS, PostgreSQL and stream."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from collector import clock
from tests.cast import EVERY_TYPE, Shop, open_shop, order
from tests.servers.nats import NatsServer
from tests.servers.ports import free_port
from tests.stream.looking import publish, work_off

HERE = {"REMOTE_ADDR": "127.0.0.1"}
PREFIX = "fieldpost_stream_"


@pytest.fixture
def collecting(postgresql_ready_database_url: str, nats: NatsServer) -> Iterator[Shop]:
    opened = open_shop(postgresql_ready_database_url, stream=nats.url)
    opened.define(EVERY_TYPE)
    yield opened
    _close(opened)


def told(shop: Shop) -> dict[str, float]:
    """What is told of the stream; it is asked anew after two seconds, which pass here."""
    shop.clock.forward(3)
    text = shop.client.get("/metrics", environ_overrides=HERE).text
    samples = [sample for family in parse(text) for sample in family.samples]
    return {one.name.removeprefix(PREFIX): one.value for one in samples if one.name.startswith(PREFIX)}


def test_what_waits_is_told_until_a_worker_has_stored_it(collecting: Shop, nats: NatsServer) -> None:
    nothing = {"up": 1, "waiting_messages": 0, "unacked_messages": 0, "aside_messages": 0, "size_bytes": 0}
    assert told(collecting) == {**nothing, "oldest_message_timestamp_seconds": 0}
    before = clock.now() / 1_000_000
    key = collecting.key()
    for number in range(3):
        assert collecting.send(key, order(str(number))).status_code == 202
    waiting = told(collecting)
    assert (waiting["waiting_messages"], waiting["unacked_messages"]) == (3, 0)
    assert waiting["size_bytes"] > 100
    assert before - 1 < waiting["oldest_message_timestamp_seconds"] < clock.now() / 1_000_000 + 1
    work_off(nats.url, collecting.store, collecting.clock.now)
    assert told(collecting) == {**nothing, "oldest_message_timestamp_seconds": 0}


def test_what_was_set_aside_is_told(collecting: Shop, nats: NatsServer) -> None:
    publish(nats.url, b"what no worker can read")
    work_off(nats.url, collecting.store, collecting.clock.now)
    assert told(collecting)["aside_messages"] == 1


def test_a_stream_that_is_away_is_told_and_keeps_nobody_from_asking(
    postgresql_ready_database_url: str,
) -> None:
    shop = open_shop(postgresql_ready_database_url, stream=f"nats://127.0.0.1:{free_port()}")
    assert told(shop) == {"up": 0}
    _close(shop)


def test_without_a_stream_nothing_is_told_of_one(sqlite_ready_database_url: str) -> None:
    shop = open_shop(sqlite_ready_database_url)
    assert told(shop) == {}
    shop.store.close()


def _close(shop: Shop) -> None:
    assert shop.parts.publisher is not None
    shop.parts.publisher.close()
    shop.store.close()
