"""Recounting: what the books say against the rows that are there, all as of one moment.

Each recount is a row of `RECOUNTS`; whatever keeps a sum of rows adds its own. An empty list of differences
means that every sum is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

from peewee import JOIN, Field, Value, fn

from collector.core.events import VERDICTS
from collector.store.database import Database
from collector.store.event_keys import KEYS
from collector.store.event_months import EventMonths
from collector.store.events_gone import Place, events_gone
from collector.store.keeping import FATES, RejectionsGone
from collector.store.ledger import NO_DEFINITION
from collector.store.models import (
    Change,
    Definition,
    Event,
    Identifier,
    Ledger,
    Profile,
    Rejection,
    Section,
    Visitor,
)
from collector.store.models_segments import Member, Segment, Standing
from collector.store.rows import INSERT
from collector.store.segments.notes import Notes
from collector.store.totals import Totals


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with one definition (0: of payloads that named none, and of people) of a section.

    By the books there should be `expected` of `what`, and there are `found`.
    """

    section_id: str
    definition: int
    what: str
    expected: int
    found: int
    event_name: str | None = None

    def sentence(self) -> str:
        place = f"{self.section_id}, {self.event_name}" if self.event_name else self.section_id
        return f"{place}: {self.found} {self.what}, by the books {self.expected}."


@dataclass(frozen=True, slots=True)
class Recount:
    """One sum that is checked; `about` is a sentence that is true where there are no differences."""

    name: str
    about: str
    differences: Callable[[Database], list[Difference]]


@dataclass(frozen=True, slots=True)
class Recounted:
    """The result of one recount, of all sections or of one."""

    name: str
    about: str
    differences: tuple[Difference, ...]


def recount(database: Database, section_id: str | None = None) -> list[Recounted]:
    """Every recount, as of one moment; the differences of one section only, if it is given.

    It reads every index of events and changes once, and holds nobody up. Raises
    `Problem("storage-unavailable")`.
    """
    with database.snapshot():
        return [_recounted(database, one, section_id) for one in RECOUNTS]


def _recounted(database: Database, one: Recount, section_id: str | None) -> Recounted:
    found = [
        difference for difference in one.differences(database) if section_id in (None, difference.section_id)
    ]
    numbers = {difference.definition for difference in found}
    query = Definition.select(Definition.id, Definition.event_name).where(Definition.id.in_(sorted(numbers)))
    names = {row["id"]: row["event_name"] for row in database.rows(query)} if found else {}
    told = [replace(difference, event_name=names.get(difference.definition)) for difference in found]
    return Recounted(one.name, one.about, tuple(told))


def compared(what: str, expected: Mapping[Place, int], found: Mapping[Place, int]) -> list[Difference]:
    """The places at which two counts differ."""
    return [
        Difference(*place, what, expected.get(place, 0), found.get(place, 0))
        for place in sorted(expected.keys() | found.keys())
        if expected.get(place, 0) != found.get(place, 0)
    ]


def _verdicts(database: Database) -> list[Difference]:
    received = _by_place(database, _of_ledger(fn.SUM(Ledger.received)))
    verdicts = reduce(add, [getattr(Ledger, verdict) for verdict in VERDICTS])
    return compared("payloads received", received, _by_place(database, _of_ledger(fn.SUM(verdicts))))


def _events(database: Database) -> list[Difference]:
    stored = _by_place(database, _of_ledger(fn.SUM(Ledger.stored)))
    return compared("events", _less(stored, events_gone(database)), _event_rows(database))


def _keys(database: Database) -> list[Difference]:
    """Where a table of keys says which events there are, it has the key of each and no others."""
    if database.is_sqlite or not EventMonths(database).there_are():
        return []
    rows = KEYS.select(Definition.section, KEYS.definition, fn.COUNT(KEYS.event).alias("n"))
    rows = rows.join(Definition, on=(Definition.id == KEYS.definition))
    found = _by_place(database, rows.group_by(Definition.section, KEYS.definition))
    its_own = (KEYS.definition == Event.definition) & (KEYS.space == Event.space)
    its_own &= (KEYS.event_id == Event.event_id) & (KEYS.event == Event.id)
    lost = Event.select(Definition.section, Event.definition, fn.COUNT(Event.id).alias("n"))
    lost = lost.join(Definition, on=(Definition.id == Event.definition)).switch(Event)
    lost = lost.join(KEYS, JOIN.LEFT_OUTER, on=its_own).where(KEYS.event.is_null())
    return [
        *compared("keys of events", _event_rows(database), found),
        *compared(
            "events without a key",
            {},
            _by_place(database, lost.group_by(Definition.section, Event.definition)),
        ),
    ]


def _rejections(database: Database) -> list[Difference]:
    rejected = _by_place(database, _of_ledger(fn.SUM(Ledger.rejected)))
    left = fn.SUM(reduce(add, [getattr(RejectionsGone, fate) for fate in FATES])).alias("n")
    place = (RejectionsGone.section, RejectionsGone.definition)
    gone = _by_place(database, RejectionsGone.select(*place, left).group_by(*place))
    rows = Rejection.select(Rejection.section, Rejection.definition, fn.COUNT(Rejection.id).alias("n"))
    rows = rows.group_by(Rejection.section, Rejection.definition)
    return compared("rejections", _less(rejected, gone), _by_place(database, rows))


