"""The stream, the consumer that workers share, and the place for messages that nobody can read.

What is not there is made, with as many replicas as the cluster has room for. What is there stays as an
operator has set it; `fieldpost doctor` says what is dangerous about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.api import ConsumerConfig, StreamConfig, StreamInfo

EVENTS = "FIELDPOST"
SUBJECT = "fieldpost.events"
WORKERS = "workers"
ASIDE = "FIELDPOST_ASIDE"
ASIDE_SUBJECT = "fieldpost.aside"

WINDOW_SECONDS = 120.0
"""For how long the stream knows a message that a collector publishes again; it tries for seconds only."""
ACK_SECONDS = 30.0
"""After so long without an ack, a message goes to another worker."""
UNACKED = 2_000
"""So many messages may be with all workers together."""
REPLICAS = 3


async def made(client: Client) -> StreamInfo:
    """The stream, and the place beside it. Raises errors of nats-py."""
    await _made(client, _aside(client))
    return await _made(client, _events(client))


async def consumer_made(client: Client) -> None:
    """The consumer that all workers share."""
    from nats.js.errors import NotFoundError

    stream = client.jetstream()
    try:
        await stream.consumer_info(EVENTS, WORKERS)
    except NotFoundError:
        await stream.add_consumer(EVENTS, _workers())


async def _made(client: Client, wanted: StreamConfig) -> StreamInfo:
    from nats.js.errors import NotFoundError

    assert wanted.name is not None
    stream = client.jetstream()
    try:
        return await stream.stream_info(wanted.name)
    except NotFoundError:
        return await stream.add_stream(wanted)


def _events(client: Client) -> StreamConfig:
    from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

    return StreamConfig(
        name=EVENTS,
        description="Events that were judged and wait for a worker of Fieldpost",
        subjects=[SUBJECT],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        # A full stream says no: it must never drop what was acknowledged to make room.
        discard=DiscardPolicy.NEW,
        duplicate_window=WINDOW_SECONDS,
        num_replicas=_replicas(client),
    )


def _aside(client: Client) -> StreamConfig:
    from nats.js.api import DiscardPolicy, StorageType, StreamConfig

    return StreamConfig(
        name=ASIDE,
        description="Messages that no worker of Fieldpost could read: fieldpost aside list",
        subjects=[ASIDE_SUBJECT],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        num_replicas=_replicas(client),
    )


def _workers() -> ConsumerConfig:
    from nats.js.api import AckPolicy, ConsumerConfig

    return ConsumerConfig(
        durable_name=WORKERS,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_SECONDS,
        max_ack_pending=UNACKED,
        max_deliver=-1,
    )


def _replicas(client: Client) -> int:
    """Three in a cluster, whose servers tell of one another; one where there is a single server."""
    return REPLICAS if len(client.servers) > 1 else 1
