"""Conflicts: two profiles that one event named. Nothing is merged for it; an admin sees them and decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import peewee

from collector.core import ids
from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import Conflict as Row
from collector.store.models import Definition, Event, Identifier
from collector.store.successors import family, successors

State = Literal["open", "dismissed", "merged"]
STATES: tuple[State, ...] = ("open", "dismissed", "merged")


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event (its row) that named `profile`, to which it went, and `other`."""

    section_id: str
    profile: int
    other: int
    event: int


@dataclass(frozen=True, slots=True)
class Person:
    """A profile with its identifiers, kind → values."""

    id: int
    identifiers: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two profiles, as they are now, that `count` events named together; times in microseconds.

    `event` is the latest of them, by name, space and id; None if it is deleted or hidden.
    """

    id: int
    people: tuple[Person, Person]
    state: State
    first_seen: int
    last_seen: int
    count: int
    event: tuple[str, int, str] | None


class Sightings:
    """Records conflicts, inside the transaction of a commit."""

    def __init__(self, database: Database, new_id: Callable[[], int]) -> None:
        self._db = database
        self._new_id = new_id
        self._upsert = database.upsertion(_upsert())

    def record(self, sightings: Sequence[Sighting], now: int) -> None:
        pairs: defaultdict[tuple[int, int], list[Sighting]] = defaultdict(list)
        for one in sightings:
            pairs[min(one.profile, one.other), max(one.profile, one.other)].append(one)
        made = [
            (self._new_id(), those[-1].section_id, *pair, now, now, len(those), those[-1].event, 0)
            for pair, those in sorted(pairs.items())
        ]
        if made:
            self._db.many(self._upsert, made)


class Conflicts:
    """The conflicts of a store."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._db = database
        self._audit = audit

    def page(self, section_id: str, state: State, limit: int, cursor: str | None) -> Page:
        """The newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where((Row.section == section_id) & _is(state))
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return Page(self._told(found), more)

    def find(self, section_id: str, conflict_id: int) -> Conflict:
        """Raises `Problem("not-found")`."""
        row = self._db.row(Row.select().where((Row.section == section_id) & (Row.id == conflict_id)))
        if row is None:
            raise Problem("not-found", "There is no such conflict.")
        return self._told([row])[0]

    def dismiss(self, section_id: str, conflict_id: int, actor: Actor, now: int) -> Conflict:
        """These are two people: the conflict is listed as open no more, whatever else names them together.

        One that was dismissed before stays so. Raises `Problem`: `not-found`, `conflict-merged`.
        """
        with self._db.writing():
            conflict = self.find(section_id, conflict_id)
            if conflict.state == "merged":
                raise Problem("conflict-merged", "These two were merged. Undo the merge first.")
            if conflict.state == "open":
                self._db.run(Row.update(dismissed=1).where(Row.id == conflict_id))
                self._audit.record(section_id, actor, "conflict.dismissed", ids.encode(conflict_id), now=now)
        return self.find(section_id, conflict_id)

    def _told(self, found: Sequence[Mapping[str, Any]]) -> list[Conflict]:
        ends = successors(self._db, {profile for row in found for profile in _pair(row)})
        people = people_by_id(self._db, ends.values())
        events = self._events([row["event"] for row in found])
        return [
            _conflict(row, (people[ends[a]], people[ends[b]]), events)
            for row in found
            for a, b in [_pair(row)]
        ]

    def _events(self, numbers: Sequence[int]) -> dict[int, tuple[str, int, str]]:
        query = (
            Event.select(Event.id, Event.space, Event.event_id, Definition.event_name)
            .join(Definition, on=(Definition.id == Event.definition))
            .where(Event.id.in_(numbers) & Event.deleted_at.is_null() & Definition.hidden_at.is_null())
        )
        return {row["id"]: (row["event_name"], row["space"], row["event_id"]) for row in self._db.rows(query)}


def end_conflicts(database: Database, profile: int, merge: int) -> None:
    """Ends, inside the transaction of a merge into `profile`, the conflicts that it settles."""
    members = sorted(family(database, profile))
    within = Row.profile_a.in_(members) & Row.profile_b.in_(members)
    database.run(Row.update(merge=merge).where(within & Row.merge.is_null()))


def reopen_conflicts(database: Database, merge: int) -> None:
    """Takes back what `end_conflicts` did for a merge."""
    database.run(Row.update(merge=None).where(Row.merge == merge))


def people_by_id(database: Database, profiles: Iterable[int]) -> dict[int, Person]:
    """Profiles with their identifiers, those without any included."""
    wanted = sorted(set(profiles))
    found: dict[int, dict[str, list[str]]] = {profile: {} for profile in wanted}
    query = Identifier.select().where(Identifier.profile.in_(wanted))
    for row in database.rows(query.order_by(Identifier.created_at, Identifier.kind, Identifier.value)):
        found[row["profile"]].setdefault(row["kind"], []).append(row["value"])
    return {profile: Person(profile, identifiers) for profile, identifiers in found.items()}


def _pair(row: Mapping[str, Any]) -> tuple[int, int]:
    return row["profile_a"], row["profile_b"]


def _is(state: State) -> Any:
    match state:
        case "merged":
            return Row.merge.is_null(False)
        case "dismissed":
            return Row.merge.is_null() & (Row.dismissed == 1)
        case "open":
            return Row.merge.is_null() & (Row.dismissed == 0)


def _conflict(
    row: Mapping[str, Any], people: tuple[Person, Person], events: Mapping[int, tuple[str, int, str]]
) -> Conflict:
    state: State = "merged" if row["merge"] is not None else "dismissed" if row["dismissed"] else "open"
    return Conflict(
        id=row["id"],
        people=people,
        state=state,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        count=row["count"],
        event=events.get(row["event"]),
    )


def _upsert() -> Any:
    new = {"id": 0, "section": "", "profile_a": 0, "profile_b": 0}
    seen = {"first_seen": 0, "last_seen": 0, "count": 0, "event": 0}
    return Row.insert(**new, **seen, dismissed=0).on_conflict(
        conflict_target=[Row.profile_a, Row.profile_b],
        update={
            Row.last_seen: peewee.EXCLUDED.last_seen,
            Row.count: Row.count + peewee.EXCLUDED.count,
            Row.event: peewee.EXCLUDED.event,
        },
    )
