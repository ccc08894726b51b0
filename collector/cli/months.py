"""`fieldpost database months`: making months of large tables of PostgreSQL, and seeing which there are."""

from __future__ import annotations

import click

from collector import clock
from collector.cli.opening import opened
from collector.cli.refusals import Refusal
from collector.cli.words import as_json, example, print_json, print_table
from collector.core.fields import format_timestamp
from collector.store.event_months import LARGE as LARGE_EVENTS
from collector.store.months import LARGE, Months, Part, Upkept


@click.command(epilog=example("fieldpost database months", "fieldpost database months --only-look --json"))
@click.option("--only-look", is_flag=True, help="Only say which there are.")
@click.option(
    "--large",
    type=click.IntRange(min=0),
    default=LARGE // 1_000_000,
    show_default=True,
    help="From how many megabytes on the last part of a table ends with this month.",
)
@click.option(
    "--large-events",
    type=click.IntRange(min=0),
    default=LARGE_EVENTS // 1_000_000,
    show_default=True,
    help="From how many megabytes on the events get months too.",
)
@as_json
def months(only_look: bool, large: int, large_events: int, as_json: bool) -> None:
    """Make and drop months of large tables, as `fieldpost serve` does every six hours.

    The change log and the rejections have months from the beginning, the events once they are many.

    Execute it as the owner, by the clock, where the server has a role that makes no tables.
    """
    with opened() as store:
        if store.database.is_sqlite:
            raise Refusal("SQLite has no months: its tables are whole.")
        done = Upkept() if only_look else _kept_up(store.months, large, large_events)
        parts = [part for table in store.months.tables() for part in store.months.parts(table)]
    if as_json:
        print_json({"made": done.made, "dropped": done.dropped, "parts": [_as_json(one) for one in parts]})
        return
    print_table(
        ("table", "part", "from", "until", "MB"),
        [
            (one.table, one.name, _moment(one.begins_at), _moment(one.ends_at), f"{one.size / 1e6:,.1f}")
            for one in parts
        ],
    )
    for name in done.made:
        click.echo(f"Made: {name}", err=True)
    for name in done.dropped:
        click.echo(f"Dropped: {name}", err=True)


def _kept_up(kept: Months, large: int, large_events: int) -> Upkept:
    """Sizes are in megabytes."""
    if not kept.may_be_kept_up():
        raise Refusal("The tables are another role's: give this command as the owner of the database.")
    return kept.keep_up(clock.now(), large * 1_000_000, large_events * 1_000_000)


def _as_json(part: Part) -> dict[str, object]:
    begin, end = part.begins_at, part.ends_at
    return {
        "table": part.table,
        "name": part.name,
        "from": format_timestamp(begin) if begin is not None else None,
        "until": format_timestamp(end) if end is not None else None,
        "bytes": part.size,
    }


def _moment(moment: int | None) -> str:
    return "-" if moment is None else format_timestamp(moment)[:10]
