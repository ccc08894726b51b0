"""A worker's end of the stream: messages are committed to the database, and only then acked.

What cannot be read is set aside with a reason, and only then acked. A worker keeps nothing: whatever it had
when it died comes again to another one, where what was committed already changes nothing (`store/taken.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from collector.core.events import Decision
from collector.core.problems import Problem
from collector.intake.commit import refused
from collector.intake.stream import messages, places
from collector.intake.stream.aside import UNFORESEEN, set_aside
from collector.intake.stream.line import connect, is_of_the_stream, place_of
from collector.store.commit import Unstorable
from collector.store.opening import Store
from collector.store.taken import Message, Taken
from collector.traces import spans
from collector.traces.spans import Facts, Span

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

log = logging.getLogger(__name__)

TOGETHER = 64
"""So many messages at most share one transaction,"""
DECISIONS = 1_000
"""and about so many decisions."""
IDLE_SECONDS = 5.0
GATHER_SECONDS = 0.01
"""So long it waits for more once it has the first message."""
PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
CLOSING_SECONDS = 5.0
LATER_SECONDS = 5.0
"""After so long, a message in a newer format is offered again, to a worker that can read it."""
TRIES = 5
"""So often is a message tried that fails for a reason nobody foresaw."""
FORGET_EVERY = 200
"""After so many transactions it lets go of what is remembered of messages that come no more."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message of the stream, as it came and as it was read."""

    came: Msg
    message: Message


