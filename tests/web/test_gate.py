"""The gate: what is too much is sent away before anything is read, one section's crowd is not the others'."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from collector.core.permissions import Key
from collector.web.gate import PLACE, Gate
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop, order


@pytest.fixture
def gate(shop: Shop) -> Gate:
    found: Gate = shop.app.extensions["fieldpost_gate"]
    return found


@pytest.fixture
def till(shop: Shop) -> Key:
    shop.define(EVERY_TYPE)
    key = shop.key()
    assert shop.send(key, order()).status_code == 200
    return key


@contextmanager
def crowd(gate: Gate, *name: str) -> Iterator[int]:
    """Somebody takes all the room that they get."""
    with ExitStack() as stack:
        count = 0
        while gate.room.enter(name):
            stack.callback(gate.room.leave, name)
            count += 1
        yield count


def test_a_crowd_of_one_section_is_sent_away_and_others_are_served(shop: Shop, gate: Gate, till: Key) -> None:
    shop.store.sections.create("Club", "reject", ADMIN, NOON)
    shop.define(EVERY_TYPE, section="club")
    other = shop.key(section="club")
    assert shop.send(other, order()).status_code == 200
    with crowd(gate, "section", "shop") as count:
        assert count == gate.room.places // 2
        refused = shop.send(till, order("2"))
        assert (refused.status_code, refused.get_json()["code"]) == (503, "overloaded")
        assert (refused.content_type, refused.headers["Retry-After"]) == ("application/problem+json", "2")
        assert shop.send(other, order("2")).status_code == 200
        assert shop.client.get("/s/unknown.js").status_code == 404
    assert shop.send(till, order("2")).get_json()["verdict"] == "stored"


def test_what_is_sent_away_was_not_read_and_not_counted(shop: Shop, gate: Gate, till: Key) -> None:
    before = shop.get(till, "/api/v1/stats").get_json()
    with crowd(gate, "section", "shop"):
        assert shop.send(till, order("2")).status_code == 503
    assert shop.get(till, "/api/v1/stats").get_json() == before
    assert shop.get(till, "/api/v1/events/order.completed/2").status_code == 404


def test_the_beacons_of_a_section_share_its_room_and_a_page_may_read_the_refusal(
    shop: Shop, gate: Gate
) -> None:
    definition = shop.define(EVERY_TYPE)
    for address in (definition.id, definition.versions[0].id):
        assert shop.beacon(address, {"id": address, "data": {"total": 1}}).status_code == 200
        with crowd(gate, "section", "shop"):
            refused = shop.beacon(address, {"id": "x", "data": {"total": 1}})
            assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (503, "*")
            assert refused.headers["Access-Control-Expose-Headers"] == "Retry-After"


def test_whoever_shows_no_key_is_told_by_the_network_address(shop: Shop, gate: Gate) -> None:
    with crowd(gate, "address", "127.0.0.1"):
        for path in ("/", "/api/openapi.json", "/b/unknown"):
            assert shop.client.get(path).status_code == 503
        elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
        assert shop.client.get("/api/openapi.json", environ_base=elsewhere).status_code == 200


def test_a_wrong_secret_with_a_good_keys_number_is_not_the_section(shop: Shop, gate: Gate, till: Key) -> None:
    with crowd(gate, "section", "shop"):
        wrong = {"Authorization": f"Bearer fp_{till.id}{'x' * 32}"}
        assert shop.client.get("/api/v1/events", headers=wrong).status_code == 401


def test_health_and_readiness_are_told_in_any_crowd(shop: Shop, gate: Gate) -> None:
    with crowd(gate, "address", "127.0.0.1"), crowd(gate, "section", "shop"):
        assert shop.client.get("/health").status_code == 200
        assert shop.client.get("/ready").status_code == 200


@pytest.mark.parametrize(
    ("headers", "places"),
    [
        ({}, 1),
        ({"CONTENT_LENGTH": "0"}, 1),
        ({"CONTENT_LENGTH": str(PLACE - 1)}, 1),
        ({"CONTENT_LENGTH": str(PLACE * 3)}, 4),
        ({"CONTENT_LENGTH": str(10**12)}, 64),
        ({"CONTENT_LENGTH": "-1"}, 1),
        ({"CONTENT_LENGTH": "\u0662\u0663"}, 1),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 4),
        ({"HTTP_CONTENT_ENCODING": "gzip", "CONTENT_LENGTH": "100"}, 4),
    ],
)
def test_a_larger_body_takes_more_room(shop: Shop, headers: dict[str, str], places: int) -> None:
    seen = []
    gate = Gate(lambda environ, start: [str(seen.append(gate.room.taken)).encode()], shop.store, lambda: 0)
    environ = {"PATH_INFO": "/api/v1/events", "REQUEST_METHOD": "POST", "REMOTE_ADDR": "192.0.2.1", **headers}
    gate(environ, lambda *started: None)  # type: ignore[arg-type, return-value]
    assert (seen, gate.room.taken) == ([places], 0)


def test_a_request_is_inside_until_its_answer_is_sent_or_failed(shop: Shop) -> None:
    moment = 0.0

    def answer(environ: object, start: object) -> Iterator[bytes]:
        yield b"one"
        yield b"two"

    def fail(environ: object, start: object) -> Iterator[bytes]:
        raise RuntimeError

    environ = {"PATH_INFO": "/", "REQUEST_METHOD": "GET", "REMOTE_ADDR": "192.0.2.1"}
    gate = Gate(answer, shop.store, lambda: moment)  # type: ignore[arg-type]
    sent = gate(environ, lambda *started: None)  # type: ignore[arg-type, return-value]
    moment = 3.0
    assert (next(iter(sent)), gate.room.taken, gate.longest()) == (b"one", 1, 3.0)
    sent.close()  # type: ignore[attr-defined]
    assert (gate.room.taken, gate.longest()) == (0, 0.0)
    failing = Gate(fail, shop.store, lambda: moment)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        failing(environ, lambda *started: None)  # type: ignore[arg-type, return-value]
    assert (failing.room.taken, failing.longest()) == (0, 0.0)


def test_nobody_is_left_inside_after_a_thousand_requests_at_once(shop: Shop, gate: Gate, till: Key) -> None:
    def ask() -> None:
        for _ in range(25):
            assert shop.get(till, "/api/v1/definitions").status_code == 200

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gate.room.taken == 0
