"""Events that are there no longer, counted, so that the ledger can be recounted to the row.

Whatever takes rows of `event` away counts them here, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import peewee

from collector.store.database import Database
from collector.store.models_upkeep import EventsGone

Place = tuple[str, int]
"""section, definition number"""
Fate = Literal["erased", "expired"]
FATES: tuple[Fate, ...] = ("erased", "expired")
"""`erased` with a person, `expired` by age."""


class GoneWriter:
    """Counts the events that a transaction removes, for one process."""

    def __init__(self, database: Database, node: int) -> None:
        self._db = database
        self._node = node
        self._add = database.statement(_adding())

    def count(self, fate: Fate, places: Mapping[Place, int]) -> None:
        """Adds so many events of each place; call it inside the transaction that removes them."""
        made = [
            (*place, self._node, *(number if fate == one else 0 for one in FATES))
            for place, number in sorted(places.items())
        ]
        if made:
            self._db.many(self._add, made)


def events_gone(database: Database) -> dict[Place, int]:
    """How many events have left each place, for whatever reason."""
    number = peewee.fn.SUM(EventsGone.erased + EventsGone.expired).alias("n")
    query = EventsGone.select(EventsGone.section, EventsGone.definition, number)
    rows = database.rows(query.group_by(EventsGone.section, EventsGone.definition))
    return {(row["section"], row["definition"]): int(row["n"]) for row in rows}


def _adding() -> Any:
    place = {"section": "", "definition": 0, "node": 0}
    columns = [getattr(EventsGone, fate) for fate in FATES]
    return EventsGone.insert(**place, **dict.fromkeys(FATES, 0)).on_conflict(
        conflict_target=[getattr(EventsGone, name) for name in place],
        update={column: column + getattr(peewee.EXCLUDED, column.name) for column in columns},
    )
