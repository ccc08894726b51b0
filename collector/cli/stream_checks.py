"""What `fieldpost doctor` looks at where events go through a stream."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collector.cli.findings import Examined, Finding
from collector.core.problems import Problem
from collector.intake.stream import places
from collector.intake.stream.line import Line

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.api import ConsumerInfo, StreamInfo

ASK_SECONDS = 5.0
LATE_SECONDS = 60
NEARLY_FULL = 0.8
NAME = "stream"


@dataclass(frozen=True, slots=True)
class _Seen:
    """The stream as it is. `servers`: how many there are; `oldest`: when what waits longest came."""

    info: StreamInfo
    workers: ConsumerInfo
    aside: int
    servers: int
    oldest: datetime | None


def stream(examined: Examined) -> Iterator[Finding]:
    """Whether the stream can be reached, loses nothing, and is worked off."""
    if not examined.settings.stream:
        return
    line = Line(examined.settings.stream)
    try:
        seen = line.ask(_look, ASK_SECONDS)
    except Problem as problem:
        yield Finding(NAME, "wrong", problem.detail)
        return
    finally:
        line.close()
    yield _safety(seen)
    yield _writing(examined.settings.stream_monitor)
    yield _lag(seen, datetime.fromtimestamp(examined.clock() / 1e6, UTC))
    yield _aside(seen.aside)


async def _look(client: Client) -> _Seen:
    info = await places.made(client)
    await places.consumer_made(client)
    stream = client.jetstream()
    workers = await stream.consumer_info(places.EVENTS, places.WORKERS)
    aside = (await stream.stream_info(places.ASIDE)).state.messages
    oldest = None
    if info.state.messages:
        oldest = (await stream.get_msg(places.EVENTS, info.state.first_seq)).time
    return _Seen(info, workers, aside, len(client.servers), oldest)


def _safety(seen: _Seen) -> Finding:
    """Whether what is acknowledged is kept."""
    config, wrong = seen.info.config, []
    if config.storage != "file":
        wrong.append("It is kept in memory (storage).")
    if config.discard != "new":
        wrong.append("When it is full it drops what was acknowledged (discard: old).")
    if config.retention != "workqueue" or config.max_age:
        wrong.append("It drops messages that nobody has acked (retention, max_age).")
    if config.persist_mode == "async":
        wrong.append("It acknowledges before it writes (persist_mode: async).")
    if wrong:
        return Finding(NAME, "wrong", f"The stream {places.EVENTS} can lose what it has.", tuple(wrong))
    copies = config.num_replicas or 1
    if seen.servers > 1 and copies < places.REPLICAS:
        sentence = f"The stream has {copies} replica in a cluster of {seen.servers} servers."
        return Finding(NAME, "doubtful", sentence)
    cluster = seen.info.cluster
    behind = [f"{one.name}" for one in (cluster.replicas or [] if cluster else []) if one.offline]
    if behind:
        return Finding(NAME, "doubtful", "Replicas of the stream are away.", tuple(behind))
    limit = config.max_bytes or -1
    if limit > 0 and seen.info.state.bytes > NEARLY_FULL * limit:
        return Finding(
            NAME, "doubtful", f"The stream is nearly full: {seen.info.state.bytes} of {limit} bytes."
        )
    return Finding(NAME, "good", f"The stream answers, on {copies} of {seen.servers} servers.")


def _writing(monitors: str) -> Finding:
    """Whether each server writes to its disk before it acknowledges, as far as its monitoring tells."""
    if not monitors:
        sentence = "Whether its servers write at once (sync_interval: always), only their monitoring tells."
        return Finding("stream disk", "doubtful", f"{sentence} Set FIELDPOST_STREAM_MONITOR.")
    lines = [line for one in monitors.split(",") if (line := _fault_of(one.strip())) is not None]
    if lines:
        sentence = "Servers of the stream can lose what they acknowledged when they lose their power."
        return Finding("stream disk", "wrong", sentence, tuple(lines))
    return Finding("stream disk", "good", "Every server of the stream writes at once.")


def _fault_of(monitor: str) -> str | None:
    try:
        with urllib.request.urlopen(f"{monitor.rstrip('/')}/jsz?config=1", timeout=ASK_SECONDS) as answer:
            is_safe = json.load(answer).get("config", {}).get("sync_always") is True
    except (OSError, ValueError) as error:
        return f"{monitor} does not answer: {type(error).__name__}"
    return None if is_safe else f"{monitor}: sync_interval is not always"


def _lag(seen: _Seen, now: datetime) -> Finding:
    waiting = seen.info.state.messages
    if not waiting or seen.oldest is None:
        return Finding("stream lag", "good", "Nothing waits in the stream.")
    seconds = max(0, round((now - seen.oldest).total_seconds()))
    sentence = f"{waiting} messages wait in the stream, the oldest for {seconds} s."
    if not seen.workers.num_waiting and not seen.workers.num_ack_pending:
        return Finding("stream lag", "doubtful", f"{sentence} No worker takes them: fieldpost worker")
    return Finding("stream lag", "doubtful" if seconds > LATE_SECONDS else "good", sentence)


def _aside(count: int) -> Finding:
    if count:
        sentence = f"{count} messages were set aside, which nobody could read: fieldpost aside list"
        return Finding("stream aside", "wrong", sentence)
    return Finding("stream aside", "good", "No message was set aside.")
