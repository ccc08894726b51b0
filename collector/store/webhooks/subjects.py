"""What messages are about, as it is stored now."""

from __future__ import annotations

from dataclasses import dataclass

from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.models import Event
from collector.store.models_segments import Segment
from collector.store.profiles import Profile, Profiles
from collector.store.successors import successors


@dataclass(frozen=True, slots=True)
class NamedSegment:
    id: str
    name: str


class Subjects:
    """Reads what webhooks tell of."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._db = database
        self._profiles = profiles

    def event(self, number: int) -> EventState | None:
        """An event, also one that is deleted."""
        row = self._db.row(Event.select().where(Event.id == number))
        return rows.event_state(row) if row is not None else None

    def segment(self, number: int) -> NamedSegment | None:
        """A segment, unless it is deleted."""
        query = Segment.select(Segment.slug, Segment.name)
        row = self._db.row(query.where((Segment.id == number) & Segment.deleted_at.is_null()))
        return NamedSegment(row["slug"], row["name"]) if row is not None else None

    def profile(self, section_id: str, number: int) -> Profile | None:
        """Whoever this profile is part of by now."""
        with self._db.connected():
            found = successors(self._db, [number])[number]
        return self._profiles.named(section_id, [found]).get(found)
