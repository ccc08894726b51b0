"""Joining and leaving, as a person's timeline and export tell it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from collector.store.database import Database
from collector.store.events import after
from collector.store.models_segments import Passage as Row
from collector.store.models_segments import Segment
from collector.store.segments.moving import JOINED


@dataclass(frozen=True, slots=True)
class Passage:
    """A line of a timeline: somebody joined a segment or left it, when it was of this version.

    `segment_id` and `segment_name` are those that it has now.
    """

    id: int
    operation: Literal["joined", "left"]
    occurred_at: int
    segment_id: str
    segment_name: str
    version: int


class Passages:
    """Who joined and left the segments of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_profile(self, profile_id: int, limit: int, cursor: str | None) -> list[Passage]:
        """The newest first, at most so many, beyond a place of the timeline."""
        query = after(_named().where(Row.profile == profile_id), Row, cursor).limit(limit)
        return [_passage(row) for row in self._db.rows(query)]

    def of_profiles(self, profiles: Collection[int]) -> list[Passage]:
        """All of these profiles, the oldest first."""
        query = _named().where(Row.profile.in_(sorted(profiles))).order_by(Row.occurred_at, Row.id)
        return [_passage(row) for row in self._db.rows(query)]


def _named() -> Any:
    columns = (Row.id, Row.operation, Row.occurred_at, Row.version, Segment.slug, Segment.name)
    return Row.select(*columns).join(Segment, on=(Segment.id == Row.segment))


def _passage(row: dict[str, Any]) -> Passage:
    operation: Literal["joined", "left"] = "joined" if row["operation"] == JOINED else "left"
    return Passage(row["id"], operation, row["occurred_at"], row["slug"], row["name"], row["version"])
