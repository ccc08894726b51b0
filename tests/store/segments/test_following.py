"""Members that are followed note by note are those whom the tree finds, whatever happened meanwhile."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest
from msgspec.structs import replace

from collector.core.fields import parse_timestamp
from collector.core.goals import Goal
from collector.core.segments.drafts import read_draft
from collector.store.models_segments import Member, Note, Passage
from collector.store.opening import open_store
from collector.store.segments.following import Follower, Replaced
from collector.store.segments.kept import Segment
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop, open_shop
from tests.core.segments.trees import contact, goal, timeline
from tests.store.people import owner
from tests.store.writes import commit, count, write

SECOND = 1_000_000
DAY = 86_400
ORDERED = timeline(count_operator="at_least", count_value=1)
RECENT = timeline(
    count_operator="at_least", count_value=1, timeframe_operator="in_the_last_days", timeframe_values=["1"]
)
RECENT_GOAL = goal(
    aggregate_operator="count", value=1, timeframe_operator="in_the_last_days", timeframe_values=["1"]
)
GOAL = Goal("purchase", 1_000_000)
GOLD = {"field_name": "plan", "field_type": "string", "operator": "equals", "string_values": ["gold"]}


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


def test_what_is_noted_is_noted_once_for_a_whole_commit_and_not_at_all_without_segments(
    followed: Followed,
) -> None:
    shop = followed.shop
    followed.buys("1")
    assert count(shop, Note) == 0
    followed.make("Buyers", ORDERED)
    commit(shop, *[followed.write(f"w{number}", identifiers=BOB) for number in range(3)])
    assert count(shop, Note) == 1
    commit(shop, followed.write("w1", identifiers=BOB))
    assert count(shop, Note) == 1, "a duplicate moves nobody"


def test_an_attribute_and_a_hidden_definition_move_people(followed: Followed) -> None:
    shop = followed.shop
    followed.buys("1")
    gold, buyers = followed.make("Gold", contact(GOLD)), followed.make("Buyers", ORDERED)
    followed.catch_up()
    alice = owner(shop, ALICE)
    assert (followed.members(gold), followed.members(buyers)) == ([], [alice])
    shop.store.attributes.change(alice, lambda before: {"plan": "gold"}, ADMIN, shop.clock.now())
    definition = shop.store.definitions.all("shop")[0]
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    followed.catch_up()
    assert (followed.members(gold), followed.members(buyers)) == ([alice], [])
    assert followed.passages(ALICE) == ["joined", "joined", "left"]


def test_a_retry_with_a_newer_time_moves_who_has_the_event(followed: Followed) -> None:
    """It is a duplicate, without a line in the log, and its time is another."""
    shop = followed.shop
    followed.buys("1", occurred_at=NOON - 2 * DAY * SECOND)
    recent = followed.make("Recent", RECENT_GOAL)
    commit(shop, followed.write("2", identifiers=ALICE, given_goal=GOAL, occurred_at=NOON - 2 * DAY * SECOND))
    followed.catch_up()
    assert followed.members(recent) == []
    commit(shop, followed.write("2", identifiers=ALICE, given_goal=GOAL, occurred_at=NOON - 1))
    followed.catch_up()
    assert followed.members(recent) == [owner(shop, ALICE)]


def test_an_event_that_goes_to_somebody_else_moves_both(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.buys("1")
    followed.buys("2", BOB)
    followed.catch_up()
    commit(shop, followed.write("1", identifiers=BOB, occurred_at=NOON + 1))
    followed.catch_up()
    assert followed.members(buyers) == [owner(shop, BOB)]
    assert followed.passages(ALICE) == ["joined", "left"]


# Days that pass


@pytest.mark.parametrize(
    ("bought", "zone", "five"),
    [
        ("2026-09-20T12:00:00Z", "UTC", "2026-09-22T05:00:00Z"),
        ("2026-03-27T12:00:00Z", "Europe/Stockholm", "2026-03-29T03:00:00Z"),  # a night of 23 hours
        ("2026-10-23T12:00:00Z", "Europe/Stockholm", "2026-10-25T04:00:00Z"),  # and one of 25
        ("2026-09-20T12:00:00Z", "Asia/Kathmandu", "2026-09-21T23:15:00Z"),
    ],
)
def test_who_fell_out_of_the_last_days_leaves_at_five_in_the_morning(
    followed: Followed, bought: str, zone: str, five: str
) -> None:
    clock = followed.shop.clock
    clock.moment = parse_timestamp(bought)
    followed.buys("1")
    recent = followed.make("Recent", RECENT, timezone=zone)
    followed.catch_up()
    assert len(followed.members(recent)) == 1
    while clock.moment < parse_timestamp(five) - 3 * 3600 * SECOND:
        clock.forward(3 * 3600)
        followed.catch_up()
    clock.moment = parse_timestamp(five) - 1
    followed.catch_up()
    assert len(followed.members(recent)) == 1
    clock.moment = parse_timestamp(five)
    followed.catch_up()
    assert followed.members(recent) == []
    followed.catch_up()
    assert followed.passages(ALICE) == ["joined", "left"]


def test_a_five_without_a_server_is_made_up_for_once(followed: Followed) -> None:
    followed.buys("1")
    recent = followed.make("Recent", RECENT)
    followed.catch_up()
    followed.shop.clock.forward(5 * DAY)
    followed.catch_up()
    assert followed.members(recent) == []
    due_at = followed.shop.store.segments.standings.of(recent.number).due_at
    assert due_at is not None
    assert 0 < due_at - followed.shop.clock.now() <= DAY * SECOND
    assert followed.passages(ALICE) == ["joined", "left"]


def test_a_segment_in_which_no_day_matters_is_left_alone_at_five(followed: Followed) -> None:
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    assert followed.shop.store.segments.standings.of(made.number).due_at is None


@pytest.mark.parametrize("is_first", [True, False])
def test_an_event_that_lies_ahead_counts_from_its_own_moment_on(followed: Followed, is_first: bool) -> None:
    shop = followed.shop
    made = [] if is_first else [followed.make("Recent", RECENT)]
    followed.catch_up()
    followed.buys("1", occurred_at=shop.clock.now() + 3600 * SECOND)
    recent = made[0] if made else followed.make("Recent", RECENT)
    followed.catch_up()
    assert followed.members(recent) == []
    shop.clock.forward(3600)
    followed.catch_up()
    assert followed.members(recent) == [owner(shop, ALICE)]


# Builds


def test_members_of_before_are_shown_until_the_new_ones_are_complete(followed: Followed) -> None:
    shop = followed.shop
    for number in range(7):
        followed.buys(f"p{number}", {"crm_id": f"c{number}"})
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    before = followed.members(made)
    nobody = read_draft({"name": "Buyers", "tree": contact(GOLD)})
    assert not isinstance(nobody, list)
    other = {"document": nobody.document, "node": nobody.node}
    shop.store.segments.change("shop", "buyers", lambda one: dataclasses.replace(one, **other), ADMIN, NOON)
    seen, done = set(), []
    while followed.follower.turn(shop.clock.now):
        standing = shop.store.segments.standings.of(made.number)
        seen.add(tuple(shop.store.segments.standings.members(standing, 100)))
        if standing.step == "build":
            done.append((standing.done, standing.total))
    assert seen == {tuple(before), ()}
    assert done == [(0, 7), (2, 7), (4, 7), (6, 7)]
    assert followed.passages({"crm_id": "c3"}) == ["joined", "left"]


def test_a_build_goes_on_where_a_killed_server_was(followed: Followed) -> None:
    shop = followed.shop
    for number in range(7):
        followed.buys(f"p{number}", {"crm_id": f"c{number}"})
    made = followed.make("Buyers", ORDERED)
    for _ in range(3):
        followed.follower.turn(shop.clock.now)
    assert shop.store.segments.standings.of(made.number).done == 4
    followed.follower = shop.store.new_follower(slice_size=2)
    followed.follower.turn(shop.clock.now)
    assert shop.store.segments.standings.of(made.number).done == 6
    followed.catch_up()
    assert len(followed.members(made)) == 7


def test_a_rebuild_moves_nobody_and_follows_meanwhile(followed: Followed) -> None:
    shop = followed.shop
    for number in range(5):
        followed.buys(f"p{number}", {"crm_id": f"c{number}"})
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    shop.clock.forward(60)
    assert shop.store.segments.rebuild("shop", "buyers", ADMIN, shop.clock.now()).version == 2
    followed.follower.turn(shop.clock.now)
    followed.buys("1")
    followed.follower.turn(shop.clock.now)
    standing = shop.store.segments.standings.of(made.number)
    assert standing.step == "build"
    assert owner(shop, ALICE) in shop.store.segments.standings.members(standing, 100)
    followed.catch_up()
    assert len(followed.members(made)) == 6
    assert followed.passages({"crm_id": "c3"}) == ["joined"]
    assert followed.passages(ALICE) == ["joined"]


def test_a_deleted_segment_is_left_by_everybody(followed: Followed) -> None:
    shop = followed.shop
    followed.buys("1")
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    shop.store.segments.delete("shop", "buyers", ADMIN, shop.clock.now())
    followed.catch_up()
    assert count(shop, Member) == 0
    assert followed.passages(ALICE) == ["joined", "left"]
    assert shop.store.segments.standings.of(made.number).members == 0


def test_growth_has_every_day_in_the_zone_of_the_segment(followed: Followed) -> None:
    shop, clock = followed.shop, followed.shop.clock
    clock.moment = parse_timestamp("2026-09-20T21:00:00Z")
    followed.buys("1")
    made = followed.make("Buyers", ORDERED, timezone="Europe/Stockholm")
    followed.catch_up()
    clock.moment = parse_timestamp("2026-09-20T23:00:00Z")  # after midnight there
    followed.buys("2", BOB)
    followed.catch_up()
    clock.moment = parse_timestamp("2026-09-23T12:00:00Z")
    commit(shop, followed.write("1", identifiers=ALICE, deletion=clock.moment))
    followed.catch_up()
    grown = shop.store.segments.growth(made, 30, clock.moment)
    assert [(one.day.isoformat(), one.members, one.joined, one.left) for one in grown] == [
        ("2026-09-20", 1, 1, 0),
        ("2026-09-21", 2, 1, 0),
        ("2026-09-22", 2, 0, 0),
        ("2026-09-23", 1, 0, 1),
    ]
    assert shop.store.segments.growth(made, 2, clock.moment) == grown[2:]


# Nothing is missed


def test_a_follower_that_was_replaced_writes_nothing(followed: Followed) -> None:
    shop = followed.shop
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    followed.buys("1")
    late = shop.store.new_follower(is_ours=lambda: False)
    with pytest.raises(Replaced):
        late.turn(shop.clock.now)
    assert (followed.members(made), count(shop, Note)) == ([], 1)


def test_two_followers_of_one_note_move_once(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them was late: it has asked the tree, and the other one is through already."""
    shop = followed.shop
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    followed.buys("1")
    late = shop.store.new_follower()
    ask = late._finder.among

    def ask_and_wait(*words: Any) -> set[int]:
        found = ask(*words)
        commit(shop, followed.write("1", identifiers=ALICE, deletion=shop.clock.now()))
        followed.catch_up()
        return found

    monkeypatch.setattr(late._finder, "among", ask_and_wait)
    with pytest.raises(Replaced):
        late.turn(shop.clock.now)
    assert followed.members(made) == []


