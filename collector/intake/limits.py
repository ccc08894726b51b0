"""How many requests a key may make in a minute, on all servers together.

Each server takes parts of a minute's limit from the database and spends them from memory, so that one request
in many asks the database. All together never let more through than the limit; a server may refuse while
another still has some of the last few hundredths.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from collector.core import ids
from collector.core.permissions import Key
from collector.store import patience

MINUTE = 60
SECOND = 1_000_000
PARTS = 50
"""A part is a fiftieth of the limit."""
MOST_KEYS = 10_000


class Source(Protocol):
    """What gives out parts: `store.allowances`."""

    def take(self, key: int, minute: int, limit: int, wanted: int) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """A request that was counted, or was one too many. `left` is a guess: others spend too. In seconds."""

    limit: int
    left: int
    seconds: int
    is_too_many: bool


class _Purse:
    """What this server has of one key's limit, in one minute."""

    __slots__ = ("have", "left_elsewhere", "limit", "lock", "minute")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.begin(-1, 0)

    def begin(self, minute: int, limit: int) -> None:
        """Nothing is taken yet; how much there is elsewhere is not known before it is asked for."""
        self.minute, self.limit = minute, limit
        self.have, self.left_elsewhere = 0, limit


class Limits:
    """The limits of all keys, for all threads of a server. `default`: that of keys that say nothing."""

    def __init__(self, source: Source | None, default: int) -> None:
        self._source = source
        self._default = default
        self._purses: dict[str, _Purse] = {}
        self._lock = threading.Lock()

    def of(self, key: Key) -> int:
        """Requests a minute; 0 is any number."""
        return self._default if key.rate_limit is None else key.rate_limit

    def spend(self, key: Key, now: int) -> Spent | None:
        """Counts a request at `now` (microseconds); None for a key without a limit.

        Raises `Problem("storage-unavailable")`.
        """
        limit = self.of(key)
        if not limit or self._source is None:
            return None
        minute, second = divmod(now // SECOND, MINUTE)
        purse = self._purses.get(key.id) or self._purse(key.id)
        with patience.held(purse.lock):
            if minute > purse.minute or limit != purse.limit:
                purse.begin(max(minute, purse.minute), limit)
            if not purse.have and purse.left_elsewhere:
                self._fill(purse, key, limit)
            is_too_many = not purse.have
            purse.have -= not is_too_many
            return Spent(limit, purse.have + purse.left_elsewhere, MINUTE - second, is_too_many)

    def _fill(self, purse: _Purse, key: Key, limit: int) -> None:
        number = ids.decode(key.id)
        assert self._source is not None
        assert number is not None
        wanted = max(1, limit // PARTS)
        purse.have, purse.left_elsewhere = self._source.take(number, purse.minute, limit, wanted)

    def _purse(self, key_id: str) -> _Purse:
        with self._lock:
            if len(self._purses) >= MOST_KEYS:
                self._purses.clear()
            return self._purses.setdefault(key_id, _Purse())


NO_LIMITS = Limits(None, 0)
