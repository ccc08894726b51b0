"""Segments over the API as they are followed: members, how far they are, growth, rebuilds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Shop
from tests.core.segments.trees import goal
from tests.web.test_segments_api import DAY, SHOP, SPENT, People


@pytest.fixture
def people(shop: Shop) -> People:
    shop.define(SHOP)
    return People(shop)


def test_members_that_are_followed_are_shown_with_how_far_that_is(people: People) -> None:
    shop, key = people.shop, people.key
    for number in range(3):
        people.buys(f"c{number}", 150)
    people.make("Spent", SPENT)
    follower = shop.store.new_follower(slice_size=2)

    def membership() -> Any:
        return shop.get(key, "/api/v1/segments/spent").get_json()["membership"]

    assert membership()["state"] == "waiting"
    follower.turn(shop.clock.now)
    follower.turn(shop.clock.now)
    assert membership() == {
        "state": "building",
        "members": None,
        "version": None,
        "progress": {"step": "build", "done": 2, "of": 3},
        "recompute_at": None,
    }
    assert people.in_segment("spent") == ["c0", "c1", "c2"], "the tree is asked as long as nobody is shown"
    while follower.turn(shop.clock.now):
        pass
    assert membership()["state"] == "active"
    assert shop.get(key, "/api/v1/segments/spent").get_json()["count"] == 3
    people.buys("late", 150)
    assert people.in_segment("spent") == ["c0", "c1", "c2"], "members are those that were followed"
    follower.turn(shop.clock.now)
    assert people.in_segment("spent", limit="500")[-1] == "late"
    first = shop.get(key, "/api/v1/segments/spent/members", limit="3").get_json()
    assert people.in_segment("spent", cursor=first["next_cursor"]) == ["late"]


def test_two_segments_that_are_followed_are_compared_by_their_members(people: People) -> None:
    shop, key = people.shop, people.key
    for name, amount in (("both", 500), ("first", 150)):
        people.buys(name, amount)
    people.make("Spent", SPENT)
    people.make("More", goal(value=400))
    follower = shop.store.new_follower()

    def compared() -> Any:
        return shop.get(key, "/api/v1/segments/spent/compare/more").get_json()

    def follow() -> None:
        while follower.turn(shop.clock.now):
            pass

    assert compared() == {"both": 1, "only_first": 1, "only_second": 0}, "the trees are asked"
    follow()
    people.buys("late", 500)
    assert compared() == {"both": 1, "only_first": 1, "only_second": 0}, (
        "members are those that were followed"
    )
    follow()
    assert compared() == {"both": 2, "only_first": 1, "only_second": 0}


def test_growth_is_told_by_the_day(people: People) -> None:
    shop = people.shop
    people.buys("a", 150)
    people.make("Spent", SPENT)
    follower = shop.store.new_follower()
    while follower.turn(shop.clock.now):
        pass
    shop.clock.forward(2 * DAY)
    grown = shop.get(people.key, "/api/v1/segments/spent/growth").get_json()["growth"]
    assert grown == [
        {"day": "2026-09-21", "members": 1, "joined": 1, "left": 0},
        {"day": "2026-09-22", "members": 1, "joined": 0, "left": 0},
        {"day": "2026-09-23", "members": 1, "joined": 0, "left": 0},
    ]
    assert len(shop.get(people.key, "/api/v1/segments/spent/growth", days="2").get_json()["growth"]) == 2
    for days in ("0", "x", "99999"):
        assert shop.get(people.key, "/api/v1/segments/spent/growth", days=days).status_code == 400


def test_a_rebuild_is_asked_for_and_in_the_audit_log(people: People) -> None:
    people.make("Spent", SPENT)
    answer = people.post("/spent/rebuild", {})
    assert (answer.status_code, answer.get_json()["version"]) == (202, 2)
    (entry,) = people.shop.store.audit.page("shop", 1, None).items
    assert (entry.action, entry.subject) == ("segment.rebuilt", "spent")
