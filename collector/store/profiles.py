"""Profiles and their timelines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.core.events import EventState
from collector.core.registers import as_it_was
from collector.store import rows
from collector.store.database import Database
from collector.store.events import Page, Readable, after, page_of, readable_events
from collector.store.goal_totals import GoalTotal, of_profile
from collector.store.lists import newest_first
from collector.store.models import Change, Definition, Event, Identifier
from collector.store.models import Profile as ProfileRow
from collector.store.months import since_event


@dataclass(frozen=True, slots=True)
class Profile:
    """One person of a section: identifier kind → values, and attributes."""

    id: int
    section_id: str
    identifiers: Mapping[str, list[str]]
    attributes: Mapping[str, Any]
    created_at: int
    merged_into: int | None = None


@dataclass(slots=True)
class Entry:
    """A line of a timeline: one applied change, and the event as it was after it.

    Times are microseconds: of the event after the change, and of the change itself.
    """

    id: int
    operation: str
    occurred_at: int
    recorded_at: int
    changes: Mapping[str, Any]
    state: EventState
    event_name: str


class Profiles:
    """The profiles of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, section_id: str, kind: str, value: str) -> Profile | None:
        """The profile that a normalised identifier names, if there is one."""
        owner = self._db.row(
            Identifier.select(Identifier.profile).where(
                (Identifier.section == section_id) & (Identifier.kind == kind) & (Identifier.value == value)
            )
        )
        return self._read(owner["profile"]) if owner else None

    def by_number(self, section_id: str, number: int) -> Profile | None:
        """A profile of the section by its id, also one that is part of another one by now."""
        profile = self._read(number)
        return profile if profile is not None and profile.section_id == section_id else None

    def named(self, section_id: str, numbers: Sequence[int]) -> dict[int, Profile]:
        """The profiles of the section with these ids, by id."""
        wanted = sorted(set(numbers))
        query = ProfileRow.select().where(ProfileRow.id.in_(wanted) & (ProfileRow.section == section_id))
        names = self._identifiers(wanted)
        return {row["id"]: _profile(row, names[row["id"]]) for row in self._db.rows(query)}

    def newest(self, section_id: str, limit: int, cursor: str | None) -> Page:
        """The profiles of a section, without those that are part of another one, the newest first.

        Raises `Problem("request-invalid")` for a cursor that is none of ours.
        """
        query = ProfileRow.select().where(
            (ProfileRow.section == section_id) & ProfileRow.merged_into.is_null()
        )
        found, more = newest_first(self._db, query, ProfileRow.id, limit, cursor)
        names = self._identifiers([row["id"] for row in found])
        return Page([_profile(row, names[row["id"]]) for row in found], more)

    def seen(self, profile_id: int) -> tuple[int, int] | None:
        """The times of the first and the last thing on the profile's timeline, if there is any."""
        times = Change.select(Change.occurred_at).join(Event, on=(Event.id == Change.event))
        times = times.join(Definition, on=(Definition.id == Change.definition)).where(
            (Change.profile == profile_id) & Event.deleted_at.is_null() & Definition.hidden_at.is_null()
        )
        first = self._db.row(times.order_by(Change.occurred_at, Change.id))
        last = self._db.row(times.order_by(Change.occurred_at.desc(), Change.id.desc()))
        return (first["occurred_at"], last["occurred_at"]) if first and last else None

    def goals(self, profile_id: int) -> list[GoalTotal]:
        """What the profile's events with a goal add up to, exactly; each currency for itself."""
        return of_profile(self._db, profile_id)

    def timeline(
        self, profile_id: int, limit: int, cursor: str | None, readable: Readable | None = None
    ) -> Page:
        """The profile's entries, newest first, without deleted events and those of hidden definitions.

        `readable` leaves out what the asking key may not read; None is for those who may read everything.
        """
        query = (
            Change.select(
                Change.id.alias("change_id"),
                Change.operation,
                Change.occurred_at.alias("change_at"),
                Change.recorded_at,
                Change.changes,
                Definition.event_name,
                *(getattr(Event, column) for column in rows.EVENT_COLUMNS),
            )
            .join(Event, on=(Event.id == Change.event))
            .join(Definition, on=(Definition.id == Change.definition))
            .where(
                (Change.profile == profile_id) & Event.deleted_at.is_null() & Definition.hidden_at.is_null()
            )
        )
        if readable is not None:
            query = query.where(readable_events(readable))
        found = self._db.rows(after(query, Change, cursor).limit(limit + 1))
        page = page_of(found, limit, _entry, moment="change_at", number="change_id")
        self._go_back(profile_id, page.items)
        return page

    def _go_back(self, profile_id: int, entries: Sequence[Entry]) -> None:
        """Makes each entry's event what it was: takes off what later changes made of it."""
        updated = {one.state.id for one in entries if one.state.updated_at != one.state.received_at}
        if not updated:
            return
        query = Change.select(Change.id, Change.event, Change.changes).where(
            (Change.profile == profile_id)
            & Change.event.in_(sorted(updated))
            & (Change.operation == rows.UPDATE)
            & since_event(min(updated))
        )
        later: defaultdict[int, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
        for row in self._db.rows(query.order_by(Change.id.desc())):
            later[row["event"]].append((row["id"], json.loads(row["changes"]) if row["changes"] else {}))
        for entry in entries:
            since = [changes for number, changes in later[entry.state.id] if number > entry.id]
            entry.state = as_it_was(entry.state, since)

    def _read(self, profile_id: int) -> Profile | None:
        row = self._db.row(ProfileRow.select().where(ProfileRow.id == profile_id))
        if row is None:
            return None
        return _profile(row, self._identifiers([profile_id])[profile_id])

    def _identifiers(self, profiles: Sequence[int]) -> dict[int, dict[str, list[str]]]:
        """profile → kind → values, those that came first first."""
        found: dict[int, dict[str, list[str]]] = {profile: {} for profile in profiles}
        query = Identifier.select().where(Identifier.profile.in_(list(profiles)))
        for name in self._db.rows(query.order_by(Identifier.created_at)):
            found[name["profile"]].setdefault(name["kind"], []).append(name["value"])
        return found


def _profile(row: Mapping[str, Any], identifiers: Mapping[str, list[str]]) -> Profile:
    return Profile(
        id=row["id"],
        section_id=row["section"],
        identifiers=identifiers,
        attributes=json.loads(row["attributes"]),
        created_at=row["created_at"],
        merged_into=row["merged_into"],
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["change_id"],
        operation=rows.OPERATIONS[row["operation"]],
        occurred_at=row["change_at"],
        recorded_at=row["recorded_at"],
        changes=json.loads(row["changes"]) if row["changes"] else {},
        state=rows.event_state(row),
        event_name=row["event_name"],
    )
