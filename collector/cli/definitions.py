"""`fieldpost definition`: what a section collects, as code."""

from __future__ import annotations

from typing import get_args

import click

from collector import clock
from collector.cli.applying import Changes, apply, changes_of, look_at_retention, require_not_held
from collector.cli.definition_files import read_definitions
from collector.cli.definition_life import hide, preview, retire
from collector.cli.definition_words import HEADINGS, difference_lines, row
from collector.cli.embedding import embed
from collector.cli.opening import find_definition, opened, settings, the_actor, the_section
from collector.cli.proposing import propose
from collector.cli.rejections import offers
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.cli.yaml_documents import write_yaml
from collector.core import ids
from collector.core.definitions import Category, is_wanted
from collector.core.documents import dump_definition, dump_document
from collector.core.retention import sentence_about
from collector.store.statistics import DefinitionStatistics


@click.group()
def definition() -> None:
    """Definitions: the events that a section collects."""


@definition.command("apply", epilog=example("fieldpost definition apply shop.yaml --dry-run"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@in_section
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@as_json
def apply_file(file: str, in_section: str | None, dry_run: bool, as_json: bool) -> None:
    """Apply the definitions in FILE (YAML or JSON; - is stdin): all of them, or none if one is wrong.

    The same file twice changes nothing.
    """
    with click.open_file(file, "rb") as opened_file:
        documents = read_definitions(opened_file.read(), "stdin" if file == "-" else file)
    with opened() as store:
        owner = the_section(store, in_section)
        changes = changes_of(store, owner.id, documents)
        require_not_held(changes, settings().edit_hold, clock.now())
        if dry_run:
            look_at_retention(changes, store, clock.now())
        else:
            apply(store, owner.id, changes, settings().edit_hold, the_actor(), clock.now())
        applied = [] if dry_run else [*changes.as_json()["create"], *changes.as_json()["update"]]
        for offer in offers(store, owner.id, applied):
            click.echo(offer, err=True)
    if as_json:
        print_json(changes.as_json())
    else:
        _say(changes, dry_run)


@definition.command("list", epilog=example("fieldpost definition list --category transaction --search order"))
@in_section
@click.option("--category", type=click.Choice(get_args(Category)), help="Only this category.")
@click.option("--search", default="", help="Only those with this text in their words or tags.")
@click.option("--hidden", is_flag=True, help="The hidden ones instead.")
@as_json
def list_all(in_section: str | None, category: str | None, search: str, hidden: bool, as_json: bool) -> None:
    """List the definitions of a section, with how lively each is."""
    now = clock.now()
    with opened() as store:
        owner = the_section(store, in_section)
        found = [
            one for one in store.definitions.all(owner.id, hidden=hidden) if is_wanted(one, category, search)
        ]
        lively = store.statistics.of_definitions(owner.id, now)
    if as_json:
        print_json({"definitions": [dump_definition(one, now) for one in found]})
    elif found:
        nothing = DefinitionStatistics()
        print_table(HEADINGS, [row(one, lively.get(ids.decode(one.id) or 0, nothing)) for one in found])
    else:
        click.echo("There is no such definition yet. Make one: fieldpost definition apply FILE")


@definition.command(epilog=example("fieldpost definition export > shop.yaml"))
@in_section
@as_json
def export(in_section: str | None, as_json: bool) -> None:
    """Print the definitions of a section as YAML that `apply` takes."""
    with opened() as store:
        found = store.definitions.all(the_section(store, in_section).id)
    document = {"definitions": [dump_document(one.draft) for one in found]}
    if as_json:
        print_json(document)
    else:
        click.echo(write_yaml(document), nl=False)


@definition.command(
    epilog=example("fieldpost definition show cart.updated", "fieldpost definition show cart.updated --embed")
)
@click.argument("name", type=Words(100))
@in_section
@click.option("--embed", "wants_embed", is_flag=True, help="The tags to paste, and the CSP lines.")
@as_json
def show(name: str, in_section: str | None, wants_embed: bool, as_json: bool) -> None:
    """Show the definition of the event called NAME."""
    with opened() as store:
        found = find_definition(store, in_section, name)
    if wants_embed:
        pasted = embed(found, settings())
        if as_json:
            print_json(pasted.as_json())
        else:
            click.echo(pasted.as_text())
    elif as_json:
        print_json(dump_definition(found, clock.now()))
    else:
        click.echo(write_yaml(dump_definition(found, clock.now())), nl=False)


def _say(changes: Changes, dry_run: bool) -> None:
    for draft in changes.create:
        click.echo(f"{'would create' if dry_run else 'created'} {draft.event_name}")
    for stored, draft in changes.update:
        click.echo(f"{'would update' if dry_run else 'updated'} {draft.event_name}")
        for line in difference_lines(stored.draft, draft):
            click.echo(f"  {line}")
        if draft.event_name in changes.deletes and draft.retention_days is not None:
            events = changes.deletes[draft.event_name]
            click.echo(f"  {sentence_about(draft.retention_days, events, clock.now())}")
    for name in changes.unchanged:
        click.echo(f"unchanged {name}")


for command in (preview, hide, retire, propose):
    definition.add_command(command)