def test_a_commit_that_ends_after_a_later_one_is_not_missed(postgresql_ready_database_url: str) -> None:
    shop = open_shop(postgresql_ready_database_url)
    followed = Followed(shop)
    made = followed.make("Buyers", ORDERED)
    followed.catch_up()
    may_end, has_begun = threading.Event(), threading.Event()
    other = open_store(postgresql_ready_database_url, shop.clock.now, shop.clock.tick)

    def slow() -> None:
        with other.database.writing():
            other.commit.write_within([followed.write("slow")], shop.clock.now())
            has_begun.set()
            may_end.wait(20)

    thread = threading.Thread(target=slow)
    thread.start()
    assert has_begun.wait(20)
    followed.buys("quick", BOB)
    followed.catch_up()
    assert followed.members(made) == [owner(shop, BOB)]
    may_end.set()
    thread.join()
    followed.catch_up()
    assert set(followed.members(made)) == {owner(shop, ALICE), owner(shop, BOB)}
    other.close()
    shop.store.close()


def test_a_segment_waits_for_commits_that_have_seen_none(postgresql_ready_database_url: str) -> None:
    shop = open_shop(postgresql_ready_database_url)
    followed = Followed(shop)
    may_end, has_begun, made = threading.Event(), threading.Event(), []

    def slow() -> None:
        with shop.store.database.writing():
            shop.store.commit.write_within([followed.write("slow")], shop.clock.now())
            has_begun.set()
            may_end.wait(20)

    threads = [threading.Thread(target=slow)]
    threads.append(threading.Thread(target=lambda: made.append(followed.make("Buyers", ORDERED))))
    threads[0].start()
    assert has_begun.wait(20)
    threads[1].start()
    threads[1].join(0.2)
    assert made == []
    may_end.set()
    for thread in threads:
        thread.join()
    followed.catch_up()
    assert followed.members(made[0]) == [owner(shop, ALICE)]
    shop.store.close()
