"""`fieldpost import`: events from a file, with a verdict for each row."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import click

from collector import clock
from collector.cli.opening import opened, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.intake.accept import Intake
from collector.intake.bulk import CannotGoOn, Importer, Progress, VerdictFile, source_of
from collector.intake.bulk_rows import BadMapping, Row, csv_rows, current_fields, json_lines
from collector.intake.parquet_rows import parquet_rows

FORMATS = ("jsonl", "csv", "parquet")
TABLES = {"csv": csv_rows, "parquet": parquet_rows}


@click.command(
    "import",
    epilog=example(
        "fieldpost import orders.jsonl",
        "fieldpost import orders.csv --event order.completed --map 'order no=id' --map sum=data.total",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@in_section
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: by the file's name.")
@click.option("--event", type=Words(100), help="In tables: the event of every row that names none.")
@click.option("--map", "maps", multiple=True, metavar="COLUMN=TARGET", help="In tables: where a column goes.")
@click.option(
    "--source", type=Words(255), default="Import", show_default=True, help="Of events that name none."
)
@click.option(
    "--verdicts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where each row's verdict goes. Default: FILE.verdicts.jsonl",
)
@as_json
def import_file(
    file: Path,
    in_section: str | None,
    form: str | None,
    event: str | None,
    maps: tuple[str, ...],
    source: str,
    verdicts: Path | None,
    as_json: bool,
) -> None:
    """Judge every row of FILE as if it were sent, store what is accepted, and tell each row's verdict.

    FILE is JSON Lines, or a table: CSV, or Parquet. What `fieldpost export` wrote is taken as it is.
    The same command goes on where it was stopped or killed. Rows whose id is there already change nothing.
    It ends with 1 if a row was refused.
    """
    verdicts = verdicts or file.with_name(file.name + ".verdicts.jsonl")
    suffix = file.suffix.lower().removeprefix(".")
    form = form or (suffix if suffix in FORMATS else "jsonl")
    mapping = _mapping(maps)
    with opened() as store:
        owner = the_section(store, in_section)
        with file.open("rb") as opened_file:
            rows = (
                json_lines(opened_file)
                if form == "jsonl"
                else TABLES[form](opened_file, mapping, current_fields(store, owner.id, clock.now), event)
            )
            importer = Importer(Intake(store, clock.now), owner.id, clock.now, source)
            told = _run(importer, rows, opened_file, verdicts, source_of(file))
    if as_json:
        print_json({"rows": told.rows, **told.verdicts, "verdicts": str(verdicts)})
    else:
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(told.verdicts.items()))
        click.echo(f"{counts or 'No rows'}. The verdict of each row is in {verdicts}.")
    if told.refused:
        raise SystemExit(1)


def _run(
    importer: Importer, rows: Iterator[Row], file: BinaryIO, verdicts: Path, source: dict[str, Any]
) -> Progress:
    try:
        written = VerdictFile(verdicts, source)
    except CannotGoOn as error:
        raise Refusal(str(error)) from error
    with closing(written):
        if written.progress.rows:
            click.echo(f"Going on after row {written.progress.rows:,}.", err=True)
        size = os.fstat(file.fileno()).st_size
        with click.progressbar(
            length=size,
            label="Importing",
            file=sys.stderr,
            show_pos=False,
            update_min_steps=max(size // 500, 1),
        ) as bar:

            def told(_: int) -> None:
                bar.update(max(_place(file) - bar.pos, 0))

            try:
                return importer.run(rows, written, told)
            except BadMapping as error:
                raise Refusal(str(error)) from error
            except KeyboardInterrupt:
                raise Refusal(
                    f"Stopped after row {written.progress.rows:,}. The same command goes on from there."
                ) from None


def _place(file: BinaryIO) -> int:
    """How much of the file was read, in bytes."""
    return os.lseek(file.fileno(), 0, os.SEEK_CUR)


def _mapping(maps: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for one in maps:
        column, equals, target = one.rpartition("=")
        if not equals or not column:
            raise Refusal(f"--map takes COLUMN=TARGET, such as 'order no=id'; this is {one!r}.")
        found[column] = target
    return found
