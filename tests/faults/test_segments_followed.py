"""Segments behind a real server: who sends something is in or out within seconds, and a kill loses nobody."""

from __future__ import annotations

import json
import random
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector import clock
from collector.core.segments.drafts import read_draft
from collector.store.models_segments import Note, Passage, Segment
from collector.store.opening import open_store
from tests.cast import ADMIN
from tests.core.segments.trees import branch, contact, goal, timeline
from tests.faults.load import loaded
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import rounds
from tests.servers.waiting import eventually

WITHIN = 5.0
SEGMENTS = 10
MANY = goal(aggregate_operator="count", value=3)
SOME = timeline(count_operator="at_least", count_value=2)
NAMED = contact(
    {"field_name": "email", "field_type": "string", "operator": "contains", "string_values": ["person1"]}
)
RECENT = goal(
    aggregate_operator="count", value=5, timeframe_operator="in_the_last_days", timeframe_values=["1"]
)


def make_segments(shop: Shop, count: int = SEGMENTS) -> None:
    """Of every kind of leaf."""
    store = open_store(shop.database, clock.now, clock.tick)
    trees = [MANY, SOME, branch("and", NAMED, MANY), branch("or", RECENT, SOME), RECENT]
    for number in range(count):
        draft = read_draft({"name": f"S{number}", "tree": trees[number % len(trees)]})
        assert not isinstance(draft, list)
        store.segments.create("shop", draft, ADMIN, clock.now())
    store.close()


def ask(shop: Shop, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(f"{shop.url}/api/v1/{path}")
    request.add_header("Authorization", f"Bearer {shop.key}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def in_segment(shop: Shop, segment_id: str, email: str) -> bool:
    found = ask(shop, f"segments/{segment_id}/members?limit=500")["members"]
    return any(email in one["identifiers"]["email"] for one in found)


def seconds_until(ask: Callable[[], bool]) -> float:
    """Of what is to be true soon."""
    begun = time.monotonic()
    assert eventually(ask)
    return time.monotonic() - begun


@pytest.mark.full
def test_an_event_moves_people_within_five_seconds_under_load(
    ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, ready_database_url)
    make_segments(shop)
    server = shop.serve()
    with loaded(shop, clients=4) as load:
        assert eventually(lambda: ask(shop, "segments/s1")["membership"]["state"] == "active")
        assert eventually(lambda: load.told.acknowledged.total() > 50)
        who = {"email": "late@example.com"}
        for number in range(2):
            ask(shop, "events", {**shop.event(f"late-{number}"), "identifiers": who})
        assert seconds_until(lambda: in_segment(shop, "s1", who["email"])) < WITHIN
        deleted = {"deleted_at": "2026-01-01T00:00:00Z", "identifiers": who}
        ask(shop, "events", {"event": "order.completed", "id": "late-1", **deleted})
        assert seconds_until(lambda: not in_segment(shop, "s1", who["email"])) < WITHIN
    assert load.told.wrong == []
    server.stop()


def kill_again_and_again(shop: Shop, kills: int, **settings: Any) -> None:
    make_segments(shop, 5)
    chance = random.Random(kills)
    with loaded(shop, clients=4) as load:
        for _ in range(kills):
            server = shop.serve(**settings)
            wanted = load.told.acknowledged.total() + 1 + chance.randrange(60)
            assert eventually(lambda wanted=wanted: load.told.acknowledged.total() >= wanted)
            server.kill()
        server = shop.serve(**settings)
        assert eventually(lambda: load.told.acknowledged.total() > wanted)
    store = open_store(shop.database, clock.now, clock.tick)

    def is_through() -> bool:
        standings = [store.segments.standings.of(row["id"]) for row in store.database.rows(Segment.select())]
        are_there = all(one.is_there and one.step is None for one in standings)
        return are_there and not store.database.rows(Note.select())

    assert eventually(is_through)
    server.stop()
    for segment in store.segments.page("shop", 50, None)[0]:
        standing = store.segments.standings.of(segment.number)
        members = store.segments.standings.members(standing, 10_000)
        expected = store.segments.finder.members(segment.draft.node, segment.scope(clock.now()), 10_000)
        assert members == expected
        assert standing.everybody == store.segments.finder.everybody("shop"), "each profile counted once"
        told = store.database.rows(Passage.select().where(Passage.segment == segment.number))
        assert sorted(row["profile"] for row in told) == expected, "each joined once"
    store.close()


def test_a_kill_in_the_middle_of_following_moves_everybody_once(
    ready_database_url: str, tmp_path: Path
) -> None:
    kill_again_and_again(new_shop(tmp_path, ready_database_url), 1)


@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 2])
def test_many_kills_move_everybody_once(
    postgresql_ready_database_url: str, tmp_path: Path, workers: int
) -> None:
    kill_again_and_again(new_shop(tmp_path, postgresql_ready_database_url), rounds(10), workers=workers)


@pytest.mark.full
def test_many_kills_of_a_single_file_move_everybody_once(
    sqlite_ready_database_url: str, tmp_path: Path
) -> None:
    kill_again_and_again(new_shop(tmp_path, sqlite_ready_database_url), rounds(20))
