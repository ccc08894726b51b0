"""CloudEvents over HTTP: the published SDK's own messages, and those that nobody should send."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent as OlderCloudEvent
from werkzeug.test import TestResponse

from collector.core.permissions import Key
from tests.cast import ADMIN, EVERY_TYPE, ORDER, Shop

NAMED = {
    "id": "c-1",
    "source": "https://shop.example/orders",
    "type": "order.completed",
    "specversion": "1.0",
}
ON_SQLITE = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)
TIME = datetime(2026, 9, 21, 12, tzinfo=UTC)
BATCH = "application/cloudevents-batch+json"
ONE = "application/cloudevents+json"


@pytest.fixture
def key(shop: Shop) -> Key:
    shop.define(EVERY_TYPE)
    return shop.key("Orders")


def post(shop: Shop, key: Key, body: Any, content_type: str | None = ONE, **headers: str) -> TestResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return shop.client.post(
        "/api/cloudevents", data=raw, content_type=content_type, headers={**shop.headers(key), **given}
    )


def send(shop: Shop, key: Key, headers: Any, body: bytes) -> TestResponse:
    """A message as the SDK has made it."""
    sent = {**dict(headers), **shop.headers(key)}
    return shop.client.post("/api/cloudevents", data=body, headers=sent)


def as_sdk_events(how: str) -> tuple[Any, bytes]:
    attributes = {**NAMED, "time": TIME, "subject": "alice@example.com", "traceparent": "00-1-2-03"}
    if how.startswith("older"):
        older = OlderCloudEvent({**attributes, "time": TIME.isoformat()}, ORDER)
        return to_binary(older) if how == "older binary" else to_structured(older)
    message = (to_binary_event if how == "binary" else to_structured_event)(CloudEvent(attributes, ORDER))
    return message.headers, message.body


@pytest.mark.parametrize("how", ["binary", "structured", "older binary", "older structured"])
def test_what_the_sdk_makes_is_stored(shop: Shop, key: Key, how: str) -> None:
    answer = send(shop, key, *as_sdk_events(how))
    assert (answer.status_code, answer.get_json()["verdict"]) == (200, "stored")
    event = shop.get(key, "/api/v1/events/order.completed/c-1").get_json()
    assert event["data"] == {**ORDER, "paid_at": event["data"]["paid_at"]}
    assert event["identifiers"] == {"email": "alice@example.com"}
    assert (event["source"], event["occurred_at"]) == (NAMED["source"], "2026-09-21T12:00:00Z")
    assert send(shop, key, *as_sdk_events(how)).get_json()["verdict"] == "duplicate"


def test_bytes_of_the_sdk_are_json_in_base64(shop: Shop, key: Key) -> None:
    event = CloudEvent({**NAMED, "subject": "7", "time": TIME}, json.dumps(ORDER).encode())
    message = to_structured_event(event)
    assert b"data_base64" in message.body
    assert send(shop, key, message.headers, message.body).get_json()["verdict"] == "stored"


def test_a_batch_has_a_verdict_for_each(shop: Shop, key: Key) -> None:
    good = {**NAMED, "subject": "7", "data": ORDER}
    bad = {**good, "id": "c-2", "data": {"total": "x"}}
    answer = post(shop, key, [good, bad, 7, {**good, "id": "c-3"}], BATCH)
    document = answer.get_json()
    assert answer.status_code == 200
    assert [one["verdict"] for one in document["results"]] == ["stored", "rejected", "rejected", "stored"]
    assert document["results"][1]["errors"][0]["pointer"] == "/data/total"
    assert (document["stored"], document["rejected"]) == (2, 2)
    kept = shop.get(key, "/api/v1/rejections").get_json()["rejections"]
    assert {one["door"] for one in kept} == {"cloudevents"}


@ON_SQLITE
@pytest.mark.parametrize(
    ("members", "identifiers"),
    [
        ({"subject": "7"}, {"crm_id": "7"}),
        ({"subject": "Alice@Example.com"}, {"email": "alice@example.com"}),
        ({"subject": "orders/42", "crmid": "7"}, {"crm_id": "7"}),
        ({"email": "a@b.se", "mobile": "+46701234567"}, {"email": "a@b.se", "mobile": "+46701234567"}),
        ({"visitor": "0b8dc4a2-5f0f-4d3e"}, {}),
    ],
)
def test_subject_or_extensions_say_who_it_is(
    shop: Shop, key: Key, members: dict[str, str], identifiers: dict[str, str]
) -> None:
    assert post(shop, key, {**NAMED, "data": ORDER, **members}).status_code == 200
    assert shop.get(key, "/api/v1/events/order.completed/c-1").get_json()["identifiers"] == identifiers


def test_binary_headers_are_percent_encoded_and_need_no_content_type(shop: Shop, key: Key) -> None:
    headers = {f"ce-{name}": text for name, text in NAMED.items()} | {
        "ce-subject": "sm%C3%B6r%20%22g%C3%A5s%22"
    }
    answer = post(shop, key, ORDER, None, **headers)
    assert answer.status_code == 200
    event = shop.get(key, "/api/v1/events/order.completed/c-1").get_json()
    assert event["identifiers"] == {"crm_id": 'smör "gås"'}


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"specversion": "0.3"}, "/specversion", "specversion-unknown"),
        ({"specversion": None}, "/specversion", "specversion-unknown"),
        ({"source": None}, "/source", "member-missing"),
        ({"id": None}, "/id", "id-missing"),
        ({"type": None}, "/type", "event-missing"),
        ({"type": "unheard.of"}, "/type", "event-unknown"),
        ({"subject": None}, "/subject", "identifier-missing"),
        ({"subject": 7}, "/subject", "type-wrong"),
        ({"time": "2026-09-21"}, "/time", "timestamp-invalid"),
        ({"data": [1]}, "/data", "data-invalid"),
        ({"datacontenttype": "text/plain"}, "/datacontenttype", "type-wrong"),
        ({"data": None, "data_base64": "!"}, "/data_base64", "json-invalid"),
        ({"data": None, "data_base64": "é"}, "/data_base64", "json-invalid"),
        ({"data": None, "data_base64": base64.b64encode(b"{").decode()}, "/data_base64", "json-invalid"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_at_its_place(
    shop: Shop, key: Key, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = post(shop, key, {**NAMED, "subject": "7", "data": ORDER, **change})
    document = answer.get_json()
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert (pointer, code) in [(one["pointer"], one["code"]) for one in document["errors"]]


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", ONE, 400),
        (b"", ONE, 400),
        (b"{}", BATCH, 400),
        (b"[]", BATCH, 400),
        (b"[" + b"1," * 500 + b"1]", BATCH, 400),
        (b"{}", "application/json", 415),
        (b"<a/>", "application/cloudevents+xml", 415),
        (b"\xff", ONE, 400),
        (b" " * 1_048_577, ONE, 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_refused(
    shop: Shop, key: Key, body: bytes, content_type: str, status: int
) -> None:
    assert post(shop, key, body, content_type).status_code == status


def test_rights_are_those_of_everywhere(shop: Shop, key: Key) -> None:
    event = {**NAMED, "subject": "7", "data": ORDER}
    assert post(shop, shop.key("mail", "email:write"), event).get_json()["code"] == "identifier-not-allowed"
    assert post(shop, shop.key("read", scopes=("read",)), event).get_json()["code"] == "scope-missing"
    shop.store.definitions.hide(_the_definition(shop), ADMIN, shop.clock.now())
    assert post(shop, key, event).status_code == 410


def _the_definition(shop: Shop) -> Any:
    return shop.store.definitions.find("shop", "order.completed")
