"""Workers that are killed, told to stop, kept waiting, and given what nobody can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from nats.js.errors import ServiceUnavailableError

from collector import clock
from collector.cli.opening import opened
from collector.core import ids
from collector.core.events import KEPT, Write
from collector.intake.stream import messages, places
from collector.intake.stream.working import PAUSE_SECONDS, Worker
from collector.store.database import Database
from collector.store.ledger import sums
from collector.store.models import Event, Version
from collector.store.models import Rejection as RejectionRow
from tests.faults.load import loaded
from tests.faults.proxy import Network
from tests.faults.shop import WITH_A_GOAL, Shop, new_shop
from tests.faults.test_kill import _wait_for_more, require_nothing_lost
from tests.servers.commands import fieldpost
from tests.servers.nats import NatsServer
from tests.servers.postgres import installed, running_postgres
from tests.servers.waiting import eventually
from tests.servers.worker import running_worker, start_worker
from tests.stream.looking import count_in, is_empty, on, publish
from tests.stream.test_messages import OLD, REJECTION, WRITE


def rows(shop: Shop, query: Any) -> list[dict[str, Any]]:
    database = Database(shop.database)
    found = database.rows(query)
    database.close()
    return found


def counts(shop: Shop) -> dict[str, int]:
    """What the ledger has, without zeros."""
    database = Database(shop.database)
    found = {name: count for name, count in sums(database, "shop").items() if count}
    database.close()
    return found


def order(shop: Shop, event_id: str, like: Write = WRITE) -> Write:
    """An order as a collector has judged it."""
    definition, version = numbers(shop)
    return replace(
        like,
        event_id=event_id,
        definition_id=definition,
        version_id=version,
        key_id=None,
        visitor=None,
        faults_if_first=(),
        deletion=KEPT,
    )


def numbers(shop: Shop) -> tuple[int, int]:
    """Those of the shop's definition and of its first version."""
    definition = ids.decode(shop.address)
    assert definition is not None
    [first] = [row for row in rows(shop, Version.select()) if row["definition"] == definition]
    return definition, first["id"]


def message(shop: Shop, *event_ids: str) -> bytes:
    """A message with orders."""
    return messages.together([messages.encode(order(shop, one)) for one in event_ids])


def offer_again_after(url: str, seconds: float) -> None:
    """How long the stream waits for acks, in seconds: what a worker leaves behind comes sooner than usual."""

    async def make(client: Client) -> None:
        await places.made(client)
        usual: ConsumerConfig = places._workers()
        await client.jetstream().add_consumer(places.EVENTS, usual.evolve(ack_wait=seconds))

    on(url, make)


@contextmanager
def nothing_is_stored(shop: Shop) -> Iterator[None]:
    """A commit waits, for as long as the block lasts."""
    with psycopg.connect(shop.database) as connection:
        connection.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
        yield


def somebody_waits(shop: Shop) -> bool:
    """Whether a commit stands at that lock."""
    with psycopg.connect(shop.database) as connection:
        found = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(found and found[0])


def test_a_worker_that_is_killed_between_commit_and_ack_has_counted_nothing_twice(
    shop: Shop, nats: NatsServer
) -> None:
    offer_again_after(nats.url, 1)
    publish(nats.url, message(shop, "1", "2"))
    definition, version = numbers(shop)
    refused = replace(REJECTION, definition_id=definition, version_id=version)
    publish(nats.url, messages.together([messages.encode(refused)]))
    network = Network(nats.port)
    with nothing_is_stored(shop):
        worker = start_worker(shop.database, f"nats://127.0.0.1:{network.port}", shop.folder)
        assert eventually(lambda: somebody_waits(shop))
        network.stall()
    assert eventually(lambda: shop.stored() == {"1", "2"})
    worker.kill()
    network.cut()  # what it said last has not come through, and never will
    assert count_in(nats.url) == 2
    before = counts(shop)
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    assert counts(shop) == before == {"received": 3, "stored": 2, "rejected": 1}
    assert len(rows(shop, RejectionRow.select())) == 1
    shop.require_exact_books()
    network.close()


@pytest.mark.full
def test_a_storm_of_redeliveries_counts_everything_once(shop: Shop, nats: NatsServer) -> None:
    offer_again_after(nats.url, 0.01)
    server = shop.serve(stream=nats.url)
    with (
        running_worker(shop.database, nats.url, shop.folder, "first"),
        running_worker(shop.database, nats.url, shop.folder, "second"),
    ):
        with loaded(shop) as load:
            _wait_for_more(load, 300)
        assert eventually(lambda: is_empty(nats.url))
    server.stop()
    require_nothing_lost(shop, load)
    assert counts(shop)["received"] == load.told.acknowledged.total()


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun(shop: Shop, nats: NatsServer) -> None:
    publish(nats.url, message(shop, "1"))
    with nothing_is_stored(shop):
        worker = start_worker(shop.database, nats.url, shop.folder)
        assert eventually(lambda: somebody_waits(shop))
        worker.process.terminate()
    worker.stop()
    assert shop.stored() == {"1"}
    assert is_empty(nats.url)


