"""`fieldpost worker`: from the stream into the database."""

from __future__ import annotations

import asyncio
import os
import signal

import click

from collector import __version__, clock
from collector.cli import logs
from collector.cli.opening import opened, require_stream, settings
from collector.cli.refusals import Refusal
from collector.cli.words import example
from collector.intake.stream.line import connect, failed, is_of_the_stream
from collector.intake.stream.working import Worker
from collector.store.opening import Store
from collector.traces import starting

NO_STREAM = "A worker needs a stream: set FIELDPOST_STREAM, for example to nats://localhost:4222."


@click.command(epilog=example("fieldpost worker"))
def worker() -> None:
    """Store what collectors have put into the stream, until SIGTERM or Ctrl-C.

    Run as many as you like, on any machine. One that ends finishes what it has begun; what one leaves behind
    that was killed, another one takes.
    """
    chosen = settings()
    if not chosen.stream:
        raise Refusal(NO_STREAM)
    starting.require(os.environ)
    with opened(chosen.database) as store:
        require_stream(store)
        logs.to_stderr(chosen)
        with starting.kept(os.environ, __version__):
            asyncio.run(_work(chosen.stream, store))


async def _work(servers: str, store: Store) -> None:
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    try:
        client = await connect(servers)
    except Exception as error:
        if not is_of_the_stream(error):
            raise
        raise Refusal(f"{failed(error).detail} FIELDPOST_STREAM={_without_secrets(servers)}") from error
    click.echo("Fieldpost stores what comes through the stream.")
    await Worker(servers, store, clock.now, stopping).run(client)


def _without_secrets(servers: str) -> str:
    """Addresses without the names and passwords in them."""
    return ",".join(
        one.partition("://")[0] + "://" + one.partition("://")[2].rpartition("@")[2]
        for one in servers.split(",")
    )
