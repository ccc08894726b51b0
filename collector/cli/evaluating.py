"""`fieldpost segment evaluate`: who matches a segment, in a data set and by another engine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from collector.cli.exporting import Moment
from collector.cli.opening import opened, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.core.fields import format_timestamp, parse_timestamp
from collector.store.segments.kept import Segment


@click.command(
    "evaluate",
    epilog=example(
        "fieldpost segment evaluate vip --engine duckdb --data /data/fieldpost",
        "fieldpost segment evaluate vip --engine spark --data /data/fieldpost --master spark://host:7077",
    ),
)
@click.argument("segment_id", metavar="ID", type=Words(32))
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), required=True, help="The data set's folder."
)
@click.option("--at", type=Moment(), help="Default: the moment as of which the data set was written.")
@click.option(
    "--members",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write their ids there.",
)
@click.option("--master", help="Of Spark; default: as Spark is configured, else this machine.")
@in_section
@as_json
def evaluate(
    segment_id: str,
    engine: str,
    data: Path,
    at: int | None,
    members: Path | None,
    master: str | None,
    in_section: str | None,
    as_json: bool,
) -> None:
    """Count who matches a segment in a data set that `fieldpost export --format parquet` wrote."""
    with opened() as store:
        section = the_section(store, in_section).id
        segment = store.segments.find(section, segment_id)
    as_of = _as_of(data, section)
    moment = parse_timestamp(as_of) if at is None else at
    count, everybody = _evaluate(segment, (engine, data, section, master), moment, members)
    told = {"segment": segment_id, "engine": engine, "at": format_timestamp(moment), "as_of": as_of}
    if as_json:
        print_json({**told, "count": count, "of": everybody})
    else:
        click.echo(f"{count:,} of {everybody:,} profiles, at {told['at']}, in the data as of {as_of}.")


def _evaluate(
    segment: Segment, place: tuple[str, Path, str, str | None], moment: int, members: Path | None
) -> tuple[int, int]:
    from collector.lake import engines

    engine, data, section, master = place
    try:
        with engines.opened(engine, str(data), section, master) as there:  # type: ignore[arg-type]
            everybody = there.count(there.data.profiles)
            with there.matching(segment.draft.node, moment, segment.zone) as found:
                if members is None:
                    return there.count(found), everybody
                return _write(members, there.profiles(found)), everybody
    except engines.NoEngine as error:
        raise Refusal(str(error)) from error


def _as_of(data: Path, section_id: str) -> str:
    from collector.lake.manifest import Manifest, Unreadable, manifest_of

    try:
        found = Manifest.read(manifest_of(data, section_id))
    except Unreadable as error:
        raise Refusal(str(error)) from error
    if found is None:
        raise Refusal(
            f"{data} has no data set of the section {section_id}. "
            f"Write one: fieldpost export --format parquet --output {data}"
        )
    return found.as_of


def _write(path: Path, profiles: Iterable[str]) -> int:
    draft, count = path.with_name(path.name + ".part"), 0
    with draft.open("w", encoding="utf-8") as file:
        for one in profiles:
            file.write(f"{one}\n")
            count += 1
    draft.replace(path)
    return count
