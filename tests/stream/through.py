"""The way over the stream with its answers: what is published is committed at once, as a worker would.

A request is answered with what the worker's commit says, so that every test of the doors can be asked
whether the way through a message and back changes anything about what becomes of an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from collector import clock
from collector.core.events import Decision, Outcome
from collector.intake.stream import messages, places
from collector.intake.stream.line import Line
from collector.intake.stream.publishing import Publisher
from collector.store.opening import Store
from collector.store.taken import Message, Taken

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg


class Through(Publisher):
    """Publishes as a collector does, and answers what a worker makes of it. `url` is a server's of NATS."""

    def __init__(self, url: str, store: Store) -> None:
        self._server = Line(url)
        super().__init__(self._server, store.commit, clock.tick)
        self._taken = Taken(store.database, store.commit)
        self._server.ask(_empty, 5)

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        queued = super().write(decisions, now)
        assert {one.verdict for one in queued} <= {"queued", "rejected", "filtered"}
        came = self._server.ask(_taken, 5)
        read = [Message(1, one.metadata.sequence.stream, messages.read(one.data)) for one in came]
        assert sum(len(one.decisions) for one in read) == len(decisions)
        return self._taken.commit(read, now)


async def _empty(client: Client) -> None:
    await places.made(client)
    await places.consumer_made(client)
    await client.jetstream().purge_stream(places.EVENTS)


async def _taken(client: Client) -> list[Msg]:
    """All that there is, acked: a message that the database refuses is handed in again in halves."""
    coming = await client.jetstream().pull_subscribe_bind(places.WORKERS, places.EVENTS)
    came = [*await coming.fetch(1, timeout=5)]
    for _ in range((await coming.consumer_info()).num_pending or 0):
        came += await coming.fetch(1, timeout=5)
    for one in came:
        await one.ack_sync()
    await coming.unsubscribe()
    return came
