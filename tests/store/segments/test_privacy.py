"""Segments and the people in them: an erasure reaches members, timelines and trees; an export tells them."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.problems import Problem
from collector.core.segments.clearing import CLEARED
from collector.store.models_segments import Member, Passage
from tests.cast import ADMIN, ALICE, BOB, Shop
from tests.core.segments.trees import branch, contact, goal
from tests.store.erased import erase, traces
from tests.store.people import owner
from tests.store.segments.test_following import ORDERED, Followed
from tests.store.writes import count


def named(kind: str, operator: str, *values: str) -> dict[str, Any]:
    return {
        "field_name": kind,
        "field_type": "string",
        "operator": operator,
        "string_values": list(values),
    }


@pytest.fixture
def followed(shop: Shop) -> Followed:
    opened = Followed(shop)
    opened.buys("1", {**ALICE, "crm_id": "C-alice"})
    opened.buys("2", BOB)
    return opened


def test_who_is_erased_leaves_every_segment_and_nothing_is_left(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    alice = owner(shop, ALICE)
    shop.clock.forward(3600)
    erase(shop, ALICE)
    assert traces(shop, ALICE["email"], alice) == []
    assert followed.members(buyers) == [owner(shop, BOB)]
    (day,) = shop.store.segments.growth(buyers, 10, shop.clock.now())
    assert (day.members, day.joined, day.left) == (1, 2, 1)


def test_an_erasure_in_the_middle_of_a_build_is_counted_in_what_is_built(followed: Followed) -> None:
    shop = followed.shop
    followed.buys("3", {"crm_id": "C"})
    buyers = followed.make("Buyers", ORDERED)
    while shop.store.segments.standings.of(buyers.number).next_members < 2:
        followed.follower.turn(shop.clock.now)
    shop.clock.forward(3600)
    erase(shop, ALICE)
    followed.catch_up()
    assert followed.members(buyers) == [owner(shop, BOB), owner(shop, {"crm_id": "C"})]


def test_who_is_erased_while_a_tree_is_asked_is_not_put_in_afterwards(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    followed.buys("3")
    shop.clock.forward(3600)
    finder = followed.follower._finder
    ask = finder.among

    def ask_and_erase(*words: Any) -> set[int]:
        found = ask(*words)
        if count(shop, Member) == 2:
            erase(shop, ALICE)
        return found

    monkeypatch.setattr(finder, "among", ask_and_erase)
    followed.catch_up()
    assert followed.members(buyers) == [owner(shop, BOB)]
    assert count(shop, Passage) == 1


def test_a_tree_that_names_the_person_goes_on_without_the_name(followed: Followed) -> None:
    shop = followed.shop
    mail = contact(named("email", "in_array", "ALICE@example.com", "bob@example.com"))
    number = contact(named("external_id", "not_equals", "C-alice"))
    made = followed.make(
        "alice@example.com", branch("or", mail, number, goal(goal_name="for alice@example.com"))
    )
    followed.catch_up()
    assert traces(shop, "lice@example.com", "C-alice")
    shop.clock.forward(3600)
    erase(shop, ALICE)
    assert traces(shop, "lice@example.com", "LICE", "C-alice") == []
    kept = shop.store.segments.find("shop", made.draft.id)
    assert (kept.draft.name, kept.version) == (CLEARED, 2)
    leaves = kept.draft.document["branch"]["leaves"]
    assert leaves[0]["leaf"]["contact"]["filters"][0]["string_values"] == [CLEARED, "bob@example.com"]
    followed.catch_up()
    assert followed.members(kept) == [owner(shop, BOB)]
    entry = shop.store.audit.page("shop", 2, None).items[1]
    assert (entry.action, entry.subject, entry.after) == ("segment.cleared", made.draft.id, {"version": 2})


def test_a_person_of_whom_only_a_tree_knows_is_erased(followed: Followed) -> None:
    shop = followed.shop
    followed.make("One", contact(named("email", "equals", "carol@example.com")))
    erase(shop, {"email": "carol@example.com"})
    assert traces(shop, "carol@example.com") == []
    with pytest.raises(Problem):
        erase(shop, {"email": "carol@example.com"})


def test_an_export_tells_which_segments_the_person_joined_and_left(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    followed.buys("1", {**ALICE, "crm_id": "C-alice"}, deletion=shop.clock.now())
    followed.catch_up()
    held = shop.store.holdings.of("shop", owner(shop, ALICE), set(), without_definition=False)
    assert [(one.segment_id, one.operation) for one in held.passages] == [
        (buyers.draft.id, "joined"),
        (buyers.draft.id, "left"),
    ]


def test_another_section_keeps_what_it_asks_for(followed: Followed) -> None:
    shop = followed.shop
    shop.store.sections.create("Lab", "reject", ADMIN, shop.clock.now())
    made = followed.make("One", contact(named("email", "equals", ALICE["email"])), section="lab")
    erase(shop, ALICE)
    assert ALICE["email"] in str(shop.store.segments.find("lab", made.draft.id).draft.document)
