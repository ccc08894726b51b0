"""`fieldpost definition preview · hide · retire`: what happens to a definition after it was made."""

from __future__ import annotations

import click

from collector import clock
from collector.cli.applying import changes_of
from collector.cli.definition_files import read_definitions
from collector.cli.definition_words import difference_lines, effect_lines
from collector.cli.opening import find_definition, opened, the_actor, the_section
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.intake.preview import preview as preview_of


@click.command(epilog=example("fieldpost definition preview shop.yaml"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@in_section
@as_json
def preview(file: str, in_section: str | None, as_json: bool) -> None:
    """Say how FILE differs from what is stored, and what it would accept and refuse of what came."""
    with click.open_file(file, "rb") as opened_file:
        documents = read_definitions(opened_file.read(), "stdin" if file == "-" else file)
    with opened() as store:
        changes = changes_of(store, the_section(store, in_section).id, documents)
        found = {
            draft.event_name: (stored, draft, preview_of(store, stored, draft.content, clock.now()))
            for stored, draft in changes.update
        }
    if as_json:
        print_json({name: effect.as_json() for name, (_, _, effect) in found.items()})
        return
    for name, (stored, draft, effect) in found.items():
        click.echo(name)
        for line in (
            *difference_lines(stored.draft, draft),
            *effect_lines("Events of the last 30 days", effect.events),
            *effect_lines("Kept rejections", effect.rejections),
        ):
            click.echo(f"  {line}")
    if not found:
        click.echo("Nothing that is stored would change.")


@click.command(epilog=example("fieldpost definition hide cart.updated --yes"))
@click.argument("name", type=Words(100))
@in_section
@click.option("--yes", is_flag=True, help="Do not ask. There is no way back.")
@as_json
def hide(name: str, in_section: str | None, yes: bool, as_json: bool) -> None:
    """Hide the definition of the event called NAME, and its events everywhere, for ever."""
    with opened() as store:
        found = find_definition(store, in_section, name)
        if not yes:
            click.confirm(f"Hide {name} and all its events, for ever?", abort=True)
        store.definitions.hide(found, the_actor(), clock.now())
    if as_json:
        print_json({"hidden": name})
    else:
        click.echo(f"hidden {name}")


@click.command(epilog=example("fieldpost definition retire cart.updated 1"))
@click.argument("name", type=Words(100))
@click.argument("number", type=click.IntRange(min=1))
@in_section
@as_json
def retire(name: str, number: int, in_section: str | None, as_json: bool) -> None:
    """Accept no more events of the version NUMBER of the event called NAME."""
    with opened() as store:
        found = find_definition(store, in_section, name)
        store.definitions.retire(found, number, the_actor(), clock.now())
    if as_json:
        print_json({"retired": {"event_name": name, "number": number}})
    else:
        click.echo(f"retired version {number} of {name}")
