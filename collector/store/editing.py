"""What the Custom Events Editor keeps: the seal of its tokens, and drafts; and how a draft comes to count."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from collector.core import ids
from collector.core.actors import Actor
from collector.core.definitions import Definition, Draft, WebTracking
from collector.core.documents import dump_document, parse_definition
from collector.core.problems import Problem
from collector.core.site_drafts import judge_site_draft, site_document
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.definitions import Definitions, Edit
from collector.store.models import Section
from collector.store.models_editor import EditorDraft as Row
from collector.store.models_editor import EditorSeal as SealRow
from collector.store.remembered import Remembered
from collector.store.trigger_history import TriggerHistory

Part = Literal["everything", "triggers"]

SEAL = "tokens"
_BYTES = 32
MOST_DRAFTS = 1_000
"""Of a section; each may be as large as a body."""


def _secret() -> str:
    return secrets.token_urlsafe(_BYTES)


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """A draft as it is kept. `document` is what the editor sent, judged then, from pages of `origin`."""

    section_id: str
    event_name: str
    id: str
    document: dict[str, Any]
    origin: str
    revision: int
    saved_by: str
    saved_at: int

    def is_behind(self, definition: Definition | None) -> bool:
        """Whether the definition was changed after the draft was saved."""
        return self.revision != (definition.revision if definition is not None else 0)


class Editing:
    """Drafts of a store, by section and event name."""

    def __init__(
        self,
        database: Database,
        new_id: Callable[[], int],
        definitions: Definitions,
        history: TriggerHistory,
        audit: Audit,
        tick: Callable[[], float],
    ) -> None:
        self._db = database
        self._new_id = new_id
        self._definitions = definitions
        self._history = history
        self._audit = audit
        self._seals = Remembered[str, bytes](self._read_seal, tick)

    def seal(self) -> bytes:
        """What tokens are signed with: made once for this database, and never shown."""
        return self._seals.get(SEAL) or self._make_seal(
            SealRow.insert(name=SEAL, secret=_secret()).on_conflict_ignore()
        )

    def change_seal(self, actor: Actor, now: int) -> None:
        """Makes the seal anew: within two seconds no token is good any more that was made before.

        The audit log of every section tells of it, since the seal is that of all of them.
        """
        made = SealRow.insert(name=SEAL, secret=_secret())
        with self._db.writing():
            self._make_seal(made.on_conflict(conflict_target=[SealRow.name], preserve=[SealRow.secret]))
            for row in self._db.rows(Section.select(Section.id).order_by(Section.id)):
                self._audit.record(row["id"], actor, "editor.sealed", "the editor", now=now)

    def _make_seal(self, made: Any) -> bytes:
        with self._db.writing():
            self._db.run(made)
            seal = self._read_seal(SEAL)
        self._seals.forget(SEAL)
        assert seal is not None
        return seal

    def _read_seal(self, name: str) -> bytes | None:
        row = self._db.row(SealRow.select().where(SealRow.name == name))
        return str(row["secret"]).encode() if row is not None else None

    def note_opened(self, section_id: str, event_name: str, origin: str, actor: Actor, now: int) -> None:
        """Writes into the audit log that somebody opened the editor on a site."""
        with self._db.writing():
            self._audit.record(
                section_id, actor, "editor.opened", event_name, now=now, after={"origin": origin}
            )

    def drafts(self, section_id: str) -> list[SiteDraft]:
        """The drafts of a section, by name."""
        query = Row.select().where(Row.section == section_id).order_by(Row.event_name)
        return [_draft(row) for row in self._db.rows(query)]

    def find(self, section_id: str, event_name: str) -> SiteDraft | None:
        row = self._db.row(Row.select().where(_is_it(section_id, event_name)))
        return _draft(row) if row else None

    def keep(
        self,
        section_id: str,
        draft: Draft,
        origin: str,
        definition: Definition | None,
        actor: Actor,
        now: int,
    ) -> SiteDraft:
        """Keeps a draft in place of the one before it. Raises `Problem("request-invalid")`: too many."""
        values = {
            "number": self._new_id(),
            "document": json.dumps(site_document(draft), ensure_ascii=False),
            "origin": origin,
            "revision": definition.revision if definition is not None else 0,
            "saved_by": actor.who,
            "saved_at": now,
        }
        insert = Row.insert(section=section_id, event_name=draft.event_name, **values)
        with self._db.writing():
            known = [one.event_name for one in self.drafts(section_id)]
            if len(known) >= MOST_DRAFTS and draft.event_name not in known:
                raise Problem("request-invalid", f"A section has at most {MOST_DRAFTS} drafts.")
            self._db.run(insert.on_conflict(conflict_target=[Row.section, Row.event_name], update=values))
        kept = self.find(section_id, draft.event_name)
        assert kept is not None
        return kept

    def throw_away(self, section_id: str, event_name: str) -> bool:
        """Whether there was a draft; there is none now."""
        with self._db.writing():
            return self._db.touch(Row.delete().where(_is_it(section_id, event_name))) > 0

    def publish(
        self, draft: SiteDraft, tracking: WebTracking, part: Part, hold: int, actor: Actor, now: int
    ) -> Definition:
        """The definition with the draft in it; the draft is gone, or what is left of it stays.

        `tracking` is that of a new definition, `hold` in seconds. Raises `Problem` as `Definitions.save`
        and `create` do, `definition-invalid` for a draft that does not fit any more, `stale` for one that
        is behind its definition, `not-found` where only the triggers of a new one are wanted.
        """
        with self._db.writing():
            stored = self._stored(draft)
            if draft.is_behind(stored):
                raise Problem("stale", "The definition was changed after this draft was saved.")
            basis = stored.draft if stored is not None else None
            wanted = judge_site_draft(draft.document, draft.event_name, basis, tracking)
            if stored is None:
                if part == "triggers":
                    raise Problem("not-found", "There is no definition yet whose triggers these could be.")
                made = self._definitions.create(draft.section_id, wanted, actor, now)
                self.throw_away(draft.section_id, draft.event_name)
                return made
            if part == "triggers":
                wanted = with_triggers(stored.draft, wanted.web_tracking.triggers)
            saved = self._definitions.save(stored, Edit(wanted, stored.revision), hold, actor, now)
            self._leave_rest(draft, saved)
        return saved

    def undo(self, definition: Definition, change_id: str, hold: int, actor: Actor, now: int) -> Definition:
        """The definition with its triggers as they were before a change of them.

        Raises `Problem`: `not-found`, `definition-invalid` where those do not fit the fields of now.
        """
        change = self._history.find(definition, change_id)
        if change is None:
            raise Problem("not-found", "There is no such change of the triggers.")
        with self._db.writing():
            stored = self._definitions.read_again(definition)
            wanted = with_triggers(stored.draft, change.before)
            draft = self.find(stored.section_id, stored.draft.event_name)
            edit = Edit(wanted, stored.revision, undoes=change.id)
            saved = self._definitions.save(stored, edit, hold, actor, now)
            if draft is not None and not draft.is_behind(stored):
                self._follow(draft, saved)
        return saved

    def _stored(self, draft: SiteDraft) -> Definition | None:
        found = self._definitions.find(draft.section_id, draft.event_name)
        return None if found is None else self._definitions.read_again(found)

    def _leave_rest(self, draft: SiteDraft, saved: Definition) -> None:
        """The draft goes if the definition has all of it now; else what is left counts from here on."""
        if judge_site_draft(draft.document, draft.event_name, saved.draft, saved.draft.web_tracking) == (
            saved.draft
        ):
            self.throw_away(draft.section_id, draft.event_name)
        else:
            self._follow(draft, saved)

    def _follow(self, draft: SiteDraft, saved: Definition) -> None:
        is_it = _is_it(draft.section_id, draft.event_name) & (Row.number == ids.decode(draft.id))
        self._db.run(Row.update(revision=saved.revision).where(is_it))


def with_triggers(draft: Draft, triggers: Any) -> Draft:
    """The same with other triggers. Raises `Problem("definition-invalid")`: its fields are others."""
    tracking = replace(draft.web_tracking, triggers=tuple(triggers))
    return parse_definition(dump_document(replace(draft, web_tracking=tracking)), draft)


def _is_it(section_id: str, event_name: str) -> Any:
    return (Row.section == section_id) & (Row.event_name == event_name)


def _draft(row: Mapping[str, Any]) -> SiteDraft:
    return SiteDraft(
        section_id=row["section"],
        event_name=row["event_name"],
        id=ids.encode(row["number"]),
        document=json.loads(row["document"]),
        origin=row["origin"],
        revision=row["revision"],
        saved_by=row["saved_by"],
        saved_at=row["saved_at"],
    )
