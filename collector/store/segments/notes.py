"""Notes of who may have moved in or out of segments: left in the transaction that moved them.

So a note is there if and only if the change is, and becomes visible together with it, whatever the order in
which transactions end. Nobody keeps a place in them: who has followed a note deletes that very note
(`following.py`). A commit leaves one note for all its profiles, and none where there is no segment.

Whoever makes, merges, parts or erases profiles also notes by how many their sections grew. So what is kept as
the number of a section's profiles, and what its notes add to that, is the number of its profiles at every
moment.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from collector.store.database import Database
from collector.store.models_segments import Note as Row
from collector.store.models_segments import Segment

_NUMBERS = "q"  # signed, 64 bits


@dataclass(frozen=True, slots=True)
class Note:
    """These profiles changed; or, with a section, whatever is in it did.

    `gained` is section → by how many profiles it grew, or shrank.
    """

    id: int
    section_id: str | None
    profiles: tuple[int, ...]
    gained: Mapping[str, int]


class Notes:
    """The notes of a store. Whatever leaves one is called inside the transaction that changes something."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._leave = database.statement(_if_there_are_segments()).split(" RETURNING ")[0]

    def leave(self, profiles: Collection[int], gained: Mapping[str, int]) -> None:
        """From a commit, which has its sections' turn: whoever makes a segment has it alone."""
        if profiles or gained:
            self._db.many(self._leave, [(_packed(profiles), _text(gained))])

    def leave_always(self, profiles: Iterable[int], gained: Mapping[str, int]) -> None:
        """From everybody else."""
        self._db.run(Row.insert(profiles=_packed(profiles), gained=_text(gained)))

    def leave_for_later(self, profiles: Iterable[int], due_at: int) -> None:
        """These profiles have to be looked at again, only then."""
        self._db.run(Row.insert(profiles=_packed(profiles), due_at=due_at))

    def leave_for_section(self, section_id: str) -> None:
        """All profiles of the section have to be looked at again."""
        self._db.run(Row.insert(section=section_id))

    def read(self, now: int, most: int) -> list[Note]:
        """So many of the oldest that are due."""
        due = Row.select().where(Row.due_at.is_null() | (Row.due_at <= now))
        return [_note(row) for row in self._db.rows(due.order_by(Row.id).limit(most))]

    def ahead(self, section_id: str) -> int:
        """By how many profiles the section grew of which no note is followed yet."""
        telling = self._db.rows(Row.select(Row.gained).where(Row.gained.is_null(False)))
        return sum(json.loads(row["gained"]).get(section_id, 0) for row in telling)

    def take(self, notes: Collection[Note]) -> bool:
        """Deletes notes that are followed; False if somebody else has done so meanwhile."""
        numbers = [one.id for one in notes]
        return self._db.touch(Row.delete().where(Row.id.in_(numbers))) == len(numbers) if numbers else True


def gained_by(notes: Iterable[Note]) -> dict[str, int]:
    """Section → by how many profiles it grew, by all of these notes; those that did not are left out."""
    found: Counter[str] = Counter()
    for note in notes:
        found.update(note.gained)
    return {section: number for section, number in found.items() if number}


def _if_there_are_segments() -> Any:
    segment = Segment.select(Segment.id).where(Segment.deleted_at.is_null())
    values = peewee.Select(columns=[peewee.Value(b""), peewee.Value("")])
    return Row.insert_from(values.where(fn.EXISTS(segment)), [Row.profiles, Row.gained])


def _packed(profiles: Iterable[int]) -> bytes:
    return array(_NUMBERS, profiles).tobytes()


def _text(gained: Mapping[str, int]) -> str | None:
    return json.dumps(gained, ensure_ascii=False) if gained else None


def _note(row: dict[str, Any]) -> Note:
    profiles = tuple(array(_NUMBERS, bytes(row["profiles"] or b"")))
    return Note(row["id"], row["section"], profiles, json.loads(row["gained"] or "{}"))
