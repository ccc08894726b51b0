"""Events packed in columns, on SQLite: kept in blocks as they came, and made anew when they are stale.

Nothing is believed that may have changed since: whatever becomes of the row of a packed event, a trigger
notes the event in `Touched` in the same transaction (migration 0017), and it is read from its row until its
block is packed anew. So what is packed is never wrong, only slower to read the more of it is touched. A row
that comes with an id from before is noted by the commit that makes it (`latecomers.py`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Value, fn

from collector.store.database import Database
from collector.store.models import Change, Event
from collector.store.models_segments import Block, Part, Piece, Touched, Watch
from collector.store.segments import pieces
from collector.store.segments.pieces import EventRow, Packed

SIZE = 16_384
"""So many events are a block."""

MOST_TOUCHED = 2_000
"""More are not left in `Touched`, if their blocks can be packed anew."""

MOST_ANEW = 100
"""So many blocks are packed anew in a turn."""

_COLUMNS = (
    *(Event.id, Event.definition, Event.profile, Event.occurred_at, Event.version, Event.trust),
    *(Event.goal_type, Event.goal_name, Event.goal_currency, Event.goal_value, Event.data),
)
COUNTS = Event.profile.is_null(False) & Event.deleted_at.is_null()
"""Which events count for somebody."""


@dataclass(frozen=True, slots=True)
class Range:
    """The events from one id to another, both included, and the number of their block, if it has one."""

    first: int
    last: int
    block: int | None = None


class Packer:
    """Packs the events of a store; what it leaves is for its next turn. For SQLite."""

    def __init__(self, database: Database, size: int = SIZE) -> None:
        self._db = database
        self._size = size

    def turn(self, goes_on: Callable[[], bool]) -> dict[str, int]:
        """Packs what is new and what is stale, block by block; how many blocks of each. Not on PostgreSQL."""
        packed = anew = 0
        while self._db.is_sqlite and goes_on() and self.pack_new():
            packed += 1
        while self._db.is_sqlite and goes_on() and anew < MOST_ANEW and self.pack_stale():
            anew += 1
        return {"packed": packed, "packed_anew": anew}

    def pack_new(self) -> bool:
        """Packs one block of events that were never packed; whether there was one."""
        with self._db.writing():
            last = self._packed_to()
            beyond = Event.select(Event.id).where(Event.id > last).order_by(Event.id)
            found = self._db.row(beyond.offset(self._size - 1))
            if found is None:
                return False
            self._watch(found["id"])
        self._pack(Range(last + 1, found["id"]))
        return True

    def pack_stale(self, most: int = MOST_TOUCHED) -> bool:
        """Packs the block anew of which most events were touched, if more than `most` were in all."""
        blocks = self._db.rows(Block.select().order_by(Block.first))
        firsts = [row["first"] for row in blocks]
        touched = self._db.rows(Touched.select(Touched.event).where(Touched.event <= self._packed_to()))
        if len(touched) <= most:
            return False
        counts = Counter(bisect_right(firsts, row["event"]) for row in touched)
        (place, _), *_ = counts.most_common(1)
        block = blocks[max(place - 1, 0)]
        return self._pack(Range(block["first"], block["last"], block["id"]))

    def _pack(self, wanted: Range) -> bool:
        """Whether it is done: not if an event was deleted meanwhile, whose data nothing may keep."""
        with self._db.snapshot():
            rows = read_events(self._db, Event.id.between(wanted.first, wanted.last))
            entries = read_entries(self._db, Change.event.between(wanted.first, wanted.last))
            touched = self._touched(wanted)
        made = pieces.pack(rows, entries)
        with self._db.writing():
            now = self._touched(wanted)
            gone = self._gone([event for event, times in now.items() if touched.get(event) != times])
            if gone:
                return False
            self._store(wanted, made)
            same = [event for event, times in now.items() if touched.get(event) == times]
            for start in range(0, len(same), 500):
                self._db.run(Touched.delete().where(Touched.event.in_(same[start : start + 500])))
        return True

    def _store(self, wanted: Range, made: Sequence[Packed]) -> None:
        block = wanted.block
        if block is None:
            last = self._db.row(Block.select(fn.COALESCE(fn.MAX(Block.id), 0).alias("id")))
            block = (last["id"] if last else 0) + 1
            self._db.run(Block.insert(id=block, first=wanted.first, last=wanted.last))
        else:
            self._db.run(Piece.delete().where(Piece.block == block))
            self._db.run(Part.delete().where(Part.block == block))
        for one in made:
            times = {"events": one.events, "first_at": one.first_at, "last_at": one.last_at}
            self._db.run(Piece.insert(definition=one.definition, block=block, **times))
            for name, part in one.parts.items():
                content = pieces.encode(part)
                self._db.run(Part.insert(definition=one.definition, block=block, name=name, content=content))

    def _packed_to(self) -> int:
        return packed_to(self._db)

    def _watch(self, event: int) -> None:
        new = Watch.insert(id=1, event=event)
        self._db.run(new.on_conflict(conflict_target=[Watch.id], update={Watch.event: event}))

    def _touched(self, wanted: Range) -> dict[int, int]:
        rows = self._db.rows(Touched.select().where(Touched.event.between(wanted.first, wanted.last)))
        return {row["event"]: row["times"] for row in rows}

    def _gone(self, events: Sequence[int]) -> set[int]:
        """Those that are no rows any more."""
        left: set[int] = set()
        for start in range(0, len(events), 500):
            some = Event.select(Event.id).where(Event.id.in_(events[start : start + 500]))
            left |= {row["id"] for row in self._db.rows(some)}
        return set(events) - left


def packed_to(database: Database) -> int:
    """The id up to which events are packed."""
    row = database.row(Block.select(fn.COALESCE(fn.MAX(Block.last), 0).alias("last")))
    return int(row["last"]) if row else 0


def read_events(
    database: Database, wanted: Any, definitions: Collection[int] | None = None, *, with_data: bool = True
) -> list[EventRow]:
    """The events that count for somebody among those wanted, as pieces are made of; in a transaction."""
    columns = _COLUMNS if with_data else (*_COLUMNS[:-1], Value(""))
    query = Event.select(*columns).where(wanted & COUNTS)
    if definitions is not None:
        # A sum keeps the database from taking the column's index: the events wanted are few.
        query = query.where((Event.definition + 0).in_(sorted(definitions)))
    return [*map(EventRow._make, database.tuples(query))]


def read_entries(database: Database, wanted: Any) -> list[tuple[int, int]]:
    """The entries wanted: their event and when they occurred."""
    query = Change.select(Change.event, Change.occurred_at).where(wanted).order_by(Change.event)
    return [(event, occurred_at) for event, occurred_at in database.tuples(query)]
