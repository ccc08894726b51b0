"""`fieldpost definition propose`: a definition drawn up from samples, from a schema, or from what came."""

from __future__ import annotations

from typing import Any, get_args

import click

from collector.cli.definition_files import unkeepable
from collector.cli.opening import opened, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.cli.yaml_documents import write_yaml
from collector.core.definitions import Category
from collector.core.proposals import Proposal, read_asked
from collector.core.strict_json import Unreadable, read, read_lines
from collector.intake.seen import data_of_events, data_of_refusals
from collector.store.rejections import Selection

a_file = click.File("rb")


@click.command(
    epilog=example(
        "fieldpost definition propose boat.rented --samples boats.jsonl > boats.yaml",
        "fieldpost definition propose boat.rented | fieldpost definition apply -",
    )
)
@click.argument("name", type=Words(100))
@in_section
@click.option("--samples", type=a_file, help="Payloads or their data: JSON, or JSON Lines; - is stdin.")
@click.option("--schema", type=a_file, help="The JSON Schema of the data.")
@click.option("--category", type=click.Choice(get_args(Category)), help="Default: guessed.")
@as_json
def propose(
    name: str, in_section: str | None, samples: Any, schema: Any, category: str | None, as_json: bool
) -> None:
    """Draw up a definition of the event NAME, as YAML that `apply` takes. Nothing is stored.

    Without a file it is drawn up from what came: the events of that name, or what was refused by it.
    """
    if samples and schema:
        raise Refusal("Give --samples or --schema, not both.")
    document: dict[str, Any] = {"event_name": name, **({"category": category} if category else {})}
    if samples:
        document["samples"] = _samples(samples.read(), samples.name)
    elif schema:
        document["schema"] = _read(schema.read(), schema.name)
    else:
        document["seen"] = True
    asked = read_asked(document)
    proposal = asked.proposal(_seen(in_section, name) if asked.is_about_what_came else [])
    if as_json:
        print_json(proposal.as_json())
    else:
        click.echo(write_yaml(proposal.document), nl=False)
        _tell(proposal)


def _samples(raw: bytes, file: str) -> list[Any]:
    try:
        found = read_lines(raw)
    except Unreadable as error:
        raise Refusal(f"{file}: {error.message}") from error
    _require_keepable(found, file)
    return found


def _read(raw: bytes, place: str) -> Any:
    try:
        document = read(raw)
    except Unreadable as error:
        raise Refusal(f"{place}: {error.message}") from error
    _require_keepable(document, place)
    return document


def _require_keepable(document: Any, place: str) -> None:
    for fault in unkeepable(document)[:1]:
        raise Refusal(f"{place}: {fault.pointer}: {fault.message}")


def _seen(in_section: str | None, name: str) -> list[object]:
    with opened() as store:
        owner = the_section(store, in_section)
        definition = store.definitions.find(owner.id, name)
        if definition is not None:
            return data_of_events(store, definition)
        return data_of_refusals(store, Selection(owner.id, (), (name,)))


def _tell(proposal: Proposal) -> None:
    """What a person should know before they apply it, beside the document."""
    if proposal.samples is not None:
        click.echo(f"From {proposal.samples} samples.", err=True)
    for seen in proposal.fields:
        if len(seen.fits) > 1:
            click.echo(f"{seen.name}: {' or '.join(seen.fits[1:])} would fit as well.", err=True)
    for note in proposal.notes:
        click.echo(f"{note.pointer or '/'}: {note.message}", err=True)
