"""Who is in a tree at this moment: counted, or listed page by page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import peewee
from peewee import fn

from collector.core.segments.tree import GoalLeaf, Node, leaves_of
from collector.store.database import Database
from collector.store.models import Profile, Total
from collector.store.segments.compiling import Scope, matching, totals_of
from collector.store.segments.dialect import OnPostgresql, OnSqlite
from collector.store.segments.evaluating import Evaluation


@dataclass(frozen=True, slots=True)
class Share:
    """So many profiles of so many."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of two segments: how many profiles are in both, and in one of them only."""

    both: int
    only_first: int
    only_second: int


class Finder:
    """Evaluates trees on a store, at once: what is committed counts."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.dialect = OnSqlite() if database.is_sqlite else OnPostgresql()

    def share(self, node: Node, scope: Scope) -> Share:
        """How many of the section's profiles match, and how many there are, both as of one moment."""
        with self._db.snapshot():
            packed = self._packed(node, scope)
            count = self._count(self._matching(node, scope)) if packed is None else len(packed)
            return Share(count, self.everybody(scope.section_id))

    def everybody(self, section_id: str) -> int:
        """How many profiles a section has."""
        own, merged = Profile.section == section_id, Profile.merged_into.is_null(False)
        if not self._db.is_sqlite or self._has_others(section_id):
            return self._count(Profile.select(Profile.id).where(own & ~(merged)))
        # SQLite looks at each row of some, but only at the pages of all.
        number = Profile.select(fn.COUNT(peewee.SQL("*")).alias("n"))
        every, less = self._db.rows(number), self._db.rows(number.where(merged))
        return int(every[0]["n"] - less[0]["n"])

    def _has_others(self, section_id: str) -> bool:
        """Whether another section has a profile."""
        sides = (Profile.section < section_id, Profile.section > section_id)
        return any(self._db.row(Profile.select(Profile.id).where(side)) for side in sides)

    def overlap(self, one: tuple[Node, Scope], other: tuple[Node, Scope]) -> Overlap:
        """Of two trees, each with when and where it is asked; all counts are as of one moment."""
        with self._db.snapshot():
            mine, others = self._packed(*one), self._packed(*other)
            if mine is None and others is None:
                first, second = self._matching(*one), self._matching(*other)
                both = self._count(first.where(Profile.id.in_(second)))
                return Overlap(both, self._count(first) - both, self._count(second) - both)
            ours = {*(self._all(*one) if mine is None else mine)}
            theirs = {*(self._all(*other) if others is None else others)}
            return Overlap(len(ours & theirs), len(ours - theirs), len(theirs - ours))

    def members(self, node: Node, scope: Scope, limit: int, after: int = 0) -> list[int]:
        """The ids of at most so many profiles that match, in their order, beyond the id `after`."""
        with self._db.snapshot():
            packed = self._packed(node, scope)
            if packed is None:
                return self._all(node, scope, after, limit=limit)
            start = bisect_right(packed, after)
            return packed[start : start + limit]

    def between(self, node: Node, scope: Scope, low: int = 0, high: int | None = None) -> list[int]:
        """The ids of those that match and lie above `low`, up to `high`; it may take long."""
        with self._db.snapshot():
            packed = self._packed(node, scope)
            if packed is None:
                return self._all(node, scope, low, high)
            end = len(packed) if high is None else bisect_right(packed, high)
            return packed[bisect_right(packed, low) : end]

    def _all(
        self, node: Node, scope: Scope, low: int = 0, high: int | None = None, limit: int | None = None
    ) -> list[int]:
        query = self._matching(node, scope).where(Profile.id > low)
        if high is not None:
            query = query.where(Profile.id <= high)
        return [row["id"] for row in self._db.rows(query.order_by(Profile.id).limit(limit))]

    def _packed(self, node: Node, scope: Scope) -> list[int] | None:
        """The ids of those that match over packed events, if that is quicker than SQL; in a snapshot."""
        if not self._db.is_sqlite:
            return None
        evaluation = Evaluation(self._db, scope, self.dialect)
        if not evaluation.is_worth_it(node):
            return None
        found: list[int] = evaluation.members(node).tolist()
        return found

    def among(self, node: Node, scope: Scope, profiles: Sequence[int]) -> set[int]:
        """Those of so many profiles that match."""
        query = self._matching(node, replace(scope, among=tuple(profiles)))
        return {row["id"] for row in self._db.rows(query)}

    def currencies(self, node: Node, scope: Scope) -> list[str]:
        """The currencies of all values that the tree's leaves add up or compare; empty: of those without any.

        A leaf that asks for one currency mixes none.
        """
        found: set[str] = set()
        for leaf in leaves_of(node):
            if isinstance(leaf, GoalLeaf) and leaf.aggregate != "count" and leaf.currency is None:
                query = Total.select(Total.goal_currency).distinct()
                query = query.where(totals_of(leaf, scope) & (Total.valued > 0))
                found |= {row["goal_currency"] for row in self._db.rows(query)}
        return sorted(found)

    def statement(self, node: Node, scope: Scope) -> tuple[str, list[Any]]:
        """The SQL that a tree becomes, and what is bound to it."""
        context = self._db.peewee.get_sql_context()
        sql, parameters = context.sql(self._matching(node, scope)).query()
        return str(sql), list(parameters)

    def _matching(self, node: Node, scope: Scope) -> Any:
        return matching(node, scope, self.dialect)

    def _count(self, query: Any) -> int:
        numbers = query.alias("numbers")
        found = self._db.rows(peewee.Select([numbers], [fn.COUNT(peewee.SQL("*")).alias("n")]))
        return int(found[0]["n"])
