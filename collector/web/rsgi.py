"""The server's side of every request: an RSGI application around the Flask app.

One thread, that of the event loop, takes all requests, waits for their bodies, and asks the WSGI app in front
of Flask in a hurry: what comes by the thousand is judged there and then, handed in, and answered when a whole
group of it is on disk, without a thread of its own. Where a request is alone, this thread writes it too.
Whatever would wait (`store/patience.py`) and whatever is Flask's to answer is asked again in a thread that
may. Before each request and each answer, it lets the thread that fills a transaction go first
(`store/precedence.py`).

RSGI is granian's own interface: https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import Flask
from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from collector.core.problems import Problem
from collector.intake.tickets import Soon, Ticket, failed
from collector.metrics import counting
from collector.store import patience
from collector.traces import spans, starting
from collector.web import tracing
from collector.web.answers import Answer
from collector.web.doors import Doors
from collector.web.environs import environ_of
from collector.web.front import SPENT, Pending
from collector.web.gate import PLACE, PLACES, READ, Gate, body_length, cut_off, too_much
from collector.web.metrics import look
from collector.web.parts import Parts
from collector.web.proxies import client_address
from collector.web.request_ids import RequestIds
from collector.web.talking import Begun, talk, tell
from collector.web.tracing import METHODS

THREADS = PLACES + 32
"""As many as the gate lets in, and some to say no."""

BODIES = 8 * PLACES
"""Places for bodies that are on their way: at 16 KiB each, 32 MiB."""

FAILED = 500
"""What a request is counted as whose answer broke off."""

NOTE_SECONDS = 1.0
LOOK_SECONDS = 0.5
"""How often it is looked whether what was handed in waits for too long."""


log = logging.getLogger(__name__)
access = logging.getLogger("collector.access")


class Served:
    """An RSGI application: a Flask app whose requests wait without a thread where they can."""

    def __init__(self, app: Flask) -> None:
        parts: Parts = app.extensions["fieldpost"]
        self._gate: Gate = app.extensions["fieldpost_gate"]
        self._gate.widen(BODIES)
        self._app: WSGIApplication = app.wsgi_app
        self._parts = parts
        self._intake = parts.intake
        self._trusted = parts.settings.trusted_proxies
        self._doors = Doors(parts.settings)
        self._ids = RequestIds(self._trusted)
        self._tells_all = parts.settings.access_log == "on"
        self._keeps_traces = spans.are_kept()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._here = 0
        self._client = ""
        self._is_alone = False
        self._handed_in = 0
        self._looks = False

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        patience.never_wait()
        self._intake.stand_by()
        self._note()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        starting.end()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        self._here += 1
        # Who takes turns with others is answered sooner if it is judged while they are written.
        self._is_alone, self._client = scope.client == self._client, scope.client
        try:
            await self._answer(scope, proto)
        finally:
            self._here -= 1

    async def _answer(self, scope: Scope, proto: HTTPProtocol) -> None:
        self._intake.stand_back()
        environ = environ_of(scope)
        size = await self._take_body(environ, proto)
        began = time.perf_counter()
        door, status, answer = self._doors.of(scope.path), FAILED, None
        span = tracing.begun(environ, door) if self._keeps_traces else spans.NOTHING
        try:
            answer = await self._at_once(environ)
            if answer is None:
                status = await self._in_thread(environ, proto, scope.client, door)
            else:
                status = answer.status
                tell(proto, answer, self._ids.headers(environ, door, status))
        except Exception:
            with self._ids.during(environ):
                log.exception("An answer broke off")
        finally:
            seconds = time.perf_counter() - began
            counting.answered(door, status, seconds, size, answer is None)
            if self._keeps_traces:
                tracing.ended(span, status)
            if self._tells_all:
                self._tell_of(environ, door, status, seconds)

    async def _in_thread(self, environ: WSGIEnvironment, proto: HTTPProtocol, client: str, door: str) -> int:
        self._here -= 1
        try:
            return await self._loop.run_in_executor(self._threads, self._talk, environ, proto, client, door)
        finally:
            self._here += 1

    def _talk(self, environ: WSGIEnvironment, proto: HTTPProtocol, client: str, door: str) -> int:
        self._intake.stand_back()
        with self._ids.during(environ):
            return talk(self._app, environ, proto, client, partial(self._ids.headers, environ, door))

    def _tell_of(self, environ: WSGIEnvironment, door: str, status: int, seconds: float) -> None:
        """A line for a request: nothing of its address or its headers, which speak of people."""
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in METHODS else "other"
        milliseconds = round(seconds * 1000, 3)
        facts = {"door": door, "method": method, "status": status, "milliseconds": milliseconds}
        with self._ids.during(environ):
            access.info("%s %s %s in %s ms", method, door, status, milliseconds, extra={"facts": facts})

    async def _take_body(self, environ: WSGIEnvironment, proto: HTTPProtocol) -> int:
        """Has the body in memory, as far as the gate lets it in, and notes what is wrong with it.

        Its size in bytes, as far as it is there.
        """
        environ[READ] = None
        if not self._gate.has_to_read(environ):
            if body_length(environ) is not None:
                environ["wsgi.input"] = io.BufferedReader(_Incoming(self._loop, proto))
            return 0
        coming = self._gate.begin_body(environ, client_address(environ, self._trusted))
        if coming is None:
            environ[READ] = too_much()
            return 0
        try:
            has_end = body_length(environ) is not None
            body = await (proto() if has_end else _pieces(proto, self._gate.most(environ)))
            environ["wsgi.input"] = io.BytesIO(body)
            return len(body)
        except ProtocolClosed:
            environ[READ] = cut_off()
            return 0
        finally:
            self._gate.end_body(coming)

    async def _at_once(self, environ: WSGIEnvironment) -> Answer | None:
        """The answer, if nothing of it would wait; None for what needs a thread."""
        if (body_length(environ) or 0) > PLACE:
            return None
        begun, copy = Begun(), environ.copy()
        self._ids.begin(environ)
        try:
            answer = self._app(copy, begun)
        except patience.WouldWait:
            environ["wsgi.input"].seek(0)
            environ[SPENT] = copy.get(SPENT)
            return None
        finally:
            self._ids.end()
        if isinstance(answer, Pending):
            try:
                return await self._committed(answer, environ)
            finally:
                answer.close()
        return Answer(begun.status, begun.headers, b"".join(answer))

    async def _committed(self, pending: Pending, environ: WSGIEnvironment) -> Answer:
        """Has the decisions written, and answers when they are on disk."""
        ticket = self._written_now(pending, environ)
        if ticket is None:
            ticket = await self._written_soon(pending, environ)
            self._intake.stand_back()
        self._ids.begin(environ)
        try:
            return pending.answer(ticket.result)
        except patience.WouldWait:
            return await self._loop.run_in_executor(self._threads, pending.answer, ticket.result)
        finally:
            self._ids.end()

    def _written_now(self, pending: Pending, environ: WSGIEnvironment) -> Ticket | None:
        """Written in this thread, where no other request is here, nor was since its connection's last one."""
        if self._here > 1 or not self._is_alone:
            return None
        self._ids.begin(environ)
        try:
            return self._intake.commit_now(pending.decisions)
        finally:
            self._ids.end()

    async def _written_soon(self, pending: Pending, environ: WSGIEnvironment) -> Ticket:
        """Handed in, to be written with what else comes."""
        told: asyncio.Future[Ticket] = self._loop.create_future()
        self._ids.begin(environ)
        try:
            self._intake.commit_soon(pending.decisions, told, self._tell)
        except Problem as problem:
            return failed(pending.decisions, problem)
        finally:
            self._ids.end()
        self._look_now_and_then()
        self._handed_in += 1
        try:
            return await told
        finally:
            self._handed_in -= 1

    def _tell(self, group: Sequence[Soon]) -> None:
        self._loop.call_soon_threadsafe(_settle, group)

    def _note(self) -> None:
        """Every second: how things are here, for whichever process is asked for the metrics."""
        look(self._parts, self._gate)
        self._loop.call_later(NOTE_SECONDS, self._note)

    def _look_now_and_then(self) -> None:
        if not self._looks:
            self._looks = True
            self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._intake.dismiss()
        self._looks = False
        if self._handed_in:
            self._look_now_and_then()


def _settle(group: Sequence[Soon]) -> None:
    for soon in group:
        if not soon.owner.done():  # nobody waits any more where the server was told to end
            soon.owner.set_result(soon)


async def _pieces(proto: HTTPProtocol, most: int) -> bytes:
    """A body that comes in pieces, or as much of it as may be read."""
    pieces, size = [], 0
    async for piece in proto:
        pieces.append(piece)
        size += len(piece)
        if size >= most:
            break
    return b"".join(pieces)


class _Incoming(io.RawIOBase):
    """A body as a thread reads it that may wait: what is too large to be in memory."""

    def __init__(self, loop: asyncio.AbstractEventLoop, proto: HTTPProtocol) -> None:
        self._loop = loop
        self._pieces = proto.__aiter__()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    async def _next(self) -> bytes:
        async for piece in self._pieces:
            if piece:
                return bytes(piece)
        return b""
