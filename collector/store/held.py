"""All that is held of a person, as it is stored: for the person to have."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from collector.core.events import EventState
from collector.core.mentions import Name
from collector.core.problems import Problem
from collector.store import rows
from collector.store.database import Database
from collector.store.events import AppliedChange
from collector.store.models import Change, Event, Visitor
from collector.store.profiles import Profile, Profiles
from collector.store.rejections import KeptRejection, kept_rejection
from collector.store.segments.passages import Passage, Passages
from collector.store.webhooks.held import Told, told_of
from collector.store.whole_person import WholePerson, naming_rejections, own_events, whole_person


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event, also one that is deleted, and what was applied to it, the oldest first."""

    state: EventState
    changes: tuple[AppliedChange, ...]


@dataclass(frozen=True, slots=True)
class HeldVisitor:
    """A browser that turned out to be the person's, and when (microseconds)."""

    visitor: str
    linked_at: int


@dataclass(frozen=True, slots=True)
class Held:
    """Everything. `profiles`: the one that stands for the person, then what was merged into it, if any.

    `passages`: the segments that the person joined and left, the oldest first. `told`: what webhooks have
    told of the person and are to tell, as far as their log goes back.
    """

    profiles: tuple[Profile, ...]
    visitors: tuple[HeldVisitor, ...]
    events: tuple[HeldEvent, ...]
    rejections: tuple[KeptRejection, ...]
    passages: tuple[Passage, ...] = ()
    told: tuple[Told, ...] = ()


class Holdings:
    """What a store holds of people."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._db = database
        self._profiles = profiles
        self._passages = Passages(database)

    def of(
        self, section_id: str, who: int | Name, definitions: Collection[int], *, without_definition: bool
    ) -> Held:
        """What is held of whoever has a profile (by its number) or a normalised identifier, as of one moment.

        Events and refused payloads of these definitions only; `without_definition`: refused ones that named
        none, too. Raises `Problem("not-found")` where nothing is held.
        """
        with self._db.snapshot():
            person = whole_person(self._db, section_id, who)
            found = Held(
                self._profiles_of(person),
                self._visitors_of(person),
                self._events_of(person, definitions),
                tuple(
                    kept_rejection(row)
                    for row in naming_rejections(self._db, person)
                    if row["definition"] in definitions or (row["definition"] is None and without_definition)
                ),
                tuple(self._passages.of_profiles(person.profiles)),
                tuple(told_of(self._db, person)),
            )
        if not (found.profiles or found.rejections):
            raise Problem("not-found", "Nothing is held of anybody with this identifier.")
        return found

    def _profiles_of(self, person: WholePerson) -> tuple[Profile, ...]:
        named = self._profiles.named(person.section_id, person.profiles)
        return tuple(named[number] for number in person.profiles if number in named)

    def _visitors_of(self, person: WholePerson) -> tuple[HeldVisitor, ...]:
        query = Visitor.select().where(Visitor.profile.in_(list(person.profiles))).order_by(Visitor.linked_at)
        return tuple(HeldVisitor(row["visitor"], row["linked_at"]) for row in self._db.rows(query))

    def _events_of(self, person: WholePerson, definitions: Collection[int]) -> tuple[HeldEvent, ...]:
        changes: defaultdict[int, list[AppliedChange]] = defaultdict(list)
        logged = Change.select().where(Change.profile.in_(list(person.profiles))).order_by(Change.id)
        for row in self._db.rows(logged):
            changes[row["event"]].append(
                AppliedChange(
                    id=row["id"],
                    operation=rows.OPERATIONS[row["operation"]],
                    occurred_at=row["occurred_at"],
                    recorded_at=row["recorded_at"],
                    changes=json.loads(row["changes"]) if row["changes"] else {},
                )
            )
        found = self._db.rows(
            Event.select().where(own_events(self._db, person)).order_by(Event.occurred_at, Event.id)
        )
        return tuple(
            HeldEvent(rows.event_state(row), tuple(changes[row["id"]]))
            for row in found
            if row["definition"] in definitions
        )
