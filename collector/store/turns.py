"""Turns between processes: who may go on at the same time, until the end of the transaction.

On PostgreSQL two transactions do not see each other's rows. So an anonymous event could be stored while its
visitor is being linked to a profile, or an event while its profile is being merged into another, and be left
behind. Commits therefore share their sections and the visitors of their anonymous events; whoever links a
visitor or merges profiles of a section has it alone. They are advisory locks: nothing is written for them.
On SQLite there is one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from collector.store.database import Database

VisitorName = tuple[str, str]
"""section, visitor"""

_SECTIONS, _VISITORS = 0x46505301, 0x46505302
_PLACES = 256  # a transaction takes at most so many locks of a class: the server's table of locks is small
_TAKE = (
    "SELECT CASE WHEN alone THEN pg_advisory_xact_lock(class, place)"
    " ELSE pg_advisory_xact_lock_shared(class, place) END"
    " FROM unnest(%s::int[], %s::int[], %s::bool[]) AS wanted (class, place, alone)"
)


class Turns:
    """Call these first thing in a transaction, before anything is read that they are to protect."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.are_taken = not database.is_sqlite

    def share(
        self, sections: Iterable[str], anonymous: Iterable[VisitorName], arriving: Iterable[VisitorName]
    ) -> None:
        """The turn of a commit. Of `arriving`, the visitors that it may link, it is the only one."""
        wanted = {(_SECTIONS, _place(section)): False for section in sections}
        wanted |= {(_VISITORS, _place("\0".join(name))): False for name in anonymous}
        wanted |= {(_VISITORS, _place("\0".join(name))): True for name in arriving}
        self._take(wanted)

    def alone(self, section_id: str) -> None:
        """The turn of a merge: no commit of the section goes on meanwhile."""
        self._take({(_SECTIONS, _place(section_id)): True})

    def _take(self, wanted: dict[tuple[int, int], bool]) -> None:
        if not self.are_taken or not wanted:
            return
        # In one order for all, so that nobody waits in a circle.
        places = sorted(wanted)
        classes, numbers = [one[0] for one in places], [one[1] for one in places]
        self._db.peewee.execute_sql(_TAKE, (classes, numbers, [wanted[one] for one in places]))


def _place(name: str) -> int:
    return crc32(name.encode()) % _PLACES
