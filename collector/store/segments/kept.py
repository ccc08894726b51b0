"""The segments of sections: made, changed, deleted; who is in one is asked of `finding.py`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from collector.core import strict_json
from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.core.segments.drafts import Draft, zone_named
from collector.core.segments.reading import read_tree
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.lists import newest_first
from collector.store.models_segments import Segment as Row
from collector.store.profiles import Profile, Profiles
from collector.store.segments.compiling import Scope
from collector.store.segments.finding import Finder

PAGE = 500
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it is kept. `version` goes up with every change of its tree or time zone."""

    section_id: str
    draft: Draft
    version: int
    created_at: int
    updated_at: int

    def scope(self, now: int) -> Scope:
        return Scope(self.section_id, now, zone_named(self.draft.timezone) or datetime.UTC)


class Segments:
    """The segments of a store, and who is in them at this moment."""

    def __init__(self, database: Database, new_id: Callable[[], int], audit: Audit) -> None:
        self._db = database
        self._profiles = Profiles(database)
        self._new_id = new_id
        self._audit = audit
        self.finder = Finder(database)

    def create(self, section_id: str, draft: Draft, actor: Actor, now: int) -> Segment:
        """Raises `Problem("name-taken")` if the section has or had a segment with this id."""
        made = Segment(section_id, draft, 1, now, now)
        columns = {"id": self._new_id(), "section": section_id, "slug": draft.id, "created_at": now}
        with self._db.writing():
            insert = Row.insert(**columns, **_columns(made)).on_conflict_ignore()
            self._db.run(insert)
            stored = self._db.row(Row.select(Row.id).where(_is(section_id, draft.id)))
            if stored is None or stored["id"] != columns["id"]:
                raise Problem(
                    "name-taken", f"There is or was a segment {draft.id!r}; its id is not given twice."
                )
            self._record(made, actor, "segment.created", now, after=_told(draft))
        return made

    def find(self, section_id: str, segment_id: str) -> Segment:
        """Raises `Problem("not-found")`."""
        row = self._db.row(Row.select().where(_is(section_id, segment_id) & Row.deleted_at.is_null()))
        if row is None:
            raise Problem("not-found", "There is no such segment.")
        return _segment(row)

    def page(self, section_id: str, limit: int, cursor: str | None) -> tuple[list[Segment], str | None]:
        """The newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where((Row.section == section_id) & Row.deleted_at.is_null())
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return [_segment(row) for row in found], more

    def change(
        self, section_id: str, segment_id: str, make: Callable[[Draft], Draft], actor: Actor, now: int
    ) -> Segment:
        """Makes of the segment what `make` makes of what is stored. Raises `Problem("not-found")`."""
        with self._db.writing():
            before = self._locked(section_id, segment_id)
            draft = make(before.draft)
            if draft == before.draft:
                return before
            same = (draft.node, draft.timezone) == (before.draft.node, before.draft.timezone)
            version = before.version + (0 if same else 1)
            after = Segment(section_id, draft, version, before.created_at, now)
            self._db.run(Row.update(**_columns(after)).where(_is(section_id, segment_id)))
            told = {"before": _told(before.draft), "after": _told(draft)}
            self._record(after, actor, "segment.changed", now, **told)
        return after

    def delete(self, section_id: str, segment_id: str, actor: Actor, now: int) -> None:
        """Its id is not given again. Raises `Problem("not-found")`."""
        with self._db.writing():
            before = self._locked(section_id, segment_id)
            self._db.run(Row.update(deleted_at=now).where(_is(section_id, segment_id)))
            self._record(before, actor, "segment.deleted", now, before=_told(before.draft))

    def members(self, segment: Segment, now: int) -> Iterator[Profile]:
        """Everybody who matches, as of `now`, those that were made first first; read page by page."""
        last, scope = 0, segment.scope(now)
        while found := self.finder.members(segment.draft.node, scope, PAGE, last):
            profiles = self._profiles.named(segment.section_id, found)
            yield from (profiles[number] for number in found if number in profiles)
            last = found[-1]

    def _locked(self, section_id: str, segment_id: str) -> Segment:
        if not self._db.is_sqlite:
            self._db.rows(Row.select(Row.id).where(_is(section_id, segment_id)).for_update())
        return self.find(section_id, segment_id)

    def _record(
        self, segment: Segment, actor: Actor, action: str, now: int, before: Any = None, after: Any = None
    ) -> None:
        self._audit.record(
            segment.section_id, actor, action, segment.draft.id, now=now, before=before, after=after
        )


def _is(section_id: str, segment_id: str) -> Any:
    return (Row.section == section_id) & (Row.slug == segment_id)


def _columns(segment: Segment) -> dict[str, Any]:
    draft = segment.draft
    return {
        "name": draft.name,
        "color": draft.color,
        "timezone": draft.timezone,
        "tree": _text(draft.document),
        "version": segment.version,
        "updated_at": segment.updated_at,
    }


def _told(draft: Draft) -> dict[str, Any]:
    """For the audit log."""
    tree = json.loads(_text(draft.document))
    return {"name": draft.name, "color": draft.color, "timezone": draft.timezone, "tree": tree}


def _text(document: Mapping[str, Any]) -> str:
    return _ENCODER.encode(document).decode()


def _segment(row: Mapping[str, Any]) -> Segment:
    document = strict_json.read(row["tree"].encode())
    assert isinstance(document, dict)
    node = read_tree(document, zone_named(row["timezone"]) or datetime.UTC)
    assert not isinstance(node, list), node
    draft = Draft(row["slug"], row["name"], row["color"], row["timezone"], document, node)
    return Segment(row["section"], draft, row["version"], row["created_at"], row["updated_at"])
