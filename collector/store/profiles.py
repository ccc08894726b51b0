"""Profiles and their timelines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.events import Page, after, page_of
from collector.store.models import Change, Definition, Event, Identifier
from collector.store.models import Profile as ProfileRow


@dataclass(frozen=True, slots=True)
class Profile:
    """One person of a section: identifier kind → values, and attributes."""

    id: int
    section_id: str
    identifiers: Mapping[str, list[str]]
    attributes: Mapping[str, Any]
    created_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a timeline: one applied change, and the event as it is now."""

    id: int
    operation: str
    occurred_at: int
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

    def timeline(self, profile_id: int, limit: int, cursor: str | None) -> Page:
        """The profile's entries, newest first, without deleted events and those of hidden definitions."""
        query = (
            Change.select(
                Change.id.alias("change_id"),
                Change.operation,
                Change.occurred_at.alias("change_at"),
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
        found = self._db.rows(after(query, Change, cursor).limit(limit + 1))
        return page_of(found, limit, _entry, moment="change_at", number="change_id")

    def _read(self, profile_id: int) -> Profile | None:
        row = self._db.row(ProfileRow.select().where(ProfileRow.id == profile_id))
        if row is None:
            return None
        names = Identifier.select().where(Identifier.profile == profile_id).order_by(Identifier.created_at)
        identifiers: dict[str, list[str]] = {}
        for name in self._db.rows(names):
            identifiers.setdefault(name["kind"], []).append(name["value"])
        return Profile(
            id=row["id"],
            section_id=row["section"],
            identifiers=identifiers,
            attributes=json.loads(row["attributes"]),
            created_at=row["created_at"],
        )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["change_id"],
        operation=rows.OPERATIONS[row["operation"]],
        occurred_at=row["change_at"],
        changes=json.loads(row["changes"]) if row["changes"] else {},
        state=rows.event_state(row),
        event_name=row["event_name"],
    )
