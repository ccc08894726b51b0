"""A whole person: the profile with all that is part of it, its identifiers and browsers, and where else
anything names them.

What belongs to a profile is found by its numbers. What belongs to nobody or to somebody else and names the
person all the same (rejections, events that named two, their changes) has no index: it takes one reading of
the section, which is done before a transaction, and only what came since is looked through inside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL, fn

from collector.core.kept_payloads import read_kept
from collector.core.mentions import Name, Person
from collector.store.database import Database
from collector.store.event_keys import is_among
from collector.store.models import Change, Definition, Event, Identifier, Rejection, Visitor
from collector.store.successors import family, successors

PAGE = 500


@dataclass(frozen=True, slots=True)
class WholePerson:
    """`profiles`: the one that stands for the person, then those that are part of it; none if nobody has the
    identifier that was asked for.
    """

    section_id: str
    profiles: tuple[int, ...]
    names: frozenset[Name]
    visitors: frozenset[str]

    @property
    def described(self) -> Person:
        return Person(self.names, self.visitors)


def whole_person(database: Database, section_id: str, who: int | Name) -> WholePerson:
    """The person with this profile, or with this normalised identifier, as of now."""
    if isinstance(who, int):
        found: int | None = successors(database, [who])[who]
    else:
        found = _owner(database, section_id, who)
    profiles = (found, *sorted(family(database, found) - {found})) if found is not None else ()
    numbers = list(profiles)
    names = database.rows(
        Identifier.select(Identifier.kind, Identifier.value).where(Identifier.profile.in_(numbers))
    )
    visitors = database.rows(Visitor.select(Visitor.visitor).where(Visitor.profile.in_(numbers)))
    given = set() if isinstance(who, int) else {who}
    return WholePerson(
        section_id,
        profiles,
        frozenset({(row["kind"], row["value"]) for row in names} | given),
        frozenset(row["visitor"] for row in visitors),
    )


@dataclass(frozen=True, slots=True)
class Mentions:
    """Numbers of rows that are not the person's own and name them."""

    events: frozenset[int]
    changes: frozenset[int]
    rejections: frozenset[int]


def mentions(database: Database, person: WholePerson, since: int | None = None) -> Mentions:
    """Where the person is named besides; of what was recorded after the id `since` only, if it is given.

    Refused payloads with the id of one of the person's events are about the person too.
    """
    return Mentions(
        frozenset(_events(database, person, since)),
        frozenset(_changes(database, person, since)),
        frozenset(row["id"] for row in naming_rejections(database, person, since)),
    )


def own_events(database: Database, person: WholePerson) -> Any:
    """The condition that an event is the person's: an event's profile has a change of that event."""
    numbers = list(person.profiles)
    touched = Change.select(Change.event).where(Change.profile.in_(numbers))
    return is_among(database, touched) & Event.profile.in_(numbers)


def naming_rejections(
    database: Database, person: WholePerson, since: int | None = None
) -> Iterator[dict[str, Any]]:
    """The rejections of the section whose payload or faults name the person, oldest first."""
    described, keys = person.described, _own_keys(database, person)
    last = since or 0
    query = Rejection.select().where(Rejection.section == person.section_id).order_by(Rejection.id)
    while found := database.rows(query.where(Rejection.id > last).limit(PAGE)):
        for row in found:
            besides = [json.loads(row["faults"]), row["event_id"], row["event_name"]]
            if (
                (row["definition"], row["event_id"]) in keys
                or described.is_named_in(read_kept(row["payload"]))
                or described.is_named_in(besides)
            ):
                yield row
        last = found[-1]["id"]


def _own_keys(database: Database, person: WholePerson) -> set[tuple[int, str]]:
    rows = database.rows(Event.select(Event.definition, Event.event_id).where(own_events(database, person)))
    return {(row["definition"], row["event_id"]) for row in rows}


def without(identifiers: Mapping[str, str], names: Collection[Name]) -> dict[str, str]:
    """Identifiers without those of the person."""
    return {kind: value for kind, value in identifiers.items() if (kind, value) not in names}


def _owner(database: Database, section_id: str, name: Name) -> int | None:
    kind, value = name
    row = database.row(
        Identifier.select(Identifier.profile).where(
            (Identifier.section == section_id) & (Identifier.kind == kind) & (Identifier.value == value)
        )
    )
    return row["profile"] if row is not None else None


def _events(database: Database, person: WholePerson, since: int | None) -> Iterator[int]:
    named = _contains(database, Event.identifiers, person.names, (",", ":"))
    if person.visitors:
        named |= Event.visitor.in_(sorted(person.visitors))
    query = Event.select(Event.id).where(Event.definition.in_(_section(person)) & named)
    if person.profiles:
        query = query.where(Event.profile.is_null() | Event.profile.not_in(list(person.profiles)))
    if since is not None:
        query = query.where(is_among(database, Change.select(Change.event).where(Change.id > since)))
    return (row["id"] for row in database.rows(query))


def _changes(database: Database, person: WholePerson, since: int | None) -> Iterator[int]:
    named = Change.changes.is_null(False) & _contains(database, Change.changes, person.names, (", ", ": "))
    query = Change.select(Change.id).where(Change.definition.in_(_section(person)) & named)
    if person.profiles:
        query = query.where(Change.profile.is_null() | Change.profile.not_in(list(person.profiles)))
    if since is not None:
        query = query.where(Change.id > since)
    return (row["id"] for row in database.rows(query))


def _section(person: WholePerson) -> Any:
    return Definition.select(Definition.id).where(Definition.section == person.section_id)


def _contains(database: Database, column: Any, names: Collection[Name], separators: tuple[str, str]) -> Any:
    """Whether JSON text has one of the names as a member. Inside of other values, quotes are escaped."""
    position = fn.INSTR if database.is_sqlite else fn.STRPOS
    members = [
        json.dumps({kind: value}, ensure_ascii=False, separators=separators)[1:-1]
        for kind, value in sorted(names)
    ]
    return reduce(or_, [position(column, member) > 0 for member in members], SQL("1 = 0"))
