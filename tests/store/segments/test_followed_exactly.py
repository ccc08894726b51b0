"""Whatever happens, and however it is followed: members are those whom plain Python finds in the end."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.segments.drafts import read_draft
from collector.core.strict_json import read
from collector.store.models_segments import Member, Passage
from collector.store.segments.kept import Segment
from tests.cast import ADMIN, NOON, Shop
from tests.generated import examples
from tests.store.segments import histories, plainly
from tests.store.segments.histories import Deed, as_json
from tests.store.segments.test_exact import FEW, Life


class Watched:
    """Segments of a life, that are followed for some turns after each thing that happens."""

    def __init__(self, shop: Shop, trees: list[Any], turns: list[int]) -> None:
        self.shop = shop
        self.segments: list[Segment] = []
        self._trees = trees
        self._turns = iter(turns)
        self._follower = shop.store.new_follower(slice_size=2)

    def __call__(self, life: Life) -> None:
        """Makes one more segment, changes one that is there, and follows for a while."""
        number = len(self.segments)
        tree = read(as_json(self._trees[number % len(self._trees)]))
        draft = read_draft({"name": f"S{number}", "tree": tree})
        assert not isinstance(draft, list), draft
        segments = self.shop.store.segments
        made = segments.create(life.section, draft, ADMIN, NOON)
        self.segments.append(made)
        if number % 3 == 2:
            first = self.segments[0]
            other = self.segments[-1].draft
            self.segments[0] = segments.change(
                life.section,
                first.draft.id,
                lambda before: replace(before, document=other.document, node=other.node),
                ADMIN,
                NOON,
            )
        for _ in range(next(self._turns, 0)):
            self._follower.turn(self.shop.clock.now)

    def catch_up(self) -> None:
        while self._follower.turn(self.shop.clock.now):
            pass


@settings(FEW, max_examples=examples(3, 10))
@given(
    groups=histories.lives,
    merge=st.sampled_from(["none", "made", "undone"]),
    trees=st.lists(histories.trees, min_size=8, max_size=8),
    turns=st.lists(st.integers(0, 12), min_size=8, max_size=8),
)
def test_who_is_followed_is_who_is_found(
    shop: Shop, groups: list[list[Deed]], merge: str, trees: list[Any], turns: list[int]
) -> None:
    watched = Watched(shop, trees, turns)
    life = Life(shop, groups, merge, watched)
    watched.catch_up()
    section = plainly.look_at(shop, life.section, NOON, datetime.UTC)
    for segment in watched.segments:
        standing = shop.store.segments.standings.of(segment.number)
        found = shop.store.segments.standings.members(standing, 100)
        expected = plainly.members(segment.draft.node, section)
        assert found == expected, (segment.draft.document, standing)
        assert (standing.members, standing.step, standing.version) == (len(found), None, segment.version)
        assert told(shop, segment) == set(found)
    assert left_over(shop) == []


def told(shop: Shop, segment: Segment) -> set[int]:
    """Who is in by the timelines, on each of which joining and leaving take turns."""
    passages: defaultdict[int, list[int]] = defaultdict(list)
    query = Passage.select().where(Passage.segment == segment.number).order_by(Passage.id)
    for row in shop.store.database.rows(query):
        passages[row["profile"]].append(row["operation"])
    for profile, operations in passages.items():
        assert operations == [number % 2 for number in range(len(operations))], (profile, operations)
    return {profile for profile, operations in passages.items() if operations[-1] == 0}


def left_over(shop: Shop) -> list[Any]:
    """Members of what is shown to nobody."""
    found = shop.store.segments.standings
    rows = shop.store.database.rows(Member.select())
    return [row for row in rows if row["generation"] != found.of(row["segment"]).generation]
