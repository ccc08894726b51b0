"""Erasures from one database to an older copy of it: so that a backup brings nobody back.

What is carried are the keyed hashes that are remembered of erased people (`erasure_memory.py`), with the
secrets that they are made with. They name nobody; but a database in which those people still are can be
asked who has such a hash. What is as old as the erasure of its name is erased; what is newer is a new
beginning, and stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collector.core import ids
from collector.core.actors import Actor
from collector.core.identifiers import KINDS, normalise
from collector.core.kept_payloads import read_kept
from collector.core.mentions import Name
from collector.core.problems import Problem
from collector.store.database import Database
from collector.store.erasure import Erasures, Strays
from collector.store.erasure_memory import ErasureMemory, Marks, Remembered
from collector.store.models import Change, Definition, Event, Identifier, Rejection, Section
from collector.store.whole_person import whole_person

PAGE = 2_000


@dataclass(slots=True)
class Applied:
    """What came of it: so many `people` and `events` were erased. `unknown` are sections that are not here.

    `apart` are sections that remembered erasures with another secret already: people were erased there all
    the same, but a late retry for somebody whom nothing named here any more would not be ignored. `mixed` are
    ids of profiles in which an erased person is one with somebody who was not erased, by a merge that was
    undone later: the erased person's events went, the names are still there.
    """

    people: int = 0
    events: int = 0
    unknown: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)


class CarriedErasures:
    """The erasures of a store, to be applied to it again."""

    def __init__(self, database: Database, erasures: Erasures) -> None:
        self._db = database
        self._erasures = erasures
        self._memory = ErasureMemory(database)

    def apply(self, carried: Iterable[Remembered], actor: Actor, clock: Callable[[], int]) -> Applied:
        """Erases whoever was erased by these, and remembers it. A second time changes nothing.

        Every person costs what an erasure costs: one reading of the section. Raises
        `Problem("storage-unavailable")`.
        """
        here = {row["id"] for row in self._db.rows(Section.select(Section.id))}
        applied = Applied()
        for one in carried:
            if one.section_id not in here:
                applied.unknown.append(one.section_id)
                continue
            if not self._memory.take_over(one):
                applied.apart.append(one.section_id)
            for name in sorted(self._named(one.section_id, one.marks)):
                self._erase(one, name, actor, clock(), applied)
            strays = self._strays(one.section_id, one.marks)
            applied.events += self._erasures.erase_strays(one.section_id, strays, actor, clock())
        return applied

    def _erase(self, one: Remembered, name: Name, actor: Actor, now: int, applied: Applied) -> None:
        """An erasure marked every name that the person had: a name without a mark is somebody else's."""
        person = whole_person(self._db, one.section_id, name)
        if not all(one.marks.of_name(*other) for other in person.names):
            applied.mixed.append(ids.encode(person.profiles[0]))
            return
        try:
            erased = self._erasures.erase(one.section_id, name, actor, now)
        except Problem as problem:
            if problem.code != "not-found":  # erased already, by another name of the same person
                raise
        else:
            applied.people += 1
            applied.events += erased.events

    def _named(self, section_id: str, marks: Marks) -> set[Name]:
        """The names of erased people that are here still, wherever they stand."""
        found = {
            (row["kind"], row["value"])
            for kind in KINDS
            for row in self._pages(_identifiers(section_id, kind), Identifier.value)
            if row["created_at"] <= marks.of_name(kind, row["value"])
        }
        for row in self._events(section_id):
            named = json.loads(row["identifiers"]).items()
            found |= {
                (kind, value) for kind, value in named if row["updated_at"] <= marks.of_name(kind, value)
            }
        for row in self._changes(section_id):
            named = [
                pair
                for side in json.loads(row["changes"]).get("identifiers", ())
                for pair in (side or {}).items()
            ]
            found |= {name for name in named if row["recorded_at"] <= marks.of_name(*name)}
        for row in self._rejections(section_id):
            found |= {name for name in _names_in(row) if row["received_at"] <= marks.of_name(*name)}
        return found

    def _strays(self, section_id: str, marks: Marks) -> Strays:
        """What no name leads to: what became the person's after the copy was made, and their browser."""
        strays = Strays()
        for row in self._events(section_id):
            key = (row["definition"], row["space"], row["event_id"])
            if row["received_at"] <= marks.of_event(key):
                strays.events.append(row["id"])
            elif row["visitor"] is not None and row["received_at"] <= marks.of_visitor(row["visitor"]):
                strays.seen_by.append(row["id"])
        strays.rejections.extend(
            row["id"]
            for row in self._rejections(section_id)
            if isinstance(visitor := _payload(row).get("visitor"), str)
            and row["received_at"] <= marks.of_visitor(visitor)
        )
        return strays

    def _changes(self, section_id: str) -> Iterator[dict[str, Any]]:
        query = Change.select(Change.id, Change.changes, Change.recorded_at)
        moved = Change.definition.in_(_definitions(section_id)) & Change.changes.contains('"identifiers"')
        return self._pages(query.where(moved), Change.id)

    def _events(self, section_id: str) -> Iterator[dict[str, Any]]:
        """All events are read in the order of their ids, which no section has an index for."""
        mine = {row["id"] for row in self._db.rows(_definitions(section_id))}
        columns = (Event.id, Event.definition, Event.space, Event.event_id, Event.visitor, Event.identifiers)
        found = self._pages(Event.select(*columns, Event.received_at, Event.updated_at), Event.id)
        return (row for row in found if row["definition"] in mine)

    def _rejections(self, section_id: str) -> Iterator[dict[str, Any]]:
        return self._pages(Rejection.select().where(Rejection.section == section_id), Rejection.id)

    def _pages(self, query: Any, column: Any) -> Iterator[dict[str, Any]]:
        query = query.order_by(column).limit(PAGE)
        found = self._db.rows(query)
        while found:
            yield from found
            found = self._db.rows(query.where(column > found[-1][column.name]))


def _definitions(section_id: str) -> Any:
    return Definition.select(Definition.id).where(Definition.section == section_id)


def _identifiers(section_id: str, kind: str) -> Any:
    return Identifier.select().where((Identifier.section == section_id) & (Identifier.kind == kind))


def _payload(rejection: Mapping[str, Any]) -> dict[str, Any]:
    document = read_kept(rejection["payload"])
    return document if isinstance(document, dict) else {}


def _names_in(rejection: Mapping[str, Any]) -> Iterator[Name]:
    """The identifiers of a refused payload, as far as they can be read as such."""
    named = _payload(rejection).get("identifiers")
    for kind, value in named.items() if isinstance(named, dict) else ():
        if kind in KINDS and isinstance(value, str | int):
            normal = normalise(kind, str(value), "")
            if isinstance(normal, str):
                yield (kind, normal)
