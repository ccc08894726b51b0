"""`fieldpost segment`: conditions on profiles, from files, and who matches them now."""

from __future__ import annotations

from typing import Any, BinaryIO

import click

from collector import clock
from collector.cli.evaluating import evaluate
from collector.cli.opening import opened, the_actor, the_section
from collector.cli.refusals import Refusal, line_of
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.core.problems import Fault
from collector.core.segments.drafts import read_draft, read_trial
from collector.core.strict_json import Unreadable, read
from collector.store.opening import Store
from collector.store.segments.compiling import Scope
from collector.store.segments.kept import Segment
from collector.web.api.member_files import as_csv, as_json_lines
from collector.web.api.segments import counted_json, preview_json, segment_json

PAGE = 500
segment_id = click.argument("segment_id", metavar="ID", type=Words(32))
a_file = click.argument("file", type=click.File("rb"))


@click.group()
def segment() -> None:
    """Segments: conditions on profiles, and who matches them now."""


@segment.command("list", epilog=example("fieldpost segment list"))
@in_section
@as_json
def list_(in_section: str | None, as_json: bool) -> None:
    """The segments of a section, the newest first, each with its members and how far they are followed."""
    with opened() as store:
        section = the_section(store, in_section).id
        found, cursor = store.segments.page(section, PAGE, None)
        while cursor is not None:
            more, cursor = store.segments.page(section, PAGE, cursor)
            found += more
        shown = [_counted(store, one) for one in found]
    if as_json:
        print_json({"segments": shown})
    else:
        rows = [
            [one["id"], one["name"], str(one["count"]), f"{one['share']} %", _state(one["membership"])]
            for one in shown
        ]
        print_table(("id", "name", "members", "share", "state"), rows)


@segment.command(epilog=example("fieldpost segment show vip"))
@segment_id
@in_section
def show(segment_id: str, in_section: str | None) -> None:
    """One segment with its tree, its members and how far they are followed, as JSON."""
    with opened() as store:
        print_json(_counted(store, _find(store, in_section, segment_id)))


@segment.command(epilog=example("fieldpost segment create vip.json"))
@a_file
@in_section
@as_json
def create(file: BinaryIO, in_section: str | None, as_json: bool) -> None:
    """Make a segment of a JSON file: {"name": …, "tree": …} and, if wanted, "id", "color", "timezone"."""
    draft = read_draft(_read(file))
    if isinstance(draft, list):
        raise _refused(draft)
    with opened() as store:
        section = the_section(store, in_section).id
        made = _counted(store, store.segments.create(section, draft, the_actor(), clock.now()))
    if as_json:
        print_json(made)
    else:
        click.echo(f"Made {made['id']}: {made['count']} of {made['of']} profiles, {made['share']} %.")


@segment.command(epilog=example("fieldpost segment preview vip.json"))
@a_file
@in_section
@as_json
def preview(file: BinaryIO, in_section: str | None, as_json: bool) -> None:
    """Count who matches a tree, without keeping it. The file is one for `create`, or only a tree."""
    sent = _read(file)
    if isinstance(sent, dict):
        sent = (
            {"tree": sent} if "kind" in sent else {k: v for k, v in sent.items() if k in ("tree", "timezone")}
        )
    tried = read_trial(sent)
    if isinstance(tried, list):
        raise _refused(tried)
    with opened() as store:
        scope = Scope(the_section(store, in_section).id, clock.now(), tried[1])
        found = preview_json(store.segments.finder, tried[0], scope)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['count']} of {found['of']} profiles, {found['share']} %.")


@segment.command(
    epilog=example("fieldpost segment members vip > vip.csv", "fieldpost segment members vip --format jsonl")
)
@segment_id
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@in_section
def members(segment_id: str, kind: str, in_section: str | None) -> None:
    """Print the members, as CSV or JSON Lines."""
    with opened() as store:
        profiles = store.segments.members(_find(store, in_section, segment_id), clock.now())
        for line in as_csv(profiles) if kind == "csv" else as_json_lines(profiles):
            click.echo(line, nl=False)


@segment.command(epilog=example("fieldpost segment rebuild vip"))
@segment_id
@in_section
@as_json
def rebuild(segment_id: str, in_section: str | None, as_json: bool) -> None:
    """Find all members anew. Those of now are shown until the new ones are complete."""
    with opened() as store:
        section = the_section(store, in_section).id
        built = store.segments.rebuild(section, segment_id, the_actor(), clock.now())
        shown = segment_json(built, store.segments.standings.of(built.number))
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{segment_id} is built anew by the running server. fieldpost segment show tells how far.")


@segment.command(epilog=example("fieldpost segment delete vip"))
@segment_id
@in_section
def delete(segment_id: str, in_section: str | None) -> None:
    """Delete a segment. Nobody is deleted with it; its id is not given again."""
    with opened() as store:
        section = the_section(store, in_section).id
        store.segments.delete(section, segment_id, the_actor(), clock.now())
    click.echo(f"Deleted {segment_id}.")


segment.add_command(evaluate)


def _find(store: Store, in_section: str | None, segment_id: str) -> Segment:
    return store.segments.find(the_section(store, in_section).id, segment_id)


def _counted(store: Store, found: Segment) -> dict[str, Any]:
    return counted_json(store, found, clock.now())


def _state(membership: dict[str, Any]) -> str:
    """In a few words, how far the members are followed."""
    progress = membership["progress"]
    state: str = membership["state"]
    return f"{state}, {progress['step']} {progress['done']} of {progress['of']}" if progress else state


def _read(file: BinaryIO) -> object:
    try:
        return read(file.read())
    except Unreadable as error:
        raise Refusal(f"{file.name}: {error.message}") from error


def _refused(faults: list[Fault]) -> Refusal:
    return Refusal("This is no segment as it stands:", map(line_of, faults))
