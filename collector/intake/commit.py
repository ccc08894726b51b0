"""Group commit: requests that wait at the same moment share one transaction.

The first to come leads: it takes everybody who is waiting, writes them all, and hands the lead to the
first of those who came meanwhile. Nobody hears "ok" before the transaction is on disk. Nobody waits for
ever either: while the database hangs, those who are not in its transaction are sent away.

The leader wakes two of those whom it has written, and each of them wakes another: if all woke up at once,
they would only queue for Python's lock, and take the processor from each other while they do.

Whoever serves many requests in one thread hands in and does not wait (`submit_soon`): a thread that stands
by leads for them, and tells of a whole group at once. Where one stands by, it leads for everybody: what the
database's library remembers for a connection (on SQLite up to 16 MiB of pages) is then there once, and stays
true, as nobody else of the process writes.

Where nobody else is there, that thread writes by itself (`submit_now`): to hand a group to another thread and
to hear of it costs as much as to write a few events, as the other core knows nothing of them. It does so only
while the disk is quick, and as far as nothing of it would wait.

On PostgreSQL a leader before a crowd waits for a moment longer: those who were answered just now send anew,
and each statement that they share is one of both processes less. What `commit_delay` is to PostgreSQL's log.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from collector.core.events import Decision, Filtered, Outcome, Rejection, Write
from collector.core.problems import Fault, Problem
from collector.intake.tickets import InThread, Soon, Tell, Ticket
from collector.metrics import counting
from collector.store.commit import Unstorable
from collector.store.patience import WouldWait
from collector.traces import spans
from collector.traces.spans import Span

GROUP = 500
WAITING = 2_000
PATIENCE_SECONDS = 5.0
RETRY_SECONDS = 2
CROWD = 4
"""From so many waiting requests on, more are worth to be waited for."""
PAUSE_SECONDS = 0.002
LONG_SECONDS = 0.02
"""Where the last group took longer, the next one is not written by whoever serves many."""
IN_A_ROW = 16
"""After so many a thread writes, which also copies SQLite's log into its file: that may take long."""
AT_ONCE = 2
"""How many of a group wake up side by side."""

NOT_TOGETHER = "These events could not be stored together. Nothing of them was; send them again."
REFUSED = Fault("row-refused", "", "The database cannot keep this event as it is.")


WriteAll = Callable[[Sequence[Decision]], list[Outcome]]


class WriteNow(Protocol):
    """`Commit.write_now` of the store."""

    def __call__(self, decisions: Sequence[Decision], now: int) -> list[Outcome]: ...


class Destination(Protocol):
    """Where groups go: `Commit` of the store, or whatever has them as safely."""

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]: ...

    def write_whole(
        self, decisions: Sequence[Decision], instead: Sequence[Rejection], now: int
    ) -> list[Outcome]: ...

    def rehearse(self, decisions: Sequence[Decision], now: int) -> list[Outcome]: ...


