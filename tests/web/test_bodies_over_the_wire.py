"""Bodies as they come over a real connection: chunked, too large, cut off."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cast import EVERY_TYPE, order
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running

CAP = 10_000


@dataclass(frozen=True)
class Door:
    """The real server, with a small limit for bodies."""

    host: str
    port: int
    key: str

    def chunked(self, chunks: Iterator[bytes]) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        # A server that has read enough answers and hangs up, while the last bytes may still be on their way.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", "/api/v1/events", body=chunks, headers=headers, encode_chunked=True)
        answer = connection.getresponse()
        document = json.loads(answer.read())
        connection.close()
        return answer.status, document


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder: Path = tmp_path_factory.mktemp("wire")
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    fieldpost(folder, database, "section", "create", "Shop")
    (folder / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(folder, database, "definition", "apply", "events.json")
    key = fieldpost(folder, database, "key", "create", "--name", "till")["key"]
    with running(database, folder, max_body=CAP) as server:
        address = urlsplit(server.url)
        assert address.hostname is not None
        assert address.port is not None
        yield Door(address.hostname, address.port, key)


def pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + 100] for start in range(0, len(body), 100))


def test_a_chunked_body_is_read_whole(door: Door) -> None:
    status, document = door.chunked(pieces(json.dumps(order("chunked")).encode()))
    assert (status, document["verdict"]) == (200, "stored")


def test_a_chunked_body_over_the_limit_is_refused_and_never_cut(door: Door) -> None:
    whole = json.dumps(order("whole")).encode()
    status, document = door.chunked(pieces(whole + b" " * (CAP + 1 - len(whole))))
    assert (status, document["code"]) == (413, "body-too-large")
    client = Client(f"http://{door.host}:{door.port}", door.key)
    assert client.get("/api/v1/events/order.completed/whole").status == 404


def test_a_body_of_exactly_the_limit_is_read(door: Door) -> None:
    body = json.dumps(order("exact")).encode()
    status, document = door.chunked(pieces(body + b" " * (CAP - len(body))))
    assert (status, document["verdict"]) == (200, "stored")


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_read(door: Door) -> None:
    with socket.create_connection((door.host, door.port), timeout=20) as connection:
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {CAP + 1}\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_is_cut_off_is_not_stored(door: Door) -> None:
    body = json.dumps(order("cut")).encode()
    with socket.create_connection((door.host, door.port), timeout=20) as connection:
        head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body) + 50}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        # Nothing more comes; the client still listens, so that the test knows when the server is done.
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"body-unreadable"' in answer
    client = Client(f"http://{door.host}:{door.port}", door.key)
    assert client.get("/api/v1/events/order.completed/cut").status == 404


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_get_their_right_answer(door: Door, method: str) -> None:
    client = Client(f"http://{door.host}:{door.port}", door.key)
    expected = {"HEAD": 200, "OPTIONS": 200, "TRACE": 405, "PATCH": 405}
    assert client.ask(method, "/api/v1/events").status == expected[method]
