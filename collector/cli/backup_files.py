"""The files of backups: their names, their making without anybody ever seeing half of one, their rotation.

They are readable for their owner alone: a backup holds everything that the database does.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from collector.cli.refusals import Refusal
from collector.store.copies import sqlite

NAME = re.compile(r"fieldpost-\d{8}T\d{6}Z\.(db|db\.gz|dump)")
PART = re.compile(r"\.fieldpost-[0-9a-f]{8}\.part(-wal|-shm|-journal)?")
LEFT_BEHIND_SECONDS = 86_400
"""A part that is older belongs to a backup that was killed."""

OWNER_ONLY = 0o600
GZIP = b"\x1f\x8b"
_AT_ONCE = 1 << 20


def name_of(now: int, kind: str, is_compressed: bool) -> str:
    """What a backup of this moment (microseconds) is called. Names sort by time."""
    ending = "dump" if kind == "PostgreSQL" else "db.gz" if is_compressed else "db"
    return f"fieldpost-{stamp(now)}.{ending}"


def stamp(now: int) -> str:
    return f"{datetime.fromtimestamp(now // 1_000_000, UTC):%Y%m%dT%H%M%SZ}"


@contextlib.contextmanager
def part_in(folder: Path) -> Iterator[Path]:
    """A new empty file in a folder, for its owner alone, that is gone at the end unless it was moved."""
    path = folder / f".fieldpost-{secrets.token_hex(4)}.part"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    try:
        yield path
    finally:
        sqlite.remove(path)


def publish(part: Path, target: Path, may_replace: bool) -> None:
    """Gives a finished part its name. Raises `Refusal` where there is something already."""
    if may_replace:
        os.replace(part, target)
    else:
        try:
            os.link(part, target)
        except FileExistsError as error:
            raise Refusal(f"{target} is there already. Take another name, or say --overwrite.") from error
    sqlite.sync(target.parent)


def belong_like(path: Path, other: Path) -> None:
    """What root brings back belongs to whom the other belongs: the server does not run as root."""
    if os.geteuid() == 0:
        owner = other.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def compress(source: Path, target: Path) -> None:
    """Packs a file into another one, and reads that again. Raises `Refusal`."""
    with source.open("rb") as unpacked, gzip.open(target, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(unpacked, packed, _AT_ONCE)
    with source.open("rb") as unpacked, gzip.open(target, "rb") as packed:
        if _digest(unpacked) != _digest(packed):
            raise Refusal("What was compressed reads differently. Is the disk or the memory broken?")
    sqlite.sync(target)


def unpack(source: IO[bytes], target: Path) -> bytes:
    """Writes a backup, packed or not, into a file; its first bytes, by which its kind is known."""
    buffered = io.BufferedReader(cast(io.RawIOBase, source))
    is_packed = buffered.peek(len(GZIP)).startswith(GZIP)
    with target.open("wb") as unpacked:
        shutil.copyfileobj(gzip.GzipFile(fileobj=buffered) if is_packed else buffered, unpacked, _AT_ONCE)
    sqlite.sync(target)
    with target.open("rb") as unpacked:
        return unpacked.read(len(sqlite.MAGIC))


def rotate(folder: Path, keep: int) -> list[str]:
    """Deletes all but the newest backups of a folder, and parts that were left behind; the names of both.

    Whatever has another name is nobody's business here.
    """
    backups = sorted((one for one in folder.iterdir() if NAME.fullmatch(one.name)), reverse=True)
    long_ago = time.time() - LEFT_BEHIND_SECONDS
    left = [one for one in folder.iterdir() if PART.fullmatch(one.name) and one.stat().st_mtime < long_ago]
    for one in (*backups[keep:], *left):
        one.unlink(missing_ok=True)
    return [one.name for one in (*backups[keep:], *left)]


def _digest(file: IO[bytes] | gzip.GzipFile) -> bytes:
    digest = hashlib.sha256()
    while piece := file.read(_AT_ONCE):
        digest.update(piece)
    return digest.digest()
