"""All stored events, in the order in which their rows were made; read in pages, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.models import Event

PAGE = 1_000


def stored_events(
    database: Database, definitions: Sequence[int], since: int | None = None, until: int | None = None
) -> Iterator[EventState]:
    """The events of some definitions that are not deleted, those that occurred from `since` until before
    `until` (microseconds) where these are given. Memory is that of one page, however many there are.

    Raises `Problem("storage-unavailable")`.
    """
    # The sum keeps the indexes of definitions out of it: by those, every page would sort all events anew.
    condition = (Event.definition + 0).in_(sorted(definitions)) & Event.deleted_at.is_null()
    if since is not None:
        condition &= Event.occurred_at >= since
    if until is not None:
        condition &= Event.occurred_at < until
    query = Event.select().where(condition).order_by(Event.id).limit(PAGE)
    last = 0
    while found := database.rows(query.where(Event.id > last)):
        yield from map(rows.event_state, found)
        last = found[-1]["id"]
