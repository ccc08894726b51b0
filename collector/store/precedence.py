"""Who goes first among threads that share Python's lock: whoever fills a transaction.

On SQLite a transaction is filled by dozens of short calls of its library. Each gives Python's lock away, asks
for it again, and a thread that computes meanwhile may keep it for milliseconds each time. So whoever judges
what the next transaction will hold stands back until this one is filled, and goes on while it is written to
disk: that is one long call, which needs no lock.

On PostgreSQL filling is waiting for the network: nobody stands back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONG_SECONDS = 0.02
"""What takes longer waits for a disk, or is very large; then others go on beside it."""


class Precedence:
    """Of those who fill a transaction before those who only compute, in one process."""

    def __init__(self, *, matters: bool) -> None:
        self._matters = matters
        self._filling = threading.Lock()
        self._since = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For whoever fills a transaction: inside it, after its `BEGIN` has been granted."""
        if not self._matters:
            yield
            return
        with self._filling:
            self._since = time.monotonic()
            yield

    def stand_back(self) -> None:
        """Returns once no transaction is being filled, or where that takes long. Call it holding no lock."""
        is_filling = self._filling.locked() and time.monotonic() - self._since < LONG_SECONDS
        if is_filling and self._filling.acquire(timeout=LONG_SECONDS):
            self._filling.release()
