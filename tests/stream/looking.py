"""What is in the stream, as a client of NATS sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from collector.intake.stream import places
from collector.intake.stream.line import connect
from collector.intake.stream.working import Worker
from collector.store.opening import Store

T = TypeVar("T")


def on(url: str, work: Callable[[Client], Awaitable[T]]) -> T:
    """What `work` gives with a connection of its own."""

    async def ask() -> T:
        client = await connect(url)
        try:
            return await work(client)
        finally:
            await client.close()

    with ThreadPoolExecutor(1) as elsewhere:  # a test that drives a browser has a loop in this thread
        return elsewhere.submit(lambda: asyncio.run(ask())).result()


def count_in(url: str, stream: str = places.EVENTS) -> int:
    """How many messages wait in the stream, acked or not."""

    async def ask(client: Client) -> int:
        try:
            return (await client.jetstream().stream_info(stream)).state.messages
        except NotFoundError:
            return 0

    return on(url, ask)


def is_empty(url: str) -> bool:
    return count_in(url) == 0


def publish(url: str, body: bytes) -> int:
    """Puts a message into the stream; its number."""

    async def ask(client: Client) -> int:
        await places.made(client)
        return (await client.jetstream().publish(places.SUBJECT, body)).seq

    return on(url, ask)


def work_off(url: str, store: Store, now: Callable[[], int]) -> None:
    """Has a worker in this process commit all that waits, and stops it."""

    async def work(client: Client) -> None:
        stopping = asyncio.Event()
        working = asyncio.create_task(Worker(url, store, now, stopping).run(await connect(url)))
        while (await client.jetstream().stream_info(places.EVENTS)).state.messages and not working.done():
            await client.flush()
        stopping.set()
        await asyncio.wait_for(working, 10)

    on(url, work)
