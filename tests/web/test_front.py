"""The thin layer in front of Flask: what it answers itself, and that it answers as Flask would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.test import Client, TestResponse

from collector.core.definitions import Definition
from collector.web import front
from tests.cast import ADMIN, EVERY_TYPE, NOON, ORDER, Shop, open_shop, order

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0"
PAGE = {"Origin": "https://shop.example", "User-Agent": FIREFOX}
JSON = "application/json"


class Counting:
    """An application that counts how often it was asked."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.asked = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        return self.application(environ, start_response)


@pytest.fixture
def shop(sqlite_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A shop whose Flask can be counted (`behind`), and asked without the layer (`flask`)."""
    monkeypatch.setattr(front, "install", lambda app, parts: None)
    opened = open_shop(sqlite_database_url)
    yield opened
    opened.store.close()


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def behind(shop: Shop) -> Counting:
    return Counting(shop.app.wsgi_app)


@pytest.fixture
def layer(shop: Shop, behind: Counting) -> Client:
    return Client(front.Front(behind, shop.parts))


@pytest.fixture
def flask(shop: Shop) -> Client:
    return Client(shop.app.wsgi_app)


def key_headers(shop: Shop, **rights: Any) -> dict[str, str]:
    return shop.headers(shop.key(**rights))


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that a client can see of an answer."""
    return answer.status_code, sorted((name.lower(), value) for name, value in answer.headers), answer.data


def test_a_usual_event_never_reaches_flask(
    shop: Shop, definition: Definition, layer: Client, behind: Counting
) -> None:
    answer = layer.post("/api/v1/events", json=order(), headers=key_headers(shop))
    assert (answer.status_code, answer.json["verdict"], behind.asked) == (200, "stored", 0)


def test_a_usual_beacon_never_reaches_flask(definition: Definition, layer: Client, behind: Counting) -> None:
    body = json.dumps([NOON // 1000, {"id": "a1", "data": ORDER}])
    answer = layer.post(
        f"/b/{definition.id}", data=body, content_type="text/plain;charset=UTF-8", headers=PAGE
    )
    assert (answer.status_code, answer.json, behind.asked) == (200, {"verdict": "stored"}, 0)
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]


@pytest.mark.parametrize(
    "change",
    [
        {"content_type": "application/json; charset=utf-8"},
        {"content_type": "text/plain"},
        {"headers": {"Origin": "https://shop.example"}},
        {"headers": {"Content-Encoding": "gzip"}},
        {"headers": {"Authorization": ""}},
        {"method": "PUT"},
        {"method": "OPTIONS"},
        {"path": "/api/v1/events/"},
        {"path": "/api/v1/events/validate"},
        {"environ_overrides": {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}},
        {"environ_overrides": {"CONTENT_LENGTH": "9" * 30}},
        {"environ_overrides": {"CONTENT_LENGTH": "-1"}},
    ],
    ids=str,
)
def test_an_unusual_request_goes_on_to_flask_as_it_came(
    shop: Shop, definition: Definition, layer: Client, flask: Client, behind: Counting, change: dict[str, Any]
) -> None:
    headers = {**key_headers(shop), **change.get("headers", {})}
    request: dict[str, Any] = {"path": "/api/v1/events", "method": "POST", "data": json.dumps(order())}
    request |= {"content_type": JSON, **change, "headers": headers}
    answer = layer.open(**request)
    assert behind.asked == 1
    again = flask.open(**request)
    # The same event a second time: what differs is that it is stored already.
    assert answer.status_code == again.status_code
    assert [name for name, _ in answer.headers] == [name for name, _ in again.headers]


def refusals(definition: Definition) -> dict[str, dict[str, Any]]:
    event = {"path": "/api/v1/events", "content_type": JSON}
    beacon = {"path": f"/b/{definition.id}", "content_type": "text/plain", "headers": PAGE}
    return {
        "no key": {**event, "headers": {"Authorization": "Bearer fp_none"}},
        "no bearer": {**event, "headers": {"Authorization": "Basic YTpi"}},
        "no json": {**event, "data": "{"},
        "no event": {**event, "data": "[]"},
        "unknown": {**event, "data": json.dumps(order(event="nothing.known"))},
        "wrong": {**event, "data": json.dumps(order(data={"total": "much"}, identifiers={"email": "x"}))},
        "too large": {**event, "data": " " * 1_048_577},
        "several": {
            **event,
            "data": json.dumps({"events": [order(data={"total": "x"}), order("2", version="x")]}),
        },
        "beacon wrong": {**beacon, "data": '{"id":"1","data":{"total":"x"}}'},
        "beacon unreadable": {**beacon, "data": "[1"},
        "beacon too large": {**beacon, "data": " " * 1_048_577},
        "beacon with a strange member": {**beacon, "data": '{"id":"1","deleted_at":null}'},
        "beacon of a bot": {
            **beacon,
            "data": '{"id":"1"}',
            "headers": {**PAGE, "User-Agent": "Googlebot/2.1"},
        },
        "beacon of a prefetch": {
            **beacon,
            "data": '{"id":"1"}',
            "headers": {**PAGE, "Sec-Purpose": "prefetch"},
        },
    }


REFUSALS = tuple(refusals(Definition("", "", None, (), 0, 0)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_not_stored_is_answered_to_the_letter_as_flask_would(
    shop: Shop, definition: Definition, layer: Client, flask: Client, behind: Counting, name: str
) -> None:
    request = refusals(definition)[name]
    headers = {
        **(key_headers(shop) if request["path"].startswith("/api") else {}),
        **request.get("headers", {}),
    }
    request = {"method": "POST", **request, "headers": headers}
    answer = told(layer.open(**request))
    assert behind.asked == 0
    assert answer == told(flask.open(**request))


def test_a_key_that_may_not_write_is_refused_alike(
    shop: Shop, definition: Definition, layer: Client, flask: Client, behind: Counting
) -> None:
    headers = key_headers(shop, scopes=("read",))
    answer = told(layer.post("/api/v1/events", json=order(), headers=headers))
    assert (answer[0], behind.asked) == (403, 0)
    assert answer == told(flask.post("/api/v1/events", json=order(), headers=headers))


def test_a_fault_of_ours_is_a_500_that_says_so(
    shop: Shop, definition: Definition, layer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(shop.parts.intake), "decide", fail)
    answer = layer.post("/api/v1/events", json=order(), headers=key_headers(shop))
    assert (answer.status_code, answer.json["code"]) == (500, "internal")


@pytest.mark.parametrize("accepted", ["br, gzip", "gzip", "identity", None])
def test_a_file_is_made_once_and_answered_as_flask_does(
    definition: Definition, layer: Client, flask: Client, behind: Counting, accepted: str | None
) -> None:
    headers = {"Accept-Encoding": accepted} if accepted else {}
    for path in (f"/s/{definition.id}.js", f"/s/{definition.versions[0].id}.js", f"/s/{definition.id}.d.ts"):
        expected = told(flask.get(path, headers=headers))
        behind.asked = 0
        assert [told(layer.get(path, headers=headers)) for _ in range(3)] == [expected] * 3
        assert behind.asked == 1


def test_an_unchanged_file_is_a_304_with_the_headers_of_flask(
    definition: Definition, layer: Client, flask: Client, behind: Counting
) -> None:
    path = f"/s/{definition.id}.js"
    etag = layer.get(path).headers["ETag"]
    answer = told(layer.get(path, headers={"If-None-Match": etag}))
    assert (answer[0], answer[2], behind.asked) == (304, b"", 1)
    assert answer == told(flask.get(path, headers={"If-None-Match": etag}))


@pytest.mark.parametrize(
    "header", ["If-None-Match: W/{}", 'If-None-Match: "x", {}', "If-None-Match: *", "Range: bytes=0-9"]
)
def test_other_conditions_are_for_flask(
    definition: Definition, layer: Client, flask: Client, behind: Counting, header: str
) -> None:
    path = f"/s/{definition.id}.js"
    name, _, value = header.partition(": ")
    headers = {name: value.format(flask.get(path).headers["ETag"])}
    assert told(layer.get(path, headers=headers)) == told(flask.get(path, headers=headers))
    assert behind.asked >= 1


@pytest.mark.parametrize(
    "path", ["/s/{}.js?x=1", "/s/{}", "/s/{}/bundle.js", "/s/0000000000000.js", "/s/x.js", "/s/"]
)
def test_other_addresses_are_for_flask(
    definition: Definition, layer: Client, flask: Client, behind: Counting, path: str
) -> None:
    assert told(layer.get(path.format(definition.id))) == told(flask.get(path.format(definition.id)))
    assert behind.asked == 1


def test_a_file_is_another_one_as_soon_as_its_definition_is(
    shop: Shop, definition: Definition, layer: Client, flask: Client
) -> None:
    path = f"/s/{definition.id}.js"
    before = told(layer.get(path))
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    assert told(layer.get(path)) == told(flask.get(path)) != before


def test_a_version_that_comes_into_force_is_served_within_a_second(
    shop: Shop, definition: Definition, layer: Client, save: Callable[[], None]
) -> None:
    path = f"/s/{definition.id}.js"
    save()
    assert b"voucher" not in layer.get(path).data
    shop.clock.forward(3601)
    assert b"voucher" in layer.get(path).data


@pytest.fixture
def save(shop: Shop, definition: Definition) -> Callable[[], None]:
    """Saves the definition with another field; it is pending for an hour."""
    fields = [*EVERY_TYPE["fields"], {"name": "voucher", "type": "text"}]  # type: ignore[misc]

    def do() -> None:
        headers = {**key_headers(shop), "If-Match": "*"}
        answer = shop.client.put(
            f"/api/v1/definitions/{definition.draft.event_name}",
            json={**EVERY_TYPE, "fields": fields},
            headers=headers,
        )
        assert answer.status_code == 200, answer.json

    return do
