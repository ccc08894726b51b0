"""Answers of the database that are believed for a moment.

A cache may say yes from memory for two seconds, never no: what was not found is looked up again each
time, so that a new key or definition works at once, and a revoked one for two seconds at most.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from collector.store import patience

ASK_AHEAD = 1.0
SECONDS = 1.5  # leaves the question itself half a second of the promised two
LIMIT = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """`get` asks `load` again when its answer is older than `SECONDS`. `tick` is a monotonic clock.

    Where it costs less to tell that an old answer is still right, `is_right` says so. In threads that wait
    for nobody, what is in use all the time is asked for ahead, so that it is never too old for them.
    """

    def __init__(
        self,
        load: Callable[[K], V | None],
        tick: Callable[[], float],
        is_right: Callable[[V], bool] = lambda value: False,
    ) -> None:
        self._load = load
        self._is_right = is_right
        self._tick = tick
        self._known: dict[K, tuple[float, V]] = {}
        self._asked: set[K] = set()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        known = self._known.get(key)
        # The moment before the question counts: an answer may be old by as long as the question took.
        now = self._tick()
        if known is not None and (age := now - known[0]) < SECONDS:
            if age > ASK_AHEAD and patience.is_hurried():
                self._ask_ahead(key)
            return known[1]
        return self._ask(key, known, now)

    def _ask(self, key: K, known: tuple[float, V] | None, now: float) -> V | None:
        value = known[1] if known is not None and self._is_right(known[1]) else self._load(key)
        with self._lock:
            if value is None:
                self._known.pop(key, None)
            else:
                self._make_room()
                self._known[key] = (now, value)
        return value

    def _ask_ahead(self, key: K) -> None:
        """Once for each answer, however many want it."""
        if key in self._asked:
            return
        self._asked.add(key)

        def ask() -> None:
            try:
                self._ask(key, self._known.get(key), self._tick())
            finally:
                self._asked.discard(key)

        patience.ahead(ask)

    def recalled(self, key: K) -> V | None:
        """What memory holds, however old it is: good for a guess, not for a decision. Asks nobody."""
        known = self._known.get(key)
        return known[1] if known is not None else None

    def forget(self, key: K) -> None:
        with self._lock:
            self._known.pop(key, None)

    def _make_room(self) -> None:
        if len(self._known) >= LIMIT:
            for key in list(self._known)[: LIMIT // 10]:
                del self._known[key]
