"""`fieldpost export`: stored events as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from collector.cli.data_sets import write_into
from collector.cli.opening import opened, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, example, in_section
from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import EventState
from collector.core.fields import parse_timestamp
from collector.store.exporting import stored_events
from collector.store.opening import Store
from collector.web.api.event_files import Columns, events_as_csv, events_as_json_lines
from collector.web.api.parquet_files import NoParquet, write_parquet

FORMATS = ("jsonl", "csv", "parquet")


class Moment(click.ParamType[int]):
    """A moment of RFC 3339, or a day, which begins in UTC."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        try:
            return parse_timestamp(f"{text}T00:00:00Z" if len(text) == len("2026-05-01") else text)
        except ValueError as error:
            self.fail(f"{error} Such as 2026-05-01 or 2026-05-01T12:00:00Z.", param, ctx)


@click.command(
    "export",
    epilog=example(
        "fieldpost export > events.jsonl",
        "fieldpost export --event order.completed --from 2026-05-01 --format csv --output orders.csv",
        "fieldpost export --format parquet --output /data/fieldpost",
    ),
)
@in_section
@click.option(
    "--event", "events", type=Words(100), multiple=True, help="Only this event; several times for several."
)
@click.option("--from", "since", type=Moment(), help="Only what occurred from this moment on.")
@click.option("--to", "until", type=Moment(), help="Only what occurred before this moment.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: by --output's name, else jsonl.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Default: standard output. Parquet into a name without .parquet is a folder: a data set by days.",
)
def export_events(
    in_section: str | None,
    events: tuple[str, ...],
    since: int | None,
    until: int | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Write the stored events, with everything that is held of each.

    A file appears under its name when it is whole. Cells of CSV that a spreadsheet would compute begin with
    an apostrophe, which `fieldpost import` takes away again.
    """
    form = form or _form_of(output)
    if form == "parquet" and output is None:
        raise Refusal("A Parquet file goes nowhere but into a file: say --output FILE.")
    if form == "parquet" and output is not None and output.suffix.lower() != ".parquet":
        if events or since is not None or until is not None:
            raise Refusal("A data set holds all events. Some of them go into a file: --output NAME.parquet.")
        write_into(output, in_section)
        return
    if output is not None and output.is_dir():
        raise Refusal(f"{output} is a folder.")
    with opened() as store:
        definitions = _definitions(store, the_section(store, in_section).id, events)
        columns = Columns.of(definitions)
        numbers = [ids.decode(one.id) or 0 for one in definitions]
        found = stored_events(store.database, numbers, since, until)
        if output is None:
            for line in _lines(form, found, columns):
                sys.stdout.write(line)
            return
        draft = output.with_name(output.name + ".part")
        try:
            count = _write(form, draft, found, columns)
        except NoParquet as error:
            raise Refusal(str(error)) from error
        draft.replace(output)
    click.echo(f"{count:,} events are in {output}.", err=True)


def _write(form: str, path: Path, found: Iterator[EventState], columns: Columns) -> int:
    if form == "parquet":
        return write_parquet(path, found, columns)
    count = -1 if form == "csv" else 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in _lines(form, found, columns):
            file.write(line)
            count += 1
    return count


def _lines(form: str, found: Iterator[EventState], columns: Columns) -> Iterator[str]:
    return events_as_csv(found, columns) if form == "csv" else events_as_json_lines(found, columns)


def _form_of(output: Path | None) -> str:
    suffix = output.suffix.removeprefix(".").lower() if output is not None else ""
    return suffix if suffix in FORMATS else "jsonl"


def _definitions(store: Store, section_id: str, events: tuple[str, ...]) -> list[Definition]:
    every = store.definitions.all(section_id)
    known = {one.draft.event_name: one for one in every}
    for name in events:
        if name not in known:
            raise Refusal(f"The section {section_id} has no event called {name}.")
    return [known[name] for name in dict.fromkeys(events)] if events else every
