"""Imports: rows judged and committed in parts, each with its verdict in a file, resumable after a kill.

After each part is on disk its verdicts are, and then a note of how far it went. A part whose note is missing
is done again: the same events under the same ids, so nothing is stored twice; what a kill had let through is
told as a duplicate then.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from collector.core.events import API_SPACE, WEB_PREFIX, WEB_SPACE, Decision
from collector.core.judge import Caller
from collector.core.payloads import IMPORT, TOLD, Read, ToldPayload, splittable
from collector.core.problems import Fault
from collector.core.strict_json import Unreadable, read
from collector.intake.accept import Intake
from collector.intake.bulk_rows import Row

PART = 4_000
"""How many rows are committed together."""
PART_BYTES = 16 * 1_048_576
"""From this size on they are fewer, so that long rows are not held by the thousand."""

_SAMPLE = 65_536
_NOT_ONE = Fault("shape-wrong", "", "A row is one event.")


class CannotGoOn(Exception):
    """The files of an earlier import are in the way; `str` is a sentence."""


@dataclass(slots=True)
class Progress:
    """How far an import is: rows of the file, bytes of its verdicts, and how many there are of each."""

    rows: int = 0
    verdict_bytes: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return self.verdicts["rejected"]


class VerdictFile:
    """A line of JSON for each row, beside it the note of how far it went. One import at a time has it."""

    def __init__(self, path: Path, source: dict[str, Any]) -> None:
        self.path = path
        self.note = path.with_name(path.name + ".progress")
        self._source = source
        self.progress = self._found()
        self._file = path.open("r+b" if path.exists() else "w+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise CannotGoOn(f"Another import is writing {path}.") from error
        self._file.truncate(self.progress.verdict_bytes)
        self._file.seek(self.progress.verdict_bytes)

    def _found(self) -> Progress:
        try:
            told = json.loads(self.note.read_bytes())
        except FileNotFoundError:
            if self.path.exists() and self.path.stat().st_size:
                raise CannotGoOn(
                    f"{self.path} has the verdicts of an import that came to its end. "
                    "Give another file with --verdicts, or take it away."
                ) from None
            return Progress()
        except ValueError as error:
            raise CannotGoOn(f"{self.note} cannot be read. Take it and {self.path} away.") from error
        if not isinstance(told, dict) or told.get("source") != self._source:
            raise CannotGoOn(f"{self.note} is of another file. Give another one with --verdicts.")
        return Progress(told["rows"], told["verdict_bytes"], Counter(told["verdicts"]))

    def add(self, rows: int, lines: Sequence[bytes], verdicts: Iterable[str]) -> None:
        """The verdicts of the next rows, on disk when this returns, and the note after them."""
        for line in lines:
            self._file.write(line + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.progress.rows = rows
        self.progress.verdict_bytes = self._file.tell()
        self.progress.verdicts.update(verdicts)
        told = {
            "source": self._source,
            "rows": rows,
            "verdict_bytes": self.progress.verdict_bytes,
            "verdicts": dict(self.progress.verdicts),
        }
        draft = self.note.with_name(self.note.name + ".part")
        with draft.open("wb") as written:
            written.write(json.dumps(told).encode())
            written.flush()
            os.fsync(written.fileno())
        draft.replace(self.note)

    def finish(self) -> None:
        """The import came to its end: there is nothing to go on with."""
        with suppress(FileNotFoundError):
            self.note.unlink()

    def close(self) -> None:
        self._file.close()


def source_of(path: Path) -> dict[str, Any]:
    """What tells a file from another one: its size and what it begins with."""
    with path.open("rb") as file:
        beginning = hashlib.sha256(file.read(_SAMPLE)).hexdigest()
    return {"size": path.stat().st_size, "begins": beginning}


@dataclass(frozen=True, slots=True)
class Importer:
    """Judges and stores the rows of a file. `source` is what events get that name none."""

    intake: Intake
    section_id: str
    clock: Callable[[], int]
    source: str = "Import"

    def run(self, rows: Iterator[Row], file: VerdictFile, told: Callable[[int], None]) -> Progress:
        """Goes on where `file` stands, to the end. `told` hears how many rows each part had.

        Raises `Problem("storage-unavailable")`; what was told until then is stored.
        """
        with _rare_collections():
            return self._run(rows, file, told)

    def _run(self, rows: Iterator[Row], file: VerdictFile, told: Callable[[int], None]) -> Progress:
        last = 0
        while file.progress.rows and (row := next(rows, None)) is not None:
            last = row.number
            if last >= file.progress.rows:
                break
        told(last)
        for part in parts_of(rows):
            verdicts = self.judge(part)
            names = [verdict for verdict, _ in verdicts]
            file.add(part[-1].number, [line for _, line in verdicts], names)
            told(part[-1].number - last)
            last = part[-1].number
        file.finish()
        return file.progress

    def judge(self, part: Sequence[Row]) -> list[tuple[str, bytes]]:
        """The verdict of each row, and the line that tells it. Stored when this returns."""
        caller = Caller(self.section_id, IMPORT, API_SPACE, self.clock(), self.source, is_told_again=True)
        reads = [_read(row) for row in part]
        payloads = [read for read in reads if not isinstance(read, Fault)]
        outcomes = iter(self.intake.commit(self._decide(payloads, caller)) if payloads else ())
        return [_verdict(row, read, outcomes) for row, read in zip(part, reads, strict=True)]

    def _decide(self, reads: Sequence[Read[ToldPayload]], caller: Caller) -> list[Decision]:
        """In order. Events of pages, which an export tells by their prefix, keep their ids."""
        of_pages = [(payload.id or "").startswith(WEB_PREFIX) for payload, _ in reads]
        if not any(of_pages):
            return self.intake.decide(reads, caller)
        page = msgspec.structs.replace(caller, space=WEB_SPACE)
        return [
            decision
            for read, is_one in zip(reads, of_pages, strict=True)
            for decision in self.intake.decide(
                [_without_prefix(read) if is_one else read], page if is_one else caller
            )
        ]


def parts_of(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """As many rows as are committed together, until there are none."""
    part: list[Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += len(row.raw)
        if len(part) == PART or size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Looks for cycles of garbage (`gc`) once in a million objects, which are some twenty parts.

    A part makes some ten thousand objects and no cycle: after each 700 of them is a fifth of the work.
    """
    usual = gc.get_threshold()
    gc.set_threshold(1_000_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _read(row: Row) -> Read[ToldPayload] | Fault:
    """The payload in a row, or why there is none."""
    if row.fault is not None:
        return row.fault
    try:
        raw = splittable(row.raw)
        usual = TOLD.read_usual(raw)
        if usual is not None:
            return usual, []
        if raw.lstrip()[:1] != b"{":
            read(raw)
            return _NOT_ONE
        payload, faults = TOLD.read(raw)
        is_batch = payload.event is None and any(fault.pointer == "/events" for fault in faults)
        return _NOT_ONE if is_batch else (payload, faults)
    except Unreadable as error:
        return Fault(error.code, error.pointer, error.message)


def _without_prefix(read: Read[ToldPayload]) -> Read[ToldPayload]:
    payload, faults = read
    return msgspec.structs.replace(payload, id=(payload.id or "").removeprefix(WEB_PREFIX)), faults


def _verdict(row: Row, read: Read[ToldPayload] | Fault, outcomes: Iterator[Any]) -> tuple[str, bytes]:
    if isinstance(read, Fault):
        told = {"row": row.number, "verdict": "rejected", "code": read.code, "errors": [read.as_json()]}
        return "rejected", msgspec.json.encode(told)
    outcome = next(outcomes)
    told = {"row": row.number, "verdict": outcome.verdict, "id": read[0].id}
    if outcome.faults:
        told |= {"code": outcome.code, "errors": [fault.as_json() for fault in outcome.faults]}
    return outcome.verdict, msgspec.json.encode(told)
