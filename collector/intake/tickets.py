"""What waits for a transaction: the decisions of one request, and how whoever brought them hears of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from collector.core.events import Decision, Outcome, Rejection
from collector.traces import spans
from collector.traces.spans import Span


class Bell:
    """Wakes one thread, once. A `threading.Event`, which can wake many, costs several times as much."""

    __slots__ = ("_silence", "is_rung")

    def __init__(self) -> None:
        self.is_rung = False
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Nobody else may ring at the same moment."""
        if not self.is_rung:
            self.is_rung = True
            self._silence.release()

    def wait(self, seconds: float = -1) -> bool:
        """Whether it has rung; waits for at most so many seconds, if they are not negative."""
        return self._silence.acquire(timeout=seconds)


class Ticket:
    """One request's decisions, and what became of them; `span` is that of the request."""

    __slots__ = ("decisions", "failure", "instead", "outcomes", "span")

    def __init__(self, decisions: Sequence[Decision], instead: Sequence[Rejection] | None = None) -> None:
        self.decisions = decisions
        self.instead = instead
        self.outcomes: list[Outcome] | None = None
        self.failure: BaseException | None = None
        self.span: Span | None = spans.current()

    def is_done(self) -> bool:
        return self.outcomes is not None or self.failure is not None

    def result(self) -> list[Outcome]:
        """The outcome of each decision, once it is done. Raises what it failed with."""
        if self.failure is not None:
            raise self.failure
        assert self.outcomes is not None
        return self.outcomes


class InThread(Ticket):
    """What a thread waits for; `wakes` is who is to be woken after it."""

    __slots__ = ("wake", "wakes")

    def __init__(self, decisions: Sequence[Decision], instead: Sequence[Rejection] | None = None) -> None:
        super().__init__(decisions, instead)
        self.wake = Bell()
        self.wakes: InThread | None = None


class Soon(Ticket):
    """Decisions that no thread waits for. `owner` is what whoever handed them in knows them by."""

    __slots__ = ("owner", "since", "tell")

    def __init__(self, decisions: Sequence[Decision], owner: Any, tell: Tell) -> None:
        super().__init__(decisions)
        self.owner = owner
        self.tell = tell
        self.since = time.monotonic()


Tell = Callable[[Sequence[Soon]], object]
"""Hears of those of a group that are written, or failed, in the thread that wrote them."""


def failed(decisions: Sequence[Decision], error: Exception) -> Ticket:
    """The ticket of decisions that were not let in."""
    ticket = Ticket(decisions)
    ticket.failure = error
    return ticket
