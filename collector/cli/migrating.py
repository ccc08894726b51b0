"""`fieldpost migrate`: bringing a database up to date, and saying beforehand what that would do."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import click

from collector import clock
from collector.cli.opening import settings
from collector.cli.refusals import Refusal
from collector.cli.words import as_json, example, print_json
from collector.store.copies.copying import file_of
from collector.store.database import Database, NewerDatabase
from collector.store.steps import Steps, about, steps


@click.command(epilog=example("fieldpost migrate --dry-run", "fieldpost migrate"))
@click.option("--dry-run", "--status", "only_look", is_flag=True, help="Only say what would be done.")
@as_json
def migrate(only_look: bool, as_json: bool) -> None:
    """Bring the database up to date, step by step, and say how long each took.

    On PostgreSQL each step is a transaction of its own, and holds its locks for as long as it takes; on
    SQLite all are one. A step happens with its line in the history, or not at all: after a kill, start it
    again. Make a backup first; there is no way back but that.
    """
    url = settings().database
    with closing(Database(url)) as database:
        if not only_look:
            _take(database, as_json)
        elif database.is_sqlite and not file_of(url).exists():
            raise Refusal(f"There is no database at {file_of(url)} yet.")
        else:
            _print_standing(steps(database), as_json)


def _take(database: Database, as_json: bool) -> None:
    taken: list[dict[str, object]] = []
    begun = [clock.tick()]

    def said(name: str) -> None:
        begun.append(clock.tick())
        seconds = round(begun[-1] - begun[-2], 3)
        taken.append({"name": name, "seconds": seconds})
        if not as_json:
            click.echo(f"{name}  {seconds:.3f} s")

    database.migrate(said)
    if as_json:
        print_json({"taken": taken})
    elif not taken:
        click.echo("Nothing is to be done: the database is up to date.")


def _print_standing(found: Steps, as_json: bool) -> None:
    if found.unknown:
        raise NewerDatabase(
            f"This database was made by a newer Fieldpost (it knows {', '.join(found.unknown)})."
        )
    pending = [about(name) for name in found.pending]
    if as_json:
        print_json({"taken": list(found.taken), "pending": [asdict(one) for one in pending]})
        return
    click.echo(f"Taken so far: {found.taken[-1] if found.taken else 'nothing, the database is empty'}.")
    for one in pending:
        click.echo(f"To be taken: {one.name}  {one.about}")
    if not pending:
        click.echo("Nothing is to be done: the database is up to date.")
