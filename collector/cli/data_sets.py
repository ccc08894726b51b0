"""The data set that `fieldpost export --format parquet` brings up to date."""

from __future__ import annotations

from pathlib import Path

import click

from collector import clock
from collector.cli.opening import opened, the_section
from collector.cli.refusals import Refusal
from collector.web.api.parquet_files import NoParquet


def write_into(root: Path, in_section: str | None) -> None:
    """Writes what is different into a data set, and says what that was. Raises `Refusal`."""
    from collector.lake.writing import NoDataSet, write_data_set

    with opened() as store:
        section = the_section(store, in_section)
        try:
            done = write_data_set(store, section, root, clock.now())
        except (NoDataSet, NoParquet) as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            raise Refusal(f"{root} cannot be written: {error.strerror or error}.") from error
    click.echo(
        f"{done.events:,} events and {done.profiles:,} profiles are in {root}, as of {done.as_of}: "
        f"{done.written:,} files written, {done.removed:,} taken away, {done.kept:,} left as they were.",
        err=True,
    )
