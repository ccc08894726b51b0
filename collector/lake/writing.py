"""A section's data set, brought up to what is stored now: what is different is written, the rest stays.

Everything is read as of one moment and written beside the data set first; then whole files take the place of
older ones. A file has one name for ever, so no reader and no killed run ever sees the same rows twice.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from collector.core.fields import format_timestamp
from collector.lake.columns import arrow_type
from collector.lake.manifest import OWN, Manifest, Table, Unreadable, Written, manifest_of, on_disk, put
from collector.lake.tables import Partition, Source, folder_of, sources
from collector.store.opening import Store
from collector.store.sections import Section
from collector.web.api.parquet_files import GROUP, MISSING, NoParquet

FILE = "rows.parquet"


class NoDataSet(Exception):
    """A folder cannot be written as a data set; `str` is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: files written, taken away and right already, and the rows in all."""

    written: int
    removed: int
    kept: int
    events: int
    profiles: int
    as_of: str


@dataclass
class _Plan:
    """What is to be swapped: by folder and partition, a draft, or None for what is to go."""

    tables: dict[str, Table] = field(default_factory=dict)
    drafts: dict[tuple[str, str], Path] = field(default_factory=dict)
    kept: int = 0


def write_data_set(store: Store, section: Section, root: Path, now: int) -> Report:
    """Brings the data set at `root` up to what the section holds. Raises `NoDataSet`, `NoParquet`."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise NoParquet(MISSING) from error
    with _alone(root):
        return _Writer(store, section, root).write(now)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One run at a time; the system takes the lock from whoever is killed."""
    own = root / OWN
    if root.exists() and not own.exists() and (not root.is_dir() or any(root.iterdir())):
        raise NoDataSet(f"{root} is there already and no data set of Fieldpost: give a folder of its own.")
    own.mkdir(parents=True, exist_ok=True)
    with (own / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NoDataSet(f"Another export writes into {root} at this moment. Try again later.") from error
        yield


class _Writer:
    def __init__(self, store: Store, section: Section, root: Path) -> None:
        self._store = store
        self._section = section
        self._root = root
        self._drafts = root / OWN / "drafts"
        self._manifest = manifest_of(root, section.id)

    def write(self, now: int) -> Report:
        shutil.rmtree(self._drafts, ignore_errors=True)  # of a run that was killed
        self._drafts.mkdir()
        before = self._read()
        with self._store.database.snapshot():
            plan = self._prepare(before)
        as_of = format_timestamp(now)
        removed = self._swap(before, plan, as_of)
        Manifest(self._section.created_at, as_of, plan.tables).write(self._manifest)
        shutil.rmtree(self._drafts)
        rows = {"events": 0, "profiles": 0}
        for folder, table in plan.tables.items():
            rows[folder.split("/")[0]] += sum(one.rows for one in table.files.values())
        return Report(len(plan.drafts), removed, plan.kept, rows["events"], rows["profiles"], as_of)

    def _read(self) -> Manifest:
        try:
            found = Manifest.read(self._manifest)
        except Unreadable as error:
            raise NoDataSet(f"{error} Move the data set away, or export into another folder.") from error
        if found is None:
            return Manifest(self._section.created_at)
        if found.section_made_at != self._section.created_at:
            raise NoDataSet(f"{self._root} has another section that is called {self._section.id} as well.")
        return found

    def _prepare(self, before: Manifest) -> _Plan:
        """Writes a draft of whatever is not there as it should be; in a snapshot."""
        plan = _Plan()
        for source in sources(self._store, self._section.id):
            old = before.tables.get(source.folder, Table({}))
            if any(source.columns.get(name) != kind for name, kind in old.columns.items()):
                old = Table({})  # a column that has another type, or is no more: all files anew
            table = plan.tables[source.folder] = Table(dict(source.columns))
            for partition in source.partitions():
                there = old.files.get(partition.name)
                if there is not None and self._is_right(source.folder, partition, there):
                    table.files[partition.name] = there
                    plan.kept += 1
                else:
                    draft = self._drafts / f"{len(plan.drafts)}.draft"
                    table.files[partition.name] = _write(draft, source, partition)
                    plan.drafts[source.folder, partition.name] = draft
        return plan

    def _is_right(self, folder: str, wanted: Partition, there: Written) -> bool:
        path = self._root / folder / wanted.name / FILE
        same = (there.digest, there.rows) == (wanted.digest, wanted.count)
        return same and path.is_file() and path.stat().st_size == there.bytes

    def _swap(self, before: Manifest, plan: _Plan, as_of: str) -> int:
        """Puts the drafts into their places and takes away what nothing is stored of; how many files went."""
        vouched = {
            folder: Table(
                table.columns,
                {
                    name: one
                    for name, one in table.files.items()
                    if name in plan.tables.get(folder, Table({})).files and (folder, name) not in plan.drafts
                },
            )
            for folder, table in before.tables.items()
        }
        Manifest(self._section.created_at, before.as_of or as_of, vouched).write(self._manifest)
        for (folder, name), draft in plan.drafts.items():
            place = self._root / folder / name
            place.mkdir(parents=True, exist_ok=True)
            put(draft, place / FILE)
        return self._sweep(plan)

    def _sweep(self, plan: _Plan) -> int:
        wanted = {
            self._root / folder / name / FILE for folder, table in plan.tables.items() for name in table.files
        }
        removed = 0
        for table in ("events", "profiles"):
            top = self._root / folder_of(table, self._section.id)
            for folder, _, names in os.walk(top, topdown=False):
                for path in (Path(folder, name) for name in names):
                    if path not in wanted:
                        path.unlink()
                        removed += 1
                if not any(os.scandir(folder)):
                    os.rmdir(folder)
            if top.exists():
                on_disk(top)
        return removed


def _write(path: Path, source: Source, partition: Partition) -> Written:
    """Writes a file, so many rows at a time, and on the disk."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, arrow_type(pa, kind)) for name, kind in source.columns.items()])
    rows, count = partition.rows(), 0
    with path.open("wb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            while group := list(islice(rows, GROUP)):
                writer.write_table(_table(pa, schema, group))
                count += len(group)
        file.flush()
        os.fsync(file.fileno())
    assert count == partition.count, "Both were read as of one moment."
    return Written(partition.digest, count, path.stat().st_size)


def _table(pa: Any, schema: Any, rows: list[Any]) -> Any:
    cells = zip(*rows, strict=True)
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(cells, schema.types, strict=True)], schema=schema
    )
