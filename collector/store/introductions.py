"""Introductions: what an integration says of who somebody is, without an event to say it with.

The profile, its identifiers and its browser become what an event with the same names would make of them,
by the same functions and under the same turns; only that no event is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from collector.core.events import Write
from collector.store.conflicts import Sighting, Sightings
from collector.store.database import Database
from collector.store.erasure_memory import ErasureMemory
from collector.store.owners import Choice, Name, Owners, made_for, names_that_count
from collector.store.segments.notes import Notes
from collector.store.totals import Totals
from collector.store.turns import VisitorName
from collector.store.visitors import Visitors, may_link, name_of

NO_EVENT = 0

Verdict = Literal["stored", "updated", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True)
class Introduced:
    """Who it is (None: somebody who was erased after it was said), and whether that was news."""

    verdict: Verdict
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
        self._notes = Notes(database)

    def make(self, said: Sequence[Write], now: int) -> list[Introduced]:
        """Makes the profiles that are missing, ties new identifiers to theirs and links visitors.

        Each names at least one identifier. Raises `Problem("storage-unavailable")`.
        """
        with self._db.writing():
            linked = self._visitors.enter(said)
            void = self._memory.ignored(said)
            alive = [one for place, one in enumerate(said) if place not in void]
            known = self._owners.known(alive)
            before = set(known)
            choices = self._owners.assign(alive, known, now)
            self._see(alive, choices, now)
            arrived = self._link(alive, choices, linked.keys(), now)
            told = list(_told(alive, choices, before, arrived))
            self._notes.leave(_moved(told), made_for(alive, choices))
        rest = iter(told)
        return [Introduced("ignored") if place in void else next(rest) for place in range(len(said))]

    def _see(self, said: Sequence[Write], choices: Sequence[Choice], now: int) -> None:
        """Lists the profiles that were named together."""
        sightings = [
            Sighting(one.section_id, choice.profile, other, NO_EVENT)
            for one, choice in zip(said, choices, strict=True)
            for other in choice.others
            if choice.profile is not None
        ]
        self._sightings.record(sightings, now)

    def _link(
        self, said: Sequence[Write], choices: Sequence[Choice], linked: Collection[VisitorName], now: int
    ) -> set[VisitorName]:
        """Links those visitors that are not linked yet: whoever names one first has it."""
        arrivals: dict[VisitorName, tuple[int, int]] = {}
        for one, choice in zip(said, choices, strict=True):
            name = name_of(one)
            if name is not None and may_link(one) and name not in linked and choice.profile is not None:
                arrivals.setdefault(name, (choice.profile, NO_EVENT))
        followed = self._visitors.link(arrivals, now) if arrivals else []
        self._totals.move((before, replace(before, profile_id=owner)) for before, owner in followed)
        return set(arrivals)


def _told(
    said: Sequence[Write], choices: Sequence[Choice], known: set[Name], arrived: set[VisitorName]
) -> Iterator[Introduced]:
    """What was news of each, one after the other. `known` and `arrived` are used up."""
    for one, choice in zip(said, choices, strict=True):
        names = set(names_that_count(one.section_id, one.identifiers, one.trust))
        visitor = name_of(one)
        is_news = not names <= known or visitor in arrived
        verdict: Verdict = "stored" if names.isdisjoint(known) else "updated" if is_news else "duplicate"
        known |= names
        if visitor is not None:
            arrived.discard(visitor)
        yield Introduced(verdict, choice.profile)


def _moved(told: Sequence[Introduced]) -> set[int]:
    """The profiles of whom something is known that was not before."""
    return {one.profile for one in told if one.profile is not None and one.verdict != "duplicate"}
