"""What the doors answer where events go through a stream, and what becomes of it once a worker was there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collector.core.permissions import Key
from collector.intake.stream import publishing
from collector.store.ledger import sums
from tests.cast import ALICE, EVERY_TYPE, ORDER, Shop, open_shop, order
from tests.servers.nats import NatsServer, running_nats
from tests.stream.looking import count_in, work_off
from tests.web.apsis.test_audience import Client
from tests.web.segment_io.messages import ORDERS, track


@pytest.fixture
def shop(sqlite_ready_database_url: str, nats: NatsServer) -> Iterator[Shop]:
    """A collector in this process: the stream is a real one, and where it leads does not matter here."""
    opened = open_shop(sqlite_ready_database_url, stream=nats.url)
    opened.define(EVERY_TYPE)
    yield opened
    assert opened.parts.publisher is not None
    opened.parts.publisher.close()
    opened.store.close()


@pytest.fixture
def till(shop: Shop) -> Key:
    return shop.key()


def counts(shop: Shop) -> dict[str, int]:
    """What the ledger has, without zeros."""
    return {name: count for name, count in sums(shop.store.database, "shop").items() if count}


def test_one_event_is_queued_and_echoed(shop: Shop, till: Key, nats: NatsServer) -> None:
    answer = shop.send(till, order())
    assert answer.status_code == 202
    document = answer.get_json()
    assert (document["verdict"], document["event"]["id"]) == ("queued", "1")
    assert shop.get(till, "/api/v1/events/order.completed/1").status_code == 404
    work_off(nats.url, shop.store, shop.clock.now)
    assert shop.get(till, "/api/v1/events/order.completed/1").get_json()["data"]["total"] == ORDER["total"]
    assert counts(shop) == {"received": 1, "stored": 1}


def test_a_batch_says_of_each_what_is_known(shop: Shop, till: Key, nats: NatsServer) -> None:
    answer = shop.send(till, order("1"), order("2", data={}), order("3"))
    assert answer.status_code == 202
    document = answer.get_json()
    assert [one["verdict"] for one in document["results"]] == ["queued", "rejected", "queued"]
    assert (document["queued"], document["rejected"], document["stored"]) == (2, 1, 0)
    work_off(nats.url, shop.store, shop.clock.now)
    assert counts(shop) == {"received": 3, "stored": 2, "rejected": 1}


def test_what_the_judge_refuses_is_refused_at_once_and_kept_by_a_worker(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    answer = shop.send(till, order(data={"total": "much"}))
    assert (answer.status_code, answer.get_json()["verdict"]) == (422, "rejected")
    assert shop.get(till, "/api/v1/rejections").get_json()["rejections"] == []
    work_off(nats.url, shop.store, shop.clock.now)
    assert len(shop.get(till, "/api/v1/rejections").get_json()["rejections"]) == 1
    assert counts(shop) == {"received": 1, "rejected": 1}


def test_what_only_the_stored_event_can_tell_is_decided_by_the_worker(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    """Rights on what is stored, updates and late writes: `queued` first, and then what it would have been."""
    shop.send(till, order("1", identifiers={"crm_id": "7", **ALICE}, occurred_at="2026-09-21T10:00:00Z"))
    other = shop.key("other", "mobile:read,write")
    assert shop.send(other, order("1", identifiers={"mobile": "+46701234567"})).status_code == 202
    late = {**ORDER, "lines": 9}
    shop.send(till, order("1", data=late, occurred_at="2026-09-20T10:00:00Z"))
    shop.send(till, order("1", data=late, occurred_at="2026-09-21T11:00:00Z"))
    work_off(nats.url, shop.store, shop.clock.now)
    assert counts(shop) == {"received": 4, "stored": 1, "rejected": 1, "ignored": 1, "updated": 1}
    [kept] = shop.get(till, "/api/v1/rejections").get_json()["rejections"]
    assert kept["errors"][0]["code"] == "identifier-not-allowed"


def test_writes_without_a_time_are_all_taken_though_their_payloads_are_the_same(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    """A, then B, then A again: a stream that knew payloads by their hash would drop the third."""
    for lines in (1, 2, 1):
        shop.clock.forward(1)
        shop.send(till, order(data={**ORDER, "lines": lines}))
    work_off(nats.url, shop.store, shop.clock.now)
    assert shop.get(till, "/api/v1/events/order.completed/1").get_json()["data"]["lines"] == 1
    assert counts(shop) == {"received": 3, "stored": 1, "updated": 2}


def test_beacons_and_pixels_are_queued(shop: Shop, nats: NatsServer) -> None:
    [definition] = shop.store.definitions.all("shop")
    one = shop.beacon(definition.id, {"id": "a", "data": {"total": 1}})
    assert (one.status_code, one.get_json()) == (202, {"verdict": "queued"})
    several = shop.beacon(definition.id, [0, {"id": "b", "data": {"total": 1}}, {"id": "c", "data": {}}])
    assert several.status_code == 202
    assert [each["verdict"] for each in several.get_json()["results"]] == ["queued", "rejected"]
    pixel = shop.client.get(
        f"/b/{definition.id}.gif?id=d&data.total=1", headers={"Referer": "https://shop.example/"}
    )
    assert (pixel.status_code, pixel.content_type) == (200, "image/gif")
    work_off(nats.url, shop.store, shop.clock.now)
    assert counts(shop) == {"received": 4, "stored": 3, "rejected": 1}


def test_doors_of_other_apis_answer_what_their_clients_take_for_good(
    shop: Shop, till: Key, nats: NatsServer
) -> None:
    """Segment's libraries take 200 alone for success, a client of APSIS One 201."""
    shop.define(ORDERS)
    segment = shop.post(till, "/v1/batch", {"batch": [track()]})
    assert (segment.status_code, segment.get_json()["results"][0]["verdict"]) == (200, "queued")
    cloud = {"specversion": "1.0", "id": "c", "source": "/s", "type": "order.completed", "data": ORDER}
    headers = {**shop.headers(till), "Content-Type": "application/cloudevents+json"}
    answer = shop.client.post("/api/cloudevents", json={**cloud, "subject": "a@example.com"}, headers=headers)
    assert (answer.status_code, answer.get_json()["verdict"]) == (202, "queued")
    version = shop.store.definitions.find("shop", "order.completed")
    assert version is not None
    item = {"version_id": version.versions[0].id, "data": ORDER}
    apsis = Client(shop, till).post(item)
    assert (apsis.status_code, apsis.get_json()["items"][0]["verdict"]) == (201, "queued")
    assert count_in(nats.url) >= 3
    work_off(nats.url, shop.store, shop.clock.now)
    assert counts(shop) == {"received": 3, "stored": 3}


