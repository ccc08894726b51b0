"""The follower of segments, in a thread beside the server: it looks for notes twice a second.

Of several servers on one database one follows. It says so in the row of the job `segments`, in each of its
transactions: whoever was replaced writes nothing any more. A server that starts takes over at once, so that
after a kill nobody waits; if the one that follows vanishes, another one takes over after some seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.core.problems import Problem
from collector.jobs.schedule import SECOND
from collector.store.opening import Store
from collector.store.segments.following import Replaced

JOB = "segments"
LOOK_SECONDS = 0.5
AGAIN_SECONDS = 2.0
"""After something went wrong."""

HELD = 20 * SECOND
"""A follower that says nothing for so long has been killed."""

SAYING = 5 * SECOND
STOP_SECONDS = 10

log = logging.getLogger(__name__)


class Following:
    """The follower of one server. `clock` gives microseconds; `holder` is a name that no other server has."""

    def __init__(self, store: Store, clock: Callable[[], int], holder: str) -> None:
        self._jobs = store.jobs
        self._clock = clock
        self._holder = holder
        self._follower = store.new_follower(is_ours=self._is_ours)
        self._stopping = threading.Event()
        self._is_at_it = False
        self._has_failed = False
        self._said_at = 0

    def go_on(self) -> None:
        """Follows until `stop` is called."""
        pause = self.take()
        while not self._stopping.wait(pause):
            pause = self.turn()
        self._tried(self._leave)

    def stop(self) -> None:
        """What was begun is finished, or undone."""
        self._stopping.set()

    def take(self) -> float:
        """Takes over from whoever follows; the seconds until the first turn."""
        return self._tried(self._take)

    def turn(self) -> float:
        """Does what is to be done; the seconds until the next turn. Whatever goes wrong is tried again."""
        return self._tried(self._turn)

    def _tried(self, work: Callable[[], float]) -> float:
        try:
            return work()
        except Replaced:
            self._is_at_it = False
        except Problem as problem:
            log.warning("The segments wait for the database: %s", problem.detail)
        except Exception as error:
            log.exception("The segments could not be followed")
            self._fail(error)
        return AGAIN_SECONDS

    def _take(self) -> float:
        now = self._clock()
        self._jobs.take(JOB, self._holder, now, now + HELD)
        self._is_at_it = True
        return 0

    def _turn(self) -> float:
        now = self._clock()
        if not self._is_at_it:
            self._is_at_it = self._jobs.claim(JOB, self._holder, now, now + HELD)
            return 0 if self._is_at_it else LOOK_SECONDS
        if now - self._said_at > SAYING and not self._is_ours():
            raise Replaced
        is_busy = self._follower.turn(self._clock)
        if self._has_failed:
            self._leave()  # as something that went well; the next turn claims it again
        return 0 if is_busy else LOOK_SECONDS

    def _is_ours(self) -> bool:
        self._said_at = self._clock()
        return self._jobs.renew(JOB, self._holder, self._said_at + HELD)

    def _leave(self) -> float:
        """Another server may go on at once."""
        if self._is_at_it:
            self._jobs.finish(JOB, self._holder, self._clock(), self._clock(), None)
        self._is_at_it = self._has_failed = False
        return 0

    def _fail(self, error: Exception) -> None:
        """`fieldpost doctor` says why it failed."""
        self._is_at_it, self._has_failed = False, True
        now = self._clock()
        try:
            self._jobs.fail(JOB, self._holder, now, now, f"{type(error).__name__}: {error}")
        except Problem as problem:
            log.warning("The segments wait for the database: %s", problem.detail)


@contextmanager
def following(store: Store, clock: Callable[[], int], holder: str) -> Iterator[None]:
    """Follows the segments for as long as the block lasts."""
    follower = Following(store, clock, holder)
    thread = threading.Thread(target=follower.go_on, name="segments", daemon=True)
    thread.start()
    try:
        yield
    finally:
        follower.stop()
        thread.join(STOP_SECONDS)
