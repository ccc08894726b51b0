"""Numbers about a section's definitions, and the data that came for one, to be judged again.

Counts come from the ledger: per hour of receipt (UTC, counted from 1970), and nothing that is deleted later
is taken off them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import peewee

from collector.core.effects import Sample
from collector.core.events import WEB_PREFIX, WEB_SPACE
from collector.core.problems import Fault
from collector.store.database import Database
from collector.store.events import after, make_cursor
from collector.store.goal_totals import GoalTotal, of_section
from collector.store.ledger import COUNTS, HOUR, NO_DEFINITION
from collector.store.models import Definition, Event, Ledger, Rejection

DAY_HOURS = 24
WEEK_HOURS = 7 * DAY_HOURS
PAGE = 500


@dataclass(frozen=True, slots=True)
class DefinitionStatistics:
    """How lively a definition is.

    `last_event_at` is the newest `occurred_at` of its stored events (microseconds), None if it has none.
    The counts are of whole hours: from the one in which the moment 24 hours (7 days) ago lies, whole, to now.
    `events` are those stored for the first time; updates and duplicates are not among them.
    """

    last_event_at: int | None = None
    events_24h: int = 0
    events_7d: int = 0
    rejections_24h: int = 0
    rejections_7d: int = 0


@dataclass(frozen=True, slots=True)
class HourlyCounts:
    """One hour of one definition (0: of payloads without any) at one door.

    `hour` is the hours since 1970. `counts` has `received` and every verdict.
    """

    definition: int
    door: str
    hour: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Volume:
    """What came for one definition (0: for none) in one stretch of hours; `start` is in hours since 1970."""

    definition: int
    start: int
    counts: Mapping[str, int]


class Statistics:
    """The numbers of a store. Definitions are told by their number, hidden ones included."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_definitions(self, section_id: str, now: int) -> dict[int, DefinitionStatistics]:
        """Every definition of the section, those without any event too; `now` in microseconds."""
        counts = {row["definition"]: row for row in self._db.rows(_recent_counts(section_id, now))}
        return {
            row["id"]: _statistics(row["last_event_at"], counts.get(row["id"], {}))
            for row in self._db.rows(_last_events(section_id))
        }

    def hourly(
        self, section_id: str, since_hour: int, until_hour: int, definition: int | None = None
    ) -> list[HourlyCounts]:
        """From `since_hour` to before `until_hour` (hours since 1970), in their order, of all nodes together.

        Of one definition if it is given, else of all, with 0 for the payloads that named none.
        """
        wanted = (Ledger.section == section_id) & Ledger.hour.between(since_hour, until_hour - 1)
        if definition is not None:
            wanted &= Ledger.definition == definition
        place = (Ledger.hour, Ledger.definition, Ledger.door)
        query = Ledger.select(*place, *(_sum(name).alias(name) for name in COUNTS)).where(wanted)
        return [_hourly(row) for row in self._db.rows(query.group_by(*place).order_by(*place))]

    def volumes(self, section_id: str, since_hour: int, until_hour: int, hours: int) -> list[Volume]:
        """The counts of `hourly`, of all doors, added up for stretches of so many hours from 1970 on."""
        stretch = Ledger.hour / peewee.SQL(str(int(hours)))
        query = (
            Ledger.select(
                Ledger.definition, stretch.alias("stretch"), *(_sum(name).alias(name) for name in COUNTS)
            )
            .where((Ledger.section == section_id) & Ledger.hour.between(since_hour, until_hour - 1))
            .group_by(Ledger.definition, stretch)
        )
        return [
            Volume(row["definition"], row["stretch"] * hours, {name: int(row[name]) for name in COUNTS})
            for row in self._db.rows(query)
        ]

    def goals(self, section_id: str, since_hour: int, until_hour: int) -> list[GoalTotal]:
        """What the section's events with a goal add up to that occurred in these hours (since 1970)."""
        return of_section(self._db, section_id, since_hour * HOUR, until_hour * HOUR)

    def daily_counts(
        self, section_id: str, definitions: Sequence[int], now: int, days: int = 7
    ) -> dict[int, list[int]]:
        """The events stored on each of the last `days` days (UTC), by definition; today comes last."""
        today = now // HOUR // DAY_HOURS
        first = today - days + 1
        # Written out: PostgreSQL takes two parameters of the same value for two different days.
        day = Ledger.hour / peewee.SQL(str(DAY_HOURS))
        query = (
            Ledger.select(Ledger.definition, day.alias("day"), _sum("stored").alias("stored"))
            .where(_since(section_id, first * DAY_HOURS) & Ledger.definition.in_(list(definitions)))
            .group_by(Ledger.definition, day)
        )
        counts = {number: [0] * days for number in definitions}
        for row in self._db.rows(query):
            if row["day"] <= today:
                counts[row["definition"]][row["day"] - first] = int(row["stored"])
        return counts


