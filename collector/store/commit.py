"""The commit: a group of judged payloads becomes rows, in one transaction.

Events, changes, profiles, rejections and the ledger are written together or not at all. Keys are
sorted before anything is locked: two processes that take the same rows take them in the same order.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import peewee

from collector.core.events import (
    WEB_SPACE,
    Change,
    Decision,
    EventState,
    Filtered,
    Outcome,
    Rejection,
    Write,
    changes_between,
    first_state,
    merge,
)
from collector.core.problems import Fault
from collector.store import rows
from collector.store.conflicts import Sighting, Sightings
from collector.store.database import Database
from collector.store.ledger import LedgerWriter
from collector.store.models import Change as ChangeRow
from collector.store.models import Event as EventRow
from collector.store.models import Rejection as RejectionRow
from collector.store.owners import Choice, Owners
from collector.store.visitors import Visitors, may_link, name_of

EventKey = tuple[int, int, str]

POISON = (peewee.DataError, peewee.IntegrityError, OverflowError, UnicodeEncodeError)


class Unstorable(Exception):
    """The database refuses a row of the group."""


NOT_WRITABLE = Fault(
    "identifier-not-allowed",
    "/identifiers",
    "This key may not write to the identifiers that the stored event carries.",
)


class Commit:
    """Writes groups of decisions, for all threads of a process; `take_ids(n)` gives n new ids."""

    def __init__(self, database: Database, take_ids: Callable[[int], list[int]], node: int) -> None:
        self._db = database
        self._take_ids = take_ids
        self.node = node
        self._owners = Owners(database, lambda: take_ids(1)[0])
        self._visitors = Visitors(database)
        self._sightings = Sightings(database, lambda: take_ids(1)[0])
        self._ledger = LedgerWriter(database, node)
        self._insert_event = database.insertion(EventRow, rows.EVENT_COLUMNS, or_leave=True)
        self._insert_change = database.insertion(ChangeRow, rows.CHANGE_COLUMNS)
        self._insert_rejection = database.insertion(RejectionRow, rows.REJECTION_COLUMNS)

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The outcome of each decision, in order. It is on disk when this returns.

        Raises `Problem("storage-unavailable")`, and `Unstorable` where the database refuses a row; then
        nothing of the group is stored.
        """
        try:
            with self._db.writing():
                return self._write(decisions, now)
        except POISON as error:
            raise Unstorable(str(error)) from error

    def rehearse(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The outcome that each decision would have; nothing is stored. Raises `Unstorable` like `write`."""
        try:
            with self._db.writing(), self._db.peewee.atomic() as savepoint:
                outcomes = self._write(decisions, now)
                savepoint.rollback()
        except POISON as error:
            raise Unstorable(str(error)) from error
        return outcomes

    def write_whole(
        self, decisions: Sequence[Decision], instead: Sequence[Rejection], now: int
    ) -> list[Outcome]:
        """Like `write`, but all or nothing: where one decision is refused, every one of them is.

        `instead` has the rejection of each for that case; what is refused for a reason of its own keeps it.
        """
        try:
            with self._db.writing():
                with self._db.peewee.atomic() as savepoint:
                    outcomes = self._write(decisions, now)
                    if all(outcome.verdict != "rejected" for outcome in outcomes):
                        return outcomes
                    savepoint.rollback()
                return self._write(_all_refused(decisions, instead, outcomes), now)
        except POISON as error:
            raise Unstorable(str(error)) from error

    def _write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        writes = [decision for decision in decisions if isinstance(decision, Write)]
        group = _Group(self._db, self._owners, self._visitors, writes, now)
        group.insert_first_writes(self._take_ids, self._insert_event)
        outcomes = [_outcome(decision, group) for decision in decisions]
        group.update_moved()
        self._sightings.record(group.sightings, now)
        self._log(group.log)
        self._keep(_rejections(decisions, outcomes))
        self._ledger.count(decisions, outcomes)
        return outcomes

    def _log(self, log: Sequence[tuple[EventState, Change]]) -> None:
        if log:
            numbers = self._take_ids(len(log))
            made = [
                rows.change_row(number, state, change)
                for number, (state, change) in zip(numbers, log, strict=True)
            ]
            self._db.many(self._insert_change, made)

    def _keep(self, rejections: Sequence[Rejection]) -> None:
        if rejections:
            numbers = self._take_ids(len(rejections))
            made = [rows.rejection_row(number, one) for number, one in zip(numbers, rejections, strict=True)]
            self._db.many(self._insert_rejection, made)


class _Begun(NamedTuple):
    """The first write of an event, whose it is, and the row that it makes."""

    write: Write
    choice: Choice
    state: EventState


class _Group:
    """The writes of one transaction, the states that they meet, and what they moved."""

    def __init__(
        self, database: Database, owners: Owners, visitors: Visitors, writes: Sequence[Write], now: int
    ) -> None:
        self._db = database
        self._owners = owners
        self._visitors = visitors
        self._now = now
        self._writes = writes
        self._linked = visitors.enter(writes)
        self._known = owners.known(writes)
        self._states: dict[EventKey, EventState] = {}
        self._moved: dict[EventKey, EventState] = {}
        self._first: dict[EventKey, Write] = {}
        self._begun: set[EventKey] = set()
        self._left: dict[EventKey, int | None] = {}
        self.log: list[tuple[EventState, Change]] = []
        self.sightings: list[Sighting] = []

    def insert_first_writes(self, take_ids: Callable[[int], list[int]], statement: str) -> None:
        """Inserts one row for every event that is not stored yet; reads those that are."""
        first: dict[EventKey, Write] = {}
        for write in self._writes:
            if not write.faults_if_first:
                first.setdefault(write.event_key, write)
        incomplete = [write.event_key for write in self._writes if write.faults_if_first]
        self._states = self._stored({*self._keys_of_strangers(first), *incomplete})
        new = [write for key, write in first.items() if key not in self._states]
        if not new:
            return
        choices = self._owners.assign(new, self._known, self._now)
        begun = [
            _Begun(write, choice, first_state(write, number, self._profile_of(write, choice)))
            for write, choice, number in zip(new, choices, take_ids(len(new)), strict=True)
        ]
        inserted = self._insert(begun, statement)
        for write, choice, state in inserted:
            self._first[write.event_key] = write
            self.log.append((state, changes_between(None, state)))
            self._see(write, choice, state)
        self._link(inserted)

    def _insert(self, begun: Sequence[_Begun], statement: str) -> Sequence[_Begun]:
        """Those that were not stored before by somebody else; what is stored is in `_states` after it."""
        in_order = sorted(begun, key=lambda one: one.write.event_key)
        inserted = self._db.many(statement, [rows.event_row(one.state) for one in in_order])
        self._states |= {one.write.event_key: one.state for one in begun}
        if inserted == len(begun):
            return begun
        stored = self._stored([one.write.event_key for one in begun])
        made = [one for one in begun if stored[one.write.event_key].id == one.state.id]
        self._states |= stored | {one.write.event_key: one.state for one in made}
        return made

    def _profile_of(self, write: Write, choice: Choice) -> int | None:
        """The one that is named; else that of the visitor, if it is known who that is."""
        name = name_of(write)
        return self._linked.get(name) if choice.profile is None and name is not None else choice.profile

    def _see(self, write: Write, choice: Choice, state: EventState) -> None:
        assert choice.profile is not None or not choice.others
        for other in choice.others:
            self.sightings.append(Sighting(write.section_id, choice.profile or 0, other, state.id))

    def _link(self, inserted: Sequence[_Begun]) -> None:
        """Links the visitors whom these events make known, with their anonymous events."""
        arrivals: dict[tuple[str, str], tuple[int, int]] = {}
        for write, choice, state in inserted:
            name = name_of(write)
            if name is None or choice.profile is None or not may_link(write) or name in self._linked:
                continue
            arrivals.setdefault(name, (choice.profile, state.id))
        if not arrivals:
            return
        self._visitors.link(arrivals, self._now)
        sections = {write.definition_id: write.section_id for write in self._writes}
        for state in self._states.values():
            name = (sections[state.definition_id], state.visitor or "")
            if state.profile_id is None and name in arrivals:
                state.profile_id = arrivals[name][0]

    def apply(self, write: Write) -> Outcome:
        """What becomes of one write, given what is stored by now."""
        key = write.event_key
        before = self._states.get(key)
        first = self._first.get(key)
        is_begun = before is not None and (first is None or key in self._begun)
        if before is not None and first is write and not is_begun:
            self._begun.add(key)
            return Outcome("stored", before, written=write)
        if before is None or not is_begun:
            # Nothing is there for it to complete: the event's first whole write comes later in this group.
            return Outcome("rejected", None, write.faults_if_first, written=write)
        if write.space == WEB_SPACE:
            return Outcome("duplicate", before, written=write)
        if before.identifiers and not write.writable.intersection(before.identifiers):
            return Outcome("rejected", None, (NOT_WRITABLE,), "identifier-not-allowed", written=write)
        verdict, after = merge(before, write)
        if after is before or after == before:
            return Outcome(verdict, before, written=write)
        if dict(after.identifiers) != dict(before.identifiers):
            choice = self._owners.assign([write], self._known, self._now)[0]
            after.profile_id = choice.profile
            self._see(write, choice, after)
            self._left.setdefault(key, before.profile_id)
        self._states[key] = self._moved[key] = after
        if verdict == "updated":
            self.log.append((after, changes_between(before, after)))
        return Outcome(verdict, after, written=write)

    def update_moved(self) -> None:
        for key in sorted(self._moved):
            values = dict(zip(rows.EVENT_COLUMNS, rows.event_row(self._moved[key]), strict=True))
            number = values.pop("id")
            self._db.run(EventRow.update(**values).where(EventRow.id == number))
        for key, left in sorted(self._left.items()):
            self._take_along(self._states[key], left)
        for state, _ in self.log:
            state.profile_id = self._states[state.definition_id, state.space, state.event_id].profile_id

    def _take_along(self, state: EventState, left: int | None) -> None:
        """An event that turns out to be another person's stays on no other timeline."""
        if state.profile_id != left:
            its_changes = (ChangeRow.profile == left) & (ChangeRow.event == state.id)
            self._db.run(ChangeRow.update(profile=state.profile_id).where(its_changes))

    def _keys_of_strangers(self, first: Mapping[EventKey, Write]) -> list[EventKey]:
        """Events that would make a profile: whether they are stored must be known before it is made."""
        return [key for key, write in first.items() if self._names_a_stranger(write)]

    def _names_a_stranger(self, write: Write) -> bool:
        return any(
            (write.section_id, kind, value) not in self._known for kind, value in write.identifiers.items()
        )

    def _stored(self, keys: Iterable[EventKey]) -> dict[EventKey, EventState]:
        wanted: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for definition, space, event_id in sorted(keys):
            wanted[definition, space].append(event_id)
        if not wanted:
            return {}
        query = EventRow.select().where(_any_of(wanted)).order_by(EventRow.id)
        if not self._db.is_sqlite:
            query = query.for_update()
        states = [rows.event_state(row) for row in self._db.rows(query)]
        return {(state.definition_id, state.space, state.event_id): state for state in states}


def _outcome(decision: Decision, group: _Group) -> Outcome:
    if isinstance(decision, Write):
        return group.apply(decision)
    if isinstance(decision, Filtered):
        return Outcome("filtered")
    return Outcome("rejected", None, decision.faults, decision.code, decision.retry_after)


def _rejections(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> list[Rejection]:
    """The judge's rejections, and those that only the stored event could tell."""
    kept = []
    for decision, outcome in zip(decisions, outcomes, strict=True):
        if isinstance(decision, Rejection):
            kept.append(decision)
        elif isinstance(decision, Write) and outcome.verdict == "rejected":
            kept.append(_refused_at_commit(decision, outcome))
    return kept


def _all_refused(
    decisions: Sequence[Decision], instead: Sequence[Rejection], outcomes: Sequence[Outcome]
) -> list[Decision]:
    """The rejections of a batch of which something was refused: each with its own reasons if it has any."""
    refused: list[Decision] = []
    for decision, other, outcome in zip(decisions, instead, outcomes, strict=True):
        if isinstance(decision, Rejection):
            refused.append(decision)
        elif outcome.verdict == "rejected":
            refused.append(replace(other, faults=outcome.faults, code=outcome.code))
        else:
            refused.append(other)
    return refused


def _refused_at_commit(write: Write, outcome: Outcome) -> Rejection:
    return Rejection(
        section_id=write.section_id,
        door=write.door,
        received_at=write.received_at,
        faults=outcome.faults,
        payload=_payload_of(write),
        event_name=write.event_name,
        definition_id=write.definition_id,
        version_id=write.version_id,
        key_id=write.key_id,
        event_id=write.event_id,
        code=outcome.code,
    )


def _any_of(wanted: Mapping[tuple[int, int], list[str]]) -> Any:
    groups = [
        (EventRow.definition == definition) & (EventRow.space == space) & EventRow.event_id.in_(event_ids)
        for (definition, space), event_ids in wanted.items()
    ]
    return reduce(or_, groups)


def _payload_of(write: Write) -> str:
    """The write as a payload, to be kept with its rejection."""
    document = {"id": write.event_id, "identifiers": dict(write.identifiers), "source": write.source}
    data = write.data if write.data is not None else "null"
    return json.dumps(document, ensure_ascii=False)[:-1] + f', "data": {data}}}'
