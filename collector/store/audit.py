"""The audit log: who changed what, when, through which door, before and after. It only grows.

Entries are written in the same transaction as the change that they tell of. Nothing changes or
removes one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.core.actors import Actor
from collector.store.database import Database
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import Audit as Row


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `before` and `after` are JSON documents, None where there was or is nothing."""

    id: int
    at: int
    actor: Actor
    action: str
    subject: str
    before: Any
    after: Any


class Audit:
    """The audit log of a store."""

    def __init__(self, database: Database, new_id: Callable[[], int]) -> None:
        self._db = database
        self._new_id = new_id

    def record(
        self,
        section_id: str,
        actor: Actor,
        action: str,
        subject: str,
        *,
        now: int,
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Adds an entry; call it inside the transaction of the change, `with database.writing():`."""
        self._db.run(
            Row.insert(
                id=self._new_id(),
                section=section_id,
                at=now,
                who=actor.who,
                door=actor.door,
                agent=actor.agent,
                action=action,
                subject=subject,
                before=_text(before),
                after=_text(after),
            )
        )

    def page(self, section_id: str, limit: int, cursor: str | None, subject: str | None = None) -> Page:
        """Newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where(Row.section == section_id)
        if subject is not None:
            query = query.where(Row.subject == subject)
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return Page([_entry(row) for row in found], more)


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        at=row["at"],
        actor=Actor(row["who"], row["door"], row["agent"]),
        action=row["action"],
        subject=row["subject"],
        before=json.loads(row["before"]) if row["before"] else None,
        after=json.loads(row["after"]) if row["after"] else None,
    )


def _text(document: Any) -> str | None:
    return None if document is None else json.dumps(document, ensure_ascii=False)
