"""The members of segments who have an e-mail, for APIs to which an e-mail is what a person is."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import fn

from collector.core.segments.tree import Branch, ContactLeaf, Filter, IsSet, Node
from collector.core.segments.tree import Identifier as IdentifierPlace
from collector.store.database import Database
from collector.store.models import Identifier
from collector.store.models_segments import Member
from collector.store.segments.compiling import Scope, matching
from collector.store.segments.finding import Finder
from collector.store.segments.kept import Segment
from collector.store.segments.standing import Standings, shown

HAS_EMAIL = ContactLeaf((Filter(IdentifierPlace("email"), IsSet()),))


class Reachable:
    """Counts and lists them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._finder = Finder(database)
        self._standings = Standings(database)

    def count_of(self, node: Node, scope: Scope) -> int:
        """How many match a tree at this moment."""
        return self._finder.share(Branch("and", (node, HAS_EMAIL)), scope).count

    def count(self, segment: Segment, now: int) -> int:
        """How many members there are."""
        has_email = self._emails(segment, now).alias("emails")
        found = self._db.rows(
            peewee.Select([has_email], [fn.COUNT(fn.DISTINCT(has_email.c.profile)).alias("n")])
        )
        return int(found[0]["n"])

    def emails(self, segment: Segment, now: int, limit: int, offset: int) -> list[str]:
        """The first e-mail of each, in alphabetical order."""
        ranked = self._emails(segment, now).alias("ranked")
        query = peewee.Select([ranked], [ranked.c.value]).where(ranked.c.place == 1)
        page = query.order_by(ranked.c.value).limit(limit).offset(offset)
        return [row["value"] for row in self._db.rows(page)]

    def _emails(self, segment: Segment, now: int) -> Any:
        place = fn.ROW_NUMBER().over(
            partition_by=[Identifier.profile], order_by=[Identifier.created_at, Identifier.value]
        )
        own = (Identifier.section == segment.section_id) & (Identifier.kind == "email")
        query = Identifier.select(Identifier.profile, Identifier.value, place.alias("place"))
        return query.where(own & Identifier.profile.in_(self._members(segment, now)))

    def _members(self, segment: Segment, now: int) -> Any:
        standing = self._standings.of(segment.number)
        if standing.is_there:
            return Member.select(Member.profile).where(shown(standing))
        return matching(segment.draft.node, segment.scope(now), self._finder.dialect)
