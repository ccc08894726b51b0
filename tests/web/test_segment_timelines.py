"""Joining and leaving segments on timelines: once each, for whoever may read segments."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.segments.drafts import read_draft
from collector.store.segments.following import Follower
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop, order
from tests.core.segments.trees import timeline

AT_LEAST_ONE = timeline(count_operator="at_least", count_value=1)
DELETED = {"deleted_at": "2026-09-21T14:13:20Z"}
PATH = "/api/v1/profiles/email/alice@example.com"


@pytest.fixture
def followed(shop: Shop) -> Follower:
    """A shop in which Alice ordered twice, one of which was deleted, and joined and left a segment."""
    shop.define(EVERY_TYPE)
    till = shop.key()
    draft = read_draft({"name": "Buyers", "tree": AT_LEAST_ONE})
    assert not isinstance(draft, list)
    shop.store.segments.create("shop", draft, ADMIN, shop.clock.now())
    follower = shop.store.new_follower()
    for number in range(2):
        shop.send(till, order(str(number)))
        catch_up(shop, follower)
    return follower


def catch_up(shop: Shop, follower: Follower) -> None:
    shop.clock.forward(1)
    while follower.turn(shop.clock.now):
        pass


def timeline_of(shop: Shop, path: str = PATH, *grants: str, limit: int = 50, **members: Any) -> list[Any]:
    key, found, query = shop.key("reader", *grants, **members), [], {"limit": str(limit)}
    while True:
        answer = shop.get(key, f"{path}/timeline", **query)
        assert answer.status_code == 200, answer.get_json()
        document = answer.get_json()
        found += document["timeline"]
        if "next_cursor" not in document:
            return found
        query["cursor"] = document["next_cursor"]


def test_joining_and_leaving_is_on_the_timeline_once(shop: Shop, followed: Follower) -> None:
    till = shop.key("till")
    for number in range(2):
        shop.send(till, order(str(number), **DELETED))
        catch_up(shop, followed)
    shop.send(till, order("3"))
    catch_up(shop, followed)
    lines = timeline_of(shop)
    assert [one["type"] for one in lines] == [
        "segment.joined",
        "order.completed",
        "segment.left",
        "segment.joined",
    ]
    assert lines[0]["data"] == {"segment": "buyers", "name": "Buyers", "version": 1}
    assert (lines[0]["event_id"], lines[0]["trust"], lines[0]["changes"]) == (None, None, {})


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_of_any_size_have_every_line_once(shop: Shop, followed: Follower, limit: int) -> None:
    lines = timeline_of(shop, limit=limit)
    assert [one["type"] for one in lines] == ["order.completed", "segment.joined", "order.completed"]
    assert len({one["id"] for one in lines}) == 3


def test_who_may_not_read_segments_sees_none_on_a_timeline(shop: Shop, followed: Follower) -> None:
    some = timeline_of(shop, PATH, "email:read")
    for_one_event = timeline_of(shop, PATH, events=frozenset({"order.completed"}))
    assert {one["type"] for one in [*some, *for_one_event]} == {"order.completed"}


def test_a_segment_on_a_timeline_shows_nobody_who_is_not_readable(shop: Shop, followed: Follower) -> None:
    till = shop.key("till")
    shop.send(till, *(order(str(number), **DELETED) for number in range(2)))
    answer = shop.get(till, f"{PATH}/timeline")
    assert answer.status_code == 404
    assert ALICE["email"] not in answer.get_data(as_text=True)
