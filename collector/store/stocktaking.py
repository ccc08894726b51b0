"""Everything that a section holds, in the order in which a data set keeps it: day by day, month by month.

Read in pages; to see it as of one moment, read it in a snapshot. Rows are as they are stored, so that
whatever changes in one of them, by whatever path, is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.models import Change, Event, Identifier, Profile, Version
from collector.store.months import since_event

PAGE = 2_000
_PART = 500

_PASSED_OVER = {"door", "key", "raw_times", "updated_at"}
_COLUMNS = tuple(name for name in rows.EVENT_COLUMNS if name not in _PASSED_OVER)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that is not deleted, and when each entry that it has on a timeline occurred."""

    row: tuple[Any, ...]
    entries: tuple[int, ...]

    @property
    def occurred_at(self) -> int:
        occurred_at: int = self.row[_COLUMNS.index("occurred_at")]
        return occurred_at

    @property
    def state(self) -> EventState:
        empty = dict.fromkeys(_PASSED_OVER)
        return rows.event_state({**empty, "updated_at": 0, **dict(zip(_COLUMNS, self.row, strict=True))})

    @property
    def content(self) -> object:
        """Whatever of it is in a data set."""
        return self.row, self.entries


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile that is in no other one. `identifiers` are kind and value, in their order."""

    id: int
    created_at: int
    attributes: str
    identifiers: tuple[tuple[str, str], ...]

    @property
    def content(self) -> object:
        return self.id, self.created_at, self.attributes, self.identifiers


class Stocktaking:
    """Reads a store from one end to the other."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def events(
        self, definition: int, since: int | None = None, until: int | None = None
    ) -> Iterator[StoredEvent]:
        """A definition's events by the time when they occurred, from `since` until before `until`."""
        place: Any = (Event.definition == definition) & Event.deleted_at.is_null()
        if until is not None:
            place &= Event.occurred_at < until
        columns = [getattr(Event, name) for name in _COLUMNS]
        query = Event.select(*columns).order_by(Event.occurred_at, Event.id).limit(PAGE)
        beyond = None if since is None else Event.occurred_at >= since
        while found := self._db.tuples(query.where(place if beyond is None else place & beyond)):
            yield from self._with_entries(found)
            last = dict(zip(_COLUMNS, found[-1], strict=True))
            here = peewee.Tuple(last["occurred_at"], last["id"])
            beyond = peewee.Tuple(Event.occurred_at, Event.id) > here

    def profiles(
        self, section_id: str, first: int | None = None, last: int | None = None
    ) -> Iterator[StoredProfile]:
        """A section's profiles by their ids, from `first` to `last`."""
        place: Any = (Profile.section == section_id) & Profile.merged_into.is_null()
        if last is not None:
            place &= Profile.id <= last
        query = Profile.select(Profile.id, Profile.created_at, Profile.attributes)
        query = query.order_by(Profile.id).limit(PAGE)
        at = -1 if first is None else first - 1
        while found := self._db.tuples(query.where(place & (Profile.id > at))):
            named = self._identifiers([row[0] for row in found])
            for profile, created_at, attributes in found:
                yield StoredProfile(profile, created_at, attributes, tuple(named[profile]))
            at = found[-1][0]

    def version_numbers(self, definition: int) -> dict[int, int]:
        """Version id → its number."""
        query = Version.select(Version.id, Version.number).where(Version.definition == definition)
        return dict(self._db.tuples(query))

    def _with_entries(self, found: Sequence[tuple[Any, ...]]) -> Iterator[StoredEvent]:
        entries: dict[int, list[int]] = defaultdict(list)
        for part in _parts([row[0] for row in found]):
            its_own = Change.event.in_(part) & since_event(min(part))
            query = Change.select(Change.event, Change.occurred_at).where(its_own)
            for event, occurred_at in self._db.tuples(query.order_by(Change.event, Change.occurred_at)):
                entries[event].append(occurred_at)
        yield from (StoredEvent(row, tuple(entries[row[0]])) for row in found)

    def _identifiers(self, profiles: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        named: dict[int, list[tuple[str, str]]] = defaultdict(list)
        columns = (Identifier.profile, Identifier.kind, Identifier.value)
        for part in _parts(profiles):
            query = Identifier.select(*columns).where(Identifier.profile.in_(part))
            for profile, kind, value in self._db.tuples(query):
                named[profile].append((kind, value))
        for names in named.values():
            names.sort()  # by code points, whatever a database's own order is
        return named


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _PART] for start in range(0, len(numbers), _PART))
