"""The tables of a data set, and what each partition of them should hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote

from collector.core import ids
from collector.core.fields import format_timestamp, parse_timestamp
from collector.core.segments.tree import DAY
from collector.lake.columns import PROFILE, EventColumns, Row, profile_row
from collector.store.opening import Store
from collector.store.stocktaking import Stocktaking, StoredEvent, StoredProfile

Stored = StoredEvent | StoredProfile


@dataclass(frozen=True, slots=True)
class Partition:
    """One file to be: its folder in the table, its rows (a digest, a number), how to read them."""

    name: str
    digest: str
    count: int
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True)
class Source:
    """A table as the database has it: its folder, the kinds of its columns, its partitions as they come."""

    folder: str
    columns: Mapping[str, str]
    partitions: Callable[[], Iterator[Partition]]


def folder_of(table: str, section_id: str, event_name: str | None = None) -> str:
    """The folder of a table. Names are escaped as Hive does: `lead/sent` is `event=lead%2Fsent`."""
    inside = f"{table}/section={quote(section_id, safe='')}"
    return inside if event_name is None else f"{inside}/event={quote(event_name, safe='')}"


def sources(store: Store, section_id: str) -> Iterator[Source]:
    """All tables of a section, its hidden events left out."""
    taking = Stocktaking(store.database)
    for definition in store.definitions.all(section_id):
        number = ids.decode(definition.id) or 0
        columns = EventColumns.of(definition, taking.version_numbers(number))
        folder = folder_of("events", section_id, definition.draft.event_name)
        yield Source(folder, columns.kinds, _Events(taking, number, columns).partitions)
    yield Source(folder_of("profiles", section_id), PROFILE, _Profiles(taking, section_id).partitions)


@dataclass(frozen=True)
class _Events:
    taking: Stocktaking
    definition: int
    columns: EventColumns

    def partitions(self) -> Iterator[Partition]:
        every = self.taking.events(self.definition)
        for day, events in groupby(every, lambda one: one.occurred_at // DAY):
            digest, count = _digest(events)
            name = f"day={format_timestamp(day * DAY)[:10]}"
            yield Partition(name, digest, count, lambda day=day: self._rows(day))  # type: ignore[misc]

    def _rows(self, day: int) -> Iterator[Row]:
        return map(self.columns.row, self.taking.events(self.definition, day * DAY, (day + 1) * DAY))


@dataclass(frozen=True)
class _Profiles:
    taking: Stocktaking
    section_id: str

    def partitions(self) -> Iterator[Partition]:
        """By the month in which their ids were made: so they come in order."""
        every = self.taking.profiles(self.section_id)
        for month, profiles in groupby(every, lambda one: format_timestamp(ids.made_at(one.id))[:7]):
            digest, count = _digest(profiles)
            yield Partition(f"month={month}", digest, count, lambda month=month: self._rows(month))  # type: ignore[misc]

    def _rows(self, month: str) -> Iterator[Row]:
        year, number = map(int, month.split("-"))
        beyond = f"{year + number // 12:04}-{number % 12 + 1:02}"
        first, last = (ids.first_of(parse_timestamp(f"{one}-01T00:00:00Z")) for one in (month, beyond))
        return map(profile_row, self.taking.profiles(self.section_id, first, last - 1))


def _digest(stored: Iterator[Any]) -> tuple[str, int]:
    """Of everything that a file would have of them, in their order."""
    found, count = hashlib.blake2b(digest_size=16), 0
    for one in stored:
        found.update(repr(one.content).encode())
        count += 1
    return found.hexdigest(), count
