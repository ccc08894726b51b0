"""The commit: a group of judged payloads becomes rows, in one transaction.

Events, changes, profiles, rejections and the ledger are written together or not at all. Keys are
sorted before anything is locked: two processes that take the same rows take them in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import peewee
from msgspec.structs import replace

from collector.core.events import Change, Decision, EventState, Filtered, Outcome, Rejection, Write
from collector.core.kept_payloads import keep, payload_of, sent_at_of
from collector.core.problems import Problem
from collector.store import rows
from collector.store.conflicts import Sightings
from collector.store.database import Database
from collector.store.erasure_memory import ErasureMemory
from collector.store.firings import Firings
from collector.store.group import Group, StoredEvents
from collector.store.keeping import Keeper
from collector.store.ledger import LedgerWriter
from collector.store.models import Change as ChangeRow
from collector.store.models import Event as EventRow
from collector.store.owners import Owners
from collector.store.precedence import Precedence
from collector.store.segments.latecomers import Latecomers
from collector.store.segments.notes import Notes
from collector.store.totals import Totals
from collector.store.visitors import Visitors
from collector.store.webhooks.outbox import Outbox

POISON = (peewee.DataError, peewee.IntegrityError, OverflowError, UnicodeEncodeError)


class Unstorable(Exception):
    """The database refuses a row of the group."""


class Commit:
    """Writes groups of decisions, for all threads of a process; `take_ids(n)` gives n new ids."""

    def __init__(
        self,
        database: Database,
        take_ids: Callable[[int], list[int]],
        node: int,
        keeper: Keeper,
        outbox: Outbox,
    ) -> None:
        self._db = database
        self._take_ids = take_ids
        self.node = node
        self._owners = Owners(database, lambda: take_ids(1)[0])
        self._visitors = Visitors(database)
        self._stored = StoredEvents(database)
        self._sightings = Sightings(database, lambda: take_ids(1)[0])
        self._totals = Totals(database)
        self._notes = Notes(database)
        self._latecomers = Latecomers(database)
        self._memory = ErasureMemory(database)
        self._ledger = LedgerWriter(database, node)
        self._insert_event = database.insertion(EventRow, rows.EVENT_COLUMNS, or_leave=True)
        self._update_event = database.statement(_update_event())
        self._insert_change = database.insertion(ChangeRow, rows.CHANGE_COLUMNS)
        self._keeper = keeper
        self._outbox = outbox
        self._firings = Firings(database)
        self.precedence = Precedence(matters=database.is_sqlite)

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The outcome of each decision, in order. It is on disk when this returns.

        Raises `Problem("storage-unavailable")`, and `Unstorable` where the database refuses a row; then
        nothing of the group is stored.
        """
        with self.transaction():
            return self.write_within(decisions, now)

    def write_now(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The same on SQLite, in a thread that waits for nobody.

        Also raises `WouldWait`: where somebody else writes, or where something of it may take long. Then
        nothing of the group is stored.
        """
        self._outbox.hooks()  # where they have to be read anew, it raises before anything is written
        with self._telling(), self._db.writing_now():
            return self.write_within(decisions, now)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """For `write_within`; raises like `write` what goes wrong in it."""
        with self._telling(), self._db.writing():
            yield

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tells what goes wrong in a transaction; what this process remembers of it, it forgets."""
        try:
            yield
        except POISON as error:
            self._look_again()
            raise Unstorable(str(error)) from error
        except Problem:
            self._look_again()
            raise

    def _look_again(self) -> None:
        self._firings.look_again()
        self._keeper.look_again()

    def rehearse(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The outcome that each decision would have; nothing is stored. Raises `Unstorable` like `write`."""
        try:
            with self._db.writing(), self._db.peewee.atomic() as savepoint:
                outcomes = self.write_within(decisions, now)
                savepoint.rollback()
        except POISON as error:
            raise Unstorable(str(error)) from error
        finally:
            self._keeper.look_again()
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
                    outcomes = self.write_within(decisions, now)
                    if all(outcome.verdict != "rejected" for outcome in outcomes):
                        return outcomes
                    savepoint.rollback()
                    self._keeper.look_again()
                return self.write_within(_all_refused(decisions, instead, outcomes), now)
        except POISON as error:
            raise Unstorable(str(error)) from error

    def write_within(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """The same as `write`, in a transaction of the caller's."""
        with self.precedence.taken():
            return self._fill(decisions, now)

    def _fill(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        writes = [decision for decision in decisions if isinstance(decision, Write)]
        group = Group(self._db, self._owners, self._visitors, self._stored, self._memory, writes, now)
        group.insert_first_writes(self._take_ids, self._insert_event)
        if group.log:
            self._latecomers.note(group.log[0][0].id, group.log[-1][0].id)
        outcomes = [_outcome(decision, group) for decision in decisions]
        group.update_moved(self._update_event)
        moves = [*group.moves()]
        hooks = self._outbox.hooks()
        self._firings.note(_first_writes(decisions, outcomes))
        with self._db.without_waiting():
            self._sightings.record(group.sightings, now)
            self._log(group.log)
            self._totals.move(moves)
            self._notes.leave(group.profiles_in(moves), group.gained)
            self._outbox.tell_events(hooks, writes, group.log, moves, now)
            self._keeper.keep(_rejections(decisions, outcomes))
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


def _first_writes(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> list[Write]:
    """What pages sent and was not there yet."""
    return [
        decision
        for decision, outcome in zip(decisions, outcomes, strict=True)
        if isinstance(decision, Write) and decision.page is not None and outcome.verdict == "stored"
    ]


def _outcome(decision: Decision, group: Group) -> Outcome:
    if isinstance(decision, Write):
        return group.apply(decision)
    if isinstance(decision, Filtered):
        return Outcome(decision.verdict)
    return Outcome("rejected", None, decision.faults, decision.code, decision.retry_after)


def _rejections(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> list[Rejection]:
    """The judge's rejections, and those that only the stored event could tell."""
    kept = []
    for decision, outcome in zip(decisions, outcomes, strict=True):
        if outcome.verdict == "rejected":
            if isinstance(decision, Rejection):
                kept.append(decision)
            elif isinstance(decision, Write) and decision.replayed is None:
                kept.append(refused_at_commit(decision, outcome))
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


def refused_at_commit(write: Write, outcome: Outcome) -> Rejection:
    """The rejection of what only the stored event, or its absence, could tell."""
    kept = keep(payload_of(write), is_unread=False)
    return Rejection(
        section_id=write.section_id,
        door=write.door,
        received_at=write.received_at,
        faults=outcome.faults,
        payload=kept.text,
        event_name=write.event_name,
        definition_id=write.definition_id,
        version_id=write.version_id,
        key_id=write.key_id,
        event_id=kept.event_id,
        code=outcome.code,
        space=write.space,
        trust=write.trust,
        source=write.source,
        sent_at=sent_at_of(write),
        is_partial=kept.is_partial,
    )


def _update_event() -> Any:
    columns = [getattr(EventRow, name) for name in rows.EVENT_COLUMNS if name != "id"]
    return EventRow.update(dict.fromkeys(columns, 0)).where(EventRow.id == 0)
