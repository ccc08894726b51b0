"""What of a key's limit is given out to servers, minute by minute: the one place that all of them ask.

A server takes a part of a minute's limit and spends it from memory. Whatever is given out is at most the
limit, so no number of servers lets more through.
"""

from __future__ import annotations

from collector.store.database import Database
from collector.store.models_upkeep import Allowance


class Allowances:
    """The allowances of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def take(self, key: int, minute: int, limit: int, wanted: int) -> tuple[int, int]:
        """How many requests of a minute (since 1970) are given out, and how many are left then.

        At most `wanted`, and fewer towards the end, so that what one server does not use is not missed by
        others. Raises `Problem("storage-unavailable")`.
        """
        with self._db.writing():
            # The row is there before it is locked, whoever comes first.
            self._db.run(Allowance.insert(key=key, minute=minute, taken=0).on_conflict_ignore())
            query = Allowance.select().where(Allowance.key == key)
            row = self._db.row(query if self._db.is_sqlite else query.for_update())
            assert row is not None
            # A server whose clock is behind takes part in the minute that has begun for others.
            is_over = row["minute"] < minute
            taken = 0 if is_over else row["taken"]
            left = max(limit - taken, 0)
            given = min(wanted, max(1, left // 4), left)
            if given:
                changed = Allowance.update(minute=max(minute, row["minute"]), taken=taken + given)
                self._db.run(changed.where(Allowance.key == key))
        return given, left - given
