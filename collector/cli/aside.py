"""`fieldpost aside …`: messages of the stream that no worker could read or commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from collector.cli.opening import settings
from collector.cli.refusals import Refusal
from collector.cli.words import as_json, example, print_json
from collector.cli.worker import NO_STREAM
from collector.intake.stream.aside import Aside, all_aside, let_go, try_again
from collector.intake.stream.line import connect, failed, is_of_the_stream, require_library

if TYPE_CHECKING:
    from nats.aio.client import Client

T = TypeVar("T")


@click.group()
def aside() -> None:
    """See and try again what no worker could read or commit."""


@aside.command("list", epilog=example("fieldpost aside list --json"))
@as_json
def list_aside(as_json: bool) -> None:
    """List what was set aside: its number, since when, how large it is, and why."""
    found = _on_the_stream(_all)
    if as_json:
        print_json({"aside": [_shown(one) for one in found]})
        return
    for one in found:
        click.echo(f"{one.number}  {_when(one)}  {len(one.body)} bytes  {one.reason}")
    if not found:
        click.echo("Nothing was set aside.")


@aside.command(epilog=example("fieldpost aside show 7"))
@click.argument("number", type=click.IntRange(1))
def show(number: int) -> None:
    """Print what a message says that was set aside; it may have personal data in it."""
    click.echo(_on_the_stream(lambda client: _find(client, number)).body)


@aside.command(epilog=example("fieldpost aside retry", "fieldpost aside retry 7"))
@click.argument("numbers", type=click.IntRange(1), nargs=-1)
def retry(numbers: tuple[int, ...]) -> None:
    """Put messages back into the stream for workers of today: those with these numbers, or all."""
    count = _on_the_stream(lambda client: _for_each(client, numbers, try_again))
    click.echo(f"{count} go back into the stream.")


@aside.command(epilog=example("fieldpost aside delete 7"))
@click.argument("numbers", type=click.IntRange(1), nargs=-1, required=True)
def delete(numbers: tuple[int, ...]) -> None:
    """Delete messages for ever that were set aside."""
    count = _on_the_stream(lambda client: _for_each(client, numbers, let_go))
    click.echo(f"{count} are deleted.")


async def _all(client: Client) -> list[Aside]:
    return [one async for one in all_aside(client)]


async def _find(client: Client, number: int) -> Aside:
    for one in await _all(client):
        if one.number == number:
            return one
    raise Refusal(f"There is no message {number}. See: fieldpost aside list")


async def _for_each(
    client: Client, numbers: tuple[int, ...], do: Callable[[Client, Aside], Awaitable[None]]
) -> int:
    """How many it was done to: those with these numbers, all where none is given."""
    found = await _all(client)
    missing = set(numbers) - {one.number for one in found}
    if missing:
        raise Refusal(f"There is no message {min(missing)}. See: fieldpost aside list")
    chosen = [one for one in found if not numbers or one.number in numbers]
    for one in chosen:
        await do(client, one)
    return len(chosen)


def _on_the_stream(work: Callable[[Client], Awaitable[T]]) -> T:
    """What `work` gives. Raises `Refusal` where there is no stream, or it cannot be reached."""
    chosen = settings()
    if not chosen.stream:
        raise Refusal(NO_STREAM.replace("A worker", "This"))
    require_library()

    async def ask() -> T:
        client = await connect(chosen.stream)
        try:
            return await work(client)
        finally:
            await client.close()

    try:
        return asyncio.run(ask())
    except Exception as error:
        if not is_of_the_stream(error):
            raise
        raise Refusal(failed(error).detail) from error


def _shown(one: Aside) -> dict[str, Any]:
    return {"number": one.number, "at": _when(one), "bytes": len(one.body), "reason": one.reason}


def _when(one: Aside) -> str:
    return one.at.isoformat() if one.at is not None else "?"
