"""`/api/v1/events`, as an integration meets it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from collector.store.ledger import sums
from tests.cast import ALICE, BOB, EVERY_TYPE, ORDER, Shop, order
from tests.web.roads import EVERY_ROAD

pytestmark = EVERY_ROAD


@pytest.fixture(autouse=True)
def _defined(shop: Shop) -> None:
    shop.define(EVERY_TYPE)


def test_one_event_is_stored_and_answered_as_it_is_stored(shop: Shop) -> None:
    till = shop.key()
    answer = shop.send(till, order(occurred_at="2026-09-21T10:00:00.5+02:00"))
    assert answer.status_code == 200
    document = answer.get_json()
    assert document["verdict"] == "stored"
    event = document["event"]
    assert event["data"] == {**ORDER, "paid_at": "2026-09-21T10:00:00Z"}
    assert event["identifiers"] == ALICE
    assert event["occurred_at"] == "2026-09-21T08:00:00.5Z"
    assert (event["source"], event["trust"]) == ("till", "key")
    assert shop.get(till, "/api/v1/events/order.completed/1").get_json() == event


def test_the_same_event_twice_is_there_once(shop: Shop) -> None:
    till = shop.key()
    assert [shop.send(till, order()).get_json()["verdict"] for _ in range(3)] == [
        "stored",
        "duplicate",
        "duplicate",
    ]
    assert len(shop.get(till, "/api/v1/events").get_json()["events"]) == 1


def test_every_fault_is_told_at_once_with_its_place(shop: Shop) -> None:
    wrong = {"total": "much", "lines": 1.5, "colour": "red", "deliver_on": "2026-02-30"}
    answer = shop.send(shop.key(), order(data=wrong, id="", identifiers={}, occurred_at="yesterday"))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    document = answer.get_json()
    assert (document["code"], document["status"], document["verdict"]) == (
        "payload-invalid",
        422,
        "rejected",
    )
    assert {(error["code"], error["pointer"]) for error in document["errors"]} == {
        ("id-missing", "/id"),
        ("timestamp-invalid", "/occurred_at"),
        ("identifier-missing", "/identifiers"),
        ("type-wrong", "/data/total"),
        ("type-wrong", "/data/lines"),
        ("field-unknown", "/data/colour"),
        ("type-wrong", "/data/deliver_on"),
    }
    assert all(error["message"].endswith(".") for error in document["errors"])


def test_what_is_refused_is_kept_with_its_reasons_and_personal_values_masked(shop: Shop) -> None:
    till = shop.key()
    shop.send(till, order(data={**ORDER, "total": True, "phone": "+46701234567"}))
    kept = shop.get(till, "/api/v1/rejections").get_json()["rejections"]
    assert [(one["event"], one["event_id"], one["door"]) for one in kept] == [("order.completed", "1", "api")]
    assert kept[0]["errors"][0]["pointer"] == "/data/total"
    assert kept[0]["payload"]["data"]["currency"] == "SEK"
    assert "+46701234567" not in json.dumps(kept)
    assert "alice" not in json.dumps(kept)


def test_a_batch_has_a_result_for_each_event_in_order(shop: Shop) -> None:
    answer = shop.send(shop.key(), order("1"), order("2", event="no.such"), order("1"), order("3", data={}))
    assert answer.status_code == 200
    document = answer.get_json()
    assert [(one["verdict"], one["id"]) for one in document["results"]] == [
        ("stored", "1"),
        ("rejected", "2"),
        ("duplicate", "1"),
        ("rejected", "3"),
    ]
    assert document["results"][1]["errors"][0]["code"] == "event-unknown"
    assert {name: n for name, n in document.items() if name != "results"} == {
        "stored": 1,
        "updated": 0,
        "duplicate": 1,
        "ignored": 0,
        "rejected": 2,
    }


@pytest.mark.parametrize("events", [[], [order(str(n)) for n in range(501)]])
def test_a_batch_has_one_to_five_hundred_events(shop: Shop, events: list[Any]) -> None:
    answer = shop.post(shop.key(), "/api/v1/events", {"events": events})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")
    assert sums(shop.store.database, "shop")["received"] == 0


def test_validate_gives_the_verdict_and_stores_nothing(shop: Shop) -> None:
    till = shop.key()
    dry = shop.post(till, "/api/v1/events/validate", order())
    wrong = shop.post(till, "/api/v1/events/validate", order(data={}))
    assert (dry.status_code, dry.get_json()["verdict"]) == (200, "stored")
    assert wrong.status_code == 422
    assert shop.get(till, "/api/v1/events").get_json() == {"events": []}
    assert shop.get(till, "/api/v1/rejections").get_json() == {"rejections": []}
    assert shop.send(till, order()).get_json()["verdict"] == "stored"
    assert shop.post(till, "/api/v1/events/validate", order()).get_json()["verdict"] == "duplicate"


def test_the_timeline_of_a_profile_is_read_back_newest_first(shop: Shop) -> None:
    till = shop.key()
    shop.send(till, order("1", occurred_at="2026-09-01T10:00:00Z"))
    shop.send(till, order("2", occurred_at="2026-09-03T10:00:00Z"))
    shop.send(till, order("3", occurred_at="2026-09-02T10:00:00Z", identifiers=BOB))
    line = shop.get(till, "/api/v1/profiles/email/%20ALICE@example.com/timeline").get_json()["timeline"]
    assert [(one["event_id"], one["type"], one["operation"]) for one in line] == [
        ("2", "order.completed", "insert"),
        ("1", "order.completed", "insert"),
    ]
    assert line[0]["data"]["total"] == 149.99
    assert shop.get(till, "/api/v1/profiles/email/nobody@example.com/timeline").status_code == 404


def test_lists_are_paged_to_the_end(shop: Shop) -> None:
    till = shop.key()
    shop.send(till, *[order(str(number)) for number in range(7)])
    seen: list[str] = []
    query: dict[str, str] = {"limit": "3", "event": "order.completed"}
    while True:
        page = shop.get(till, "/api/v1/events", **query).get_json()
        seen += [event["id"] for event in page["events"]]
        if "next_cursor" not in page:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "١"},
        {"cursor": "x"},
        {"cursor": "W10"},
        {"from": "2026"},
        {"colour": "red"},
    ],
)
def test_a_query_that_cannot_be_understood_is_a_400(shop: Shop, query: dict[str, str]) -> None:
    answer = shop.get(shop.key(), "/api/v1/events", **query)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")


def test_decimals_and_big_integers_come_back_with_all_their_digits(shop: Shop) -> None:
    till = shop.key()
    digits = "12345678901234567890.123456789012345678"
    body = json.dumps(order(data={"total": 0, "lines": 9007199254740993})).replace(
        '"total": 0', f'"total": {digits}'
    )
    shop.post(till, "/api/v1/events", body.encode())
    answer = shop.get(till, "/api/v1/events/order.completed/1").get_data(as_text=True)
    assert f'"total":{digits}' in answer
    assert '"lines":9007199254740993' in answer


def test_ids_and_names_with_slashes_have_addresses(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "event_name": "shop/order"})
    till = shop.key()
    shop.send(till, order("a/b c%", event="shop/order"))
    found = shop.get(till, "/api/v1/events/shop~order/a%2Fb%20c%25")
    assert found.get_json()["id"] == "a/b c%"


def test_a_gzip_body_is_read(shop: Shop) -> None:
    body = gzip.compress(json.dumps(order()).encode())
    answer = shop.post(shop.key(), "/api/v1/events", body, Content_Encoding="gzip")
    assert answer.get_json()["verdict"] == "stored"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "body-unreadable"),
        (b"   ", {}, 400, "body-unreadable"),
        (b"{", {}, 400, "body-unreadable"),
        (b"{}{}", {}, 400, "body-unreadable"),
        (b'{"event": NaN}', {}, 400, "body-unreadable"),
        (b'{"event": "\xff"}', {}, 400, "body-unreadable"),
        (b'{"event": "order.completed", "data": {"a": "\xff"}}', {}, 400, "body-unreadable"),
        (b'{"events": [{"event": "order.completed", "data": {"a": "\xff"}}]}', {}, 400, "body-unreadable"),
        (
            b'{"events": [{"event": "order.completed", "data": {"\xed\xa0\x80": 1}}]}',
            {},
            400,
            "body-unreadable",
        ),
        (b'{"events": [{"event": "order.completed", "goal_value": "\xff"}]}', {}, 400, "body-unreadable"),
        ("{}".encode("utf-16"), {}, 400, "body-unreadable"),
        (b"[" * 100_000, {}, 400, "body-unreadable"),
        (b'{"data":' * 100_000, {}, 400, "body-unreadable"),
        (b"null", {}, 400, "request-invalid"),
        (b"[]", {}, 400, "request-invalid"),
        (b'""', {}, 400, "request-invalid"),
        (b"1", {}, 400, "request-invalid"),
        (b'{"events": {}}', {}, 400, "request-invalid"),
        (b'{"events": [1], "more": 1}', {}, 400, "request-invalid"),
        (b"x" * 1_048_577, {}, 413, "body-too-large"),
        (gzip.compress(b" " * 5_000_000, mtime=0), {"Content-Encoding": "gzip"}, 413, "body-too-large"),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400, "body-unreadable"),
        (gzip.compress(b"{}", mtime=0)[:-4], {"Content-Encoding": "gzip"}, 400, "body-unreadable"),
        (b"{}", {"Content-Encoding": "zstd"}, 415, "media-type-unsupported"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "media-type-unsupported"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_counts_nothing(
    shop: Shop, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    key = shop.key()
    answer = shop.client.post(
        "/api/v1/events",
        data=body,
        headers={"Content-Type": "application/json", **shop.headers(key), **headers},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert sums(shop.store.database, "shop")["received"] == 0


@pytest.mark.parametrize(
    ("event", "pointer", "code"),
    [
        (None, "", "payload-invalid"),
        ([], "", "payload-invalid"),
        ({"event": 5}, "/event", "type-wrong"),
        ({"event": ""}, "/event", "event-missing"),
        ({"event": "order.completed", "id": 5}, "/id", "type-wrong"),
        ({"event": "order.completed", "id": "x" * 256}, "/id", "too-long"),
        ({"event": "order.completed", "id": "web:1"}, "/id", "id-reserved"),
        ({"event": "order.completed", "id": "a\0b"}, "/id", "text-invalid"),
        ({"event": "order.completed", "id": "\ud800"}, "/id", "text-invalid"),
        ({"event": "order.completed", "id": "1", "visitor": "v"}, "/visitor", "member-unknown"),
        ({"event": "order.completed", "id": "1", "__proto__": 1}, "/__proto__", "member-unknown"),
        ({"event": "order.completed", "id": "1", "source": " "}, "/source", "too-short"),
        ({"event": "order.completed", "id": "1", "source": "x" * 256}, "/source", "too-long"),
        ({"event": "order.completed", "id": "1", "data": []}, "/data", "data-invalid"),
        ({"event": "order.completed", "id": "1", "version": "nope"}, "/version", "version-unknown"),
        ({"event": "order.completed", "id": "1", "goal_type": "hug"}, "/goal_type", "goal-type-unknown"),
        ({"event": "order.completed", "id": "1", "deleted_at": "soon"}, "/deleted_at", "timestamp-invalid"),
    ],
)
def test_a_member_that_is_wrong_is_named(shop: Shop, event: Any, pointer: str, code: str) -> None:
    answer = shop.post(shop.key(), "/api/v1/events", {"events": [event]})
    result = answer.get_json()["results"][0]
    assert result["verdict"] == "rejected"
    assert (code, pointer) in {(error["code"], error["pointer"]) for error in result["errors"]}
    assert sums(shop.store.database, "shop")["rejected"] == 1


def test_a_wrong_method_says_which_are_right(shop: Shop) -> None:
    answer = shop.client.delete("/api/v1/events")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/s/x", "/b", "/%00", "/api/v1/%2e%2e/"])
def test_an_unknown_address_is_a_404_in_the_same_shape(shop: Shop, path: str) -> None:
    answer = shop.client.get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
