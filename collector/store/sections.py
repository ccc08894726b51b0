"""Sections: the tenants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Section as Row

UndefinedEvents = Literal["reject", "accept"]


@dataclass(frozen=True, slots=True)
class Section:
    """A tenant. `undefined_events` says what happens to event names without a definition."""

    id: str
    name: str
    undefined_events: UndefinedEvents
    created_at: int


def slug(name: str) -> str:
    """The id of a section called `name`: lower-case ASCII letters, digits and hyphens, at most 40."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].strip("-")


class Sections:
    """The sections of a store."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._db = database
        self._audit = audit

    def create(self, name: str, undefined_events: UndefinedEvents, actor: Actor, now: int) -> Section:
        """Raises `Problem`: `request-invalid` if no id can be made of the name, `name-taken`."""
        section_id = slug(name)
        if not section_id:
            raise Problem("request-invalid", f"No id can be made of {name!r}: use some letters or digits.")
        section = Section(section_id, name, undefined_events, now)
        row = Row.insert(
            id=section.id, name=section.name, undefined_events=undefined_events, created_at=now
        ).on_conflict_ignore()
        with self._db.writing():
            if self.find(section_id) is not None:
                raise Problem("name-taken", f"There is a section {section_id!r} already.")
            self._db.run(row)
            self._audit.record(
                section_id, actor, "section.created", section_id, now=now, after={"name": name}
            )
        return section

    def find(self, section_id: str) -> Section | None:
        row = self._db.row(Row.select().where(Row.id == section_id))
        return Section(**row) if row else None

    def all(self) -> list[Section]:
        return [Section(**row) for row in self._db.rows(Row.select().order_by(Row.id))]
