"""Definitions and their versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import peewee

from collector.core import ids
from collector.core.definitions import Definition, Draft, Version, WebTracking
from collector.core.documents import dump_content, dump_document, load_content
from collector.core.problems import Problem
from collector.store.database import Database
from collector.store.models import Definition as Row
from collector.store.models import Version as VersionRow
from collector.store.remembered import Remembered


class Definitions:
    """The definitions of a store. What was found is believed for two seconds at most."""

    def __init__(self, database: Database, new_id: Callable[[], int], tick: Callable[[], float]) -> None:
        self._db = database
        self._new_id = new_id
        self._by_name = Remembered[tuple[str, str], Definition](self._read_by_name, tick)
        self._by_id = Remembered[str, Definition](self._read_by_id, tick)

    def create(self, section_id: str, draft: Draft, now: int) -> Definition:
        """A new definition; its first version is current at once. Raises `Problem("name-taken")`."""
        number, version_number = self._new_id(), self._new_id()
        try:
            with self._db.writing():
                self._db.run(Row.insert(**_row_of(draft, number, section_id, now)))
                self._db.run(VersionRow.insert(**_first_version(draft, version_number, number, now)))
        except peewee.IntegrityError as error:
            detail = f"This section has a definition called {draft.event_name!r} already."
            raise Problem("name-taken", detail) from error
        created = self._read_by_id(ids.encode(number))
        assert created is not None
        return created

    def find(self, section_id: str, event_name: str) -> Definition | None:
        """A section's definition by its event name, hidden ones included."""
        return self._by_name.get((section_id, event_name))

    def by_id(self, public_id: str) -> Definition | None:
        """A definition by its own id or by the id of one of its versions."""
        return self._by_id.get(public_id)

    def read_again(self, definition: Definition) -> Definition:
        """The definition as it is stored now, whatever memory says."""
        self._by_name.forget((definition.section_id, definition.draft.event_name))
        self._by_id.forget(definition.id)
        return self._read_by_id(definition.id) or definition

    def all(self, section_id: str) -> list[Definition]:
        """A section's definitions in the order of their names, hidden ones left out."""
        rows = self._db.rows(
            Row.select().where((Row.section == section_id) & Row.hidden_at.is_null()).order_by(Row.event_name)
        )
        return self._with_versions(rows)

    def _read_by_name(self, key: tuple[str, str]) -> Definition | None:
        section_id, event_name = key
        return self._one((Row.section == section_id) & (Row.event_name == event_name))

    def _read_by_id(self, public_id: str) -> Definition | None:
        number = ids.decode(public_id)
        if number is None:
            return None
        owner = VersionRow.select(VersionRow.definition).where(VersionRow.id == number)
        return self._one((Row.id == number) | (Row.id.in_(owner)))

    def _one(self, condition: Any) -> Definition | None:
        rows = self._db.rows(Row.select().where(condition).limit(1))
        return self._with_versions(rows)[0] if rows else None

    def _with_versions(self, rows: list[dict[str, Any]]) -> list[Definition]:
        numbers = [row["id"] for row in rows]
        versions: dict[int, list[Version]] = {number: [] for number in numbers}
        query = VersionRow.select().where(VersionRow.definition.in_(numbers)).order_by(VersionRow.number)
        for row in self._db.rows(query):
            versions[row["definition"]].append(_version_of(row))
        return [_definition_of(row, tuple(versions[row["id"]])) for row in rows]


def _row_of(draft: Draft, number: int, section_id: str, now: int) -> dict[str, Any]:
    document = dump_document(draft)
    return {
        "id": number,
        "section": section_id,
        "event_name": draft.event_name,
        "title": draft.title,
        "category": draft.category,
        "description": draft.description,
        "owner": draft.owner,
        "tags": json.dumps(list(draft.tags)),
        "allowed_operations": json.dumps(document["allowed_operations"]),
        "web_tracking": json.dumps(document["web_tracking"]),
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }


def _first_version(draft: Draft, number: int, definition: int, now: int) -> dict[str, Any]:
    return {
        "id": number,
        "definition": definition,
        "number": 1,
        "content": json.dumps(dump_content(draft.content), ensure_ascii=False),
        "created_at": now,
        "current_from": now,
    }


def _version_of(row: Mapping[str, Any]) -> Version:
    return Version(
        id=ids.encode(row["id"]),
        definition_id=ids.encode(row["definition"]),
        number=row["number"],
        content=load_content(json.loads(row["content"])),
        created_at=row["created_at"],
        current_from=row["current_from"],
        retired_at=row["retired_at"],
    )


def _definition_of(row: Mapping[str, Any], versions: tuple[Version, ...]) -> Definition:
    tracking = json.loads(row["web_tracking"])
    tracking["origins"] = tuple(tracking["origins"])
    tracking["triggers"] = tuple(tracking["triggers"])
    allowed = json.loads(row["allowed_operations"])
    draft = Draft(
        event_name=row["event_name"],
        title=row["title"],
        category=row["category"],
        content=versions[-1].content,
        allowed_operations={kind: frozenset(operations) for kind, operations in allowed.items()},
        web_tracking=WebTracking(**tracking),
        description=row["description"],
        owner=row["owner"],
        tags=tuple(json.loads(row["tags"])),
    )
    return Definition(
        id=ids.encode(row["id"]),
        section_id=row["section"],
        draft=draft,
        versions=versions,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
        hidden_at=row["hidden_at"],
    )
