"""Giving back what a merge moved, inside the transaction that undoes it.

What was moved goes back: the identifiers, visitors and events that the merge remembers. What came since is
decided again, in its order, as if there had been no merge: an event goes to the profile of its strongest
identifier, an identifier that was new then to the profile that it came with, a visitor with the event that
linked it, its anonymous events with it. What names neither side stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from collector.store.database import Database
from collector.store.event_keys import is_among
from collector.store.models import Change, Event, Identifier, Merge, MergedEvent, Visitor
from collector.store.owners import Name, names_that_count

_SLACK = 3_600_000_000
"""An hour: a payload may be committed a while after it was received, which is the time in its change."""


def give_back(database: Database, merge: Mapping[str, Any]) -> None:
    """Undoes the moves of a merge, given as its row."""
    _Return(database, merge).run()


class _Return:
    def __init__(self, database: Database, merge: Mapping[str, Any]) -> None:
        self._db = database
        self._row = merge
        self._id: int = merge["id"]
        self._section: str = merge["section"]
        self._merged: int = merge["merged"]
        self._into: int = merge["into"]

    def run(self) -> None:
        self._return_identifiers([tuple(name) for name in json.loads(self._row["identifiers"])])
        self._return_visitors(json.loads(self._row["visitors"]))
        moved = MergedEvent.select(MergedEvent.event).where(MergedEvent.merge == self._id)
        self._return_events(is_among(self._db, moved))
        self._decide_again()
        self._return_visitors_linked_since()
        self._return_changes()
        self._db.run(MergedEvent.delete().where(MergedEvent.merge == self._id))

    def _return_identifiers(self, names: list[tuple[str, str]]) -> None:
        returning = Identifier.update(profile=0).where(
            (Identifier.section == "")
            & (Identifier.kind == "")
            & (Identifier.value == "")
            & (Identifier.profile == 0)
        )
        rows = [(self._merged, self._section, kind, value, self._into) for kind, value in names]
        if rows:
            self._db.many(self._db.statement(returning), rows)

    def _return_visitors(self, visitors: list[str]) -> None:
        returning = Visitor.update(profile=0).where(
            (Visitor.section == "") & (Visitor.visitor == "") & (Visitor.profile == 0)
        )
        rows = [(self._merged, self._section, visitor, self._into) for visitor in visitors]
        if rows:
            self._db.many(self._db.statement(returning), rows)

    def _return_events(self, condition: Any) -> None:
        self._db.run(Event.update(profile=self._merged).where((Event.profile == self._into) & condition))

    def _decide_again(self) -> None:
        """What came or changed since the merge: whose it would be without."""
        owner, loose = self._owners()
        tied: list[tuple[str, str]] = []
        events: list[tuple[int, int]] = []
        for event in self._events_since():
            names = names_that_count(self._section, json.loads(event["identifiers"]), event["trust"])
            profile = next((owner[name] for name in names if name in owner), self._into)
            for name in names if event["trust"] != "claimed" else ():
                if name in loose and name not in owner:
                    owner[name] = profile
                    if profile == self._merged:
                        tied.append(name[1:])
            if profile != event["profile"]:
                events.append((profile, event["id"]))
        self._return_identifiers(tied)
        if events:
            self._db.many(self._db.statement(Event.update(profile=0).where(Event.id == 0)), events)

    def _owners(self) -> tuple[dict[Name, int], set[Name]]:
        """Whose the identifiers were before the merge, and those of `into` that have come since."""
        own = self._names_of(self._into)
        brought = [self._row["identifiers_of_into"]]
        query = Merge.select(Merge.identifiers).where(
            (Merge.into == self._into) & Merge.undone_at.is_null() & (Merge.id != self._id)
        )
        brought += [row["identifiers"] for row in self._db.rows(query)]
        before = {(self._section, kind, value) for text in brought for kind, value in json.loads(text)}
        owner = dict.fromkeys(self._names_of(self._merged), self._merged)
        owner |= dict.fromkeys(own & before, self._into)
        return owner, own - before

    def _names_of(self, profile: int) -> set[Name]:
        query = Identifier.select(Identifier.kind, Identifier.value).where(Identifier.profile == profile)
        return {(self._section, row["kind"], row["value"]) for row in self._db.rows(query)}

    def _events_since(self) -> Iterator[dict[str, Any]]:
        since = self._row["made_at"] - _SLACK
        touched = Change.select(Change.event).where(
            (Change.profile == self._into) & (Change.recorded_at >= since)
        )
        query = Event.select(Event.id, Event.trust, Event.identifiers, Event.profile).where(
            is_among(self._db, touched)
            & Event.profile.in_([self._into, self._merged])
            & (Event.identifiers != "{}")
        )
        return iter(self._db.rows(query.order_by(Event.id)))

    def _return_visitors_linked_since(self) -> None:
        linking = Visitor.select(Visitor.event).where(Visitor.profile == self._into)
        self._db.run(
            Visitor.update(profile=self._merged).where(
                (Visitor.profile == self._into) & Visitor.event.in_(self._returned(linking))
            )
        )
        visitors = Visitor.select(Visitor.visitor).where(Visitor.profile == self._merged)
        events = Change.select(Change.event).where(Change.profile == self._into)
        self._return_events(
            (Event.identifiers == "{}") & Event.visitor.in_(visitors) & is_among(self._db, events)
        )

    def _return_changes(self) -> None:
        """An event's changes are where the event is."""
        events = Change.select(Change.event).where(Change.profile == self._into)
        self._db.run(
            Change.update(profile=self._merged).where(
                (Change.profile == self._into) & Change.event.in_(self._returned(events))
            )
        )

    def _returned(self, events: Any) -> Any:
        """Those of the events that are the merged profile's again."""
        return Event.select(Event.id).where(is_among(self._db, events) & (Event.profile == self._merged))
