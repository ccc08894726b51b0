"""`fieldpost serve`: the server."""

from __future__ import annotations

import functools
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

import click

from collector import __version__, clock
from collector.app import create_app
from collector.cli import logs, slow_clients
from collector.cli.listening import Address, Stopping, serve_forever
from collector.cli.opening import opened, require_stream, settings
from collector.cli.refusals import Refusal
from collector.cli.words import Words, example
from collector.core.webhooks.addresses import networks_in
from collector.delivery.delivering import delivering
from collector.delivery.sending import Sender
from collector.jobs.following import following
from collector.jobs.runner import running
from collector.metrics.cells import PROCESS, folder_of_a_server
from collector.settings import Settings
from collector.store.opening import Store
from collector.traces import starting
from collector.web.rsgi import Served


@click.command(epilog=example("fieldpost serve --port 8080"))
@click.option(
    "--host", default="127.0.0.1", show_default=True, type=Words(), help="The address to listen at."
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="More than 1 needs PostgreSQL.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Run the server until SIGTERM or Ctrl-C, answering what it has begun."""
    chosen = settings()
    address = Address(host, port)
    starting.require(os.environ)
    with opened(chosen.database) as store:
        if workers > 1 and store.database.is_sqlite:
            raise Refusal("More than one worker needs PostgreSQL (FIELDPOST_DATABASE): SQLite has one.")
        if chosen.stream:
            require_stream(store)
        first = store.people.first_link(clock.now())
        address.require_free()
        logs.to_stderr(chosen)
        stopping = Stopping(chosen.drain)
        with (
            folder_of_a_server() as counted,
            starting.kept(os.environ, __version__),
            jobs_of(store, chosen),
        ):
            PROCESS.share(counted, "server")
            serve_forever(
                functools.partial(application, chosen, port, stopping.begun, counted),
                address,
                workers,
                lambda: click.echo(greeting(address, chosen, first)),
                stopping,
            )


def greeting(address: Address, chosen: Settings, first: str | None) -> str:
    """What is printed once the server answers; `first` is the secret of the first owner's link."""
    lines = [f"Fieldpost listens at {address.url}"]
    if first is not None:
        where = chosen.public_url or address.url
        lines.append(f"Nobody can sign in yet. Become the first owner: {where}/welcome/{first}")
    return "\n".join(lines)


def application(chosen: Settings, port: int, stopping: Event, counted: Path) -> Served:
    """What a worker process serves; `counted` is where it counts."""
    logs.to_stderr(chosen)
    PROCESS.share(counted, "worker")
    starting.start(os.environ, __version__)
    app = create_app(chosen, is_stopping=stopping.is_set)
    slow_clients.watch(port, app.extensions["fieldpost_gate"].longest)
    return Served(app)


@contextmanager
def jobs_of(store: Store, chosen: Settings) -> Iterator[None]:
    """What runs by the clock, follows or delivers: beside the workers, so that no request waits for it."""
    holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
    sender = Sender(networks_in(chosen.webhook_networks))
    with (
        running(store, clock.now, holder),
        following(store, clock.now, holder),
        delivering(store, clock.now, holder, sender),
    ):
        yield