class GroupCommit:
    """Stores decisions in groups. One instance serves all threads of a process."""

    def __init__(
        self,
        commit: Destination,
        clock: Callable[[], int],
        waiting: int = WAITING,
        patience: float = PATIENCE_SECONDS,
        name: str = "commit",
        pause: float = 0.0,
        write_now: WriteNow | None = None,
    ) -> None:
        """`name` is what its spans are called; before a crowd a leader pauses for `pause` seconds.

        `write_now` writes in a thread that waits for nobody, or raises `WouldWait` and does nothing.
        """
        self._commit = commit
        self._clock = clock
        self._most = waiting
        self._patience = patience
        self._name = name
        self._pause = pause
        self._mutex = threading.Lock()
        self._waiting: deque[Ticket] = deque()
        self._led = False
        self._to_lead = threading.Semaphore(0)
        self._stands_by = False
        self._write_now = write_now
        self._seconds = LONG_SECONDS
        """How long the last group took."""
        self._in_a_row = 0
        self._copies_log = False

    @property
    def waiting(self) -> int:
        """How many requests wait for the next transaction."""
        return len(self._waiting)

    def submit(self, decisions: Sequence[Decision]) -> list[Outcome]:
        """The outcome of each decision; it is on disk when this returns.

        Raises `Problem("storage-unavailable")`: then nothing of it is stored.
        """
        return self._hand_in(InThread(decisions))

    def submit_soon(self, decisions: Sequence[Decision], owner: Any, tell: Tell) -> None:
        """Hands decisions in; `tell` hears of them once they are on disk. Raises `Problem` like `submit`."""
        self.stand_by()
        self._enter(Soon(decisions, owner, tell))

    def submit_now(self, decisions: Sequence[Decision]) -> Ticket | None:
        """What became of decisions that are written at once, in this thread, which waits for nobody.

        None where they are to be handed in: somebody else writes or waits, the last group took long, or this
        one would.
        """
        if self._write_now is None or self._seconds >= LONG_SECONDS or self._led:
            return None
        if self._in_a_row == IN_A_ROW:
            self._in_a_row, self._copies_log = 0, True
            return None
        with self._mutex:
            if self._led:
                return None
            self._led = True
        ticket = Ticket(decisions)
        write = partial(self._write_now, now=self._clock())
        try:
            with self._span([ticket]), suppress(WouldWait, Unstorable):
                ticket.outcomes = self._measured(write, decisions)
                self._in_a_row += 1
            if ticket.outcomes is None:
                return None
        except Exception as error:
            counting.not_written()
            ticket.failure = error
        finally:
            self._hand_over()
        return ticket

    def dismiss(self) -> None:
        """Sends those away who were handed in to be told, and have waited too long for their turn.

        To be called now and then while any of them waits.
        """
        patient_since = time.monotonic() - self._patience
        with self._mutex:
            late = [one for one in self._waiting if isinstance(one, Soon) and one.since < patient_since]
            for ticket in late:
                self._waiting.remove(ticket)
                ticket.failure = _too_long()
        _tell(late)

    def submit_whole(self, decisions: Sequence[Decision], instead: Sequence[Rejection]) -> list[Outcome]:
        """The same, but all or nothing: where one is refused, all are, as their rejections `instead`."""
        return self._hand_in(InThread(decisions, instead))

    def _hand_in(self, ticket: InThread) -> list[Outcome]:
        if not self._enter(ticket):
            self._wait(ticket)
        if not ticket.is_done():
            self._lead(ticket)
        elif ticket.wakes is not None:
            ticket.wakes.wake.ring()
        return ticket.result()

    def stand_by(self) -> None:
        """From now on a thread of its own leads, for all."""
        if self._stands_by:
            return
        with self._mutex:
            if self._stands_by:
                return
            self._stands_by = True
        self._start()

    def _start(self) -> None:
        threading.Thread(target=self._lead_for_others, name="commit", daemon=True).start()

    def _lead_for_others(self) -> None:
        try:
            while True:
                self._to_lead.acquire()
                self._lead(None)
        finally:
            # Whatever it was is told as that of any thread; everybody else needs one that leads.
            self._start()

    def _enter(self, ticket: Ticket) -> bool:
        """Queues the ticket, and sees to it that somebody leads; True if it is to be the ticket's thread."""
        with self._mutex:
            if len(self._waiting) >= self._most:
                raise Problem(
                    "storage-unavailable", "Too many requests are waiting.", retry_after=RETRY_SECONDS
                )
            self._waiting.append(ticket)
            has_no_leader, self._led = not self._led, True
            if has_no_leader and self._stands_by:
                self._to_lead.release()
                return False
            return has_no_leader

    def _wait(self, ticket: InThread) -> None:
        """Until the ticket is written or has to lead; those who still wait for a turn leave in time."""
        if ticket.wake.wait(self._patience):
            return
        with self._mutex:
            if not ticket.wake.is_rung and ticket in self._waiting:
                self._waiting.remove(ticket)
                raise _too_long()
        ticket.wake.wait()

    def _lead(self, own: Ticket | None) -> None:
        if self._pause and self.waiting >= CROWD:
            time.sleep(self._pause)
        group = self._take_group()
        try:
            with self._span(group):
                self._write(group)
        except BaseException as error:
            counting.not_written()
            for ticket in group:
                ticket.failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._hand_over()
            _wake([ticket for ticket in group if isinstance(ticket, InThread) and ticket is not own])
            _tell([ticket for ticket in group if isinstance(ticket, Soon)])

    def _span(self, group: Sequence[Ticket]) -> Span:
        """What the requests of a group have in common."""
        if not group or not spans.are_kept():
            return spans.NOTHING
        events = sum(len(one.decisions) for one in group)
        facts = {"fieldpost.requests": len(group), "fieldpost.events": events}
        return spans.begun_for(self._name, "internal", facts, [one.span for one in group])

    def _take_group(self) -> list[Ticket]:
        with self._mutex:
            if not self._waiting:
                return []  # they have been dismissed meanwhile
            group = [self._waiting.popleft()]
            size = len(group[0].decisions)
            while self._waiting and _may_share(group[0], self._waiting[0], size):
                group.append(self._waiting.popleft())
                size += len(group[-1].decisions)
            return group

    def _hand_over(self) -> None:
        with self._mutex:
            self._led = bool(self._waiting)
            if self._led and self._stands_by:
                self._to_lead.release()
            elif self._led:
                next_one = self._waiting[0]
                assert isinstance(next_one, InThread), "a thread stands by for those who do not wait"
                next_one.wake.ring()

    def _write(self, group: Sequence[Ticket]) -> None:
        if not group:
            return
        instead = group[0].instead
        if instead is not None:
            write_whole = partial(self._write_whole, instead=instead)
            group[0].outcomes = self._measured(write_whole, group[0].decisions)
            return
        decisions = [decision for ticket in group for decision in ticket.decisions]
        outcomes = self._measured(self._write_all, decisions)
        start = 0
        for ticket in group:
            end = start + len(ticket.decisions)
            ticket.outcomes = outcomes[start:end]
            start = end

    def _measured(self, write: WriteAll, decisions: Sequence[Decision]) -> list[Outcome]:
        began = time.perf_counter()
        try:
            outcomes = write(decisions)
        finally:
            seconds = time.perf_counter() - began
            if not self._copies_log:  # which says nothing of the next one
                self._seconds = seconds
            self._copies_log = False
        counting.written(decisions, outcomes, seconds)
        return outcomes

    def _write_all(self, decisions: Sequence[Decision]) -> list[Outcome]:
        """Writes a group; where the database refuses a row, halves it until only that row is left out."""
        try:
            return self._commit.write(decisions, self._clock())
        except Unstorable:
            if len(decisions) == 1:
                return self._commit.write([refused(decisions[0])], self._clock())
            middle = len(decisions) // 2
            return self._write_all(decisions[:middle]) + self._write_all(decisions[middle:])

    def _write_whole(self, decisions: Sequence[Decision], instead: Sequence[Rejection]) -> list[Outcome]:
        """Writes all or nothing; where the database refuses a row, all are refused because of it."""
        try:
            return self._commit.write_whole(decisions, instead, self._clock())
        except Unstorable as error:
            poison = [self._is_poison(decision) for decision in decisions]
            if not any(poison):
                raise Problem("storage-unavailable", NOT_TOGETHER, retry_after=1) from error
            judged = zip(decisions, instead, poison, strict=True)
            return self._write_all([refused(one) if is_bad else other for one, other, is_bad in judged])

    def _is_poison(self, decision: Decision) -> bool:
        try:
            self._commit.rehearse([decision], self._clock())
        except Unstorable:
            return True
        return False


