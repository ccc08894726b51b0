"""Members that are followed note by note are those whom the tree finds, whatever happened meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.core.segments.drafts import read_draft
from collector.store.models_segments import Note, Passage
from collector.store.segments.following import Follower
from collector.store.segments.kept import Segment
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop
from tests.core.segments.trees import contact, timeline
from tests.store.people import owner
from tests.store.writes import commit, count, write

DAY = 86_400
ORDERED = timeline(count_operator="at_least", count_value=1)
RECENT = timeline(
    count_operator="at_least", count_value=1, timeframe_operator="in_the_last_days", timeframe_values=["1"]
)
NAMED = contact(
    {"field_name": "plan", "field_type": "string", "operator": "equals", "string_values": ["gold"]}
)


class Followed:
    """A shop whose segments are followed when the test says so, two profiles at a time."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.plain = write(shop.define(EVERY_TYPE))
        self.follower: Follower = shop.store.new_follower(slice_size=2)

    def make(self, name: str, tree: Any, section: str = "shop", **members: Any) -> Segment:
        draft = read_draft({"name": name, "tree": tree, **members})
        assert not isinstance(draft, list), draft
        return self.shop.store.segments.create(section, draft, ADMIN, self.shop.clock.now())

    def buys(self, event_id: str, who: dict[str, str] = ALICE, **members: Any) -> None:
        at = {"occurred_at": self.shop.clock.now(), **members}
        commit(self.shop, self.write(event_id, identifiers=who, **at))

    def write(self, event_id: str, **members: Any) -> Any:
        return replace(self.plain, event_id=event_id, **members)

    def catch_up(self) -> None:
        while self.follower.turn(self.shop.clock.now):
            pass

    def members(self, segment: Segment) -> list[int]:
        standing = self.shop.store.segments.standings.of(segment.number)
        assert standing.is_there
        assert standing.step is None
        found = self.shop.store.segments.standings.members(standing, 100)
        assert standing.members == len(found)
        return found

    def passages(self, who: dict[str, str]) -> list[str]:
        query = Passage.select().where(Passage.profile == owner(self.shop, who)).order_by(Passage.id)
        return ["joined" if row["operation"] == 0 else "left" for row in self.shop.store.database.rows(query)]


@pytest.fixture
def followed(shop: Shop) -> Followed:
    return Followed(shop)


def test_a_new_segment_is_built_and_then_follows_every_event(followed: Followed) -> None:
    shop = followed.shop
    for number in range(5):
        followed.buys(f"p{number}", {"crm_id": f"c{number}"})
    segment = followed.make("Buyers", ORDERED)
    followed.catch_up()
    assert len(followed.members(segment)) == 5
    followed.buys("1")
    followed.catch_up()
    assert followed.members(segment)[-1] == owner(shop, ALICE)
    commit(shop, followed.write("1", identifiers=ALICE, deletion=shop.clock.now()))
    followed.catch_up()
    assert owner(shop, ALICE) not in followed.members(segment)
    assert followed.passages(ALICE) == ["joined", "left"]
    assert count(shop, Note) == 0