def test_while_the_database_is_away_a_worker_waits_and_goes_on(nats: NatsServer, tmp_path: Path) -> None:
    programs = installed()
    assert programs is not None
    with running_postgres(programs) as postgres:
        shop = new_shop(tmp_path, postgres.url)
        messages_of = [message(shop, f"{number}") for number in range(5)]
        with running_worker(shop.database, nats.url, shop.folder) as worker:
            postgres.stop()
            for body in messages_of:
                publish(nats.url, body)
            assert eventually(lambda: "database cannot be used" in worker.said())
            assert count_in(nats.url) == 5
            postgres.start()
            assert eventually(lambda: is_empty(nats.url))
        assert shop.stored() == {"0", "1", "2", "3", "4"}
        shop.require_exact_books()


def test_a_stream_that_refuses_at_once_is_asked_twice_a_second(
    shop: Shop, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does whose servers have not found each other yet."""
    tries = []

    async def refuse(_: Client) -> None:
        tries.append(1)
        raise ServiceUnavailableError

    async def work_for_a_moment(client: Client) -> None:
        stopping = asyncio.Event()
        worker = Worker(nats.url, store, clock.now, stopping)
        working = asyncio.ensure_future(worker.run(client))
        await asyncio.wait({working}, timeout=2 * PAUSE_SECONDS)
        stopping.set()
        await working

    monkeypatch.setattr(places, "made", refuse)
    with opened(shop.database) as store:
        on(nats.url, work_for_a_moment)
    assert 1 <= len(tries) <= 3


def test_what_nobody_can_read_is_set_aside_with_a_reason(shop: Shop, nats: NatsServer) -> None:
    for body in (b"garbage", message(shop, "1"), b'{"format":2,"decisions":[{"type":"write"}]}'):
        publish(nats.url, body)

    def listed() -> list[dict[str, Any]]:
        found = fieldpost(shop.folder, shop.database, "aside", "list", stream=nats.url)
        aside: list[dict[str, Any]] = found["aside"]
        return aside

    assert listed() == []
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    assert shop.stored() == {"1"}
    assert [one["bytes"] for one in listed()] == [7, 43]
    assert listed()[0]["reason"] == "This is no message of a known format."


def test_a_message_in_a_newer_format_waits_for_a_newer_worker(shop: Shop, nats: NatsServer) -> None:
    publish(nats.url, b'{"format":3,"events":[]}')
    publish(nats.url, message(shop, "1"))
    with running_worker(shop.database, nats.url, shop.folder) as worker:
        assert eventually(lambda: shop.stored() == {"1"})
        assert "newer" in worker.said()
    assert count_in(nats.url) == 1
    assert count_in(nats.url, places.ASIDE) == 0


def test_what_the_database_refuses_becomes_a_rejection_and_the_rest_is_stored(
    shop: Shop, nats: NatsServer
) -> None:
    publish(nats.url, message(shop, "1", "2\0", "3"))
    publish(nats.url, message(shop, "4"))
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    assert shop.stored() == {"1", "3", "4"}
    assert counts(shop) == {"received": 4, "stored": 3, "rejected": 1}
    [kept] = rows(shop, RejectionRow.select())
    assert "row-refused" in kept["faults"]
    shop.require_exact_books()


def test_messages_of_both_formats_are_stored_side_by_side(shop: Shop, nats: NatsServer) -> None:
    """As it is during an upgrade: collectors of yesterday and of today at once."""
    [old, *_] = [messages.read(line)[0] for line in OLD.read_bytes().splitlines()]
    assert isinstance(old, Write)
    piece = messages.encode(order(shop, "old", like=old))
    publish(nats.url, b'{"format":1,"decision":' + piece + b"}")
    publish(nats.url, message(shop, "new"))
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    assert shop.stored() == {"old", "new"}


def test_an_event_is_stored_with_the_version_it_was_judged_by(shop: Shop, nats: NatsServer) -> None:
    _, first = numbers(shop)
    publish(nats.url, message(shop, "1"))
    changed = {**WITH_A_GOAL, "fields": [*WITH_A_GOAL["fields"], {"name": "more", "type": "text"}]}
    file = shop.folder / "changed.json"
    file.write_text(json.dumps(changed))
    fieldpost(shop.folder, shop.database, "definition", "apply", str(file), edit_hold=0)
    assert len(rows(shop, Version.select())) == 2
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    [stored] = rows(shop, Event.select())
    assert stored["version"] == first


@pytest.mark.full
def test_workers_are_killed_again_and_again_under_load(shop: Shop, nats: NatsServer) -> None:
    offer_again_after(nats.url, 1)
    server = shop.serve(stream=nats.url)
    with running_worker(shop.database, nats.url, shop.folder, "steady"), loaded(shop) as load:
        for _ in range(8):
            worker = start_worker(shop.database, nats.url, shop.folder, "killed")
            _wait_for_more(load, 40)
            worker.kill()
        load.stop()
        assert eventually(lambda: is_empty(nats.url))
    server.stop()
    require_nothing_lost(shop, load)
    assert counts(shop)["received"] == load.told.acknowledged.total()


def test_a_full_stream_says_so_and_loses_nothing(shop: Shop, nats: NatsServer) -> None:
    async def make_small(client: Client) -> None:
        config = (await places.made(client)).config
        await client.jetstream().update_stream(config.evolve(max_bytes=40_000))

    on(nats.url, make_small)
    server = shop.serve(stream=nats.url)
    with loaded(shop) as load:
        assert eventually(lambda: load.told.statuses[503] >= 5)
        with running_worker(shop.database, nats.url, shop.folder):
            _wait_for_more(load, 100)
            load.stop()
            assert eventually(lambda: is_empty(nats.url))
    server.stop()
    require_nothing_lost(shop, load)
