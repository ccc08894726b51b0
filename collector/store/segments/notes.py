"""Notes of who may have moved in or out of segments: left in the transaction that moved them.

So a note is there if and only if the change is, and becomes visible together with it, whatever the order in
which transactions end. Nobody keeps a place in them: who has followed a note deletes that very note
(`following.py`). A commit leaves one note for all its profiles, and none where there is no segment.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
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
    """These profiles changed; or, with a section, whatever is in it did."""

    id: int
    section_id: str | None
    profiles: tuple[int, ...]


class Notes:
    """The notes of a store. All but `read` are called inside the transaction that changes something."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._leave = database.statement(_if_there_are_segments()).split(" RETURNING ")[0]

    def leave(self, profiles: Collection[int]) -> None:
        """From a commit, which has its sections' turn: whoever makes a segment has it alone."""
        if profiles:
            self._db.many(self._leave, [(_packed(profiles),)])

    def leave_always(self, profiles: Iterable[int], due_at: int | None = None) -> None:
        """From everybody else. `due_at`: it is to be read only then."""
        self._db.run(Row.insert(profiles=_packed(profiles), due_at=due_at))

    def leave_for_section(self, section_id: str) -> None:
        """All profiles of the section have to be looked at again."""
        self._db.run(Row.insert(section=section_id))

    def read(self, now: int, most: int) -> list[Note]:
        """So many of the oldest that are due."""
        due = Row.select().where(Row.due_at.is_null() | (Row.due_at <= now))
        return [_note(row) for row in self._db.rows(due.order_by(Row.id).limit(most))]

    def take(self, notes: Collection[Note]) -> bool:
        """Deletes notes that are followed; False if somebody else has done so meanwhile."""
        numbers = [one.id for one in notes]
        return self._db.touch(Row.delete().where(Row.id.in_(numbers))) == len(numbers) if numbers else True


def _if_there_are_segments() -> Any:
    segment = Segment.select(Segment.id).where(Segment.deleted_at.is_null())
    return Row.insert_from(
        peewee.Select(columns=[peewee.Value(b"")]).where(fn.EXISTS(segment)), [Row.profiles]
    )


def _packed(profiles: Iterable[int]) -> bytes:
    return array(_NUMBERS, profiles).tobytes()


def _note(row: dict[str, Any]) -> Note:
    return Note(row["id"], row["section"], tuple(array(_NUMBERS, bytes(row["profiles"] or b""))))