def _too_long() -> Problem:
    return Problem("storage-unavailable", "The database takes too long.", retry_after=RETRY_SECONDS)


def _tell(done: Sequence[Soon]) -> None:
    """Tells whoever handed them in, everybody once."""
    by_whom: dict[Tell, list[Soon]] = {}
    for ticket in done:
        by_whom.setdefault(ticket.tell, []).append(ticket)
    for tell, tickets in by_whom.items():
        tell(tickets)


def _wake(asleep: Sequence[InThread]) -> None:
    for ticket, later in zip(asleep, asleep[AT_ONCE:], strict=False):
        ticket.wakes = later
    for ticket in asleep[:AT_ONCE]:
        ticket.wake.ring()


def _may_share(first: Ticket, other: Ticket, size: int) -> bool:
    """Whether two requests may share a transaction: those that are all or nothing have one to themselves."""
    return first.instead is None and other.instead is None and size + len(other.decisions) <= GROUP


def refused(decision: Decision, fault: Fault = REFUSED) -> Rejection:
    """The rejection of what cannot be kept as it is; the payload itself may be the reason."""
    return Rejection(
        section_id=decision.section_id,
        door=decision.door,
        received_at=decision.received_at,
        faults=(fault,),
        payload="{}",
        is_partial=True,
        event_name="" if isinstance(decision, Filtered) else decision.event_name,
        definition_id=decision.definition_id,
        version_id=None if isinstance(decision, Filtered) else decision.version_id,
        key_id=decision.key_id if isinstance(decision, Write) else None,
    )
