"""How far the members of segments are followed, and what is read of it: members, progress, growth."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import peewee
from peewee import fn

from collector.core.segments.days import day_at
from collector.store.database import Database
from collector.store.models_segments import Day, Member
from collector.store.models_segments import Standing as Row

Step = Literal["build", "tell", "review", "sweep"]
MOST_DAYS = 3_660
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A segment's members, as far as they are followed: a row of the table `segment_standing`.

    `generation` 0: nobody has looked yet, and members are found by a query. `everybody`: how many profiles
    the section has as far as notes are followed, None until they were counted. Times in microseconds.
    """

    segment: int
    generation: int = 0
    members: int = 0
    version: int = 0
    tree: str = ""
    step: Step | None = None
    cursor: int = 0
    done: int = 0
    total: int = 0
    last_generation: int = 0
    next_generation: int | None = None
    next_version: int | None = None
    next_members: int = 0
    old: int | None = None
    review: int = 0
    due_at: int | None = None
    begun_at: int | None = None
    ended_at: int | None = None
    everybody: int | None = None

    @property
    def is_there(self) -> bool:
        """Whether there are members to be shown."""
        return self.generation > 0


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """A day of a segment, in its time zone: how many members at its end, how many joined and left on it."""

    day: datetime.date
    members: int
    joined: int
    left: int


class Standings:
    """The standings of a store's segments, by the numbers of these."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, segment: int) -> Standing:
        return self.all([segment])[segment]

    def all(self, segments: Collection[int]) -> dict[int, Standing]:
        found = self._db.rows(Row.select().where(Row.segment.in_(sorted(segments)))) if segments else []
        known = {row["segment"]: Standing(**row) for row in found}
        return {one: known.get(one) or Standing(one) for one in segments}

    def members(self, standing: Standing, limit: int, after: int = 0) -> list[int]:
        """The profiles that are shown as members, in the order of their ids, beyond the id `after`."""
        query = Member.select(Member.profile).where(shown(standing) & (Member.profile > after))
        return [row["profile"] for row in self._db.rows(query.order_by(Member.profile).limit(limit))]

    def in_both(self, one: Standing, other: Standing) -> int:
        """How many profiles are shown as members of both."""
        query = (
            Member.select(Member.profile)
            .where(shown(one))
            .intersect(Member.select(Member.profile).where(shown(other)))
        )
        both = query.alias("both_of_them")
        return int(self._db.rows(peewee.Select([both], [fn.COUNT(peewee.SQL("*")).alias("n")]))[0]["n"])

    def of_profiles(self, profiles: Collection[int]) -> list[dict[str, Any]]:
        """Where these profiles are shown as members: rows with `segment`, `profile`, `joined_at`."""
        query = Member.select(Member.segment, Member.profile, Member.joined_at)
        query = query.join(Row, on=(Row.segment == Member.segment) & (Row.generation == Member.generation))
        return self._db.rows(query.where(Member.profile.in_(sorted(profiles))).order_by(Member.joined_at))

    def growth(self, segment: int, zone: datetime.tzinfo, days: int, now: int) -> list[GrowthDay]:
        """The last so many days until today, those before the first member left out, the oldest first."""
        today = day_at(now, zone)
        kept = {row["day"]: row for row in self._db.rows(Day.select().where(Day.segment == segment))}
        first = min(kept, default=today.isoformat())
        begin = max(today - min(days, MOST_DAYS) * _DAY + _DAY, datetime.date.fromisoformat(first))
        before = max((one for one in kept if one < begin.isoformat()), default=None)
        return list(_filled(kept, begin, today, kept[before]["members"] if before else 0))


def shown(standing: Standing) -> Any:
    """The condition on members that they are those that are shown."""
    return (Member.segment == standing.segment) & (Member.generation == standing.generation)


def _filled(
    kept: Mapping[str, Mapping[str, Any]], begin: datetime.date, end: datetime.date, members: int
) -> Iterator[GrowthDay]:
    """Every day; those on which nothing happened have the members of the day before."""
    day = begin
    while day <= end:
        row = kept.get(day.isoformat())
        members = row["members"] if row else members
        yield GrowthDay(day, members, row["joined"] if row else 0, row["left"] if row else 0)
        day += _DAY
