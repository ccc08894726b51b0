"""The gate: what is too much is sent away before anything is read, one section's crowd is not the others'."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from collector.core.permissions import Key
from collector.web.gate import PLACE, Gate
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop, order


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """One database is enough: the gate asks memory only."""
    return sqlite_ready_database_url


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
        while gate.inside.enter(name):
            stack.callback(gate.inside.leave, name)
            count += 1
        yield count


def test_a_crowd_of_one_section_is_sent_away_and_others_are_served(shop: Shop, gate: Gate, till: Key) -> None:
    shop.store.sections.create("Club", "reject", ADMIN, NOON)
    shop.define(EVERY_TYPE, section="club")
    other = shop.key(section="club")
    assert shop.send(other, order()).status_code == 200
    with crowd(gate, "section", "shop") as count:
        assert count == gate.inside.places // 2
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

    def answer(environ: Any, start: Any) -> list[bytes]:
        seen.append(gate.inside.taken)
        return []

    gate = Gate(answer, shop.store, lambda: 0.0, 10_000_000)
    gate(asking(**headers, **{"wsgi.input": io.BytesIO(b" " * 3 * PLACE)}), start)
    assert (seen, gate.inside.taken, gate.bodies.taken) == ([places], 0, 0)


def asking(**more: Any) -> dict[str, Any]:
    return {
        "PATH_INFO": "/api/v1/events",
        "REQUEST_METHOD": "POST",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.input": io.BytesIO(),
        **more,
    }


def start(*_: Any) -> Any:
    """Begins an answer that nobody hears."""


def test_a_request_is_inside_until_its_answer_is_sent_or_failed(shop: Shop) -> None:
    def answer(environ: Any, start: Any) -> Iterator[bytes]:
        yield b"one"
        yield b"two"

    def fail(environ: Any, start: Any) -> Iterator[bytes]:
        raise RuntimeError

    gate = Gate(answer, shop.store, lambda: 0.0, 1000)
    sent = gate(asking(), start)
    assert (next(iter(sent)), gate.inside.taken) == (b"one", 1)
    sent.close()  # type: ignore[attr-defined]
    assert gate.inside.taken == 0
    failing = Gate(fail, shop.store, lambda: 0.0, 1000)
    with pytest.raises(RuntimeError):
        failing(asking(), start)
    assert failing.inside.taken == 0


class SlowBody(io.BytesIO):
    """A body on its way: what happens meanwhile is `meanwhile`."""

    meanwhile: Callable[[], None]

    def read(self, size: int | None = -1) -> bytes:
        self.meanwhile()
        return super().read(size)


def test_a_body_is_waited_for_under_the_address_and_outside(shop: Shop, till: Key) -> None:
    moment = 10.0
    seen: list[Any] = []

    def look() -> None:
        nonlocal moment
        moment += 7
        address = gate.bodies.held_by(("address", "192.0.2.1"))
        seen.append((address, gate.inside.taken, gate.longest()))

    def answer(environ: Any, start: Any) -> list[bytes]:
        held = gate.inside.held_by(("section", "shop"))
        seen.append((held, gate.bodies.taken, gate.longest(), environ["wsgi.input"].read()))
        return []

    gate = Gate(answer, shop.store, lambda: moment, 1000)
    body = SlowBody(b"body")
    body.meanwhile = look  # type: ignore[method-assign]
    key = shop.headers(till)["Authorization"]
    gate(asking(**{"wsgi.input": body, "CONTENT_LENGTH": "4", "HTTP_AUTHORIZATION": key}), start)
    assert seen == [(1, 0, 7.0), (1, 0, 0.0, b"body")]


def test_a_body_that_is_shorter_than_announced_goes_no_further(shop: Shop) -> None:
    told: list[Any] = []
    gate = Gate(lambda environ, start: pytest.fail("it went on"), shop.store, lambda: 0.0, 1000)
    cut = asking(**{"wsgi.input": io.BytesIO(b'{"whole":1}'), "CONTENT_LENGTH": "61"})
    answer = gate(cut, lambda status, headers: told.append((status, dict(headers))))  # type: ignore[arg-type, return-value]
    assert (told[0][0][:3], "Retry-After" in told[0][1]) == ("400", False)
    assert json.loads(b"".join(answer))["code"] == "body-unreadable"
    assert (gate.bodies.taken, gate.inside.taken, gate.longest()) == (0, 0, 0.0)


@pytest.mark.parametrize("length", ["1001", str(10**30)])
def test_what_is_announced_too_large_is_not_read(shop: Shop, length: str) -> None:
    body = SlowBody(b"body")
    body.meanwhile = lambda: pytest.fail("it was read")  # type: ignore[method-assign]
    gate = Gate(lambda environ, start: [b"refused"], shop.store, lambda: 0.0, 1000)
    assert gate(asking(**{"wsgi.input": body, "CONTENT_LENGTH": length}), start) == [b"refused"]


def test_whoever_is_slow_in_crowds_is_sent_away_and_hung_up_on(shop: Shop) -> None:
    gate = Gate(lambda environ, start: [b"let in"], shop.store, lambda: 0.0, 1000)
    told: list[Any] = []
    while gate.bodies.enter(("address", "192.0.2.1")):
        pass
    slow = asking(CONTENT_LENGTH="4", SERVER_SOFTWARE="Granian")
    assert gate(slow, lambda status, headers: told.append((status, dict(headers)))) != [b"let in"]  # type: ignore[arg-type, return-value]
    assert (told[0][0][:3], told[0][1]["Connection"]) == ("503", "close")
    body = {"wsgi.input": io.BytesIO(b"body"), "CONTENT_LENGTH": "4"}
    for served in (asking(**body, REMOTE_ADDR="192.0.2.2"), asking(REQUEST_METHOD="GET")):
        assert gate(served, start) == [b"let in"]


def test_nobody_is_left_inside_after_a_thousand_requests_at_once(shop: Shop, gate: Gate, till: Key) -> None:
    def ask() -> None:
        for _ in range(25):
            assert shop.get(till, "/api/v1/definitions").status_code == 200

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gate.inside.taken == 0


def test_wider_room_for_bodies_holds_no_more_of_those_whose_size_nobody_knows(shop: Shop) -> None:
    counts = []
    for width in (1, 8):
        gate = Gate(lambda environ, start: [], shop.store, lambda: 0.0, 1_048_576)
        gate.widen(width * gate.inside.places)
        chunked = asking(HTTP_TRANSFER_ENCODING="chunked")
        count = 0
        while gate.begin_body(chunked, f"192.0.2.{count}") is not None:
            count += 1
        counts.append(count)
    assert counts[0] == counts[1] > 32
