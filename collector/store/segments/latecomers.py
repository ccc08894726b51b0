"""Events that come with ids from before the packed ones: of a process whose clock is behind.

They are no part of what is packed (`packs.py`), so they are read from their rows like those that changed.
Only a commit makes events, and it looks once for all of a group. A trigger would look at every row, and its
mere being there has SQLite copy each page aside before an INSERT writes to it.
"""

from __future__ import annotations

from typing import Any

from collector.store.database import Database
from collector.store.models import Event
from collector.store.models_segments import Touched, Watch


class Latecomers:
    """Notes them, inside the transaction of a commit. For SQLite; elsewhere nothing is packed."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._watched = database.statement(Watch.select(Watch.id).where(Watch.event >= 0))
        self._touch = database.statement(_touching()).split(" RETURNING ")[0]

    def note(self, first: int, last: int) -> None:
        """After events were stored with ids from `first` to `last`. Others between them are noted too: that
        only costs who reads.
        """
        if self._db.is_sqlite and self._db.fetch(self._watched, (first,)):
            self._db.many(self._touch, [(1, first, last, 1)])


def _touching() -> Any:
    watched = Event.id <= Watch.select(Watch.event)
    late = Event.select(Event.id, 1).where(Event.id.between(0, 0) & watched)
    again = {Touched.times: Touched.times + 1}
    into = Touched.insert_from(late, [Touched.event, Touched.times])
    return into.on_conflict(conflict_target=[Touched.event], update=again)
