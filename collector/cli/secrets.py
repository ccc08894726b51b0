"""`fieldpost secret`: what the servers of sites sign their visitors' identities with."""

from __future__ import annotations

from collections.abc import Sequence

import click

from collector import clock
from collector.cli.opening import opened, the_actor, the_section
from collector.cli.words import as_json, example, in_section, print_json
from collector.core.fields import format_timestamp
from collector.store.secrets import Secret


@click.group()
def secret() -> None:
    """The section's secret: a site's server signs with it who is in front of a page."""


@secret.command(epilog=example("fieldpost secret show --section shop"))
@in_section
@as_json
def show(in_section: str | None, as_json: bool) -> None:
    """Print the secret to sign with; it is made now if there is none yet."""
    with opened() as store:
        found = store.secrets.show(the_section(store, in_section).id, the_actor(), clock.now())
    _print(found, as_json)


@secret.command(epilog=example("fieldpost secret rotate --section shop"))
@in_section
@as_json
def rotate(in_section: str | None, as_json: bool) -> None:
    """Make the next secret and print it; the one before it stays good for 24 hours."""
    with opened() as store:
        found = store.secrets.rotate(the_section(store, in_section).id, the_actor(), clock.now())
    _print(found, as_json)


@secret.command("seal", epilog=example("fieldpost secret seal"))
def new_seal() -> None:
    """Make what the editor's tokens are signed with anew: after a leak. Open editors are opened again."""
    with opened() as store:
        store.editing.change_seal(the_actor(), clock.now())
    click.echo("The editor has a new seal. Tokens of before are good for two more seconds at most.")


def _print(found: Sequence[Secret], as_json: bool) -> None:
    """The newest alone on stdout, where a program can read it; what there is to know about it on stderr."""
    if as_json:
        print_json({"secrets": [_shown(one) for one in found]})
        return
    click.echo(found[0].text)
    for older in found[1:]:
        assert older.retired_at is not None
        click.echo(f"The one before it is good until {format_timestamp(older.retired_at)}.", err=True)


def _shown(one: Secret) -> dict[str, object]:
    return {
        "number": one.number,
        "secret": one.text,
        "made_at": format_timestamp(one.made_at),
        "good_until": format_timestamp(one.retired_at) if one.retired_at is not None else None,
    }
