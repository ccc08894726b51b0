"""Merging two profiles, and undoing it.

A merge moves what is `merged`'s to `into`: identifiers, events with their changes, visitors. It remembers
what it moved, so that undoing gives back exactly that, and of what came since what would have come to
`merged` had there been no merge (`unmerging.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Value, fn

from collector.core import ids
from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.conflicts import end_conflicts, reopen_conflicts
from collector.store.database import Database
from collector.store.event_keys import is_among
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import Change, Event, Identifier, MergedEvent, Profile, Visitor
from collector.store.models import Merge as Row
from collector.store.segments.notes import Notes
from collector.store.totals import Totals
from collector.store.turns import Turns
from collector.store.unmerging import give_back


@dataclass(frozen=True, slots=True)
class Merge:
    """The profile `merged` became part of `into`, with so many `events`; times in microseconds."""

    id: int
    merged: int
    into: int
    events: int
    made_at: int
    undone_at: int | None


class Merges:
    """The merges of a store."""

    def __init__(self, database: Database, new_id: Callable[[], int], audit: Audit) -> None:
        self._db = database
        self._new_id = new_id
        self._audit = audit
        self._turns = Turns(database)
        self._totals = Totals(database)
        self._notes = Notes(database)

    def make(self, section_id: str, merged: int, into: int, actor: Actor, now: int) -> Merge:
        """Merges a profile into another one of the section.

        Raises `Problem`: `same-profile`, `not-found`, `profile-merged`.
        """
        if merged == into:
            raise Problem("same-profile", "Both are one profile already.")
        with self._db.unhurried(), self._db.writing():
            self._turns.alone(section_id)
            given, kept = self._profile(section_id, merged), self._profile(section_id, into)
            number = self._new_id()
            events = self._move(number, merged, into)
            row = self._row(number, given, kept, events, now)
            self._hand_over(merged, into)
            self._add_attributes(kept, json.loads(row["attributes"]))
            self._db.run(Row.insert(**row))
            self._db.run(Profile.update(merged_into=into).where(Profile.id == merged))
            self._totals.recount([merged, into])
            self._notes.leave_always([merged, into], {section_id: -1})
            end_conflicts(self._db, into, number)
            told = {"merge": ids.encode(number), "merged": ids.encode(merged), "events": events}
            self._audit.record(section_id, actor, "profile.merged", ids.encode(into), now=now, after=told)
        return _merge(row)

    def undo(self, section_id: str, merge_id: int, actor: Actor, now: int) -> Merge:
        """Takes a merge back. Of several that stand on each other, the last one has to be undone first.

        Raises `Problem`: `not-found`, `merge-undone`, `merge-covered`.
        """
        with self._db.unhurried(), self._db.writing():
            self._turns.alone(section_id)
            row = self._find(section_id, merge_id)
            self._require_last(row)
            give_back(self._db, row)
            self._take_attributes(row)
            self._db.run(Profile.update(merged_into=None).where(Profile.id == row["merged"]))
            self._totals.recount([row["merged"], row["into"]])
            self._notes.leave_always([row["merged"], row["into"]], {section_id: 1})
            self._db.run(Row.update(undone_at=now).where(Row.id == merge_id))
            reopen_conflicts(self._db, merge_id)
            told = {"merge": ids.encode(merge_id), "merged": ids.encode(row["merged"])}
            subject = ids.encode(row["into"])
            self._audit.record(section_id, actor, "merge.undone", subject, now=now, before=told)
        return _merge({**row, "undone_at": now})

    def page(self, section_id: str, limit: int, cursor: str | None) -> Page:
        """The newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where(Row.section == section_id)
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return Page([_merge(row) for row in found], more)

    def of_profile(self, section_id: str, profile: int, limit: int) -> list[Merge]:
        """The latest merges into a profile, also those that were undone."""
        query = Row.select().where((Row.into == profile) & (Row.section == section_id))
        return [_merge(row) for row in self._db.rows(query.order_by(Row.id.desc()).limit(limit))]

    def _profile(self, section_id: str, profile: int) -> dict[str, Any]:
        row = self._db.row(Profile.select().where((Profile.id == profile) & (Profile.section == section_id)))
        if row is None:
            raise Problem("not-found", "There is no such profile.")
        if row["merged_into"] is not None:
            raise Problem("profile-merged", "This profile is part of another one.")
        return row

    def _find(self, section_id: str, merge_id: int) -> dict[str, Any]:
        row = self._db.row(Row.select().where((Row.id == merge_id) & (Row.section == section_id)))
        if row is None:
            raise Problem("not-found", "There is no such merge.")
        return row

    def _require_last(self, row: Mapping[str, Any]) -> None:
        if row["undone_at"] is not None:
            raise Problem("merge-undone", "This merge was undone before.")
        later = self._db.row(Row.select(Row.id).where((Row.merged == row["into"]) & Row.undone_at.is_null()))
        if later is not None:
            raise Problem(
                "merge-covered",
                "The profile was merged into another one since. Undo that merge first.",
                extra={"merge": ids.encode(later["id"])},
            )

    def _move(self, number: int, merged: int, into: int) -> int:
        """Moves the events with their changes; how many. An event's profile has a change of that event."""
        its_own = Change.select(Change.event).where(Change.profile == merged)
        events = Event.select(Value(number), Event.id).where(
            is_among(self._db, its_own) & (Event.profile == merged)
        )
        self._db.run(MergedEvent.insert_from(events, [MergedEvent.merge, MergedEvent.event]))
        by_this = MergedEvent.merge == number
        moved = MergedEvent.select(MergedEvent.event).where(by_this)
        self._db.run(Event.update(profile=into).where(is_among(self._db, moved)))
        self._db.run(Change.update(profile=into).where(Change.profile == merged))
        counted = self._db.row(MergedEvent.select(fn.COUNT(MergedEvent.event).alias("n")).where(by_this))
        return int(counted["n"]) if counted else 0

    def _row(
        self, number: int, merged: Mapping[str, Any], into: Mapping[str, Any], events: int, now: int
    ) -> dict[str, Any]:
        attributes, own = json.loads(merged["attributes"]), json.loads(into["attributes"])
        visitors = self._db.rows(Visitor.select(Visitor.visitor).where(Visitor.profile == merged["id"]))
        return {
            "id": number,
            "section": merged["section"],
            "merged": merged["id"],
            "into": into["id"],
            "made_at": now,
            "undone_at": None,
            "events": events,
            "identifiers": self._identifiers_of(merged["id"]),
            "identifiers_of_into": self._identifiers_of(into["id"]),
            "visitors": json.dumps([row["visitor"] for row in visitors]),
            "attributes": json.dumps(
                {name: value for name, value in attributes.items() if name not in own}, ensure_ascii=False
            ),
        }

    def _identifiers_of(self, profile: int) -> str:
        query = Identifier.select(Identifier.kind, Identifier.value).where(Identifier.profile == profile)
        names = [[row["kind"], row["value"]] for row in self._db.rows(query)]
        return json.dumps(sorted(names), ensure_ascii=False)

    def _hand_over(self, merged: int, into: int) -> None:
        self._db.run(Identifier.update(profile=into).where(Identifier.profile == merged))
        self._db.run(Visitor.update(profile=into).where(Visitor.profile == merged))

    def _add_attributes(self, into: Mapping[str, Any], added: Mapping[str, Any]) -> None:
        """What only the merged profile knew is known of both; where both know something, `into` is right."""
        if added:
            self._set_attributes(into["id"], {**json.loads(into["attributes"]), **added})

    def _take_attributes(self, row: Mapping[str, Any]) -> None:
        """Those that the merge had added go again, unless somebody has changed them since."""
        added = json.loads(row["attributes"])
        if not added:
            return
        into = self._db.row(Profile.select().where(Profile.id == row["into"]))
        assert into is not None
        own = json.loads(into["attributes"])
        kept = {name: value for name, value in own.items() if name not in added or value != added[name]}
        self._set_attributes(row["into"], kept)

    def _set_attributes(self, profile: int, attributes: Mapping[str, Any]) -> None:
        text = json.dumps(attributes, ensure_ascii=False)
        self._db.run(Profile.update(attributes=text).where(Profile.id == profile))


def _merge(row: Mapping[str, Any]) -> Merge:
    return Merge(row["id"], row["merged"], row["into"], row["events"], row["made_at"], row["undone_at"])