def recent_data(database: Database, definition: int, since: int) -> Iterator[Sample]:
    """A definition's stored events that occurred since a moment (microseconds), the newest first.

    Their data is as it was stored: canonical, and without what was dropped. Read in pages, as asked for.
    """
    query = Event.select(
        Event.id, Event.occurred_at, Event.space, Event.event_id, Event.data, Event.goal_at
    ).where((Event.definition == definition) & (Event.occurred_at >= since) & Event.deleted_at.is_null())

    def page(last: Mapping[str, Any] | None) -> Any:
        return after(query, Event, make_cursor(last["occurred_at"], last["id"]) if last else None)

    return map(_stored_sample, _paged(database, page))


def rejected_data(database: Database, section_id: str, definition: int) -> Iterator[Sample]:
    """A definition's kept rejections, the newest first, read in pages as they are asked for."""
    query = (
        Rejection.select(Rejection.id, Rejection.event_id, Rejection.faults, Rejection.payload)
        .where((Rejection.section == section_id) & (Rejection.definition == definition))
        .order_by(Rejection.id.desc())
    )

    def page(last: Mapping[str, Any] | None) -> Any:
        return query if last is None else query.where(Rejection.id < last["id"])

    return map(_rejected_sample, _paged(database, page))


def _paged(database: Database, page: Callable[[Mapping[str, Any] | None], Any]) -> Iterator[dict[str, Any]]:
    """All rows of a query; `page` gives that part of it which follows a row, or the start of it."""
    found = database.rows(page(None).limit(PAGE))
    while found:
        yield from found
        found = database.rows(page(found[-1]).limit(PAGE)) if len(found) == PAGE else []


def _last_events(section_id: str) -> Any:
    """Each definition with its newest event: one step into the index for each, however many events it has."""
    last = (
        Event.select(Event.occurred_at)
        .where((Event.definition == Definition.id) & Event.deleted_at.is_null())
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(1)
    )
    return Definition.select(Definition.id, last.alias("last_event_at")).where(
        Definition.section == section_id
    )


def _recent_counts(section_id: str, now: int) -> Any:
    hour = now // HOUR
    in_a_day = Ledger.hour >= hour - DAY_HOURS
    return (
        Ledger.select(
            Ledger.definition,
            _sum("stored", in_a_day).alias("events_24h"),
            _sum("stored").alias("events_7d"),
            _sum("rejected", in_a_day).alias("rejections_24h"),
            _sum("rejected").alias("rejections_7d"),
        )
        .where(_since(section_id, hour - WEEK_HOURS) & (Ledger.definition != NO_DEFINITION))
        .group_by(Ledger.definition)
    )


def _since(section_id: str, hour: int) -> Any:
    return (Ledger.section == section_id) & (Ledger.hour >= hour)


def _sum(name: str, where: Any = None) -> Any:
    column = getattr(Ledger, name)
    return peewee.fn.SUM(column if where is None else peewee.Case(None, [(where, column)], 0))


def _statistics(last_event_at: int | None, row: Mapping[str, Any]) -> DefinitionStatistics:
    counts = {name: int(value) for name, value in row.items() if name != "definition"}
    return DefinitionStatistics(last_event_at, **counts)


def _hourly(row: Mapping[str, Any]) -> HourlyCounts:
    counts = {name: int(row[name]) for name in COUNTS}
    return HourlyCounts(row["definition"], row["door"], row["hour"], counts)


def _stored_sample(row: Mapping[str, Any]) -> Sample:
    prefix = WEB_PREFIX if row["space"] == WEB_SPACE else ""
    return Sample(prefix + row["event_id"], row["data"].encode(), brings_goal=row["goal_at"] is not None)


class _KeptPayload(msgspec.Struct):
    """What is needed of a rejection's payload."""

    data: msgspec.Raw = msgspec.Raw()
    goal_type: Any = None
    goal_value: Any = None
    goal_name: Any = None
    goal_currency: Any = None
    deleted_at: Any = None
    truncated: Any = False


_KEPT_PAYLOAD = msgspec.json.Decoder(_KeptPayload)


def _rejected_sample(row: Mapping[str, Any]) -> Sample:
    payload = _KEPT_PAYLOAD.decode(row["payload"])
    goal = (payload.goal_type, payload.goal_value, payload.goal_name, payload.goal_currency)
    return Sample(
        event_id=row["event_id"],
        data=_data_of(payload),
        brings_goal=any(member is not None for member in goal),
        faults=tuple(Fault(**fault) for fault in json.loads(row["faults"])),
        is_cut=payload.truncated is True,
    )


def _data_of(payload: _KeptPayload) -> bytes | None:
    """Absent data is judged as empty, unless the payload is a deletion."""
    text = bytes(payload.data)
    if text not in (b"", b"null"):
        return text
    return b"{}" if payload.deleted_at is None else None
