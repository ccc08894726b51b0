"""An existing client against the real server: only its host and its key have changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cast import open_shop
from tests.servers.fieldpost import running
from tests.web.notifuse.client import ApiError, NotifuseClient

EMAIL = "customer@example.com"
DEFINITIONS: list[dict[str, Any]] = [
    {
        "event_name": "order.completed",
        "category": "transaction",
        "fields": [{"name": "total", "type": "decimal"}, {"name": "currency", "type": "text"}],
        "extra_fields": "keep",
    },
    {
        "event_name": "orders/fulfilled",
        "category": "transaction",
        "fields": [{"name": "order_total", "type": "decimal"}, {"name": "product_name", "type": "text"}],
    },
    {
        "event_name": "payment/succeeded",
        "category": "transaction",
        "fields": [{"name": "amount", "type": "decimal"}, {"name": "currency", "type": "text"}],
    },
]
ORDER = {
    "email": EMAIL,
    "event_name": "order.completed",
    "external_id": "order_12345",
    "properties": {"total": 129.99, "items": [{"sku": "A-1", "quantity": 2}, {"sku": "B-7", "quantity": 1}]},
    "occurred_at": "2026-05-15T14:30:00Z",
    "goal_type": "purchase",
    "goal_value": 129.99,
    "goal_name": "Web shop",
}
TWO_EVENTS = [
    {
        "event_name": "orders/fulfilled",
        "external_id": "shopify_order_12345",
        "email": EMAIL,
        "properties": {"order_total": 129.99, "product_name": "Premium Subscription"},
        "occurred_at": "2023-05-15T14:30:00Z",
    },
    {
        "event_name": "payment/succeeded",
        "external_id": "stripe_payment_67890",
        "email": EMAIL,
        "properties": {"amount": 129.99, "currency": "USD"},
        "occurred_at": "2023-05-15T14:29:00Z",
    },
]
REFUND = {
    "email": EMAIL,
    "event_name": "order.completed",
    "external_id": "refund_12345",
    "goal_type": "purchase",
    "goal_value": -129.99,
    "occurred_at": "2026-05-20T09:00:00+02:00",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NotifuseClient]:
    folder = tmp_path_factory.mktemp("wire")
    if request.param == "sqlite":
        yield from _client_of(f"sqlite:///{folder / 'f.db'}", folder)
    else:
        template = request.getfixturevalue("postgresql_ready")
        with request.getfixturevalue("postgres").database(template) as url:
            yield from _client_of(url, folder)


def _client_of(database: str, folder: Path) -> Iterator[NotifuseClient]:
    shop = open_shop(database)
    for definition in DEFINITIONS:
        shop.define(definition)
    secret = shop.secrets[shop.key("Notifuse").id]
    shop.store.close()
    with running(database, folder) as server:
        yield NotifuseClient(server.url, secret, "shop")


def test_the_documented_examples_work_as_they_stand(client: NotifuseClient) -> None:
    assert client.upsert(ORDER)["properties"]["items"] == ORDER["properties"]["items"]  # type: ignore[index]
    assert client.import_events(TWO_EVENTS) == ["shopify_order_12345", "stripe_payment_67890"]
    assert client.upsert(REFUND)["goal_value"] == Decimal("-129.99")
    stored = client.get("order.completed", "order_12345")
    assert stored["goal_value"] == stored["properties"]["total"] == Decimal("129.99")
    assert [one["external_id"] for one in client.events_of(EMAIL)] == [
        "refund_12345",
        "order_12345",
        "shopify_order_12345",
        "stripe_payment_67890",
    ]
    told = [(entry["kind"], entry["entity_id"], entry["operation"]) for entry in client.timeline(EMAIL)]
    assert told == [
        ("custom_event.order.completed", "refund_12345", "insert"),
        ("custom_event.order.completed", "order_12345", "insert"),
        ("custom_event.orders/fulfilled", "shopify_order_12345", "insert"),
        ("custom_event.payment/succeeded", "stripe_payment_67890", "insert"),
    ]


def test_what_is_wrong_is_told_in_words_that_the_client_knows(client: NotifuseClient) -> None:
    with pytest.raises(ApiError) as refused:
        client.import_events([*TWO_EVENTS, {**TWO_EVENTS[0], "email": ""}])
    assert (refused.value.status, refused.value.message) == (
        400,
        "validation error: invalid event at index 2: email is required",
    )
    with pytest.raises(ApiError) as missing:
        client.get("order.completed", "nope")
    assert (missing.value.status, missing.value.message) == (404, "Custom event not found")
    with pytest.raises(ApiError) as stranger:
        NotifuseClient(client.host, "eyJhbGciOiJIUzI1NiJ9.e30.x", "shop").upsert(ORDER)
    assert stranger.value.status == 401
    with pytest.raises(ApiError) as elsewhere:
        NotifuseClient(client.host, client.api_key, "elsewhere").upsert(ORDER)
    assert elsewhere.value.status == 404


def test_whole_batches_of_many_clients_at_once_are_stored_or_refused_each_on_its_own(
    client: NotifuseClient,
) -> None:
    heard: dict[int, object] = {}

    def send(number: int) -> None:
        email = f"c{number}@example.com"
        events = [{**ORDER, "email": email, "external_id": f"{number}-{n}"} for n in range(5)]
        if number % 2:
            events[3] = {**events[3], "properties": {"total": "much"}}
        try:
            heard[number] = client.import_events(events)
        except ApiError as error:
            heard[number] = error.status

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number in range(12):
        ids = [f"{number}-{n}" for n in range(5)]
        assert heard[number] == (400 if number % 2 else ids)
        stored = sorted(one["external_id"] for one in client.events_of(f"c{number}@example.com"))
        assert stored == ([] if number % 2 else ids)
