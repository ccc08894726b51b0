"""Keeping rejections: in the commit that refused them, the newest of each definition, every loss counted.

So that it costs next to nothing, the bound is looked after once for so many new rejections (a tenth of it):
there can be that many more for each process for a moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField

from collector.core.events import Rejection
from collector.store import rows
from collector.store.database import Database
from collector.store.models import Rejection as Row

KEPT = 10_000
"""How many rejections of a definition are kept, unless a setting says otherwise."""
NO_DEFINITION = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rejections of each definition are kept; those without one for so many days, 0: any time."""

    rejections: int = KEPT
    unnamed_days: int = 90


AS_USUAL = Kept()

Place = tuple[str, int]
"""section, definition (0: those without one)"""
Fate = Literal["dropped", "released", "erased"]
FATES: tuple[Fate, ...] = ("dropped", "released", "erased")

AT_ONCE = 2_000
"""So many are dropped in one commit at the most, to keep it short."""
_PART = 500


class RejectionsGone(peewee.Model):
    """How many rejections are kept no longer, by what became of them; definition 0: of those without one.

    Written in the transaction that deletes them: what the ledger counted as `rejected` is, for every section
    and definition, the rows of `rejection` and these three. A row is of a node, as in the ledger.
    """

    section = TextField()
    definition = BigIntegerField()
    node = IntegerField()
    dropped = BigIntegerField(default=0)
    released = BigIntegerField(default=0)
    erased = BigIntegerField(default=0)

    class Meta:
        table_name = "rejections_gone"
        primary_key = CompositeKey("section", "definition", "node")


class Keeper:
    """Keeps rejections and lets them go, inside a transaction of the caller's."""

    def __init__(
        self, database: Database, take_ids: Callable[[int], list[int]], node: int, bound: int = KEPT
    ) -> None:
        self._db = database
        self._take_ids = take_ids
        self._node = node
        self._bound = bound
        self._slack = max(bound // 10, 1)
        self._since: dict[Place, int] = {}
        self._insert = database.insertion(Row, rows.REJECTION_COLUMNS)
        self._count_gone = database.statement(_counting())

    def keep(self, rejections: Sequence[Rejection]) -> None:
        """Stores new rejections, and drops the oldest of their definitions where there are too many."""
        if not rejections:
            return
        numbers = self._take_ids(len(rejections))
        made = [rows.rejection_row(number, one) for number, one in zip(numbers, rejections, strict=True)]
        self._db.many(self._insert, made)
        arrived = Counter((one.section_id, one.definition_id or NO_DEFINITION) for one in rejections)
        for place, count in sorted(arrived.items()):
            # A process that has just started does not know how many there are: it looks.
            since = self._since.get(place, self._slack) + count
            self._since[place] = since if since < self._slack else self._bring_down(place)

    def let_go(self, numbers: Iterable[int], fate: Fate) -> int:
        """Deletes these rejections and counts them as `fate`; how many of them were still there."""
        found = self.locked(numbers)
        for part in _parts([row["id"] for row in found]):
            self._db.run(Row.delete().where(Row.id.in_(part)))
        self._count(((row["section"], row["definition"] or NO_DEFINITION) for row in found), fate)
        return len(found)

    def locked(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Those of these rejections that are still there, in the order of their ids; nobody else changes them
        before the end of the transaction.
        """
        found: list[dict[str, Any]] = []
        for part in _parts(sorted(set(numbers))):
            query = Row.select().where(Row.id.in_(part)).order_by(Row.id)
            found += self._db.rows(query if self._db.is_sqlite else query.for_update())
        return found

    def look_again(self) -> None:
        """After a transaction that was taken back: what it dropped is there still."""
        self._since.clear()

    def _bring_down(self, place: Place) -> int:
        """Drops what is too much; how near that is to the next time."""
        section_id, definition = place
        of_it = Row.definition == definition
        if definition == NO_DEFINITION:
            of_it = (Row.section == section_id) & Row.definition.is_null()
        newest = Row.select(Row.id).where(of_it).order_by(Row.id.desc())
        first_too_many = self._db.row(newest.offset(self._bound))
        if first_too_many is None:
            return 0
        dropped = self._drop(of_it & (Row.id <= first_too_many["id"]))
        self._count([place] * dropped, "dropped")
        return self._slack if dropped == AT_ONCE else 0

    def _drop(self, condition: Any) -> int:
        oldest = Row.select(Row.id).where(condition).order_by(Row.id).limit(AT_ONCE)
        if not self._db.is_sqlite:
            # What a replay holds, it will delete itself; nobody waits for anybody here.
            oldest = oldest.for_update(skip_locked=True)
        found = [row["id"] for row in self._db.rows(oldest)]
        for part in _parts(found):
            self._db.run(Row.delete().where(Row.id.in_(part)))
        return len(found)

    def _count(self, places: Iterable[Place], fate: Fate) -> None:
        counts = Counter(places)
        if counts:
            made = [
                (*place, self._node, *(count if one == fate else 0 for one in FATES))
                for place, count in sorted(counts.items())
            ]
            self._db.many(self._count_gone, made)


def gone(database: Database, section_id: str) -> dict[int, dict[Fate, int]]:
    """How many rejections of a section are kept no longer: definition (0: without one) → fate → how many."""
    sums = [peewee.fn.SUM(getattr(RejectionsGone, fate)).alias(fate) for fate in FATES]
    query = RejectionsGone.select(RejectionsGone.definition, *sums).where(
        RejectionsGone.section == section_id
    )
    found = database.rows(query.group_by(RejectionsGone.definition))
    return {row["definition"]: {fate: int(row[fate]) for fate in FATES} for row in found}


def _counting() -> Any:
    place = {"section": "", "definition": 0, "node": 0}
    target = [getattr(RejectionsGone, name) for name in place]
    both = {
        getattr(RejectionsGone, fate): getattr(RejectionsGone, fate) + getattr(peewee.EXCLUDED, fate)
        for fate in FATES
    }
    nothing = dict.fromkeys(FATES, 0)
    return RejectionsGone.insert(**place, **nothing).on_conflict(conflict_target=target, update=both)


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _PART] for start in range(0, len(numbers), _PART))