@pytest.mark.parametrize("address", ["/api/customEvents.upsert", "/api/customEvents.import"])
def test_the_notifuse_doors_commit_at_once(shop: Shop, till: Key, nats: NatsServer, address: str) -> None:
    event = {"event_name": "order.completed", "external_id": "n", "email": "a@example.com"}
    sent: dict[str, Any] = {**event, "properties": ORDER}
    if address.endswith("import"):
        sent = {"events": [sent]}
    answer = shop.post(till, address, {"workspace_id": "shop", **sent})
    assert answer.status_code in (200, 201), answer.get_json()
    assert counts(shop) == {"received": 1, "stored": 1}
    assert count_in(nats.url) == 0


def test_a_stream_that_is_away_is_a_503_and_not_ready(
    shop: Shop, till: Key, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_SECONDS", 0.5)
    assert shop.client.get("/ready").status_code == 200
    nats.stop()
    shop.clock.forward(2)
    for answer in (shop.send(till, order()), shop.client.get("/ready")):
        assert (answer.status_code, answer.get_json()["code"]) == (503, "storage-unavailable")
        assert answer.headers["Retry-After"] == "2"
    nats.start()
    shop.clock.forward(2)
    assert shop.client.get("/ready").status_code == 200
    assert shop.send(till, order()).status_code == 202


def test_an_event_that_is_larger_than_the_stream_takes_is_refused_alone(
    sqlite_ready_database_url: str,
) -> None:
    with running_nats(max_payload=16_384) as nats:
        shop = open_shop(sqlite_ready_database_url, stream=nats.url)
        text = {"name": "text", "type": "text"}
        shop.define({**EVERY_TYPE, "fields": [{**text, "name": f"t{n}"} for n in range(10)]})
        till = shop.key()
        large = {f"t{n}": "x" * 4_000 for n in range(10)}
        small = {f"t{n}": "x" * 400 for n in range(10)}
        many = [order(f"3{n}", data=small) for n in range(9)]
        sent = [order("1", data=small), order("2", data=large), *many]
        answer = shop.send(till, *sent).get_json()
        assert (answer["queued"], answer["rejected"]) == (10, 1)
        assert answer["results"][1]["errors"][0]["code"] == "event-too-large"
        work_off(nats.url, shop.store, shop.clock.now)
        assert counts(shop) == {"received": 11, "stored": 10, "rejected": 1}
        shop.store.close()
