"""Who may come in when there are too many: everybody may hold as much as is left free.

Somebody alone gets half of the room; two who want everything get a third each, n of them 1/(n+1); and
whoever holds nothing finds a place as long as there is one. Nobody has to be counted, and no share has
to be set. (The rule is that of shared memory in network switches: Choudhury and Hahne, "Dynamic queue
length thresholds for shared-memory packet switches", 1998.)
"""

from __future__ import annotations

import threading
from collections.abc import Hashable


class Room:
    """A number of places, and who holds how many of them. Safe to use from many threads."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._held: dict[Hashable, int] = {}
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many places are taken. It can be more than there are, by what the last to come in took."""
        return self._taken

    def held_by(self, name: Hashable) -> int:
        """How many places somebody holds."""
        return self._held.get(name, 0)

    def enter(self, name: Hashable, places: int = 1) -> bool:
        """Takes so many places, if `name` holds less than is free. Whoever is in has to leave."""
        with self._lock:
            held = self._held.get(name, 0)
            if held >= self.places - self._taken:
                return False
            self._held[name] = held + places
            self._taken += places
            return True

    def leave(self, name: Hashable, places: int = 1) -> None:
        """Gives the places back that `enter` took."""
        with self._lock:
            self._taken -= places
            left = self._held[name] - places
            if left:
                self._held[name] = left
            else:
                del self._held[name]