def _timelines(database: Database) -> list[Difference]:
    """Every event began once, and what happened to it is on the timeline of whose it is."""
    begun = Change.select(Definition.section, Change.definition, fn.COUNT(Change.id).alias("n"))
    begun = begun.join(Definition, on=(Definition.id == Change.definition)).where(Change.operation == INSERT)
    begun = begun.group_by(Definition.section, Change.definition)
    strayed = (
        Change.select(Definition.section, Change.definition, fn.COUNT(Change.id).alias("n"))
        .join(Definition, on=(Definition.id == Change.definition))
        .join(Event, JOIN.LEFT_OUTER, on=(Event.id == Change.event), src=Change)
        .where(Event.id.is_null() | (fn.COALESCE(Change.profile, 0) != fn.COALESCE(Event.profile, 0)))
        .group_by(Definition.section, Change.definition)
    )
    return [
        *compared("beginnings of events", _event_rows(database), _by_place(database, begun)),
        *compared("entries on another timeline than their event", {}, _by_place(database, strayed)),
    ]


def _members(database: Database) -> list[Difference]:
    """Every segment has as many members as are counted, and they are there."""
    counted = Standing.select(Segment.section, fn.SUM(Standing.members).alias("n"))
    counted = counted.join(Segment, on=(Segment.id == Standing.segment)).group_by(Segment.section)
    is_shown = (Standing.segment == Member.segment) & (Standing.generation == Member.generation)
    members = Member.select(Segment.section, fn.COUNT(Profile.id).alias("n"))
    members = members.join(Standing, on=is_shown).join(Segment, on=(Segment.id == Standing.segment))
    alive = (Profile.id == Member.profile) & (Profile.section == Segment.section)
    found = members.join(Profile, on=alive).group_by(Segment.section)
    return compared("members of segments", _of_sections(database, counted), _of_sections(database, found))


def _everybody(database: Database) -> list[Difference]:
    """Every segment that is followed knows how many profiles its section has, but for what notes yet tell."""
    there = Profile.select(Profile.section, fn.COUNT(Profile.id).alias("n"))
    there = there.where(Profile.merged_into.is_null()).group_by(Profile.section)
    found = _of_sections(database, there)
    kept = Segment.select(Segment.section, Segment.slug, Standing.everybody)
    kept = kept.join(Standing, on=(Standing.segment == Segment.id))
    is_counted = Segment.deleted_at.is_null() & Standing.everybody.is_null(False)
    differences: list[Difference] = []
    for row in database.rows(kept.where(is_counted).order_by(Segment.section, Segment.slug)):
        place = (row["section"], NO_DEFINITION)
        books = row["everybody"] + Notes(database).ahead(row["section"])
        what = f"profiles beside the segment {row['slug']}"
        differences += compared(what, {place: books}, {place: found.get(place, 0)})
    return differences


def _of_sections(database: Database, query: Any) -> dict[Place, int]:
    return {(row["section"], NO_DEFINITION): int(row["n"]) for row in database.rows(query)}


def _people(database: Database) -> list[Difference]:
    """Nothing belongs to a profile that is not there, or that is part of another one."""
    events = _strays(Event, Definition.section, Event.definition)
    events = events.join(Definition, on=(Definition.id == Event.definition), src=Event)
    identifiers = _strays(Identifier, Identifier.section)
    visitors = _strays(Visitor, Visitor.section)
    return [
        *compared("events of no profile", {}, _by_place(database, events.group_by_extend(Event.definition))),
        *compared("identifiers of no profile", {}, _by_place(database, identifiers)),
        *compared("visitors of no profile", {}, _by_place(database, visitors)),
    ]


def _totals(database: Database) -> list[Difference]:
    """Every total of a profile is what its events give."""
    totals = Totals(database)
    wrong = Counter(
        (section["id"], key.definition)
        for section in database.rows(Section.select(Section.id))
        for key, _, _ in totals.wrong(section["id"])
    )
    return compared("wrong totals of profiles", {}, wrong)


def _strays(model: Any, section: Any, definition: Any = NO_DEFINITION) -> Any:
    """How many rows name a profile that is nobody's own."""
    number = definition if isinstance(definition, Field) else Value(definition)
    return (
        model.select(section, number.alias("definition"), fn.COUNT(model.profile).alias("n"))
        .join(Profile, JOIN.LEFT_OUTER, on=(Profile.id == model.profile))
        .where(model.profile.is_null(False) & (Profile.id.is_null() | Profile.merged_into.is_null(False)))
        .group_by(section)
    )


def _event_rows(database: Database) -> dict[Place, int]:
    rows = Event.select(Definition.section, Event.definition, fn.COUNT(Event.id).alias("n"))
    rows = rows.join(Definition, on=(Definition.id == Event.definition))
    return _by_place(database, rows.group_by(Definition.section, Event.definition))


def _of_ledger(number: Any) -> Any:
    return Ledger.select(Ledger.section, Ledger.definition, number.alias("n")).group_by(
        Ledger.section, Ledger.definition
    )


def _by_place(database: Database, query: Any) -> dict[Place, int]:
    return {
        (row["section"], row["definition"] or NO_DEFINITION): int(row["n"]) for row in database.rows(query)
    }


def _less(counts: Mapping[Place, int], gone: Mapping[Place, int]) -> dict[Place, int]:
    return {place: counts.get(place, 0) - gone.get(place, 0) for place in counts.keys() | gone.keys()}


RECOUNTS = (
    Recount("verdicts", "Whatever was received has one verdict.", _verdicts),
    Recount("events", "Every event that was stored is there: stored − erased − expired = rows.", _events),
    Recount("event keys", "Every event is found by its key, on PostgreSQL in whatever month it is.", _keys),
    Recount("rejections", "Every payload that was rejected is there, or counted as gone.", _rejections),
    Recount("timelines", "Every event began once and is on the timeline of its profile.", _timelines),
    Recount("totals", "Every total of a profile is what its events add up to.", _totals),
    Recount("members", "Every segment has as many members as are counted.", _members),
    Recount("everybody", "Every segment knows how many profiles its section has.", _everybody),
    Recount("people", "Whatever belongs to a profile belongs to one that is there.", _people),
)
