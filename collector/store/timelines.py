"""Whole timelines: what happened to a person's events, and which segments the person joined and left."""

from __future__ import annotations

from operator import attrgetter

from collector.store.database import Database
from collector.store.events import Page, Readable, make_cursor
from collector.store.profiles import Entry, Profiles
from collector.store.segments.passages import Passage, Passages


class Timelines:
    """The timelines of a store."""

    def __init__(self, database: Database, profiles: Profiles) -> None:
        self._profiles = profiles
        self._passages = Passages(database)

    def page(self, profile_id: int, limit: int, cursor: str | None, readable: Readable | None = None) -> Page:
        """Of `Entry` and `Passage`, the newest first; like `Profiles.timeline`, which has events alone.

        Raises `Problem("request-invalid")` for a cursor that is none of ours.
        """
        events = self._profiles.timeline(profile_id, limit, cursor, readable)
        lines: list[Entry | Passage] = [*events.items]
        lines += self._passages.of_profile(profile_id, limit + 1, cursor)
        lines.sort(key=attrgetter("occurred_at", "id"), reverse=True)
        shown = lines[:limit]
        is_more = events.next_cursor is not None or len(lines) > limit
        return Page(shown, make_cursor(shown[-1].occurred_at, shown[-1].id) if is_more else None)
