"""What events with a goal add up to, exactly: of one profile, or of a section in a stretch of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import fn

from collector.core.goals import SCALE
from collector.store.database import Database
from collector.store.models import Definition, Event, Total
from collector.store.segments.sums import Sums, of_events, of_totals
from collector.store.totals import of_profiles


@dataclass(frozen=True, slots=True)
class GoalTotal:
    """What events of one goal and currency add up to. `value` is in millionths, None where none has any.

    `first_at` and `last_at`: when the first and the last of them occurred, in microseconds.
    """

    type: str
    name: str
    currency: str
    events: int
    value: int | None
    first_at: int
    last_at: int


def of_profile(database: Database, profile_id: int) -> list[GoalTotal]:
    """By type, name and currency, without the events of hidden definitions."""
    kind = (Total.goal_type, Total.goal_name, Total.goal_currency)
    query = Total.select(*kind, *_columns(of_totals(), Total.first_at, Total.last_at))
    query = query.join(Definition, on=(Definition.id == Total.definition)).where(
        of_profiles([profile_id]) & (Total.goal_type != "") & Definition.hidden_at.is_null()
    )
    return [_total(row) for row in database.rows(query.group_by(*kind).order_by(*kind))]


def of_section(database: Database, section_id: str, since: int, until: int) -> list[GoalTotal]:
    """By type and currency, of events that occurred from `since` to before `until` (microseconds), all names.

    Events of nobody who is known count too, those of hidden definitions do not.
    """
    kind = (Event.goal_type, Event.goal_currency)
    visible = Definition.select(Definition.id).where(
        (Definition.section == section_id) & Definition.hidden_at.is_null()
    )
    query = Event.select(*kind, *_columns(of_events(), Event.occurred_at, Event.occurred_at)).where(
        Event.definition.in_(visible)
        & Event.occurred_at.between(since, until - 1)
        & Event.goal_type.is_null(False)
        & Event.deleted_at.is_null()
    )
    return [_total(row) for row in database.rows(query.group_by(*kind).order_by(*kind))]


def _columns(sums: Sums, first: Any, last: Any) -> list[Any]:
    return [
        sums.events.alias("events"),
        sums.valued.alias("valued"),
        sums.whole.alias("whole"),
        sums.fraction.alias("fraction"),
        fn.MIN(first).alias("first_at"),
        fn.MAX(last).alias("last_at"),
    ]


def _total(row: Mapping[str, Any]) -> GoalTotal:
    value = int(row["whole"]) * SCALE + int(row["fraction"]) if row["valued"] else None
    name, currency = row.get("goal_name") or "", row["goal_currency"] or ""
    return GoalTotal(
        row["goal_type"], name, currency, int(row["events"]), value, row["first_at"], row["last_at"]
    )
