"""Events through a stream: 1, 2 and 4 collectors that publish, then as many workers that store.

    python -m benchmarks.stream [--seconds 5] [--numbers 1 2 4]

One event per request, 32 connections for each collector. First the collectors alone, then the workers alone
on what waits, so that neither takes the processor from the other. Everything shares this machine: the
processor time of an event says more than the throughput, which is bounded by the cores that there are.
Every write is on disk: `sync_interval: always`, PostgreSQL with its defaults. What is counted is what was
stored: messages that are acked, rows that are in the table. Bytes are those of the stream's file, of the
database and of its log, by the events that made them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from nats.aio.client import Client

from benchmarks import serving
from benchmarks.load import Heard, Plan, send
from benchmarks.on_postgres import DURABLE
from benchmarks.rounds import rows
from benchmarks.scene import furnish
from benchmarks.single import event_plan
from collector.intake.stream import places
from tests.servers.fieldpost import start
from tests.servers.nats import NatsServer, running_nats
from tests.servers.postgres import MISSING, PostgresServer, installed, running_postgres
from tests.servers.worker import start_worker
from tests.stream.looking import on

CONNECTIONS = 32
WARM_SECONDS = 3.0
LONGEST_SECONDS = 180.0


@dataclass
class Watch:
    """Processor time of a few groups of processes, while something is done."""

    groups: dict[str, list[int]]

    def spent(self) -> dict[str, float]:
        return {
            name: sum(one.cpu for number in numbers for one in serving.family(number))
            for name, numbers in self.groups.items()
        }

    @contextmanager
    def during(self) -> Iterator[dict[str, float]]:
        """Seconds of each group, once the block has ended."""
        before, told = self.spent(), dict[str, float]()
        yield told
        told.update({name: spent - before[name] for name, spent in self.spent().items()})


def measure(number: int, seconds: float, postgres: PostgresServer) -> None:
    """Prints a line of what `number` collectors take, and one of what as many workers store."""
    with (
        tempfile.TemporaryDirectory() as name,
        postgres.database() as url,
        running_nats() as nats,
        ExitStack() as stack,
    ):
        folder, scene = Path(name), furnish(url)
        plan = replace(event_plan(scene), expected='"verdict":"queued"', status=202)
        assert nats.process is not None
        servers = [start(url, folder, stream=nats.url) for _ in range(number)]
        for server in servers:
            stack.callback(server.stop)
        watch = Watch({"collectors": [one.process.pid for one in servers], "NATS": [nats.process.pid]})
        _load([one.url for one in servers], plan, WARM_SECONDS, f"warm{number}")
        with watch.during() as spent:
            heard = _load([one.url for one in servers], plan, seconds, f"run{number}")
        taken = sum(one.right for one in heard)
        _say(f"{number} collectors", taken, max(one.seconds for one in heard), spent)
        print(f"    answered in {heard[0].median_ms:.1f} ms, 99 % in {heard[0].slow_ms:.1f} ms", flush=True)
        stack.close()  # the collectors have ended, and nothing comes any more
        _store(number, url, folder, nats, postgres)


def _store(number: int, url: str, folder: Path, nats: NatsServer, postgres: PostgresServer) -> None:
    """All workers are there before the first of them gets anything."""
    waiting, kept, before = _waiting(nats), int(nats.ask("jsz").get("bytes", 0)), rows(url)
    sizes = _sizes(url)
    on(nats.url, _pause)
    workers = [start_worker(url, nats.url, folder, f"worker{one}") for one in range(number)]
    assert nats.process is not None
    watch = Watch(
        {
            "workers": [one.process.pid for one in workers],
            "PostgreSQL": [postgres.process.pid],
            "NATS": [nats.process.pid],
        }
    )
    with watch.during() as spent:
        on(nats.url, _go_on)
        begun = time.perf_counter()
        _until(lambda: _waiting(nats) == 0)
        seconds = time.perf_counter() - begun
    for worker in workers:
        worker.stop()
    count = rows(url) - before
    _say(f"{number} workers", count, seconds, spent)
    data, log = (after - now for after, now in zip(_sizes(url), sizes, strict=True))
    print(
        f"    {count} events in {waiting} messages; bytes an event: {kept / count:.0f} in the stream, "
        f"{data / count:.0f} in the database, {log / count:.0f} of its log",
        flush=True,
    )


def _sizes(url: str) -> tuple[int, int]:
    """Bytes of the database, and of the log that the server has written so far."""
    with psycopg.connect(url) as connection:
        asked = "SELECT pg_database_size(current_database()), pg_current_wal_lsn() - '0/0'"
        data, log = connection.execute(asked).fetchone() or (0, 0)
    return int(data), int(log)


async def _pause(client: Client) -> None:
    await places.consumer_made(client)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await client.jetstream().pause_consumer(places.EVENTS, places.WORKERS, until)


async def _go_on(client: Client) -> None:
    await client.jetstream().resume_consumer(places.EVENTS, places.WORKERS)


def _load(urls: list[str], plan: Plan, seconds: float, tag: str) -> list[Heard]:
    with ThreadPoolExecutor(len(urls)) as threads:
        sent = [
            threads.submit(send, url, plan, seconds, f"{tag}-{place}", CONNECTIONS)
            for place, url in enumerate(urls)
        ]
        return [one.result() for one in sent]


def _waiting(nats: NatsServer) -> int:
    """How many messages there are in all streams of the server."""
    return int(nats.ask("jsz").get("messages", -1))


def _until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise SystemExit(f"It was not done in {LONGEST_SECONDS:.0f} s.")
        time.sleep(0.02)


def _say(what: str, count: int, seconds: float, spent: dict[str, float]) -> None:
    cpu = ", ".join(f"{name} {each / count * 1e6:.0f} µs" for name, each in spent.items())
    print(f"{what}: {count / seconds:,.0f} events a second; CPU an event: {cpu}", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=5.0, help="for each load")
    asked.add_argument("--numbers", type=int, nargs="+", default=[1, 2, 4])
    wanted = asked.parse_args()
    programs = installed()
    if programs is None:
        raise SystemExit(MISSING)
    print(f"{os.cpu_count()} cores, a load of {os.getloadavg()[1]:.1f} before it began")
    with running_postgres(programs, DURABLE) as postgres:
        for number in wanted.numbers:
            measure(number, wanted.seconds, postgres)


if __name__ == "__main__":
    main()
