"""Payloads that were refused, with their reasons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.store.database import Database
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import Definition, Rejection


@dataclass(frozen=True, slots=True)
class KeptRejection:
    """A refused payload as it was kept: `payload` and `faults` are decoded JSON."""

    id: int
    event_name: str
    event_id: str | None
    door: str
    received_at: int
    code: str
    faults: list[dict[str, str]]
    payload: Any
    definition_id: int | None
    version_id: int | None
    key_id: int | None


class Rejections:
    """The rejections of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(
        self, section_id: str, limit: int, cursor: str | None, definitions: Sequence[int] | None = None
    ) -> Page:
        """Newest first, without those of hidden definitions; of `definitions` only, where these are given.

        Raises `Problem("request-invalid")` for a cursor that is none of ours.
        """
        visible = Definition.select(Definition.id).where(
            (Definition.section == section_id) & Definition.hidden_at.is_null()
        )
        is_shown = Rejection.definition.is_null() | Rejection.definition.in_(visible)
        if definitions is not None:
            is_shown = Rejection.definition.in_(sorted(definitions))
        query = Rejection.select().where((Rejection.section == section_id) & is_shown)
        found, more = newest_first(self._db, query, Rejection.id, limit, cursor)
        return Page([kept_rejection(row) for row in found], more)

    def find(self, section_id: str, number: int) -> KeptRejection | None:
        """One rejection of a section."""
        of_it = (Rejection.section == section_id) & (Rejection.id == number)
        row = self._db.row(Rejection.select().where(of_it))
        return kept_rejection(row) if row else None


def kept_rejection(row: Mapping[str, Any]) -> KeptRejection:
    """The rejection in a row that was read as a dict."""
    return KeptRejection(
        id=row["id"],
        event_name=row["event_name"],
        event_id=row["event_id"],
        door=row["door"],
        received_at=row["received_at"],
        code=row["code"],
        faults=json.loads(row["faults"]),
        payload=json.loads(row["payload"]),
        definition_id=row["definition"],
        version_id=row["version"],
        key_id=row["key"],
    )
