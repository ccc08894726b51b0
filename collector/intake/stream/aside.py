"""Messages that nobody could read or commit, with the reason: in a stream of their own, to be tried again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from collector.intake.stream import places

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

REASON, NUMBER = "Fieldpost-Reason", "Fieldpost-Number"
UNFORESEEN = "It could not be committed for a reason that is a fault of ours"


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was set aside: its number there, why, when, and what it says."""

    number: int
    reason: str
    at: datetime | None
    body: bytes


async def set_aside(client: Client, came: Msg, reason: str) -> None:
    """Keeps a message, and then acks it. Raises errors of nats-py: then it comes again."""
    number = came.metadata.sequence.stream
    headers = {REASON: reason, NUMBER: str(number), "Nats-Msg-Id": f"{came.metadata.timestamp}-{number}"}
    await client.jetstream().publish(
        places.ASIDE_SUBJECT, came.data, stream=places.ASIDE, headers=headers, timeout=5
    )
    await came.ack()


async def all_aside(client: Client) -> AsyncIterator[Aside]:
    """What was set aside, the oldest first."""
    from nats.js.errors import NotFoundError

    await places.made(client)
    stream, number = client.jetstream(), 1
    while True:
        try:
            found = await stream.get_msg(places.ASIDE, number, next=True, subject=places.ASIDE_SUBJECT)
        except NotFoundError:
            return
        assert found.seq is not None
        headers = found.headers or {}
        yield Aside(found.seq, headers.get(REASON, "?"), found.time, found.data or b"")
        number = found.seq + 1


async def try_again(client: Client, aside: Aside) -> None:
    """Puts a message back into the stream, for workers of today, and lets go of it here."""
    stream = client.jetstream()
    # Its old id may be known to the stream still, which would take it for what came already.
    await stream.publish(places.SUBJECT, aside.body, stream=places.EVENTS, timeout=5)
    await stream.delete_msg(places.ASIDE, aside.number)


async def let_go(client: Client, aside: Aside) -> None:
    """Deletes a message that was set aside, for ever."""
    await client.jetstream().delete_msg(places.ASIDE, aside.number)
