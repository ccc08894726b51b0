"""How far workers are behind: what waits in the stream, as the stream itself knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collector.intake.stream import places

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.client import JetStreamContext

LOOK_SECONDS = 2.0
"""For so long the stream is waited for."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Messages that wait to be stored, `unacked` of which are with workers, and those that were set aside.

    `size` is what waits, in bytes; `oldest_at` when the oldest came, in microseconds, None if none waits.
    """

    waiting: int = 0
    unacked: int = 0
    aside: int = 0
    size: int = 0
    oldest_at: int | None = None


async def lag(client: Client) -> Lag:
    """How things are now; nothing is made that is not there yet. Raises errors of nats-py."""
    from nats.js.errors import NotFoundError

    stream = client.jetstream()
    try:
        state = (await stream.stream_info(places.EVENTS)).state
    except NotFoundError:
        return Lag()
    return Lag(
        state.messages,
        await _unacked(stream),
        await _aside(stream),
        state.bytes,
        await _moment(stream, state.first_seq) if state.messages else None,
    )


async def _unacked(stream: JetStreamContext) -> int:
    from nats.js.errors import NotFoundError

    try:
        return (await stream.consumer_info(places.EVENTS, places.WORKERS)).num_ack_pending or 0
    except NotFoundError:
        return 0  # no worker was ever there


async def _aside(stream: JetStreamContext) -> int:
    from nats.js.errors import NotFoundError

    try:
        return (await stream.stream_info(places.ASIDE)).state.messages
    except NotFoundError:
        return 0


async def _moment(stream: JetStreamContext, first: int) -> int | None:
    """When the oldest message came, or the next that is still there: a worker may ack it meanwhile."""
    from nats.js.errors import NotFoundError

    try:
        found = await stream.get_msg(places.EVENTS, first, next=True, subject=places.SUBJECT)
    except NotFoundError:
        return None
    return int(found.time.timestamp() * 1_000_000) if found.time is not None else None
