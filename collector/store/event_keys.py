"""Finding events by their keys (definition, space and event id), and by their numbers.

On PostgreSQL large tables of events have months by their ids, and a key may be in any. So there is one place
where each key is, once, with its event: `event_key`. That is a view, of the events themselves as long as they
are one table, and of a table of keys from then on (`store.event_months`); what asks it is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peewee import Table, fn

from collector.core.events import API_SPACE, WEB_SPACE
from collector.store.database import Database
from collector.store.models import Event

SPACES = (API_SPACE, WEB_SPACE)
KEYS: Any = Table("event_key", ("definition", "space", "event_id", "event"))


def has_key(database: Database, condition: Callable[[Any], Any]) -> Any:
    """The condition that an event's key is such.

    `condition` gives it for anything with the columns `definition`, `space` and `event_id`. It should name
    all three, as the index has them in this order.
    """
    if database.is_sqlite:
        return condition(Event)
    return Event.id.in_(KEYS.select(KEYS.event).where(condition(KEYS)))


def is_among(database: Database, numbers: Any) -> Any:
    """The condition that an event is one of those whose numbers a query gives; some of all, not most of them.

    PostgreSQL takes a look-up in months for one in each of them, and would sooner read all events to join
    some thousands. What is in a list, of which it does not know how long it is, it looks up.
    """
    return Event.id.in_(numbers) if database.is_sqlite else Event.id == fn.ANY(fn.ARRAY(numbers))


def is_event(database: Database, definition: int, space: int, event_id: str) -> Any:
    """The condition that it is the event of this key."""
    return has_key(
        database,
        lambda key: (key.definition == definition) & (key.space == space) & (key.event_id == event_id),
    )
