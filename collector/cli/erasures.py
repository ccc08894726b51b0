"""`fieldpost erasures`: whoever was erased stays erased when a backup is restored."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import IO

import click

from collector import clock
from collector.cli import backup_files
from collector.cli.erasure_files import packed, read_erasures, united
from collector.cli.opening import opened, settings, the_actor
from collector.cli.refusals import Refusal
from collector.cli.words import as_json, example, print_json
from collector.store.database import Database
from collector.store.erasure_memory import Remembered, remembered
from collector.store.erasures_carried import Applied, CarriedErasures
from collector.store.steps import steps

STDOUT = "-"
MEMORY_SINCE = "0011_upkeep"
"""The step that made the tables of what is remembered."""


@click.group()
def erasures() -> None:
    """Erasures since a backup: take them along, and apply them to what was restored."""


@erasures.command(epilog=example("fieldpost erasures export --to /var/backups/fieldpost/erasures.json"))
@click.option("--to", "to", required=True, help="A file, or - for stdout. What is in the file stays in it.")
@as_json
def export(to: str, as_json: bool) -> None:
    """Write what is remembered of erased people: keyed hashes and their secrets, no names.

    Do it more often than backups, onto another disk: then even a backup that is all that is left brings
    nobody back. It is small, and takes nothing from the server.
    """
    found = erasures_in(settings().database)
    if to == STDOUT:
        sys.stdout.buffer.write(packed(found, clock.now()))
        return
    target = Path(to)
    try:
        if target.exists():
            with target.open("rb") as file:
                found = united(read_erasures(file), found)
        with backup_files.part_in(target.parent) as part:
            part.write_bytes(packed(found, clock.now()))
            backup_files.publish(part, target, may_replace=True)
    except OSError as error:
        raise Refusal(f"The erasures could not be written: {error}.") from error
    marks = sum(len(one.marks_until) for one in found)
    if as_json:
        print_json({"file": to, "sections": [one.section_id for one in found], "marks": marks})
    else:
        click.echo(f"{to} remembers the erasures of {len(found)} sections ({marks} keyed hashes).")


@erasures.command(epilog=example("fieldpost erasures apply /var/backups/fieldpost/erasures.json"))
@click.argument("file", type=click.File("rb"))
@as_json
def apply(file: IO[bytes], as_json: bool) -> None:
    """Erase whoever was erased by a file of erasures, and remember it. A second time changes nothing."""
    applied = apply_to(settings().database, read_erasures(file))
    if as_json:
        print_json(asdict(applied))
    else:
        print_applied(applied)


def erasures_in(url: str) -> list[Remembered]:
    """What a database remembers; nothing is migrated. Raises `Problem("storage-unavailable")`."""
    with closing(Database(url)) as database:
        return remembered(database) if MEMORY_SINCE in steps(database).taken else []


def apply_to(url: str, given: list[Remembered]) -> Applied:
    """Applies erasures to a database, which is brought up to date first."""
    if not given:
        return Applied()
    with opened(url) as store:
        carried = CarriedErasures(store.database, store.erasures)
        return carried.apply(united(given), the_actor(), clock.now)


def print_applied(applied: Applied) -> None:
    click.echo(f"People who were erased again: {applied.people}, with {applied.events} events.")
    for section in applied.unknown:
        click.echo(f"There is no section {section} here: nobody of it was erased.", err=True)
    for profile in applied.mixed:
        click.echo(
            f"The profile {profile} is an erased person and another one, by a merge that was undone later. "
            "Undo it here as well, and erase the one of them.",
            err=True,
        )
    for section in applied.apart:
        click.echo(
            f"{section} remembered erasures with another secret already: whoever was here was erased, but "
            "late retries for people whom nothing here names are not known.",
            err=True,
        )
