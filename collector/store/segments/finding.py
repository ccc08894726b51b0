"""Who is in a tree at this moment: counted, or listed page by page."""

from __future__ import annotations

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
            return Share(self._count(self._matching(node, scope)), self.everybody(scope.section_id))

    def everybody(self, section_id: str) -> int:
        """How many profiles a section has."""
        own = (Profile.section == section_id) & Profile.merged_into.is_null()
        return self._count(Profile.select(Profile.id).where(own))

    def overlap(self, one: tuple[Node, Scope], other: tuple[Node, Scope]) -> Overlap:
        """Of two trees, each with when and where it is asked; all counts are as of one moment."""
        first, second = self._matching(*one), self._matching(*other)
        with self._db.snapshot():
            both = self._count(first.where(Profile.id.in_(second)))
            return Overlap(both, self._count(first) - both, self._count(second) - both)

    def members(self, node: Node, scope: Scope, limit: int, after: int = 0) -> list[int]:
        """The ids of at most so many profiles that match, in their order, beyond the id `after`."""
        query = self._matching(node, scope).where(Profile.id > after).order_by(Profile.id).limit(limit)
        return [row["id"] for row in self._db.rows(query)]

    def between(self, node: Node, scope: Scope, low: int, high: int | None) -> list[int]:
        """The ids of those that match and lie above `low`, up to `high`; it may take long."""
        query = self._matching(node, scope).where(Profile.id > low)
        if high is not None:
            query = query.where(Profile.id <= high)
        with self._db.snapshot():
            return [row["id"] for row in self._db.rows(query.order_by(Profile.id))]

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
