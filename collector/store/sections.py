"""Sections: the tenants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal, get_args

from collector.core.actors import Actor
from collector.core.fields import UNSTORABLE
from collector.core.problems import Fault, Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Section as Row

UndefinedEvents = Literal["reject", "accept"]

LONGEST_NAME = 200


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
        name = _checked(name)
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

    def change(
        self, section: Section, name: str, undefined_events: UndefinedEvents, actor: Actor, now: int
    ) -> Section:
        """The section with another name or another rule; its id stays, and nothing different changes nothing.

        Raises `Problem("request-invalid")` for what is no name or no rule.
        """
        if undefined_events not in get_args(UndefinedEvents):
            sentence = f"Unknown events: one of {', '.join(get_args(UndefinedEvents))}."
            raise _invalid("member-invalid", "/undefined_events", sentence)
        changed = replace(section, name=_checked(name), undefined_events=undefined_events)
        if changed != section:
            row = Row.update(name=changed.name, undefined_events=undefined_events)
            with self._db.writing():
                self._db.run(row.where(Row.id == section.id))
                before, after = _told(section), _told(changed)
                self._audit.record(
                    section.id, actor, "section.changed", section.id, now=now, before=before, after=after
                )
        return changed

    def find(self, section_id: str) -> Section | None:
        row = self._db.row(Row.select().where(Row.id == section_id))
        return Section(**row) if row else None

    def all(self) -> list[Section]:
        return [Section(**row) for row in self._db.rows(Row.select().order_by(Row.id))]


def _checked(name: str) -> str:
    """The name as it is kept. Raises `Problem("request-invalid")`."""
    kept = name.strip()
    if not 1 <= len(kept) <= LONGEST_NAME:
        raise _invalid("name-invalid", "/name", f"A section has a name of 1 to {LONGEST_NAME} characters.")
    if UNSTORABLE.search(kept):
        raise _invalid("text-invalid", "/name", "A name must not contain U+0000 or a lone surrogate.")
    return kept


def _invalid(code: str, pointer: str, sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault(code, pointer, sentence)])


def _told(section: Section) -> dict[str, str]:
    return {"name": section.name, "undefined_events": section.undefined_events}
