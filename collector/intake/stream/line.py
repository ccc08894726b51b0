"""The connection to the stream's servers, in a thread with an event loop of its own, for threads to ask.

It is made when it is first needed, and made anew whenever it is lost.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as NotInTime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from collector.core.problems import Problem

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
PAUSE_SECONDS = 0.25
"""Between two tries to reach a server that is away."""
RETRY_SECONDS = 2
STORE_FAILED, NO_ROOM = 10077, (10047, 10023)
"""Codes of JetStream: it could not keep a message (its text says why); its storage or memory is used up."""

T = TypeVar("T")
Work = Callable[["Client"], Awaitable[T]]


class MissingLibrary(Exception):
    """What a stream needs is not installed."""


def require_library() -> None:
    """Raises `MissingLibrary`."""
    if importlib.util.find_spec("nats") is None:
        raise MissingLibrary("A stream (FIELDPOST_STREAM) needs nats-py: pip install 'fieldpost[stream]'")


async def connect(servers: str, instead: str | None = None) -> Client:
    """A connection to one of the servers, which are separated by commas; it comes back when it is lost.

    To another one than `instead` (a `place_of`), if any other can be reached. Raises what `failed` makes a
    problem of.
    """
    import nats

    async def on_error(error: Exception) -> None:
        log.warning("the stream's connection: %s", type(error).__name__)

    return await asyncio.wait_for(
        nats.connect(
            _in_turn(servers, instead),
            dont_randomize=True,
            name="fieldpost",
            error_cb=on_error,
            connect_timeout=int(CONNECT_SECONDS),
            reconnect_time_wait=PAUSE_SECONDS,
            max_reconnect_attempts=-1,
        ),
        CONNECT_SECONDS,
    )


def place_of(client: Client) -> str | None:
    """Host and port of the server that it is connected to; None if it is to none."""
    place: str | None = client.connected_url.netloc if client.connected_url is not None else None
    return place


def _in_turn(servers: str, instead: str | None) -> list[str]:
    """The servers in any order, the one that was no good as the last."""
    every = [one.strip() for one in servers.split(",")]
    random.shuffle(every)
    return sorted(every, key=lambda one: urlsplit(one).netloc == instead)


class Line:
    """Asks the servers for whichever thread wants to know. One serves all threads of a process."""

    def __init__(self, servers: str) -> None:
        require_library()
        self._servers = servers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._left: str | None = None
        self._starting = threading.Lock()
        self._connecting: asyncio.Lock | None = None

    def ask(self, work: Work[T], seconds: float) -> T:
        """What `work` gives, once it has a connection. Raises `Problem("storage-unavailable")`."""
        asked = asyncio.run_coroutine_threadsafe(self._do(work, seconds), self._running())
        try:
            return asked.result(seconds + CONNECT_SECONDS + 1)
        except NotInTime as error:
            asked.cancel()
            raise failed(error) from error
        except Problem:
            raise
        except Exception as error:
            if not is_of_the_stream(error):
                raise
            raise failed(error) from error

    def close(self) -> None:
        """Ends the connection; what is asked afterwards makes another."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), loop).result(CONNECT_SECONDS + 1)
        loop.call_soon_threadsafe(loop.stop)

    async def _do(self, work: Work[T], seconds: float) -> T:
        client = await self._connected()
        try:
            return await asyncio.wait_for(work(client), seconds)
        except TimeoutError:
            # This server may be cut off from the others, who go on without it.
            await self._leave(client)
            raise

    async def _leave(self, client: Client) -> None:
        """Has the next who asks connect anew, to whichever server."""
        if self._client is client:
            self._client, self._left = None, place_of(client)
            await client.close()

    async def _connected(self) -> Client:
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await connect(self._servers, self._left)
            return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        self._connecting = None
        if client is not None:
            await client.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="stream", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.run_until_complete(_end_what_waits())
    loop.close()


async def _end_what_waits() -> None:
    """What a client that was closed has cancelled comes to its end while there still is a loop to run it."""
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def is_of_the_stream(error: BaseException) -> bool:
    """Whether the servers or the way to them are at fault, and not the code that asked."""
    import nats.errors

    return isinstance(error, nats.errors.Error | OSError | TimeoutError)


def failed(error: BaseException) -> Problem:
    """The problem that an error of the stream becomes for whoever sends."""
    code, text = getattr(error, "err_code", None), str(getattr(error, "description", "") or "")
    if code in NO_ROOM or (code == STORE_FAILED and "exceeded" in text):
        sentence = "The stream is full: its workers are behind."
    else:
        sentence = "The stream cannot be reached, or does not answer."
    return Problem("storage-unavailable", sentence, retry_after=RETRY_SECONDS)
