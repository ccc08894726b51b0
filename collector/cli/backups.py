"""`fieldpost backup` and `fieldpost restore`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

import click

from collector import clock
from collector.cli import backup_files
from collector.cli.erasure_files import read_erasures
from collector.cli.erasures import apply_to, erasures_in, print_applied
from collector.cli.opening import settings
from collector.cli.refusals import Refusal
from collector.cli.words import as_json, example, print_json
from collector.core.fields import format_timestamp
from collector.store.copies import postgresql, sqlite
from collector.store.copies.copying import Content, copy, file_of, fill_database, prepare_file, url_of
from collector.store.database import Database
from collector.store.erasure_memory import Remembered
from collector.store.erasures_carried import Applied

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: where it is, as of which moment at the earliest, and what it holds."""

    file: str
    begun_at: int
    bytes: int
    content: Content
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the backup is now, what it holds, who was erased again, where the former database is kept."""

    to: str
    content: Content
    erased: Applied
    kept: str | None = None


@click.command(
    epilog=example(
        "fieldpost backup --to /var/backups/fieldpost --compress --keep 14",
        "fieldpost backup --to before-upgrade.db",
        "fieldpost backup --to - --compress | ssh vault 'cat > fieldpost.db.gz'",
    )
)
@click.option(
    "--to", "to", required=True, help="A file, a folder (it gets a name with the time), or - for stdout."
)
@click.option("--compress", is_flag=True, help="Pack it with gzip. PostgreSQL's copies are packed anyway.")
@click.option("--keep", type=click.IntRange(1), help="In a folder: delete all but the newest so many.")
@click.option("--overwrite", is_flag=True, help="Onto a file that is there.")
@as_json
def backup(to: str, compress: bool, keep: int | None, overwrite: bool, as_json: bool) -> None:
    """Copy the database while the server goes on, verified, into one file that only its owner can read.

    All that was acknowledged before it began is in it. It is read again and recounted before it gets its
    name. Nothing is migrated. Whoever has the file has everything: personal data, the secrets of sections and
    webhooks, hashes of keys and passwords. With - nothing but the backup is printed.
    """
    target = Path(to)
    if keep is not None and not target.is_dir():
        raise Refusal("--keep is for a folder that is there.")
    if to != STDOUT and not target.is_dir():
        _require_free(target, overwrite)
    try:
        made = _to_stdout(compress) if to == STDOUT else _to_file(target, compress, overwrite)
        if keep is not None:
            made = replace(made, deleted=tuple(backup_files.rotate(target, keep)))
    except OSError as error:
        raise Refusal(f"The backup could not be written: {error}.") from error
    _print_made(made, as_json)


@click.command(
    epilog=example(
        "fieldpost restore /var/backups/fieldpost/fieldpost-20261127T020000Z.db.gz --replace",
        "fieldpost restore fieldpost.dump --erasures erasures.json",
    )
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--replace", "may_replace", is_flag=True, help="SQLite: in the place of a database, which is kept."
)
@click.option(
    "--erasures",
    type=click.File("rb"),
    help="What `fieldpost erasures export` wrote: whoever was erased since the backup is erased again.",
)
@as_json
def restore(file: IO[bytes], may_replace: bool, erasures: IO[bytes] | None, as_json: bool) -> None:
    """Bring a backup back to FIELDPOST_DATABASE, verified and brought up to date before anybody can use it.

    The server has to be stopped. On SQLite the database that is replaced is kept beside it, and the people
    whom it remembers as erased are erased in what is restored. On PostgreSQL it goes into an empty database.
    What was revoked since the backup (keys, sessions, roles) has to be revoked again.
    """
    url = settings().database
    given = read_erasures(erasures) if erasures is not None else []
    bring_back = _into_file if url.startswith("sqlite:") else _into_database
    try:
        restored = bring_back(file, url, may_replace, given)
    except (OSError, EOFError) as error:
        raise Refusal(f"The backup could not be brought back: {error}.") from error
    _print_restored(restored, as_json)


def _to_file(target: Path, compress: bool, overwrite: bool) -> Made:
    folder = target if target.is_dir() else target.parent
    with backup_files.part_in(folder) as part, backup_files.part_in(folder) as packed:
        begun_at = clock.now()
        content = _copy(part)
        is_packed = compress and content.kind == "SQLite"
        if target.is_dir():
            target = target / backup_files.name_of(begun_at, content.kind, is_packed)
        if is_packed:
            backup_files.compress(part, packed)
        backup_files.publish(packed if is_packed else part, target, overwrite)
    return Made(str(target), begun_at, target.stat().st_size, content)


def _to_stdout(compress: bool) -> Made:
    with tempfile.TemporaryDirectory(prefix="fieldpost-") as folder:
        made = _to_file(Path(folder), compress, False)
        with open(made.file, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return replace(made, file=STDOUT)


def _copy(part: Path) -> Content:
    url = settings().database
    if url.startswith("sqlite:") and not file_of(url).exists():
        raise Refusal(f"There is no database at {file_of(url)}.")
    with closing(Database(url)) as database:
        return copy(database, part)


def _into_file(file: IO[bytes], url: str, may_replace: bool, given: list[Remembered]) -> Restored:
    path = file_of(url).absolute()
    is_there = _is_there(path, may_replace)
    if is_there:
        with sqlite.alone(path):
            pass
        given = [*given, *erasures_in(url)]
    with backup_files.part_in(path.parent) as part:
        _require_kind(backup_files.unpack(file, part), sqlite.MAGIC, "SQLite")
        content = prepare_file(part)
        applied = apply_to(url_of(part), given)
        sqlite.make_single(part)
        kept = path.with_name(f"{path.name}.before-{backup_files.stamp(clock.now())}") if is_there else None
        backup_files.belong_like(part, path if is_there else path.parent)
        with sqlite.alone(path) if is_there else nullcontext():
            sqlite.put_in_place(part, path, kept)
    return Restored(str(path), content, applied, str(kept) if kept else None)


def _into_database(file: IO[bytes], url: str, may_replace: bool, given: list[Remembered]) -> Restored:
    if may_replace:
        raise Refusal("--replace is for SQLite. PostgreSQL gets its backup back into an empty database.")
    with (
        tempfile.TemporaryDirectory(prefix="fieldpost-") as folder,
        backup_files.part_in(Path(folder)) as part,
    ):
        _require_kind(backup_files.unpack(file, part), postgresql.MAGIC, "PostgreSQL")
        content = fill_database(part, url)
    return Restored("the database", content, apply_to(url, given))


def _is_there(path: Path, may_replace: bool) -> bool:
    """Whether a database is to be replaced. Raises `Refusal` where that was not said."""
    if not path.exists():
        left = [path.name + ending for ending in sqlite.COMPANIONS if Path(f"{path}{ending}").exists()]
        if left:
            raise Refusal(f"{left[0]} belongs to a database that is not there. Move it away first.")
        return False
    if not may_replace:
        raise Refusal(f"There is a database at {path}. With --replace it is kept beside the restored one.")
    return True


def _require_free(target: Path, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise Refusal(f"There is no folder {target.parent}.")
    if target.exists() and not overwrite:
        raise Refusal(f"{target} is there already. Take another name, or say --overwrite.")


def _require_kind(beginning: bytes, magic: bytes, kind: str) -> None:
    if beginning.startswith(magic):
        return
    others = {sqlite.MAGIC: "SQLite", postgresql.MAGIC: "PostgreSQL"}
    other = next((name for known, name in others.items() if beginning.startswith(known)), None)
    if other is None:
        raise Refusal("This is no backup of Fieldpost's.")
    raise Refusal(f"This backup is of {other}, and FIELDPOST_DATABASE leads to {kind}.")


def _print_made(made: Made, as_json: bool) -> None:
    """On stderr if stdout has the backup."""
    content = made.content
    if as_json and made.file != STDOUT:
        print_json({**asdict(made), **asdict(content), "begun_at": format_timestamp(made.begun_at)})
        return
    to_stderr = made.file == STDOUT
    events = (
        "not counted: its schema is not this program's"
        if content.events is None
        else f"{content.events} events"
    )
    click.echo(
        f"{made.file}: {content.kind}, {content.step}, {events}, {made.bytes} bytes. Verified.", err=to_stderr
    )
    for name in made.deleted:
        click.echo(f"Deleted: {name}", err=to_stderr)
    _warn(content)


def _print_restored(restored: Restored, as_json: bool) -> None:
    if as_json:
        print_json(asdict(restored))
        return
    content = restored.content
    click.echo(
        f"Restored to {restored.to}: {content.kind}, {content.step}, {content.events} events. Verified."
    )
    if restored.kept is not None:
        click.echo(f"What was there is kept as {restored.kept}: delete it when you do not need it any more.")
    print_applied(restored.erased)
    _warn(content)


def _warn(content: Content) -> None:
    """A copy is right where it is the same: what is wrong in it was wrong before."""
    if content.differences:
        click.echo("The books of this database do not balance (fieldpost doctor):", err=True)
    for sentence in content.differences:
        click.echo(f"  {sentence}", err=True)
