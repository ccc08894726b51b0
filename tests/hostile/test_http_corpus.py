"""The HTTP corpus: each request gets its answer, nothing is stored that should not be, nothing is a 500."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.core.permissions import Key
from collector.hostile.http_corpus import ANY_ID, BODIES, METHODS, ORIGINS, PATHS, WIRE
from collector.store.ledger import sums
from tests.cast import ADMIN, EVERY_TYPE, Shop, order
from tests.faults.shop import Shop as RealShop
from tests.faults.shop import new_shop
from tests.servers.fieldpost import Server

PATIENCE_SECONDS = 5.0


# Over the wire


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealShop, Server]]:
    folder: Path = tmp_path_factory.mktemp("wire")
    shop = new_shop(folder, f"sqlite:///{folder / 'fieldpost.db'}")
    server = shop.serve()
    yield shop, server
    server.stop()


@pytest.mark.parametrize("number", range(len(WIRE)), ids=lambda number: WIRE[number].name)
def test_bytes(served: tuple[RealShop, Server], number: int) -> None:
    shop, sent = served[0], WIRE[number]
    before = len(shop.stored())
    raw = sent.raw.replace(b"{b}", f"/b/{shop.address}".encode()).replace(ANY_ID, b"%08d" % number)
    assert first_status(shop, raw) in sent.statuses
    assert len(shop.stored()) - before <= sent.stores
    assert first_status(shop, b"GET /health HTTP/1.1\r\nHost: shop\r\n\r\n") == 200


def first_status(shop: RealShop, raw: bytes) -> int:
    """The status of the answer to these bytes; 0 where the connection is closed without one."""
    heard = b""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE_SECONDS) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(raw)
        with contextlib.suppress(ConnectionResetError):
            while b"\r\n" not in heard and (piece := connection.recv(65_536)):
                heard += piece
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", heard)
    return int(found[1]) if found else 0


def test_the_log_has_no_line_that_somebody_else_wrote(served: tuple[RealShop, Server]) -> None:
    """Run after the corpus: whatever it had in it, every line of the log is one of ours."""
    _, server = served
    text = server.log.read_text()
    ours = re.compile(r'\{"time": |Fieldpost listens|Nobody can sign in')
    assert [line for line in text.splitlines() if not ours.match(line)] == []
    assert [line for line in text.splitlines() if '"failure"' in line] == []


# Asked of the app


@pytest.fixture
def till(shop: Shop) -> Key:
    shop.define(EVERY_TYPE)
    return shop.key()


def test_paths(shop: Shop, till: Key) -> None:
    wrong = []
    for path, expected in PATHS:
        answer = shop.client.get(path, headers=shop.headers(till))
        if (answer.status_code, answer.content_type) != (expected, "application/problem+json"):
            wrong.append((path[:80], answer.status_code, answer.content_type, answer.headers.get("Location")))
    assert wrong == []


def test_methods(shop: Shop, till: Key) -> None:
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    wrong = []
    for method, path, expected, allowed in METHODS:
        address = path.replace("{id}", definition.id)
        answer = shop.client.open(address, method=method, headers=shop.headers(till))
        told = answer.headers.get("Allow")
        names = set(told.split(", ")) if told else None
        if answer.status_code != expected or (allowed is not None and names != allowed):
            wrong.append((method, path, answer.status_code, told))
        assert method != "HEAD" or answer.get_data() == b""
    assert wrong == []


@pytest.mark.parametrize("way", ["beacon", "preflight"])
def test_origins(shop: Shop, till: Key, way: str) -> None:
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    wrong = []
    for number, (origin, may) in enumerate(ORIGINS):
        headers = {} if origin is None else {"Origin": origin.encode("utf-8").decode("latin-1")}
        method = "POST" if way == "beacon" else "OPTIONS"
        answer = shop.client.open(
            f"/b/{definition.id}",
            method=method,
            json={"id": str(number), "data": {"total": 1}},
            headers=headers,
        )
        shared = answer.headers.get("Access-Control-Allow-Origin")
        good = (answer.status_code in (200, 204), shared) == ((True, origin) if may else (False, None))
        if not good or "Origin" not in answer.headers.get("Vary", ""):
            wrong.append((origin and origin[:60], answer.status_code, shared))
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert wrong == []


def test_packed_bodies(shop: Shop, till: Key) -> None:
    for encoding, body, status, code in BODIES:
        headers = {"Content-Encoding": encoding.encode("utf-8").decode("latin-1")}
        answer = shop.client.post(
            "/api/v1/events", data=body, content_type="application/json", headers=shop.headers(till) | headers
        )
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), (encoding, body)


def test_what_is_refused_is_not_in_the_ledger_and_what_is_judged_is_there_once(shop: Shop, till: Key) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    for body in (b"", b"{", b"[]", b'{"events": 1}', b"\xff"):
        assert shop.post(till, "/api/v1/events", body).status_code == 400
    assert sums(shop.store.database, "shop")["received"] == 0
    shop.send(till, order("1"), order("1"), order("2", data={}))
    told = sums(shop.store.database, "shop")
    assert (told["received"], told["stored"], told["duplicate"], told["rejected"]) == (3, 1, 1, 1)
