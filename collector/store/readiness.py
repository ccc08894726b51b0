"""Whether something can be stored, found out by storing something: one row, over and over."""

from __future__ import annotations

import threading
from collections.abc import Callable

from collector.core.problems import Problem
from collector.store.database import Database
from collector.store.failures import unavailable
from collector.store.models import Node

BELIEVED_SECONDS = 1.0
"""For so long an answer is good for all: anybody may ask, and asking must not cost a write each time."""


class Readiness:
    """What `/ready` asks. A full, a locked or a read-only database can be read: only a write tells."""

    def __init__(self, database: Database, tick: Callable[[], float]) -> None:
        self._db = database
        self._tick = tick
        self._asked_at = -BELIEVED_SECONDS
        self._failure: Problem | None = None
        self._turn = threading.Lock()

    def check(self) -> None:
        """Raises `Problem("storage-unavailable")` unless a row could be written within the last second."""
        with self._turn:
            if self._tick() - self._asked_at >= BELIEVED_SECONDS:
                self._failure = self._try()
                self._asked_at = self._tick()
            failure = self._failure
        if failure is not None:
            raise unavailable() from failure

    def _try(self) -> Problem | None:
        written = Node.insert(name="ready", value=1).on_conflict(
            conflict_target=[Node.name], update={Node.value: Node.value + 1}
        )
        try:
            with self._db.writing():
                self._db.run(written)
        except Problem as problem:
            return problem
        return None
