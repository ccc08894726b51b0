"""Waiting until workers have stored all that the stream has now: what is known of people is whole then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collector.core.problems import Problem
from collector.intake.stream import places

if TYPE_CHECKING:
    from nats.aio.client import Client

SETTLING_SECONDS = 10.0
PAUSE_SECONDS = 0.05
RETRY_SECONDS = 30


async def settled(client: Client) -> None:
    """Returns once everything that was in the stream is stored.

    Raises `Problem("storage-unavailable")` where that takes too long, and errors of nats-py.
    """
    last = (await places.made(client)).state.last_seq
    for _ in range(int(SETTLING_SECONDS / PAUSE_SECONDS)):
        state = (await client.jetstream().stream_info(places.EVENTS)).state
        if state.messages == 0 or state.first_seq > last:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    sentence = "Events wait in the stream that may be of this person, and its workers are behind. Try again."
    raise Problem("storage-unavailable", sentence, retry_after=RETRY_SECONDS)
