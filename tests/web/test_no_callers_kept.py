"""Where a request came from is kept nowhere: in no table, and in no log."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from tests.cast import ALICE, EVERY_TYPE, Shop, open_shop, order
from tests.store.erased import traces
from tests.web.pages.signing_in import csrf_in, signed_in

MARKS = ("203.0.113.77", "198.51.100.99", "2001:db8::dead:beef")
FORWARDED = {"X-Forwarded-For": "198.51.100.99, 2001:db8::dead:beef", "X-Real-IP": "198.51.100.99"}
FORWARDED["Forwarded"] = 'for="[2001:db8::dead:beef]";proto=https'


@pytest.mark.parametrize("trusted", [0, 1, 2])
def test_no_door_keeps_the_address_of_who_calls(
    ready_database_url: str, trusted: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shop = open_shop(ready_database_url, trusted_proxies=trusted)
    for remote in ("203.0.113.77", "2001:db8::dead:beef"):
        answers = _knock(shop, remote)
        assert {answer.status_code // 100 for answer in answers} <= {2, 3, 4}
        assert any(answer.status_code == 200 for answer in answers)
    assert traces(shop, *MARKS) == []
    assert [mark for mark in MARKS if mark in caplog.text] == []
    shop.store.close()


def _knock(shop: Shop, remote: str) -> list[TestResponse]:
    """At every kind of door, with what is stored and with what is refused."""
    name = f"order.of.{remote[:4]}"
    address = shop.define(EVERY_TYPE | {"event_name": name}).id
    key = shop.key(remote[:4])
    at = {"REMOTE_ADDR": remote}

    def post(path: str, body: object, **headers: str) -> TestResponse:
        sent = {
            **FORWARDED,
            **shop.headers(key),
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        return shop.client.post(path, json=body, headers=sent, environ_base=at)

    def beacon(body: str, origin: str) -> TestResponse:
        headers = {**FORWARDED, "Origin": origin}
        return shop.client.post(f"/b/{address}", data=body, headers=headers, environ_base=at)

    event = order(f"event {remote[:4]}") | {"event": name}
    return [
        post("/api/v1/events", event),
        post("/api/v1/events", {"events": [event, {**event, "id": 7}]}),
        post("/api/v1/events", {"event": "nobody knows", "id": "1", "identifiers": ALICE}),
        post("/api/v1/events", event, Authorization="Bearer fp_nothing"),
        beacon('{"id":"one","visitor":"visitor-1","data":{"total":1}}', "https://shop.example"),
        beacon('{"id":"two","data":{"total":"much"}}', "https://shop.example"),
        beacon("{", "https://evil.example"),
        shop.client.get(f"/b/{address}.gif?id=three&d.total=1", headers=FORWARDED, environ_base=at),
        post("/v1/track", {"event": name, "messageId": "m", "userId": "7", "properties": {}}),
        post("/api/cloudevents", {"specversion": "1.0", "type": "x", "source": "/", "id": "1"}),
        post("/oauth/token", {"client_id": "a", "client_secret": "b", "grant_type": "client_credentials"}),
        post("/api/customEvents.upsert", {"event_name": "x"}),
        _sign_in_with_a_wrong_password(shop, at),
        _make_a_key(shop, at),
    ]


def _sign_in_with_a_wrong_password(shop: Shop, at: Mapping[str, str]) -> TestResponse:
    form = {"email": "ada@shop.example", "password": "a wrong one"}
    headers = {**FORWARDED, "Origin": "http://localhost"}
    return shop.client.post("/sign-in", data=form, headers=headers, environ_base=dict(at))


def _make_a_key(shop: Shop, at: Mapping[str, str]) -> TestResponse:
    browser, page = signed_in(shop), "/sections/shop/keys"
    csrf = csrf_in(browser.get(page, headers=FORWARDED, environ_base=dict(at)))
    form = {"name": "key", "scope": "read", "csrf": csrf}
    made = browser.post(page, data=form, headers=FORWARDED, environ_base=dict(at))
    assert made.status_code in (200, 303)
    return made
