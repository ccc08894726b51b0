"""Retention: events and rejections that are older than their definition keeps them are deleted, and counted.

A batch is one transaction that has its section alone, as an erasure has: it takes some tens of milliseconds,
and commits go on between two of them. Killed anywhere, the rest is for the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from collector.core import ids
from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.events_gone import GoneWriter
from collector.store.keeping import Keeper
from collector.store.models import Change, Definition, Event, Rejection
from collector.store.months import since_event
from collector.store.segments.notes import Notes
from collector.store.totals import Totals
from collector.store.turns import Turns

AT_ONCE = 250
_SLACK = 600_000_000
"""Ten minutes: clocks of servers may differ by so much."""

_COLUMNS = [getattr(Event, name) for name in rows.EVENT_COLUMNS]


@dataclass(frozen=True, slots=True)
class Bounded:
    """A definition whose events are kept for so many days; hidden ones are bounded too."""

    section_id: str
    definition: int
    days: int


class Retention:
    """Deletes what is too old, in a store. Everything may raise `Problem("storage-unavailable")`."""

    def __init__(self, database: Database, node: int, keeper: Keeper, unnamed_days: int) -> None:
        """`unnamed_days`: for how long rejections without a definition are kept; 0: for any time."""
        self._db = database
        self._gone = GoneWriter(database, node)
        self._keeper = keeper
        self.unnamed_days = unnamed_days
        self._totals = Totals(database)
        self._notes = Notes(database)
        self._turns = Turns(database)

    def bounded(self) -> list[Bounded]:
        """The definitions that have a bound."""
        query = Definition.select().where(Definition.retention_days.is_null(False)).order_by(Definition.id)
        return [Bounded(row["section"], row["id"], row["retention_days"]) for row in self._db.rows(query)]

    def older(self, definition: int, before: int) -> int:
        """How many events of a definition occurred before a moment."""
        query = Event.select(fn.COUNT(Event.id).alias("n")).where(_older(definition, before))
        found = self._db.row(query)
        return int(found["n"]) if found else 0

    def expire(self, bounded: Bounded, before: int, goes_on: Callable[[], bool]) -> tuple[int, int]:
        """Deletes what occurred or was refused before a moment; how many events and how many rejections."""
        events = _all(lambda: self._expire_events(bounded, before), goes_on)
        of_it = Rejection.definition == bounded.definition
        rejections = _all(lambda: self._expire_refused(of_it, before), goes_on)
        return events, rejections

    def expire_unnamed(self, before: int, goes_on: Callable[[], bool]) -> int:
        """Deletes what was refused before a moment and named no definition; how many there were."""
        return _all(lambda: self._expire_refused(Rejection.definition.is_null(), before), goes_on)

    def _expire_events(self, bounded: Bounded, before: int) -> int:
        oldest = Event.select(*_COLUMNS).where(_older(bounded.definition, before))
        with self._db.writing():
            self._turns.alone(bounded.section_id)
            found = self._db.rows(oldest.order_by(Event.occurred_at, Event.id).limit(AT_ONCE))
            if found:
                self._delete([rows.event_state(row) for row in found])
                self._gone.count("expired", {(bounded.section_id, bounded.definition): len(found)})
        return len(found)

    def _delete(self, events: Sequence[EventState]) -> None:
        profiles = {one.profile_id for one in events if one.profile_id is not None}
        numbers = [one.id for one in events]
        self._db.run(Event.delete().where(Event.id.in_(numbers)))
        if profiles:
            its_own = Change.profile.in_(sorted(profiles)) & Change.event.in_(numbers)
            self._db.run(Change.delete().where(its_own & since_event(min(numbers))))
            self._totals.recount(profiles)
            self._notes.leave_always(profiles, {})
        self._delete_anonymous([one for one in events if one.profile_id is None])

    def _delete_anonymous(self, events: Collection[EventState]) -> None:
        """The log of events without a profile, which is found by when it was written: no index has it."""
        if not events:
            return
        first = min(one.id for one in events) - 1
        last = ids.first_of(max(one.updated_at for one in events) + _SLACK)
        # A sum keeps the database from reading every entry of nobody's.
        nobodys = Change.id.between(first, last) & (Change.profile + 0).is_null()
        self._db.run(Change.delete().where(nobodys & Change.event.in_([one.id for one in events])))

    def _expire_refused(self, condition: Any, before: int) -> int:
        oldest = Rejection.select(Rejection.id).where(condition & (Rejection.id < ids.first_of(before)))
        with self._db.writing():
            found = self._db.rows(oldest.order_by(Rejection.id).limit(AT_ONCE))
            self._keeper.let_go([row["id"] for row in found], "dropped")
        return len(found)


def _older(definition: int, before: int) -> Any:
    return (Event.definition == definition) & (Event.occurred_at < before)


def _all(batch: Callable[[], int], goes_on: Callable[[], bool]) -> int:
    """Batch after batch, until there is nothing more or the server stops."""
    gone = 0
    while goes_on():
        some = batch()
        gone += some
        if some < AT_ONCE:
            break
    return gone
