"""People with an e-mail, as the APIs know them to whom an e-mail is what a person is, and their events.

An event is a contact's if it carries an e-mail, or if its profile has one. Deleted events are nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import peewee

from collector.core.events import EventState
from collector.store import rows
from collector.store.database import Database
from collector.store.events import Readable, readable_events
from collector.store.models import Change, Event, Identifier


class Contacts:
    """The contacts of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def events_of(self, profile_id: int, readable: Readable, limit: int, offset: int) -> list[EventState]:
        """The readable events of one profile, the latest first."""
        # By way of the log, which has an index by profile; events have none.
        query = Change.select(*(getattr(Event, column) for column in rows.EVENT_COLUMNS))
        query = query.join(Event, on=(Event.id == Change.event))
        its_own = (Change.profile == profile_id) & (Change.operation == rows.INSERT)
        return self._slice(query.where(its_own & readable_events(readable)), limit, offset)

    def events(self, readable: Readable, limit: int, offset: int) -> list[EventState]:
        """The readable events of everybody who has an e-mail, the latest first."""
        has_email = peewee.fn.EXISTS(
            Identifier.select(Identifier.profile).where(
                (Identifier.profile == Event.profile) & (Identifier.kind == "email")
            )
        )
        carries_email = Event.identifiers.contains('"email":')
        condition = readable_events(readable) & (carries_email | has_email)
        return self._slice(Event.select().where(condition), limit, offset)

    def emails(self, profiles: Collection[int]) -> dict[int, str]:
        """profile → the first e-mail that it had; those without one are left out."""
        its_email = Identifier.profile.in_(sorted(profiles)) & (Identifier.kind == "email")
        query = Identifier.select(Identifier.profile, Identifier.value).where(its_email)
        newest_first = query.order_by(Identifier.created_at.desc(), Identifier.value.desc())
        return {row["profile"]: row["value"] for row in self._db.rows(newest_first)} if profiles else {}

    def _slice(self, query: Any, limit: int, offset: int) -> list[EventState]:
        present = query.where(Event.deleted_at.is_null())
        latest_first = present.order_by(Event.occurred_at.desc(), Event.id.desc())
        return [rows.event_state(row) for row in self._db.rows(latest_first.limit(limit).offset(offset))]
