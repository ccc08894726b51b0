"""The segments of sections: made, changed, deleted; who is in one is asked of `finding.py`."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from collector.store.segments.finding import Finder, Overlap, Share
from collector.store.segments.standing import GrowthDay, Standing, Standings
from collector.store.turns import Turns

PAGE = 500
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it is kept. `version` goes up with another tree or time zone, and with a rebuild."""

    number: int
    section_id: str
    draft: Draft
    version: int
    created_at: int
    updated_at: int
    deleted_at: int | None = None

    @property
    def zone(self) -> datetime.tzinfo:
        return zone_named(self.draft.timezone) or datetime.UTC

    def scope(self, now: int) -> Scope:
        return Scope(self.section_id, now, self.zone)


class Segments:
    """The segments of a store, and who is in them."""

    def __init__(self, database: Database, new_id: Callable[[], int], audit: Audit) -> None:
        self._db = database
        self._profiles = Profiles(database)
        self._new_id = new_id
        self._audit = audit
        self._turns = Turns(database)
        self.finder = Finder(database)
        self.standings = Standings(database)

    def create(self, section_id: str, draft: Draft, actor: Actor, now: int) -> Segment:
        """Raises `Problem("name-taken")` if the section has or had a segment with this id."""
        made = Segment(self._new_id(), section_id, draft, 1, now, now)
        columns = {"id": made.number, "section": section_id, "slug": draft.id, "created_at": now}
        with self._db.writing():
            # Commits that saw no segment, and so left no note, are over; all others see this one.
            self._turns.alone(section_id)
            insert = Row.insert(**columns, **_columns(made)).on_conflict_ignore()
            self._db.run(insert)
            stored = self._db.row(Row.select(Row.id).where(_is(section_id, draft.id)))
            if stored is None or stored["id"] != made.number:
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
        return segment_of(row)

    def known(self, section_id: str, segment_id: str) -> Segment | None:
        """The segment that has or had this id, if there ever was one."""
        row = self._db.row(Row.select().where(_is(section_id, segment_id)))
        return segment_of(row) if row is not None else None

    def page(self, section_id: str, limit: int, cursor: str | None) -> tuple[list[Segment], str | None]:
        """The newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where((Row.section == section_id) & Row.deleted_at.is_null())
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return [segment_of(row) for row in found], more

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
            after = replace(before, draft=draft, version=version, updated_at=now)
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

    def rebuild(self, section_id: str, segment_id: str, actor: Actor, now: int) -> Segment:
        """Has the members found anew, as the next version. Raises `Problem("not-found")`."""
        with self._db.writing():
            before = self._locked(section_id, segment_id)
            after = replace(before, version=before.version + 1, updated_at=now)
            self._db.run(Row.update(**_columns(after)).where(_is(section_id, segment_id)))
            self._record(after, actor, "segment.rebuilt", now, after={"version": after.version})
        return after

    def share(self, segment: Segment, now: int) -> Share:
        """How many of the section's profiles are members, and how many there are."""
        return self.share_of(segment, self.standings.of(segment.number), now)

    def share_of(self, segment: Segment, standing: Standing, now: int) -> Share:
        """The same, given how far it is followed: then both numbers are kept, and as of the same notes."""
        if not standing.is_there:
            return self.finder.share(segment.draft.node, segment.scope(now))
        if standing.everybody is None:
            return Share(standing.members, self.finder.everybody(segment.section_id))
        # A build sees profiles of which no note is followed yet.
        return Share(standing.members, max(standing.everybody, standing.members))

    def overlap(self, one: Segment, other: Segment, now: int) -> Overlap:
        """How many are members of both, and of one only; where both are followed, without their trees."""
        with self._db.snapshot():
            standings = self.standings.all({one.number, other.number})
            first, second = standings[one.number], standings[other.number]
            if not (first.is_there and second.is_there):
                trees = [(each.draft.node, each.scope(now)) for each in (one, other)]
                return self.finder.overlap(*trees)
            both = self.standings.in_both(first, second)
            return Overlap(both, first.members - both, second.members - both)

    def of_profile(self, section_id: str, profile_id: int) -> list[tuple[Segment, int]]:
        """The segments in which a profile is shown as a member, with when it joined (microseconds)."""
        joined = {row["segment"]: row["joined_at"] for row in self.standings.of_profiles([profile_id])}
        mine = (Row.section == section_id) & Row.deleted_at.is_null() & Row.id.in_(sorted(joined))
        found = [
            segment_of(row) for row in self._db.rows(Row.select().where(mine).order_by(Row.name, Row.id))
        ]
        return [(one, joined[one.number]) for one in found]

    def growth(self, segment: Segment, days: int, now: int) -> list[GrowthDay]:
        """The last so many days until today in its time zone, the oldest first; none before its first."""
        return self.standings.growth(segment.number, segment.zone, days, now)

    def page_of_members(self, segment: Segment, now: int, limit: int, after: int = 0) -> list[int]:
        """The ids of at most so many members, in their order, beyond the id `after`.

        As long as nobody has followed the segment, they are found by its tree.
        """
        standing = self.standings.of(segment.number)
        if standing.is_there:
            return self.standings.members(standing, limit, after)
        return self.finder.members(segment.draft.node, segment.scope(now), limit, after)

    def members(self, segment: Segment, now: int) -> Iterator[Profile]:
        """All members, those that were made first first; read page by page."""
        last = 0
        while found := self.page_of_members(segment, now, PAGE, last):
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


def tree_of(segment: Segment) -> str:
    """What decides who is in a segment, its tree and where its days begin, as a hash: it tells of nobody."""
    text = f"{segment.draft.timezone} {document_text(segment.draft.document)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _is(section_id: str, segment_id: str) -> Any:
    return (Row.section == section_id) & (Row.slug == segment_id)


def _columns(segment: Segment) -> dict[str, Any]:
    draft = segment.draft
    return {
        "name": draft.name,
        "color": draft.color,
        "timezone": draft.timezone,
        "tree": document_text(draft.document),
        "version": segment.version,
        "updated_at": segment.updated_at,
    }


def _told(draft: Draft) -> dict[str, Any]:
    """For the audit log."""
    tree = json.loads(document_text(draft.document))
    return {"name": draft.name, "color": draft.color, "timezone": draft.timezone, "tree": tree}


def document_text(document: Mapping[str, Any]) -> str:
    """A tree as it is kept, with all digits of its numbers."""
    return _ENCODER.encode(document).decode()


def segment_of(row: Mapping[str, Any]) -> Segment:
    """The segment in a row of its table."""
    document = strict_json.read(row["tree"].encode())
    assert isinstance(document, dict)
    node = read_tree(document, zone_named(row["timezone"]) or datetime.UTC)
    assert not isinstance(node, list), node
    draft = Draft(row["slug"], row["name"], row["color"], row["timezone"], document, node)
    times = (row["created_at"], row["updated_at"], row["deleted_at"])
    return Segment(row["id"], row["section"], draft, row["version"], *times)
