"""The follower of segments beside a server: one of several, at once after a start, its failures told."""

from __future__ import annotations

import pytest

from collector.core.segments.drafts import read_draft
from collector.jobs.following import HELD, JOB, Following, following
from collector.jobs.schedule import SECOND
from collector.store.jobs import JobState
from collector.store.segments.kept import Segment
from tests.cast import ADMIN, EVERY_TYPE, Shop, order
from tests.core.segments.trees import timeline
from tests.servers.waiting import eventually

ORDERED = timeline(count_operator="at_least", count_value=1)


@pytest.fixture
def buyers(shop: Shop) -> Segment:
    """A segment, and somebody who is to be in it."""
    shop.define(EVERY_TYPE)
    draft = read_draft({"name": "Buyers", "tree": ORDERED})
    assert not isinstance(draft, list)
    made = shop.store.segments.create("shop", draft, ADMIN, shop.clock.now())
    shop.send(shop.key(), order())
    return made


def state(shop: Shop) -> JobState:
    return shop.store.jobs.states(shop.clock.now())[JOB]


def members(shop: Shop, segment: Segment) -> int:
    return shop.store.segments.standings.of(segment.number).members


def started(shop: Shop, holder: str) -> Following:
    one = Following(shop.store, shop.clock.now, holder)
    one.take()
    return one


def test_it_follows_until_it_is_stopped_and_leaves_its_turn_to_others(shop: Shop, buyers: Segment) -> None:
    with following(shop.store, shop.clock.now, "one"):
        assert eventually(lambda: members(shop, buyers) == 1)
        assert state(shop).holder == "one"
    assert state(shop).holder is None


def test_a_server_that_starts_takes_over_and_the_other_one_writes_nothing(
    shop: Shop, buyers: Segment
) -> None:
    first, second = started(shop, "first"), started(shop, "second")
    first.turn()
    assert members(shop, buyers) == 0
    while second.turn() == 0:
        pass
    assert members(shop, buyers) == 1
    assert state(shop).holder == "second"


def test_one_that_vanished_is_replaced_after_a_while(shop: Shop, buyers: Segment) -> None:
    first = started(shop, "first")
    started(shop, "vanished")
    first.turn()
    for _ in range(5):
        first.turn()
    assert members(shop, buyers) == 0
    shop.clock.forward(HELD / SECOND + 1)
    while first.turn() == 0:
        pass
    assert (members(shop, buyers), state(shop).holder) == (1, "first")


def test_one_that_has_nothing_to_do_says_that_it_is_there(shop: Shop, buyers: Segment) -> None:
    first = started(shop, "first")
    for _ in range(10):
        shop.clock.forward(HELD / SECOND / 2)
        first.turn()
    assert state(shop).holder == "first"


def test_a_failure_is_told_and_tried_again(
    shop: Shop, buyers: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = started(shop, "first")

    def fail(_: object) -> bool:
        raise ValueError("no such thing")

    with monkeypatch.context() as broken:
        broken.setattr(first._follower, "turn", fail)
        first.turn()
        assert state(shop).failure == "ValueError: no such thing"
    while first.turn() == 0:
        pass
    assert (members(shop, buyers), state(shop).failure) == (1, None)
