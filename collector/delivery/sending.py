"""One try to deliver: a request to a machine that was looked at before, within bounds.

The name is resolved once, every address that comes of it is judged, and one that was judged is connected to:
a name that means another machine a moment later changes nothing. Nothing of the environment is used (no
proxies), no redirect is followed, nothing is unpacked, and one clock runs over all of it.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from collector.core.problems import Fault
from collector.core.webhooks.addresses import (
    Machine,
    Network,
    Target,
    machine_of,
    may_be_reached,
    read_address,
)

SECONDS = 10.0
"""For a whole try, from resolving the name to the last byte of the answer."""

ANSWER_SECONDS = 1.0
"""What came of an answer when its status is known: for so long the rest of it is waited for."""

ANSWER_BYTES = 1_024
SHOWN = 500
_SLACK = 0.05

Resolve = Callable[[str, int], Sequence[str]]
"""A host's name and a port → the addresses that it has, as text. Raises `OSError`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try went. `status` None: there was no answer, and `sentence` says why; `seconds` it took."""

    status: int | None
    sentence: str
    seconds: float = 0.0
    text: str = ""
    retry_after: int | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Undeliverable(Exception):
    """There is no way to an answer; `str` is a sentence."""


def resolve_name(host: str, port: int) -> Sequence[str]:
    """What the machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Sender:
    """Sends to public machines, and to those of `allowed` networks."""

    def __init__(
        self,
        allowed: Sequence[Network],
        resolve: Resolve = resolve_name,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._trust = trust or ssl.create_default_context()
        self._seconds = seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Posts JSON. Whatever goes wrong is in the answer."""
        began = time.monotonic()
        until = began + self._seconds
        try:
            answer = self._post(url, body, headers, until)
        except Undeliverable as error:
            answer = Answer(None, str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            is_late = time.monotonic() >= until - _SLACK
            answer = Answer(None, self._too_late() if is_late else _why(error))
        took = time.monotonic() - began
        return Answer(answer.status, answer.sentence, took, answer.text, answer.retry_after)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], until: float) -> Answer:
        target = read_address(url)
        if isinstance(target, Fault):
            raise Undeliverable(target.message)
        machines = self._machines(target, until)
        connection = self._connect(machines, target.port, until)
        if target.scheme == "https":
            connection = self._trust.wrap_socket(
                connection, server_hostname=target.host, do_handshake_on_connect=False
            )
        # The clock runs for the handshake too, and for an answer that comes byte by byte.
        with _at_the_latest(connection, until):
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
            answer = _ask(connection, target, body, headers)
            with closing(answer):
                # To the parser, a connection that was ended is the end of the headers as well.
                if time.monotonic() >= until - _SLACK:
                    raise Undeliverable(self._too_late())
                return _told(answer, _beginning(connection, answer))

    def _machines(self, target: Target, until: float) -> list[Machine]:
        """Every machine that the name stands for; all of them must be such as may be reached."""
        literal = machine_of(target.host)
        texts = [target.host] if literal else self._resolved(target, until)
        machines = [one for one in map(machine_of, texts) if one is not None]
        if not machines or len(machines) < len(texts):
            raise Undeliverable(f"The name {target.host} has no address.")
        if not all(may_be_reached(one, self._allowed) for one in machines):
            raise Undeliverable(
                f"{target.host} is in no public network, so nothing is sent there. "
                "The operator can allow networks: FIELDPOST_WEBHOOK_NETWORKS."
            )
        return machines

    def _resolved(self, target: Target, until: float) -> Sequence[str]:
        """A resolver has no clock of its own that one could set: whoever waits does."""
        found: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                found.put(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.put(error)

        threading.Thread(target=ask, name="resolving", daemon=True).start()
        try:
            answer = found.get(timeout=max(until - time.monotonic(), 0.001))
        except queue.Empty:
            raise Undeliverable(self._too_late()) from None
        if isinstance(answer, Exception):
            raise Undeliverable(f"The name {target.host} could not be resolved.") from answer
        return answer

    def _connect(self, machines: Sequence[Machine], port: int, until: float) -> socket.socket:
        """A connection to the first that takes one; each gets its share of the time."""
        failure: OSError = OSError("no address")
        for left, machine in zip(range(len(machines), 0, -1), machines, strict=True):
            share = (until - time.monotonic()) / left
            if share <= 0:
                break
            try:
                return socket.create_connection((str(machine), port), timeout=share)
            except OSError as error:
                failure = error
        raise Undeliverable(f"No connection to {machines[0]} port {port}: {_words(failure)}.") from failure

    def _too_late(self) -> str:
        return f"No answer came within {self._seconds:g} seconds."


@contextmanager
def _at_the_latest(connection: socket.socket, until: float) -> Iterator[None]:
    """Ends the connection when the time is over, whatever it is doing then."""

    def end() -> None:
        with suppress(OSError):
            # As a plain socket: TLS would want to say goodbye first.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    left = max(until - time.monotonic(), 0.001)
    connection.settimeout(left)
    alarm = threading.Timer(left, end)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        connection.close()


def _ask(
    connection: socket.socket, target: Target, body: bytes, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection(target.host, target.port)
    asking.sock = connection
    everything = {
        **headers,
        "Host": target.place,
        "Content-Type": "application/json",
        "User-Agent": "Fieldpost",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    asking.request("POST", target.path, body, everything)
    return asking.getresponse()


def _told(answer: http.client.HTTPResponse, text: str) -> Answer:
    sentence = f"The receiver answered {answer.status}."
    if 300 <= answer.status < 400:
        sentence = f"The receiver answered {answer.status}: a webhook follows no redirect."
    return Answer(answer.status, sentence, 0.0, text, _seconds_in(answer))


def _beginning(connection: socket.socket, answer: http.client.HTTPResponse) -> str:
    """What the answer begins with: the status counts, so nobody waits long for the rest."""
    until = time.monotonic() + ANSWER_SECONDS
    read = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        while len(read) < ANSWER_BYTES and (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            piece = answer.read1(ANSWER_BYTES - len(read))
            if not piece:
                break
            read += piece
    return shown(read)


def shown(raw: bytes) -> str:
    """Bytes of a stranger as a text that is harmless everywhere: what cannot be printed is written out."""
    text = raw.decode("utf-8", "backslashreplace")
    kept = "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
    return kept[:SHOWN]


def _seconds_in(answer: http.client.HTTPResponse) -> int | None:
    """Retry-After in seconds (RFC 9110 §10.2.3); of a date, how far it is from the receiver's own Date."""
    text = (answer.headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return int(text)
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(answer.headers.get("Date") or "")
        return max(int((then - now).total_seconds()), 0)
    except (TypeError, ValueError, OverflowError):
        return None


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate is not good: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return f"No encrypted connection could be made: {error.reason or 'it broke off'}."
    if isinstance(error, http.client.HTTPException | ValueError):
        return "The receiver answered something that is no HTTP."
    return f"The connection broke off: {_words(error)}."


def _words(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "nobody answered"
    return str(getattr(error, "strerror", None) or "it was closed").lower()
