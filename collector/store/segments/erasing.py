"""What an erasure does about segments, inside its transaction, with its section's turn alone.

The person leaves every segment; the day's count tells that somebody did. A tree that names the person goes on
without the name, as the next version, and so do the audit log's lines about segments.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from collector.core.actors import Actor
from collector.core.mentions import Person
from collector.core.segments.clearing import without_person
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Audit as AuditRow
from collector.store.models_segments import Member, Passage, Segment, Standing
from collector.store.segments.kept import document_text, segment_of
from collector.store.segments.moving import Mover, Place
from collector.store.webhooks.outbox import Outbox


class SegmentErasure:
    """Takes people out of the segments of a store."""

    def __init__(
        self, database: Database, take_ids: Callable[[int], list[int]], audit: Audit, outbox: Outbox
    ) -> None:
        self._db = database
        self._audit = audit
        self._mover = Mover(database, take_ids, outbox)

    def forget(self, profiles: Collection[int], now: int) -> None:
        """Deletes members and what timelines tell of them."""
        numbers = sorted(profiles)
        members = self._db.rows(Member.select().where(Member.profile.in_(numbers)))
        self._db.run(Member.delete().where(Member.profile.in_(numbers)))
        self._db.run(Passage.delete().where(Passage.profile.in_(numbers)))
        counts = Counter((row["segment"], row["generation"]) for row in members)
        segments = {segment for segment, _ in counts}
        rows = self._db.rows(Segment.select().where(Segment.id.in_(sorted(segments)))) if segments else []
        for one in map(segment_of, rows):
            row = self._db.row(Standing.select().where(Standing.segment == one.number))
            assert row is not None
            left = counts[one.number, row["generation"]]
            members_left = row["members"] - left
            built = row["next_members"] - counts[one.number, row["next_generation"]]
            changed = Standing.update(members=members_left, next_members=built)
            self._db.run(changed.where(Standing.segment == one.number))
            if left:
                self._mover.count(Place(one.number, one.version, one.zone), members_left, 0, left, now)

    def names(self, section_id: str, person: Person) -> bool:
        """Whether a segment names the person."""
        found = self._db.rows(Segment.select().where(Segment.section == section_id))
        return any(_told(row) != without_person(_told(row), person) for row in found)

    def clear(self, section_id: str, person: Person, actor: Actor, now: int) -> int:
        """Takes the person out of trees and names; in how many segments there was something."""
        query = Segment.select().where(Segment.section == section_id).order_by(Segment.id)
        found = self._db.rows(query if self._db.is_sqlite else query.for_update())
        return sum(self._clear(row, person, actor, now) for row in found)

    def _clear(self, row: dict[str, Any], person: Person, actor: Actor, now: int) -> bool:
        segment = segment_of(row)
        before = _told(row)
        after = without_person(before, person)
        if after == before:
            return False
        version = segment.version + (after["tree"] != before["tree"])
        text = document_text(after["tree"])
        changed = {"name": after["name"], "color": after["color"], "tree": text, "version": version}
        self._db.run(Segment.update(**changed, updated_at=now).where(Segment.id == segment.number))
        told = {"version": version}
        self._audit.record(
            segment.section_id, actor, "segment.cleared", segment.draft.id, now=now, after=told
        )
        return True

    def clear_audit(self, section_id: str, person: Person) -> None:
        """The log keeps that a segment was changed, and not the identifier that it had asked for."""
        told = (AuditRow.section == section_id) & AuditRow.action.startswith("segment.")
        for row in self._db.rows(AuditRow.select().where(told)):
            texts = {name: _text_without(row[name], person) for name in ("before", "after")}
            if any(row[name] != text for name, text in texts.items()):
                self._db.run(AuditRow.update(**texts).where(AuditRow.id == row["id"]))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What people have written in a segment."""
    return {"name": row["name"], "color": row["color"], "tree": segment_of(row).draft.document}


def _text_without(text: str | None, person: Person) -> str | None:
    if text is None:
        return None
    document = json.loads(text)
    left = without_person(document, person)
    return text if left == document else json.dumps(left, ensure_ascii=False)
