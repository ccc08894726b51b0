"""Definitions and their versions, for life: made, edited, retired, hidden. Every change is audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee

from collector.core import ids
from collector.core.actors import Actor
from collector.core.definitions import Definition, Draft, Version
from collector.core.documents import dump_document
from collector.core.fields import format_timestamp
from collector.core.problems import Fault, Problem
from collector.core.versions import held_until, same_content, state
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.definition_rows import definition_of, members_of, version_of, version_row
from collector.store.models import Definition as Row
from collector.store.models import Version as VersionRow
from collector.store.remembered import Remembered
from collector.store.segments.notes import Notes
from collector.store.trigger_history import TriggerHistory
from collector.store.webhooks.outbox import Outbox

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a definition: what it shall be, and which state of it the editor had seen."""

    draft: Draft
    revision: int | None
    """The revision in the editor's `If-Match`; None: whatever is stored (the command line)."""
    undoes: str | None = None
    """The change of the triggers that this takes back, if it does."""


class Definitions:
    """The definitions of a store. What was found is believed for two seconds at most."""

    def __init__(
        self,
        database: Database,
        new_id: Callable[[], int],
        tick: Callable[[], float],
        audit: Audit,
        triggers: TriggerHistory,
        outbox: Outbox,
    ) -> None:
        self._db = database
        self._new_id = new_id
        self._audit = audit
        self._triggers = triggers
        self._outbox = outbox
        self._notes = Notes(database)
        self._revision = database.statement(Row.select(Row.revision).where(Row.id == 0))
        self._by_name = Remembered[tuple[str, str], Definition](self._read_by_name, tick, self._is_current)
        self._by_id = Remembered[str, Definition](self._read_by_id, tick, self._is_current)

    def create(self, section_id: str, draft: Draft, actor: Actor, now: int) -> Definition:
        """A new definition; its first version is current at once. Raises `Problem("name-taken")`."""
        number, version_number = self._new_id(), self._new_id()
        row = {"id": number, "section": section_id, "event_name": draft.event_name, **members_of(draft)}
        try:
            with self._db.writing():
                self._db.run(Row.insert(**row, revision=1, created_at=now, updated_at=now))
                self._db.run(
                    VersionRow.insert(**version_row(draft.content, version_number, number, 1, now, now))
                )
                self._record(section_id, actor, "definition.created", draft, now=now)
                self._triggers.record(number, (), draft.web_tracking.triggers, actor, now)
        except peewee.IntegrityError as error:
            detail = f"This section has a definition called {draft.event_name!r} already."
            raise Problem("name-taken", detail) from error
        return self._certain(ids.encode(number))

    def save(self, definition: Definition, edit: Edit, hold: int, actor: Actor, now: int) -> Definition:
        """The definition after an edit; `hold` is in seconds. Where nothing differs, nothing happens.

        Changed fields, `extra_fields` or goal make the next version, current after the hold.
        Raises `Problem`: `stale`, `held`, `definition-hidden`, `definition-invalid` (another name, category).
        """
        with self._db.writing():
            self._lock(definition)
            stored = self._certain(definition.id)
            _require_editable(stored, edit)
            if dump_document(stored.draft) == dump_document(edit.draft):
                return stored
            if not same_content(stored.versions[-1].content, edit.draft.content):
                self._add_version(stored, edit.draft, hold, now)
            self._freeze(stored, edit.draft, now)
            values = {**members_of(edit.draft), "revision": stored.revision + 1, "updated_at": now}
            self._update(stored, values)
            self._record(
                stored.section_id, actor, "definition.changed", edit.draft, now=now, before=stored.draft
            )
            self._record_triggers(stored, edit, actor, now)
        self._forget(stored)
        return self._certain(stored.id)

    def hide(self, definition: Definition, actor: Actor, now: int) -> None:
        """Hides a definition for ever; hiding it again changes nothing."""
        with self._db.writing():
            self._lock(definition)
            stored = self._certain(definition.id)
            if stored.hidden_at is None:
                self._update(stored, {"hidden_at": now, "revision": stored.revision + 1, "updated_at": now})
                self._notes.leave_for_section(stored.section_id)
                self._record(
                    stored.section_id, actor, "definition.hidden", stored.draft, now=now, before=stored.draft
                )
        self._forget(definition)

    def retire(self, definition: Definition, number: int, actor: Actor, now: int) -> Definition:
        """Ends a version's life; retiring it again changes nothing.

        Raises `Problem`: `not-found`, `version-in-use` for the current one and those that follow it.
        """
        with self._db.writing():
            self._lock(definition)
            stored = self._certain(definition.id)
            version = next((one for one in stored.versions if one.number == number), None)
            if version is None:
                raise Problem("not-found", f"There is no version {number}.")
            if state(version, stored.versions, now) in ("current", "pending"):
                raise Problem(
                    "version-in-use", f"Version {number} is in use; only older ones can be retired."
                )
            if version.retired_at is None:
                self._retire(stored, version, actor, now)
        self._forget(definition)
        return self._certain(definition.id)

    def find(self, section_id: str, event_name: str) -> Definition | None:
        """A section's definition by its event name, hidden ones included."""
        return self._by_name.get((section_id, event_name))

    def by_id(self, public_id: str) -> Definition | None:
        """A definition by its own id or by the id of one of its versions."""
        return self._by_id.get(public_id)

    def recalled(self, public_id: str) -> Definition | None:
        """The definition that was found by this id a moment ago, if memory has it; asks no database."""
        return self._by_id.recalled(public_id)

    def read_again(self, definition: Definition) -> Definition:
        """The definition as it is stored now, whatever memory says."""
        self._forget(definition)
        return self._read_by_id(definition.id) or definition

    def all(self, section_id: str, *, hidden: bool = False) -> list[Definition]:
        """A section's definitions in the order of their names; the hidden ones, or all others."""
        query = Row.select().where((Row.section == section_id) & Row.hidden_at.is_null(not hidden))
        return self._with_versions(self._db.rows(query.order_by(Row.event_name)))

    def count(self, section_id: str) -> int:
        """How many definitions a section has, hidden ones included."""
        found = self._db.row(Row.select(peewee.fn.COUNT(Row.id).alias("n")).where(Row.section == section_id))
        return found["n"] if found else 0

    def _is_current(self, definition: Definition) -> bool:
        """Whether this is how it is stored: every change of a definition raises its revision."""
        with self._db.connected():
            found = self._db.fetch(self._revision, (ids.decode(definition.id),))
        return found == [(definition.revision,)]

    def _add_version(self, stored: Definition, draft: Draft, hold: int, now: int) -> None:
        until = held_until(stored.versions, hold * SECOND)
        if now < until:
            seconds = max(-(-(until - now) // SECOND), 1)
            moment = format_timestamp(until)
            detail = f"Fields, extra_fields and goal were edited a moment ago; again from {moment} on."
            raise Problem("held", detail, retry_after=seconds, extra={"held_until": moment})
        number, definition = ids.decode(stored.id), self._new_id()
        row = version_row(
            draft.content, definition, number, stored.versions[-1].number + 1, now, now + hold * SECOND
        )
        self._db.run(VersionRow.insert(**row))

    def _freeze(self, stored: Definition, draft: Draft, now: int) -> None:
        """Keeps the web settings that the snippet files of versions in use have, before they change.

        They are those of the moment when tracking was first enabled or the version became current,
        whichever was later: the stored ones if tracking is on already, else the new ones.
        """
        tracking = stored.draft if stored.draft.web_tracking.enabled else draft
        if not tracking.web_tracking.enabled:
            return
        text = members_of(tracking)["web_tracking"]
        in_use = [ids.decode(one.id) for one in stored.versions if one.current_from <= now]
        is_new = VersionRow.id.in_(in_use) & VersionRow.web_tracking.is_null()
        self._db.run(VersionRow.update(web_tracking=text).where(is_new))

    def _retire(self, stored: Definition, version: Version, actor: Actor, now: int) -> None:
        condition = VersionRow.id == ids.decode(version.id)
        self._db.run(VersionRow.update(retired_at=now).where(condition))
        self._update(stored, {"revision": stored.revision + 1, "updated_at": now})
        subject = f"{stored.draft.event_name} version {version.number}"
        self._audit.record(stored.section_id, actor, "version.retired", subject, now=now)
        self._outbox.tell_definition(stored.section_id, stored.draft.event_name, "version.retired", now)

    def _lock(self, definition: Definition) -> None:
        """Two edits of one definition happen one after the other; SQLite has one writer anyway."""
        if not self._db.is_sqlite:
            self._db.rows(Row.select(Row.id).where(Row.id == ids.decode(definition.id)).for_update())

    def _update(self, stored: Definition, values: dict[str, Any]) -> None:
        self._db.run(Row.update(**values).where(Row.id == ids.decode(stored.id)))

    def _record(
        self,
        section_id: str,
        actor: Actor,
        action: str,
        draft: Draft,
        *,
        now: int,
        before: Draft | None = None,
    ) -> None:
        self._audit.record(
            section_id,
            actor,
            action,
            draft.event_name,
            now=now,
            before=dump_document(before) if before else None,
            after=dump_document(draft) if action != "definition.hidden" else None,
        )
        self._outbox.tell_definition(section_id, draft.event_name, action, now)

    def _record_triggers(self, stored: Definition, edit: Edit, actor: Actor, now: int) -> None:
        before, after = (one.web_tracking.triggers for one in (stored.draft, edit.draft))
        self._triggers.record(ids.decode(stored.id) or 0, before, after, actor, now, edit.undoes)

    def _forget(self, definition: Definition) -> None:
        self._by_name.forget((definition.section_id, definition.draft.event_name))
        self._by_id.forget(definition.id)
        for version in definition.versions:
            self._by_id.forget(version.id)

    def _read_by_name(self, key: tuple[str, str]) -> Definition | None:
        section_id, event_name = key
        return self._one((Row.section == section_id) & (Row.event_name == event_name))

    def _read_by_id(self, public_id: str) -> Definition | None:
        number = ids.decode(public_id)
        if number is None:
            return None
        owner = VersionRow.select(VersionRow.definition).where(VersionRow.id == number)
        return self._one((Row.id == number) | (Row.id.in_(owner)))

    def _certain(self, public_id: str) -> Definition:
        found = self._read_by_id(public_id)
        if found is None:
            raise Problem("not-found", "There is no such definition.")
        return found

    def _one(self, condition: Any) -> Definition | None:
        rows = self._db.rows(Row.select().where(condition).limit(1))
        return self._with_versions(rows)[0] if rows else None

    def _with_versions(self, rows: list[dict[str, Any]]) -> list[Definition]:
        numbers = [row["id"] for row in rows]
        versions: dict[int, list[Version]] = {number: [] for number in numbers}
        query = VersionRow.select().where(VersionRow.definition.in_(numbers)).order_by(VersionRow.number)
        for row in self._db.rows(query):
            versions[row["definition"]].append(version_of(row))
        return [definition_of(row, tuple(versions[row["id"]])) for row in rows]


def _require_editable(stored: Definition, edit: Edit) -> None:
    if stored.hidden_at is not None:
        raise Problem("definition-hidden", "A hidden definition stays as it is.")
    if edit.revision is not None and edit.revision != stored.revision:
        raise Problem("stale", "Somebody changed this definition after you had read it.")
    for member in ("event_name", "category"):
        if getattr(stored.draft, member) != getattr(edit.draft, member):
            fault = Fault("fixed", f"/{member}", f"The {member} of a definition never changes.")
            raise Problem("definition-invalid", fault.message, faults=[fault])
