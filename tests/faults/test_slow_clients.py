"""Clients that are slow, idle, or send what unpacks to a mountain: nobody notices, memory is bounded."""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.cli.slow_clients import cut_off
from tests.faults.load import loaded
from tests.faults.processes import resident_mebibytes
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import Server
from tests.servers.waiting import eventually

IDLE = 5_000
SLOW = 200
ELSEWHERE = "127.0.0.2"
"""Where the slow ones come from: this machine has many addresses, and the others use the first."""

PROMPT_SECONDS = 2.0
CAP = 1_048_576
BOMBS = 50


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Server]]:
    folder = tmp_path_factory.mktemp("slow")
    shop = new_shop(folder, f"sqlite:///{folder / 'fieldpost.db'}")
    server = shop.serve()
    yield shop, server
    server.stop()


def require_others_served(shop: Shop, name: str) -> None:
    """A few clients that behave: each is answered at once, and nothing is refused."""
    with loaded(shop, 4, name=name) as load:
        assert eventually(lambda: len(load.told.seconds) >= 40), load.told
    assert (load.told.cut, load.told.statuses[503]) == ([], 0)
    assert sorted(load.told.seconds)[len(load.told.seconds) * 9 // 10] < PROMPT_SECONDS
    require_nothing_lost(shop, load)


@contextlib.contextmanager
def connections(shop: Shop, count: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each with a few first bytes and no more."""
    opened = []
    try:
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", shop.port), 20, source_address=(ELSEWHERE, 0))
            opened.append(one)
            one.sendall(first)
        yield opened
    finally:
        for one in opened:
            one.close()


def head(shop: Shop, length: int, *, chunked: bool = False) -> bytes:
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
    return (
        f"POST /b/{shop.address} HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n"
        f"User-Agent: Mozilla/5.0\r\nContent-Type: text/plain\r\n{how}\r\n\r\n"
    ).encode()


def test_idle_connections_are_not_noticed(served: tuple[Shop, Server]) -> None:
    shop, server = served
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(IDLE, hard // 2)
    with connections(shop, count):
        require_others_served(shop, "beside-idle")
        assert max(resident_mebibytes(server)) < 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert count > 1_024, "this machine allows too few open files to tell"


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_that_do_not_come_are_not_noticed(served: tuple[Shop, Server], chunked: bool) -> None:
    shop, server = served
    require_others_served(shop, f"before-slow-{chunked}")
    with connections(shop, SLOW, head(shop, 100, chunked=chunked)):
        require_others_served(shop, f"beside-slow-{chunked}")
        assert max(resident_mebibytes(server)) < 200


def test_heads_that_do_not_come_are_not_noticed(served: tuple[Shop, Server]) -> None:
    shop, _ = served
    with connections(shop, SLOW, b"POST /b/x HTTP/1.1\r\nHost: x\r\nX-Slow: "):
        require_others_served(shop, "beside-heads")


def test_bombs_unpack_to_no_more_than_the_limit(served: tuple[Shop, Server]) -> None:
    shop, server = served
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    piece = packer.compress(b" " * CAP)
    bomb = b"".join([piece, *(packer.compress(b" " * CAP) for _ in range(300)), packer.flush()])
    assert len(bomb) < CAP // 2
    before = max(resident_mebibytes(server))
    for _ in range(BOMBS):
        connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/events", bomb, headers | {"Authorization": f"Bearer {shop.key}"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "body-too-large")
        connection.close()
    assert max(resident_mebibytes(server)) < before + 20
    require_others_served(shop, "after-bombs")


@pytest.mark.full
def test_whoever_does_not_finish_is_cut_off_and_whoever_is_idle_is_let_go(tmp_path: Path) -> None:
    shop = new_shop(tmp_path, f"sqlite:///{tmp_path / 'fieldpost.db'}")
    server = shop.serve()
    begun = time.monotonic()
    with connections(shop, 20, head(shop, 100_000)) as slow, connections(shop, 20) as idle:
        while slow and time.monotonic() - begun < 60:
            slow = [one for one in slow if not _is_closed(one, b"x")]
            require_others_served(shop, f"beside-{time.monotonic_ns()}")
        assert 28 < time.monotonic() - begun < 50
        assert eventually(lambda: all(_is_closed(one) for one in idle))
    server.stop()


def open_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def _is_closed(connection: socket.socket, drip: bytes = b"") -> bool:
    """Whether the other side has hung up; `drip` is what a slow client sends meanwhile."""
    connection.setblocking(False)
    try:
        if drip:
            connection.send(drip)
        return connection.recv(10_000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


# The kernel's word


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def talk(listener: socket.socket, *words: tuple[str, bytes]) -> tuple[socket.socket, socket.socket]:
    """A connection and what was said on it: `("client", …)` or `("server", …)`, one after the other."""
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    for who, word in words:
        (client if who == "client" else server).sendall(word)
        (server if who == "client" else client).recv(100)
        eventually(_a_tick_later())
    return client, server


def _a_tick_later() -> object:
    """The kernel counts milliseconds; what follows must not be in the same one."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun > 0.02


def test_only_clients_in_the_middle_of_a_request_are_cut_off(listening: socket.socket) -> None:
    answered = talk(listening, ("client", b"question"), ("server", b"answer"))
    asking = talk(listening, ("client", b"question"), ("server", b"answer"), ("client", b"half a quest"))
    # As towards a database: what came last was its answer, and its port is another one.
    database = socket.create_server(("127.0.0.1", 0))
    outgoing = talk(database, ("client", b"question"), ("server", b"answer"))
    port = listening.getsockname()[1]
    before = open_files()
    assert eventually(lambda: cut_off(port, 0.01)) >= 1
    assert open_files() == before, "looking at files that are no connections left them open twice"
    assert _is_closed(asking[0])
    assert not _is_closed(answered[0])
    assert not _is_closed(outgoing[0])
    assert listening.fileno() > 0
    late = socket.create_connection(listening.getsockname())
    for one in (*answered, *asking, *outgoing, late, database):
        one.close()
