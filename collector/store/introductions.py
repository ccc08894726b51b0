"""Introductions: what an integration says of who somebody is, without an event to say it with.

The profile, its identifiers and its browser become what an event with the same names would make of them,
by the same functions and under the same turns; only that no event is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from collector.core.events import Write
from collector.store.conflicts import Sighting, Sightings
from collector.store.database import Database
from collector.store.erasure_memory import ErasureMemory
from collector.store.owners import Owners
from collector.store.totals import Totals
from collector.store.turns import VisitorName
from collector.store.visitors import Visitors, may_link, name_of

NO_EVENT = 0


@dataclass(frozen=True, slots=True)
class Introduced:
    """Who it is (None: somebody who was erased after it was said), and whether that was news."""

    verdict: Literal["stored", "updated", "duplicate", "ignored"]
    profile: int | None = None


class Introductions:
    """The introductions of a store. Each is a `Write` whose event is never stored."""

    def __init__(self, database: Database, new_id: Callable[[], int]) -> None:
        self._db = database
        self._owners = Owners(database, new_id)
        self._visitors = Visitors(database)
        self._memory = ErasureMemory(database)
        self._sightings = Sightings(database, new_id)
        self._totals = Totals(database)

    def make(self, said: Write, now: int) -> Introduced:
        """Makes the profile where there is none, ties new identifiers to it and links the visitor.

        It names at least one identifier. Raises `Problem("storage-unavailable")`.
        """
        with self._db.writing():
            linked = self._visitors.enter([said])
            if self._memory.ignored([said]):
                return Introduced("ignored")
            known = self._owners.known([said])
            is_new, before = not known, len(known)
            choice = self._owners.assign([said], known, now)[0]
            assert choice.profile is not None, "somebody is named"
            self._sightings.record(
                [Sighting(said.section_id, choice.profile, other, NO_EVENT) for other in choice.others], now
            )
            is_linked = self._link(said, choice.profile, linked.keys(), now)
            is_news = is_linked or len(known) > before
        return Introduced("stored" if is_new else "updated" if is_news else "duplicate", choice.profile)

    def _link(self, said: Write, profile: int, linked: Collection[VisitorName], now: int) -> bool:
        """Whether the visitor is linked by this; one that is linked stays with whom it has."""
        name = name_of(said)
        if name is None or not may_link(said) or name in linked:
            return False
        followed = self._visitors.link({name: (profile, NO_EVENT)}, now)
        self._totals.move((before, replace(before, profile_id=owner)) for before, owner in followed)
        return True
