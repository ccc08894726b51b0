"""Answers on their way to the client.

Granian takes whatever it is given into memory, however slow the client is. What comes piece by piece is
therefore written into a pipe, which granian reads as it reads a file: the pipe holds 64 KiB, and whoever
writes waits while it is full. That the client has gone shows at the other end of it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from wsgiref.types import WSGIApplication, WSGIEnvironment

from granian._granian import RSGIHTTPProtocol as HTTPProtocol

from collector.web.answers import Answer, Headers
from collector.web.connections import cut

READER_SECONDS = 10.0
PAUSE_SECONDS = 0.005


class Begun:
    """`start_response` (PEP 3333), and what it was told."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        self.status, self.headers = int(status[:3]), tuple(headers)
        return _refuse_to_write

    def is_whole(self) -> bool:
        """Whether the answer has an end that is known: then it is in memory."""
        return any(name.lower() == "content-length" for name, _ in self.headers)


def tell(proto: HTTPProtocol, answer: Answer, more: Headers = ()) -> None:
    """Answers, from any thread, with further headers."""
    if answer.body:
        proto.response_bytes(answer.status, [*answer.headers, *more], answer.body)
    else:
        proto.response_empty(answer.status, [*answer.headers, *more])


def talk(
    app: WSGIApplication,
    environ: WSGIEnvironment,
    proto: HTTPProtocol,
    client: str,
    more: Callable[[int], Headers],
) -> int:
    """Has the app answer, in a thread that may wait; `client` is the address of the connection.

    `more` gives further headers for a status. The status of the answer.
    """
    begun = Begun()
    body = app(environ, begun)
    begun.headers += more(begun.status)
    try:
        if isinstance(body, list) or begun.is_whole():
            tell(proto, Answer(begun.status, begun.headers, b"".join(body)))
        else:
            _stream(begun, body, proto, client)
    finally:
        if hasattr(body, "close"):
            body.close()
    return begun.status


def _stream(begun: Begun, body: Iterable[bytes], proto: HTTPProtocol, client: str) -> None:
    """Sends each piece when there is room for it; ends when there is no client any more."""
    pieces = iter(body)
    first = next(pieces, None)
    if first is None:  # to HEAD, or with a status that has no body
        tell(proto, Answer(begun.status, begun.headers, b""))
        return
    with _pipe() as path:
        proto.response_file(begun.status, list(begun.headers), str(path))
        with os.fdopen(_opened(path), "wb", buffering=0) as pipe:
            try:
                for piece in chain([first], pieces):
                    if not _written(pipe.fileno(), piece):
                        return
            except BaseException:
                # Whoever reads must see that this is not all: the end of the pipe would look as if it were.
                cut(client)
                raise


def _written(pipe: int, piece: bytes) -> bool:
    """Whether somebody was there to read it."""
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[os.write(pipe, rest) :]
    except BrokenPipeError:
        return False
    return True


@contextlib.contextmanager
def _pipe() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fieldpost-") as folder:
        path = Path(folder) / "answer"
        os.mkfifo(path, 0o600)
        yield path


def _opened(path: Path) -> int:
    """The end to write to, once somebody reads. Raises `TimeoutError` if nobody does."""
    until = time.monotonic() + READER_SECONDS
    while True:
        with contextlib.suppress(OSError):  # ENXIO: nobody has opened the other end yet
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(pipe, True)
            return pipe
        if time.monotonic() >= until:
            raise TimeoutError("nobody reads the answer")
        time.sleep(PAUSE_SECONDS)


def _refuse_to_write(data: bytes) -> object:
    raise TypeError("an app returns what it has to say")
