"""Erasures and exports reach what waits in the stream."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from collector.core.permissions import Key
from collector.intake.stream import settling
from collector.store.models import Event
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop, open_shop, order
from tests.servers.nats import NatsServer
from tests.stream.looking import count_in, work_off

EMAIL = ("email", ALICE["email"])
PLACE = "/api/v1/profiles/email/alice@example.com"


@pytest.fixture
def shop(sqlite_ready_database_url: str, nats: NatsServer) -> Iterator[Shop]:
    opened = open_shop(sqlite_ready_database_url, stream=nats.url)
    opened.define(EVERY_TYPE)
    yield opened
    assert opened.parts.publisher is not None
    opened.parts.publisher.close()
    opened.store.close()


@pytest.fixture
def till(shop: Shop) -> Key:
    return shop.key()


def working_soon(shop: Shop, nats: NatsServer) -> threading.Thread:
    """A worker that comes while somebody waits."""
    worker = threading.Thread(target=work_off, args=(nats.url, shop.store, shop.clock.now))
    worker.start()
    return worker


def test_an_export_has_what_waited_in_the_stream(shop: Shop, till: Key, nats: NatsServer) -> None:
    shop.send(till, order("1"))
    shop.send(till, order("2", data={"total": "much"}))
    worker = working_soon(shop, nats)
    held = shop.get(till, f"{PLACE}/export").get_json()
    worker.join()
    assert [one["id"] for one in held["events"]] == ["1"]
    assert len(held["rejections"]) == 1


def test_an_erasure_reaches_somebody_of_whom_all_waits_in_the_stream(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    shop.send(till, order("1", identifiers={"crm_id": "7", **ALICE}))
    shop.send(till, order("2", identifiers={"crm_id": "7"}))
    worker = working_soon(shop, nats)
    answer = shop.client.delete(PLACE, headers=shop.headers(till))
    worker.join()
    assert (answer.status_code, answer.get_json()["events"]) == (200, 2)
    assert shop.store.database.rows(Event.select()) == []


def test_while_workers_are_behind_nothing_is_told_or_erased_by_halves(
    shop: Shop, till: Key, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "SETTLING_SECONDS", 0.2)
    shop.send(till, order("1"))
    for answer in (
        shop.get(till, f"{PLACE}/export"),
        shop.client.delete(PLACE, headers=shop.headers(till)),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert count_in(nats.url) == 1


@pytest.mark.parametrize("says_when", [True, False])
def test_what_was_judged_before_an_erasure_and_is_committed_after_it_is_ignored(
    shop: Shop, till: Key, nats: NatsServer, says_when: bool
) -> None:
    """However it slipped past the waiting: the erasure is remembered, and the message is older."""
    shop.send(till, order("1"))
    work_off(nats.url, shop.store, shop.clock.now)
    when = {"occurred_at": "2026-09-01T12:00:00Z"} if says_when else {}
    shop.clock.forward(1)
    shop.send(till, order("2", **when))
    shop.clock.forward(1)
    shop.store.erasures.erase("shop", EMAIL, ADMIN, shop.clock.now())
    shop.clock.forward(1)
    work_off(nats.url, shop.store, shop.clock.now)
    assert shop.store.database.rows(Event.select()) == []
    assert shop.get(till, "/api/v1/stats").status_code == 200


def test_an_event_that_is_judged_after_an_erasure_is_a_new_beginning(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    shop.send(till, order("1"))
    work_off(nats.url, shop.store, shop.clock.now)
    shop.store.erasures.erase("shop", EMAIL, ADMIN, shop.clock.now())
    shop.clock.forward(1)
    shop.send(till, order("2"))
    work_off(nats.url, shop.store, shop.clock.now)
    assert [row["event_id"] for row in shop.store.database.rows(Event.select())] == ["2"]
