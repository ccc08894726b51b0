"""Who joins and who leaves, as rows: members, the timeline's entries, and the count of the day.

All of it happens inside a transaction of the caller's, so that none of the three is there without the others.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import EXCLUDED

from collector.core.segments.days import day_at
from collector.store.database import Database
from collector.store.models_segments import Day, Member, Passage
from collector.store.segments.dialect import OnPostgresql, OnSqlite
from collector.store.webhooks.outbox import Outbox

JOINED, LEFT = 0, 1
KINDS = ("segment.joined", "segment.left")
"""What webhooks call them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Who joined (→ since when) and who left."""

    joined: Mapping[int, int]
    left: Collection[int]

    @property
    def difference(self) -> int:
        return len(self.joined) - len(self.left)


@dataclass(frozen=True, slots=True)
class Place:
    """A segment, of which version, and where its days begin."""

    segment: int
    version: int
    zone: datetime.tzinfo


class Mover:
    """Moves profiles in and out of segments; `take_ids(n)` gives n new ids."""

    def __init__(self, database: Database, take_ids: Callable[[int], list[int]], outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox
        self._take_ids = take_ids
        self._dialect = OnSqlite() if database.is_sqlite else OnPostgresql()
        self._insert_member = database.insertion(
            Member, ("segment", "generation", "profile", "joined_at"), or_leave=True
        )
        self._insert_passage = database.insertion(
            Passage, ("id", "profile", "segment", "operation", "version", "occurred_at")
        )

    def among(self, segment: int, generation: int, profiles: Collection[int]) -> dict[int, int]:
        """Which of these profiles are members of a generation, and since when."""
        return self._members(_of(segment, generation) & self._is_one_of(profiles)) if profiles else {}

    def between(self, segment: int, generation: int, low: int, high: int | None) -> dict[int, int]:
        """Which profiles above `low`, up to `high`, are members of a generation, and since when."""
        return self._members(_of(segment, generation) & _between(low, high))

    def move(self, segment: int, generation: int, moved: Moved) -> None:
        """Puts in who joined and takes out who left."""
        rows = [(segment, generation, profile, since) for profile, since in sorted(moved.joined.items())]
        if rows:
            self._db.many(self._insert_member, rows)
        if moved.left:
            leaving = _of(segment, generation) & self._is_one_of(moved.left)
            self._db.run(Member.delete().where(leaving))

    def drop(self, segment: int, generation: int, low: int, high: int | None) -> None:
        """Deletes a part of a generation that is not shown."""
        self._db.run(Member.delete().where(_of(segment, generation) & _between(low, high)))

    def drop_others(self, segment: int, generation: int, most: int) -> bool:
        """Deletes at most so many members of other generations; whether there were any."""
        query = Member.select(Member.generation, Member.profile)
        other = query.where((Member.segment == segment) & (Member.generation != generation))
        found = self._db.rows(other.order_by(Member.generation, Member.profile).limit(most))
        for number in {row["generation"] for row in found}:
            profiles = [row["profile"] for row in found if row["generation"] == number]
            self._db.run(Member.delete().where(_of(segment, number) & self._is_one_of(profiles)))
        return bool(found)

    def tell(self, place: Place, moved: Moved, now: int) -> None:
        """Writes who joined and who left on their timelines, and has webhooks tell it."""
        told = [(profile, JOINED, since) for profile, since in sorted(moved.joined.items())]
        told += [(profile, LEFT, now) for profile in sorted(moved.left)]
        if told:
            numbers = self._take_ids(len(told))
            rows = [
                (number, profile, place.segment, operation, place.version, at)
                for number, (profile, operation, at) in zip(numbers, told, strict=True)
            ]
            self._db.many(self._insert_passage, rows)
            self._outbox.tell_passages(
                place.segment, [(one, KINDS[move]) for one, move, _ in told], place.version, now
            )

    def count(self, place: Place, members: int, joined: int, left: int, now: int) -> None:
        """Keeps what today comes to."""
        values = {"members": members, "joined": joined, "left": left}
        added = {Day.joined: Day.joined + EXCLUDED.joined, Day.left: Day.left + EXCLUDED.left}
        insert = Day.insert(segment=place.segment, day=day_at(now, place.zone).isoformat(), **values)
        self._db.run(
            insert.on_conflict(
                conflict_target=[Day.segment, Day.day], update={Day.members: EXCLUDED.members, **added}
            )
        )

    def _members(self, condition: Any) -> dict[int, int]:
        query = Member.select(Member.profile, Member.joined_at).where(condition)
        return {row["profile"]: row["joined_at"] for row in self._db.rows(query)}

    def _is_one_of(self, profiles: Collection[int]) -> Any:
        return self._dialect.is_one_of(Member.profile, sorted(profiles))


def difference(before: Mapping[int, int], after: Collection[int], now: int) -> Moved:
    """What makes the members of `before` those of `after`."""
    wanted = set(after)
    return Moved(dict.fromkeys(wanted - before.keys(), now), before.keys() - wanted)


def since_when(moved: Moved, shown: Mapping[int, int]) -> Moved:
    """The same; who is shown as a member already has been one since then."""
    return Moved({one: shown.get(one, at) for one, at in moved.joined.items()}, moved.left)


def _of(segment: int, generation: int) -> Any:
    return (Member.segment == segment) & (Member.generation == generation)


def _between(low: int, high: int | None) -> Any:
    above = Member.profile > low
    return above if high is None else above & (Member.profile <= high)