class Worker:
    """Takes messages until it is told to stop, and finishes what it has begun."""

    def __init__(self, servers: str, store: Store, clock: Callable[[], int], stopping: asyncio.Event) -> None:
        self._servers = servers
        self._store = store
        self._taken = Taken(store.database, store.commit)
        self._clock = clock
        self._stopping = stopping
        self._stream = 0
        self._count = 0

    async def run(self, client: Client) -> None:
        """Works with this connection until `stopping` is set; while stream or database are away it waits.

        Where the stream does not answer it connects anew: one server may be cut off from the others.
        """
        while True:
            place = place_of(client)
            try:
                await self._work(client)
            except Exception as error:
                _require_of_the_stream(error)
                log.error("the stream does not answer: %s", type(error).__name__)
            finally:
                await _closed(client)
            await self._wait(PAUSE_SECONDS)  # it may answer at once that it is not ready
            again = await self._connected(place)
            if again is None:
                return
            client = again

    async def _connected(self, instead: str | None) -> Client | None:
        """A new connection, rather to another server, however long it takes; None if it is to stop."""
        while not self._stopping.is_set():
            try:
                return await connect(self._servers, instead)
            except Exception as error:
                _require_of_the_stream(error)
                log.error("the stream cannot be reached: %s", type(error).__name__)
                await self._wait(PAUSE_SECONDS)
        return None

    async def _work(self, client: Client) -> None:
        self._client = client
        info = await places.made(client)
        await places.consumer_made(client)
        assert info.created is not None
        self._stream = int(info.created.timestamp() * 1_000_000)
        stream = client.jetstream()
        coming = await stream.pull_subscribe_bind(places.WORKERS, places.EVENTS)
        while not self._stopping.is_set():
            if came := await self._next(coming):
                await self._take(came)
                await self._forget_now_and_then()
            else:
                await stream.consumer_info(places.EVENTS, places.WORKERS)  # or it hears nothing any more

    async def _next(self, coming: JetStreamContext.PullSubscription) -> list[Msg]:
        """Some messages; none if there are none for a while, or it is to stop."""
        first = await self._unless_stopping(_fetched(coming, 1, IDLE_SECONDS))
        if not first:
            return []
        return first + await _fetched(coming, TOGETHER - 1, GATHER_SECONDS)

    async def _unless_stopping(self, fetching: Awaitable[list[Msg]]) -> list[Msg]:
        fetched, stopped = asyncio.ensure_future(fetching), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((fetched, stopped), return_when=asyncio.FIRST_COMPLETED)
            return fetched.result() if fetched.done() else []
        finally:
            fetched.cancel()
            stopped.cancel()
            await asyncio.gather(fetched, stopped, return_exceptions=True)

    async def _take(self, came: Sequence[Msg]) -> None:
        readable = [one for one in [await self._read(message) for message in came] if one is not None]
        group: list[_Taken] = []
        for one in readable:
            group.append(one)
            if sum(len(each.message.decisions) for each in group) >= DECISIONS:
                await self._commit(group)
                group = []
        if group:
            await self._commit(group)

    async def _read(self, came: Msg) -> _Taken | None:
        """A message, unless it is to be set aside, or is for a newer worker."""
        try:
            decisions = messages.read(came.data)
        except messages.TooNew:
            log.warning("a message is in the format of a newer Fieldpost: it is left to a newer worker")
            await came.nak(LATER_SECONDS)
            return None
        except messages.Unreadable as error:
            await set_aside(self._client, came, str(error))
            return None
        return _Taken(came, Message(self._stream, came.metadata.sequence.stream, decisions))

    async def _commit(self, group: Sequence[_Taken]) -> None:
        """Commits messages together, then acks them; one by one, where something is wrong with one."""
        with _span(group):
            await self._committed(group)

    async def _committed(self, group: Sequence[_Taken]) -> None:
        try:
            is_done = await self._patiently([one.message for one in group])
        except Unstorable:
            if len(group) > 1:
                await self._one_by_one(group)
                return
            is_done = await self._without_poison(group[0].message)
        except Exception as error:
            if len(group) > 1:
                await self._one_by_one(group)
                return
            await self._give_up(group[0], error)
            return
        if is_done:
            for one in group:
                await one.came.ack()

    async def _one_by_one(self, group: Sequence[_Taken]) -> None:
        for one in group:
            await self._commit([one])

    async def _patiently(self, wanted: Sequence[Message]) -> bool:
        """Commits, however long the database is away; False if it is to stop before that."""
        pause = PAUSE_SECONDS
        while True:
            try:
                await asyncio.to_thread(self._taken.commit, wanted, self._clock())
                return True
            except Problem as problem:
                if problem.code != "storage-unavailable":
                    raise
                log.error("%s (%s)", problem.detail, problem.__cause__ or problem.code)
            if self._stopping.is_set():
                return False
            await self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _without_poison(self, message: Message) -> bool:
        """Commits a message of which the database refuses something: that becomes a rejection."""
        decisions = await asyncio.to_thread(self._sorted_out, message.decisions)
        return await self._patiently([replace(message, decisions=decisions)])

    def _sorted_out(self, decisions: Sequence[Decision]) -> list[Decision]:
        return [refused(one) if self._is_poison(one) else one for one in decisions]

    def _is_poison(self, decision: Decision) -> bool:
        try:
            self._store.commit.rehearse([decision], self._clock())
        except Unstorable:
            return True
        return False

    async def _give_up(self, one: _Taken, error: Exception) -> None:
        """Lets a message come again that fails for an unforeseen reason, and sets it aside in the end."""
        log.exception("unforeseen: %s", type(error).__name__, exc_info=error)
        if one.came.metadata.num_delivered < TRIES:
            await one.came.nak(LATER_SECONDS)
        else:
            await set_aside(self._client, one.came, f"{UNFORESEEN} ({type(error).__name__})")

    async def _forget_now_and_then(self) -> None:
        self._count += 1
        if self._count % FORGET_EVERY:
            return
        info = await self._client.jetstream().consumer_info(places.EVENTS, places.WORKERS)
        if info.ack_floor is None:
            return
        try:
            await asyncio.to_thread(self._taken.forget, self._stream, info.ack_floor.stream_seq)
        except Problem as problem:
            log.error("%s (%s)", problem.detail, problem.__cause__ or problem.code)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _span(group: Sequence[_Taken]) -> Span:
    """What is done for messages together, for the requests that sent them."""
    if not spans.are_kept():
        return spans.NOTHING
    facts: Facts = {
        "messaging.system": "nats",
        "messaging.operation.type": "process",
        "messaging.batch.message_count": len(group),
        "fieldpost.events": sum(len(one.message.decisions) for one in group),
    }
    carried = [spans.remote((one.came.headers or {}).get(spans.TRACEPARENT)) for one in group]
    return spans.begun_for("store", "consumer", facts, carried)


async def _closed(client: Client) -> None:
    """Ends a connection once what was acked has gone, if it goes."""
    try:
        await asyncio.wait_for(client.flush(), CLOSING_SECONDS)
    except Exception as error:
        _require_of_the_stream(error)
    await client.close()


def _require_of_the_stream(error: Exception) -> None:
    """Raises an error again of which the stream is innocent."""
    if not is_of_the_stream(error):
        raise error


async def _fetched(coming: JetStreamContext.PullSubscription, most: int, seconds: float) -> list[Msg]:
    from nats.errors import TimeoutError as NothingThere

    try:
        return await coming.fetch(most, timeout=seconds)
    except (NothingThere, TimeoutError):
        return []
