"""The writes of one transaction: the events that they meet, and what they make of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.core.events import WEB_SPACE, Change, EventState, Outcome, Write
from collector.core.problems import Fault
from collector.core.registers import BEGUN, changes_between, first_state, merge
from collector.store import rows
from collector.store.bulk import Bulk
from collector.store.conflicts import Sighting
from collector.store.database import Database
from collector.store.erasure_memory import ErasureMemory
from collector.store.event_keys import has_key
from collector.store.lookups import Lookup
from collector.store.models import Change as ChangeRow
from collector.store.models import Event as EventRow
from collector.store.owners import Choice, Owners, made_for
from collector.store.totals import Move
from collector.store.visitors import Visitors, may_link, name_of

EventKey = tuple[int, int, str]
_KEY = attrgetter("key")
_COLUMNS = [getattr(EventRow, name) for name in rows.EVENT_COLUMNS]

NOT_WRITABLE = Fault(
    "identifier-not-allowed",
    "/identifiers",
    "This key may not write to the identifiers that the stored event carries.",
)


class _Begun(msgspec.Struct, gc=False):
    """The first write of an event, whose it is, and the row that it makes."""

    key: EventKey
    write: Write
    choice: Choice
    state: EventState


class StoredEvents:
    """Events as they are stored, found by their keys inside a transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._read = Lookup(database, self._by_ids)
        self._lock = Lookup(database, _locked)

    def read(self, keys: Iterable[EventKey]) -> dict[EventKey, EventState]:
        """Those that there are."""
        wanted: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for definition, space, event_id in sorted(keys):
            wanted[definition, space].append(event_id)
        return _states(row for place, ids in wanted.items() for row in self._read.rows(place, ids))

    def _by_ids(self, event_ids: Sequence[str]) -> Any:
        def is_one(key: Any) -> Any:
            return (key.definition == 0) & (key.space == 0) & key.event_id.in_(event_ids)

        return EventRow.select(*_COLUMNS).where(has_key(self._db, is_one))

    def lock(self, known: dict[EventKey, EventState]) -> dict[EventKey, EventState]:
        """The same as they are now and stay until the transaction ends; SQLite has one writer anyway.

        They are asked for by their numbers alone. Where a row was updated while PostgreSQL waited for it, it
        asks again whether that is still the one, and with a join to the keys of events in months it would
        not be (tests/store/months/test_event_months_at_once.py).
        """
        if self._db.is_sqlite or not known:
            return known
        return _states(self._lock.rows([], sorted(state.id for state in known.values())))


def _locked(numbers: Sequence[Any]) -> Any:
    its_own = EventRow.id.in_([0] * len(numbers))
    return EventRow.select(*_COLUMNS).where(its_own).order_by(EventRow.id).for_update()


def _states(found: Iterable[tuple[Any, ...]]) -> dict[EventKey, EventState]:
    states = (rows.event_state(dict(zip(rows.EVENT_COLUMNS, row, strict=True))) for row in found)
    return {state.event_key: state for state in states}


