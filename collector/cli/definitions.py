"""`fieldpost definition`: what a section collects, as code."""

from __future__ import annotations

import click

from collector import clock
from collector.cli.applying import Changes, apply, changes_of
from collector.cli.definition_files import read_definitions
from collector.cli.embedding import embed
from collector.cli.opening import opened, settings, the_actor, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.cli.yaml_documents import write_yaml
from collector.core.definitions import Definition
from collector.core.documents import dump_definition, dump_document
from collector.core.versions import current
from collector.store.opening import Store


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
        if not dry_run:
            apply(store, owner.id, changes, settings().edit_hold, the_actor(), clock.now())
    if as_json:
        print_json(changes.as_json())
    else:
        _say(changes, dry_run)


@definition.command("list", epilog=example("fieldpost definition list"))
@in_section
@as_json
def list_all(in_section: str | None, as_json: bool) -> None:
    """List the definitions of a section."""
    with opened() as store:
        found = store.definitions.all(the_section(store, in_section).id)
    if as_json:
        now = clock.now()
        print_json({"definitions": [dump_definition(one, now) for one in found]})
    elif found:
        print_table(("EVENT", "CATEGORY", "VERSION", "FIELDS", "WEB", "TITLE"), [_row(one) for one in found])
    else:
        click.echo("There is no definition yet. Make one: fieldpost definition apply FILE")


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
        found = _find(store, in_section, name)
    if wants_embed:
        pasted = embed(found, settings().public_url)
        if as_json:
            print_json(pasted.as_json())
        else:
            click.echo(pasted.as_text())
    elif as_json:
        print_json(dump_definition(found, clock.now()))
    else:
        click.echo(write_yaml(dump_definition(found, clock.now())), nl=False)


def _find(store: Store, in_section: str | None, name: str) -> Definition:
    owner = the_section(store, in_section)
    found = store.definitions.find(owner.id, name)
    if found is None:
        raise Refusal(f"The section {owner.id} has no event called {name}.")
    return found


def _row(one: Definition) -> tuple[str, ...]:
    draft = one.draft
    version = current(one.versions, clock.now())
    return (
        draft.event_name,
        draft.category,
        str(version.number) if version else "–",
        str(len(draft.content.fields)),
        "yes" if draft.web_tracking.enabled else "no",
        draft.title,
    )


def _say(changes: Changes, dry_run: bool) -> None:
    made = changes.as_json()
    words = {"create": "would create", "update": "would update"} if dry_run else {"create": "created"}
    for kind, names in made.items():
        for name in names:
            click.echo(f"{words.get(kind, kind)} {name}")
