"""One try: where it may lead, and what hostile receivers can do to it, with real sockets."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from collector.core.webhooks.addresses import networks_in
from collector.delivery.sending import ANSWER_BYTES, Sender
from tests.servers.receiver import Talk, answer, drip, endless, receiver, silent

TLS = Path(__file__).parent / "tls"
HERE = networks_in("127.0.0.0/8")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


def sender(*names: str, seconds: float = 10.0, trust: ssl.SSLContext | None = None) -> Sender:
    """May reach this machine; every name means `names`, or this machine."""
    return Sender(HERE, lambda host, port: names or ["127.0.0.1"], trust, seconds)


def test_it_posts_json_to_the_address_with_its_own_headers() -> None:
    with receiver(answer(200, b"thanks")) as one:
        told = sender().post(one.url, b'{"a":1}', {"webhook-id": "msg_1"})
    assert (told.status, told.sentence, told.text) == (200, "The receiver answered 200.", "thanks")
    [request] = one.received
    assert (request.path, request.body) == ("/hook?from=shop", b'{"a":1}')
    wanted = {"webhook-id": "msg_1", "content-type": "application/json", "accept-encoding": "identity"}
    assert wanted.items() <= request.headers.items()
    assert request.headers["host"] == f"127.0.0.1:{one.port}"


@pytest.mark.parametrize(
    "names",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["fe80::1%eth0"],
    ],
)
def test_a_name_that_means_a_machine_that_is_not_public_is_not_connected_to(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", _nobody_connects)
    told = Sender((), lambda host, port: names).post("https://hooks.example/", b"{}", {})
    assert told.status is None
    assert "no public network" in told.sentence


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1", "2130706433", "0x7f.1", "0"]
)
def test_this_machine_is_not_reached_however_it_is_written(host: str) -> None:
    with receiver() as one:
        told = Sender(()).post(f"http://{host}:{one.port}/", b"{}", {})
    assert told.status is None
    assert one.received == []


def test_a_name_is_resolved_once_and_what_was_judged_is_connected_to() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiver() as one:
        told = Sender(HERE, rebinding).post(f"http://hooks.example:{one.port}/", b"{}", {})
    assert (told.status, asked) == (204, ["hooks.example"])
    assert one.received[0].headers["host"] == f"hooks.example:{one.port}"


def test_no_redirect_is_followed() -> None:
    with receiver() as inside, receiver(answer(302, b"", f"Location: {inside.url}")) as one:
        told = sender().post(one.url, b"{}", {})
    assert (told.status, told.is_good) == (302, False)
    assert "no redirect" in told.sentence
    assert inside.received == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as one:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sender().post(one.url, b"{}", {}).status == 204
    assert proxy.received == []


@pytest.mark.parametrize(
    "talk",
    [
        silent,
        drip(b""),
        drip(b"HTTP/1.1 200"),
        drip(b"HTTP/1.1 200 OK\r\nX: "),
        drip(b"HTTP/1.1 100 Go\r\n\r\n"),
    ],
    ids=["silent", "dripping", "dripping status", "dripping header", "dripping after 100"],
)
def test_a_receiver_that_never_comes_to_its_answer_costs_so_many_seconds_and_no_more(talk: Talk) -> None:
    with receiver(talk) as one:
        began = time.monotonic()
        told = sender(seconds=0.5).post(one.url, b"{}", {})
    assert (told.status, told.sentence) == (None, "No answer came within 0.5 seconds.")
    assert time.monotonic() - began < 5


def test_a_handshake_that_never_ends_costs_no_more_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        told = sender(seconds=0.5).post(address, b"{}", {})
    assert (told.status, told.sentence) == (None, "No answer came within 0.5 seconds.")


def test_a_resolver_that_never_answers_costs_no_more_either() -> None:
    over = threading.Event()

    def waiting(host: str, port: int) -> Sequence[str]:
        over.wait(20)
        return []

    told = Sender((), waiting, seconds=0.2).post("https://hooks.example/", b"{}", {})
    over.set()
    assert told.sentence == "No answer came within 0.2 seconds."


@pytest.mark.parametrize("talk", [drip(OK), endless(OK)], ids=["dripping", "endless"])
def test_of_an_answer_without_an_end_the_status_counts_and_some_bytes_are_kept(talk: Talk) -> None:
    with receiver(talk) as one:
        began = time.monotonic()
        told = sender().post(one.url, b"{}", {})
    assert told.is_good
    assert 0 < len(told.text) <= ANSWER_BYTES
    assert time.monotonic() - began < 10


def test_endless_headers_and_what_is_no_http_are_failures() -> None:
    many = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(1_000)) + b"\r\n"
    for nonsense in (many, b"SSH-2.0-OpenSSH\r\n", b"\0" * 100, b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000):
        with receiver(nonsense) as one:
            told = sender().post(one.url, b"{}", {})
        assert told.status is None, told
        assert told.sentence.endswith(".")


def test_a_packed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with receiver(answer(200, bomb, "Content-Encoding: gzip")) as one:
        told = sender().post(one.url, b"{}", {})
    assert told.is_good
    assert len(told.text) <= ANSWER_BYTES


def test_what_is_kept_of_an_answer_is_harmless_text() -> None:
    raw = "\x1b[31m\r\nforged: line\u202e\0<script>å".encode() + b"\xff"
    with receiver(answer(500, raw)) as one:
        told = sender().post(one.url, b"{}", {})
    assert told.text == "\\x1b[31m\\r\nforged: line\\u202e\\x00<script>å\\xff"


def test_a_port_where_nobody_listens_is_a_sentence(free_port: int) -> None:
    told = sender().post(f"http://127.0.0.1:{free_port}/", b"{}", {})
    assert told.sentence == f"No connection to 127.0.0.1 port {free_port}: connection refused."


def test_a_name_without_an_address_is_a_sentence() -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    told = Sender((), nowhere).post("https://hooks.example/", b"{}", {})
    assert told.sentence == "The name hooks.example could not be resolved."


def test_the_certificate_is_that_of_the_name_whatever_the_address() -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(TLS / "hooks.example.pem", TLS / "hooks.example.key")
    trust = ssl.create_default_context(cafile=str(TLS / "hooks.example.pem"))
    with receiver(trust=serving) as one:
        good = sender(trust=trust).post(f"https://hooks.example:{one.port}/", b"{}", {})
        other = sender(trust=trust).post(f"https://other.example:{one.port}/", b"{}", {})
        unknown = sender().post(f"https://hooks.example:{one.port}/", b"{}", {})
    assert good.status == 204
    assert other.sentence.startswith("The certificate is not good: Hostname mismatch")
    assert unknown.sentence.startswith("The certificate is not good: self")
    assert len(one.received) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("-1", None),
        ("soon", None),
        ("9" * 30, None),
        ("Mon, 21 Sep 2026 12:02:00 GMT", 120),
        ("Mon, 21 Sep 2026 11:00:00 GMT", 0),
        ("Mon, 99 Sep 99999 11:00:00 GMT", None),
    ],
)
def test_it_hears_when_to_come_again(header: str, seconds: int | None) -> None:
    told = answer(429, b"", f"Retry-After: {header}", "Date: Mon, 21 Sep 2026 12:00:00 GMT")
    with receiver(told) as one:
        assert sender().post(one.url, b"{}", {}).retry_after == seconds


def _nobody_connects(*args: object, **options: object) -> socket.socket:
    raise AssertionError("A connection was made.")
