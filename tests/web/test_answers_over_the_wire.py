"""Answers that come piece by piece, from the real server to clients that are slow or go away."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.processes import resident_mebibytes
from tests.servers.fieldpost import REPOSITORY, Server, running
from tests.servers.waiting import eventually

HERE = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); "
    "from tests.web.test_answers_over_the_wire import serve; serve()"
)
MEBIBYTE = b"x" * 1_048_576
LARGE = 200
"""Mebibytes: many times what a server may hold of an answer."""


def serve() -> None:
    """`serve --host HOST --port PORT …`: the collector with answers that tests need."""
    from collector.cli.listening import Address, serve_forever

    words = sys.argv[1:]
    host, port = (words[words.index(option) + 1] for option in ("--host", "--port"))
    serve_forever(application, Address(host, int(port)), 1, lambda: None)


def application() -> object:
    import os

    from collector.app import create_app
    from collector.settings import Settings
    from collector.web.rsgi import Served

    app = create_app(Settings.from_environment(os.environ))

    @app.get("/large")
    def large() -> Iterator[bytes]:
        try:
            for _ in range(LARGE):
                yield MEBIBYTE
        finally:
            Path("ended").touch()

    @app.get("/fails")
    def fails() -> Iterator[bytes]:
        yield MEBIBYTE
        raise ZeroDivisionError

    @app.get("/nothing")
    def nothing() -> Iterator[bytes]:
        yield from ()

    return Served(app)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    url = f"sqlite:///{folder / 'fieldpost.db'}"
    with running(url, folder, command=(sys.executable, "-c", HERE)) as started:
        yield started


@pytest.fixture
def asked(server: Server) -> Iterator[http.client.HTTPConnection]:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    yield connection
    connection.close()


def test_a_slow_client_is_waited_for_and_costs_no_memory(
    server: Server, folder: Path, asked: http.client.HTTPConnection
) -> None:
    before = max(resident_mebibytes(server))
    asked.request("GET", "/large")
    answer = asked.getresponse()
    assert answer.read(1_000) == MEBIBYTE[:1_000]
    other = http.client.HTTPConnection(asked.host, asked.port, timeout=20)
    for _ in range(200):  # others are served meanwhile, and nothing piles up
        other.request("GET", "/health")
        assert other.getresponse().read()
    other.close()
    assert not (folder / "ended").exists()
    assert max(resident_mebibytes(server)) - before < LARGE / 4
    size = 1_000
    while piece := answer.read(1 << 20):
        size += len(piece)
    assert size == LARGE * len(MEBIBYTE)
    assert eventually((folder / "ended").exists)
    (folder / "ended").unlink()


def test_who_goes_away_is_sent_no_more(
    server: Server, folder: Path, asked: http.client.HTTPConnection
) -> None:
    asked.request("GET", "/large")
    asked.getresponse().read(1_000)
    asked.close()
    assert eventually((folder / "ended").exists)
    (folder / "ended").unlink()


def test_an_answer_that_fails_half_way_does_not_look_whole(asked: http.client.HTTPConnection) -> None:
    asked.request("GET", "/fails")
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        asked.getresponse().read()


def test_an_answer_of_no_pieces_is_empty(asked: http.client.HTTPConnection) -> None:
    asked.request("GET", "/nothing")
    answer = asked.getresponse()
    assert (answer.status, answer.read()) == (200, b"")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /health HTTP/1.0\r\n\r\n", 200),
        (b"GET http://elsewhere/health HTTP/1.1\r\nHost: here\r\n\r\n", 200),
        (b"GET /caf%C3%A9%FF HTTP/1.1\r\nHost: here\r\n\r\n", 404),
        (b"GET /health HTTP/1.1\r\nHost: here\r\nX-Strange: \xff\xfe\r\n\r\n", 200),
        (b"OPTIONS * HTTP/1.1\r\nHost: here\r\n\r\n", 404),
    ],
)
def test_unusual_requests_are_understood(server: Server, sent: bytes, status: int) -> None:
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname or "", place.port or 0), 20) as connection:
        connection.sendall(sent)
        assert connection.recv(12).split()[1] == str(status).encode()