class Group:
    """The writes of one transaction, the states that they meet, and what they moved."""

    def __init__(
        self,
        database: Database,
        owners: Owners,
        visitors: Visitors,
        stored: StoredEvents,
        memory: ErasureMemory,
        writes: Sequence[Write],
        now: int,
    ) -> None:
        self._db = database
        self._stored = stored
        self._owners = owners
        self._visitors = visitors
        self._now = now
        self._linked = visitors.enter(writes)
        void = memory.ignored(writes)
        self._void = {id(writes[place]) for place in void}
        self._writes = [write for place, write in enumerate(writes) if place not in void]
        self._known, self._strangers = owners.known_and_unknown(self._writes)
        self._states: dict[EventKey, EventState] = {}
        self._moved: dict[EventKey, EventState] = {}
        self._first: dict[EventKey, Write] = {}
        self._fresh: dict[int, EventState] = {}
        self._begun: set[int] = set()
        self._before: dict[EventKey, EventState] = {}
        self._left: dict[EventKey, int | None] = {}
        self._followed: list[Move] = []
        self._of_strangers: set[EventKey] = set()
        self._made_in_vain: set[int] = set()
        self.log: list[tuple[EventState, Change]] = []
        self.sightings: list[Sighting] = []
        self.gained: Counter[str] = Counter()
        """Section → how many profiles were made."""

    def insert_first_writes(self, take_ids: Callable[[int], list[int]], statement: Bulk) -> None:
        """Inserts one row for every event that is not stored yet; reads those that are."""
        first: dict[EventKey, Write] = {}
        incomplete: set[EventKey] = set()
        for write in self._writes:
            key = write.event_key
            if write.faults_if_first:
                incomplete.add(key)
            elif key not in first:
                first[key] = write
                # Before somebody's profile is made it must be known whether the event is stored already.
                if self._strangers and self._names_a_stranger(write):
                    self._of_strangers.add(key)
        # Looked at, not locked: rows are locked after the inserts, in one order for all.
        doubtful = self._of_strangers | incomplete
        there = self._stored.read(doubtful) if doubtful else {}
        new = {key: write for key, write in first.items() if key not in there} if there else first
        if new:
            self._begin(new, take_ids, statement)
        self._states |= self._stored.lock(there)

    def _begin(
        self, new: Mapping[EventKey, Write], take_ids: Callable[[int], list[int]], statement: Bulk
    ) -> None:
        choices = self._assign(list(new.values()))
        begun = [
            _Begun(key, write, choice, first_state(write, number, self._profile_of(write, choice)))
            for (key, write), choice, number in zip(new.items(), choices, take_ids(len(new)), strict=True)
        ]
        inserted = self._insert(begun, statement)
        for one in inserted:
            self._first[one.key] = one.write
            self._fresh[id(one.write)] = one.state
            self.log.append((one.state, BEGUN))
            if one.choice.others:
                self._see(one.write, one.choice, one.state)
        self._link(inserted)

    def _insert(self, begun: Sequence[_Begun], statement: Bulk) -> Sequence[_Begun]:
        """Those that were not stored before by somebody else; what is stored is in `_states` after it."""
        # Where others may store the same keys meanwhile, in one order for all: so nobody waits in a circle.
        # SQLite has one writer, and it appends rows that come in the order of their ids.
        in_order = begun if self._db.is_sqlite else sorted(begun, key=_KEY)
        inserted = self._db.many(statement, [rows.event_row(one.state) for one in in_order])
        self._states |= {one.key: one.state for one in begun}
        if inserted == len(begun):
            return begun
        stored = self._stored.lock(self._stored.read([one.key for one in begun]))
        made = [one for one in begun if stored[one.key].id == one.state.id]
        # Somebody else was first, but a profile that was made for such an event is there.
        named = (one.choice.profile for one in begun if one.key in self._of_strangers)
        self._made_in_vain = {one for one in named if one is not None}
        self._states |= stored | {one.key: one.state for one in made}
        return made

    def _assign(self, writes: Sequence[Write]) -> list[Choice]:
        choices = self._owners.assign(writes, self._known, self._now)
        if self._strangers:
            self.gained.update(made_for(writes, choices))
        return choices

    def _profile_of(self, write: Write, choice: Choice) -> int | None:
        """The one that is named; else that of the visitor, if it is known who that is."""
        if choice.profile is not None:
            return choice.profile
        name = name_of(write)
        return self._linked.get(name) if name is not None else None

    def _see(self, write: Write, choice: Choice, state: EventState) -> None:
        assert choice.profile is not None or not choice.others
        for other in choice.others:
            self.sightings.append(Sighting(write.section_id, choice.profile or 0, other, state.id))

    def _link(self, inserted: Sequence[_Begun]) -> None:
        """Links the visitors whom these events make known, with their anonymous events."""
        arrivals: dict[tuple[str, str], tuple[int, int]] = {}
        for one in inserted:
            if one.write.visitor is None:  # as most are
                continue
            name, profile = name_of(one.write), one.choice.profile
            if name is None or profile is None or not may_link(one.write) or name in self._linked:
                continue
            arrivals.setdefault(name, (profile, one.state.id))
        if not arrivals:
            return
        ours = {one.state.id for one in inserted}
        self._followed = [
            (before, replace(before, profile_id=profile))
            for before, profile in self._visitors.link(arrivals, self._now)
            if before.id not in ours
        ]
        sections = {write.definition_id: write.section_id for write in self._writes}
        for state in self._states.values():
            name = (sections[state.definition_id], state.visitor or "")
            if state.profile_id is None and name in arrivals:
                state.profile_id = arrivals[name][0]

    def apply(self, write: Write) -> Outcome:
        """What becomes of one write, given what is stored by now."""
        fresh = self._fresh.get(id(write))
        if fresh is not None and id(write) not in self._begun:
            self._begun.add(id(write))
            return Outcome("stored", fresh, written=write)
        if id(write) in self._void:
            return Outcome("ignored", None, written=write)
        key = write.event_key
        before = self._states.get(key)
        first = self._first.get(key)
        is_begun = before is not None and (first is None or id(first) in self._begun)
        if before is None or not is_begun or (write.faults_if_first and before.data_at is None):
            # There is no data for it to complete, or only from a write that comes later in this group.
            return Outcome("rejected", None, write.faults_if_first, written=write)
        if write.space == WEB_SPACE:
            return Outcome("duplicate", before, written=write)
        if before.identifiers and not write.writable.intersection(before.identifiers):
            return Outcome("rejected", None, (NOT_WRITABLE,), "identifier-not-allowed", written=write)
        verdict, after = merge(before, write)
        if after is before or after == before:
            return Outcome(verdict, before, written=write)
        if dict(after.identifiers) != dict(before.identifiers):
            [choice] = self._assign([write])
            after.profile_id = choice.profile
            self._see(write, choice, after)
            self._left.setdefault(key, before.profile_id)
        if first is None:
            self._before.setdefault(key, before)
        self._states[key] = self._moved[key] = after
        if verdict == "updated":
            self.log.append((after, changes_between(before, after)))
        return Outcome(verdict, after, written=write)

    def moves(self) -> Iterator[Move]:
        """Every event that is another one than before the transaction, with what it was."""
        for key in self._first:
            yield None, self._states[key]
        for key, before in self._before.items():
            yield before, self._states[key]
        yield from self._followed

    def profiles_in(self, moves: Iterable[Move]) -> set[int]:
        """Every profile of which something is other than before the transaction, given what it moved."""
        found = {state.profile_id for move in moves for state in move if state is not None}
        return {one for one in found if one is not None} | self._made_in_vain

    def update_moved(self, statement: str) -> None:
        """Writes the events that later writes moved; `statement` sets all columns but the id, by the id."""
        if not self._moved:
            return
        made = [rows.event_row(self._moved[key]) for key in sorted(self._moved)]
        self._db.many(statement, [(*columns, number) for number, *columns in made])
        for key, left in sorted(self._left.items()):
            self._take_along(self._states[key], left)
        for state, _ in self.log:
            state.profile_id = self._states[state.event_key].profile_id

    def _take_along(self, state: EventState, left: int | None) -> None:
        """An event that turns out to be another person's stays on no other timeline."""
        if state.profile_id != left:
            its_changes = (ChangeRow.profile == left) & (ChangeRow.event == state.id)
            self._db.run(ChangeRow.update(profile=state.profile_id).where(its_changes))

    def _names_a_stranger(self, write: Write) -> bool:
        for name in write.identifiers.items():  # noqa: SIM110 - `any` of a generator costs three times as much
            if (write.section_id, *name) in self._strangers:
                return True
        return False
