"""`fieldpost section`: the tenants."""

from __future__ import annotations

from typing import get_args

import click

from collector import clock
from collector.cli.opening import opened, the_actor
from collector.cli.words import Words, as_json, example, print_json, print_table
from collector.core.fields import format_timestamp
from collector.store.sections import UndefinedEvents


@click.group()
def section() -> None:
    """Sections: each has its own definitions, keys, profiles and events."""


@section.command(epilog=example('fieldpost section create "My shop"'))
@click.argument("name", type=Words(200))
@click.option(
    "--undefined-events",
    type=click.Choice(get_args(UndefinedEvents)),
    default="reject",
    show_default=True,
    help="What happens to an event whose name has no definition.",
)
@as_json
def create(name: str, undefined_events: UndefinedEvents, as_json: bool) -> None:
    """Make a section called NAME; its id is a slug of the name."""
    with opened() as store:
        made = store.sections.create(name, undefined_events, the_actor(), clock.now())
    if as_json:
        print_json({"id": made.id})
    else:
        click.echo(f"Made the section {made.id}.")


@section.command("list", epilog=example("fieldpost section list"))
@as_json
def list_all(as_json: bool) -> None:
    """List the sections."""
    with opened() as store:
        sections = store.sections.all()
    if as_json:
        shown = [
            {
                "id": one.id,
                "name": one.name,
                "undefined_events": one.undefined_events,
                "created_at": format_timestamp(one.created_at),
            }
            for one in sections
        ]
        print_json({"sections": shown})
    elif sections:
        print_table(("SECTION", "NAME"), [(one.id, one.name) for one in sections])
    else:
        click.echo("There is no section yet. Make one: fieldpost section create NAME")
