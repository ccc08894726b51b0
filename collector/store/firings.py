"""When triggers fire: first and last, on which page, and how long each is usually silent.

It is written in the commit's own transaction, for events that name a trigger of their definition, and once a
minute at most for each trigger in each process: so the last time is exact to a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import Write
from collector.core.page_addresses import page_origin
from collector.store import patience
from collector.store.database import Database
from collector.store.models_editor import TriggerFiring as Row

MINUTE = 60_000_000
HOUR = 60 * MINUTE
HALF_LIFE = 14 * 24 * HOUR
"""A long silence counts half after two weeks: nights and weekends are usual, a holiday is forgotten."""

PATIENCE = 2
"""A trigger is silent if it is so for longer than this many times its longest usual silence."""
ENOUGH = 5
"""From so many noted minutes on it is known how often a trigger fires."""
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Firing:
    """What is known of one trigger, by its number. Times and the usual silence are microseconds."""

    number: int
    first_at: int
    fired_at: int
    address: str
    noted: int
    longest_gap: int

    @property
    def origin(self) -> str:
        return page_origin(self.address)

    @property
    def due_at(self) -> int:
        """From when on its silence is longer than usual."""
        return self.fired_at + max(PATIENCE * self.longest_gap, HOUR)

    def is_silent(self, now: int, page_seen_at: int | None) -> bool:
        """Whether it used to fire and does no more, while its page is still looked at.

        `page_seen_at` is when pages of its origin were last heard of, by whatever they sent or loaded.
        """
        return self.noted >= ENOUGH and page_seen_at is not None and self.due_at < min(now, page_seen_at)


class Firings:
    """The firings of all triggers of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._noted: dict[tuple[int, int], int] = {}

    def note(self, writes: Iterable[Write]) -> None:
        """Notes what fired; call it inside the transaction that stores the events."""
        latest: dict[tuple[int, int], Write] = {}
        for write in writes:
            if write.trigger is None or write.page is None or write.replayed is not None:
                continue
            key = (write.definition_id, write.trigger)
            if write.received_at - self._noted.get(key, 0) >= MINUTE:
                latest[key] = write
        if latest:
            patience.wait()  # before anything is remembered of a transaction that will be taken back
        if len(self._noted) > MOST_REMEMBERED:
            self._noted.clear()
        for key in sorted(latest):
            self._noted[key] = latest[key].received_at
            self._note(key, latest[key])

    def look_again(self) -> None:
        """Forgets what was noted, after a transaction that came to nothing."""
        self._noted.clear()

    def of(self, definition: Definition) -> dict[int, Firing]:
        """What is known of a definition's triggers, by number."""
        return self._read(Row.definition == ids.decode(definition.id)).get(ids.decode(definition.id) or 0, {})

    def of_all(self, definitions: Iterable[Definition]) -> dict[int, dict[int, Firing]]:
        """The same by the number of the definition."""
        return self._read(Row.definition.in_([ids.decode(one.id) for one in definitions]))

    def _note(self, key: tuple[int, int], write: Write) -> None:
        definition, number = key
        at = write.received_at
        is_it = (Row.definition == definition) & (Row.number == number)
        row = self._db.row(Row.select().where(is_it))
        if row is None:
            first = Row.insert(
                definition=definition,
                number=number,
                first_at=at,
                fired_at=at,
                address=write.page,
                noted=1,
                longest_gap=0,
            )
            self._db.run(first.on_conflict_ignore())
            return
        gap = at - row["fired_at"]
        if gap < 0:
            return
        self._db.run(
            Row.update(
                fired_at=at,
                address=write.page or row["address"],
                noted=row["noted"] + 1,
                longest_gap=usual_gap(row["longest_gap"], gap),
            ).where(is_it)
        )

    def _read(self, condition: Any) -> dict[int, dict[int, Firing]]:
        found: dict[int, dict[int, Firing]] = {}
        for row in self._db.rows(Row.select().where(condition)):
            found.setdefault(row["definition"], {})[row["number"]] = _firing(row)
        return found


def usual_gap(longest: int, gap: int) -> int:
    """The longest silence that is usual, after one of `gap`: an old one weighs less the longer it is ago."""
    return max(gap, int(longest * 0.5 ** (gap / HALF_LIFE)))


def _firing(row: Mapping[str, Any]) -> Firing:
    return Firing(
        number=row["number"],
        first_at=row["first_at"],
        fired_at=row["fired_at"],
        address=row["address"],
        noted=row["noted"],
        longest_gap=row["longest_gap"],
    )
