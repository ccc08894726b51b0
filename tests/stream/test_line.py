"""The connection to the stream, in a thread of its own: it ends with everything that it began."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collector.intake.stream.line import Line
from tests.servers.waiting import eventually

if TYPE_CHECKING:
    from nats.aio.client import Client


def test_what_still_waits_ends_with_the_connection(nats_url: str) -> None:
    ended: list[bool] = []
    begun: list[asyncio.Task[None]] = []

    async def wait(started: asyncio.Event) -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def begin(client: Client) -> None:
        started = asyncio.Event()
        begun.append(asyncio.create_task(wait(started)))
        await started.wait()

    line = Line(nats_url)
    line.ask(begin, 5)
    line.close()
    assert eventually(lambda: ended)
    assert eventually(begun[0].done)
