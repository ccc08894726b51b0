"""How many profiles a section has is kept beside the members of a followed segment, and is exact."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from collector.core.events import Write
from collector.core.problems import Problem
from collector.store.erasure import Strays
from collector.store.models import Event, Profile
from collector.store.models_segments import Note, Standing
from collector.store.opening import open_store
from collector.store.recount import recount
from collector.store.segments.finding import Share
from collector.store.segments.kept import Segment
from collector.store.segments.notes import Notes
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop, open_shop
from tests.core.segments.trees import contact, timeline
from tests.store.people import VISITOR, anonymous, at_once, owner
from tests.store.segments.test_following import ORDERED, Followed
from tests.store.writes import commit, rejection, write

CARL = {"crm_id": "7"}
NAMED = contact({"field_name": "crm_id", "field_type": "string", "operator": "is_set"})
NO_ORDER = timeline(count_operator="exactly", count_value=0)


@pytest.fixture
def followed(shop: Shop) -> Followed:
    return Followed(shop)


def share(followed: Followed, segment: Segment) -> Share:
    """What a person sees; whatever is kept is exact, but for what the notes yet tell."""
    store = followed.shop.store
    kept = store.segments.standings.of(segment.number).everybody
    ahead = Notes(store.database).ahead(segment.section_id)
    assert kept is None or kept + ahead == there(followed.shop, segment.section_id)
    return followed.shop.store.segments.share(segment, followed.shop.clock.now())


def there(shop: Shop, section_id: str) -> int:
    """As many profiles as there are, counted in the plainest way."""
    own = (Profile.section == section_id) & Profile.merged_into.is_null()
    return len(shop.store.database.rows(Profile.select().where(own)))


def introduce(shop: Shop, *said: Write) -> None:
    shop.store.introductions.make(said, shop.clock.now())


# What moves it


def test_a_followed_segment_tells_its_share_without_counting_anybody(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed.buys("1")
    buyers = followed.make("Buyers", ORDERED)
    assert share(followed, buyers) == Share(1, 1), "as long as nobody follows, both are counted"
    followed.buys("2", BOB)
    assert share(followed, buyers) == Share(2, 2)
    followed.catch_up()
    monkeypatch.setattr(followed.shop.store.segments.finder, "everybody", pytest.fail)
    assert share(followed, buyers) == Share(2, 2)


def test_count_and_of_move_together_once_for_each_profile_that_is_made(followed: Followed) -> None:
    shop = followed.shop
    buyers, named = followed.make("Buyers", ORDERED), followed.make("Named", NAMED)
    followed.catch_up()
    both = {**ALICE, **CARL}
    commit(shop, *[followed.write(str(number), identifiers=both) for number in range(3)])
    followed.buys("4", BOB)
    assert share(followed, buyers) == Share(0, 0), "nobody has followed these yet"
    followed.catch_up()
    assert (share(followed, buyers), share(followed, named)) == (Share(2, 2), Share(1, 2))
    followed.buys("5", ALICE)
    followed.buys("6", {**BOB, "mobile": "+46701234567"})
    followed.catch_up()
    assert share(followed, buyers) == Share(2, 2)


def test_an_event_that_turns_out_to_be_somebody_elses_makes_a_profile(followed: Followed) -> None:
    buyers = followed.make("Buyers", ORDERED)
    followed.buys("1")
    followed.buys("1", BOB, occurred_at=NOON + 1)
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 2)


def test_whoever_is_only_introduced_is_followed_too(followed: Followed) -> None:
    shop = followed.shop
    named, others = followed.make("Named", NAMED), followed.make("Others", NO_ORDER)
    followed.catch_up()
    introduce(shop, followed.write("", identifiers=CARL), followed.write("", identifiers=BOB))
    followed.catch_up()
    assert followed.members(named) == [owner(shop, CARL)]
    assert (share(followed, named), share(followed, others)) == (Share(1, 2), Share(2, 2))
    introduce(shop, followed.write("", identifiers={**BOB, "crm_id": "8"}))
    followed.catch_up()
    assert (share(followed, named), share(followed, others)) == (Share(2, 2), Share(2, 2))
    introduce(shop, followed.write("", identifiers=BOB))
    assert shop.store.database.rows(Note.select()) == [], "that was no news"


def test_a_browser_that_is_introduced_brings_its_events_into_segments(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    commit(shop, anonymous(shop.store.definitions.all("shop")[0], "1"))
    followed.catch_up()
    assert share(followed, buyers) == Share(0, 0)
    introduce(shop, followed.write("", identifiers=BOB, visitor=VISITOR))
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)


def test_a_merge_takes_one_away_and_its_undoing_gives_it_back(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.buys("1")
    followed.buys("2", BOB)
    followed.catch_up()
    merge = shop.store.merges.make("shop", owner(shop, BOB), owner(shop, ALICE), ADMIN, NOON)
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)
    shop.store.merges.undo("shop", merge.id, ADMIN, NOON)
    followed.catch_up()
    assert share(followed, buyers) == Share(2, 2)


def test_an_erasure_takes_a_person_away_once_with_all_that_was_merged_into_them(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    for event_id, who in (("1", ALICE), ("2", BOB), ("3", CARL)):
        followed.buys(event_id, who)
    followed.catch_up()
    shop.store.merges.make("shop", owner(shop, BOB), owner(shop, ALICE), ADMIN, NOON)
    shop.store.erasures.erase("shop", owner(shop, ALICE), ADMIN, shop.clock.now())
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)
    commit(shop, rejection(payload='{"email":"dora@example.com"}'))
    with suppress(Problem):
        shop.store.erasures.erase("shop", ("email", "dora@example.com"), ADMIN, shop.clock.now())
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)


def test_what_is_left_of_erased_people_counts_nobody(followed: Followed) -> None:
    """It is gathered in a profile of its own, which is erased."""
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.buys("1")
    followed.buys("2", BOB)
    followed.catch_up()
    [stray] = [row["id"] for row in shop.store.database.rows(Event.select().where(Event.event_id == "2"))]
    assert shop.store.erasures.erase_strays("shop", Strays([stray]), ADMIN, shop.clock.now()) == 1
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 2)


def test_what_is_rolled_back_or_only_tried_counts_nobody(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    shop.store.commit.rehearse([followed.write("1")], shop.clock.now())
    refused = rejection()
    both = [followed.write("1"), refused]
    shop.store.commit.write_whole(both, [replace(refused, event_id="1"), refused], shop.clock.now())
    followed.catch_up()
    assert share(followed, buyers) == Share(0, 0)


def test_each_section_counts_its_own_of_one_commit(followed: Followed) -> None:
    shop = followed.shop
    lab = shop.store.sections.create("Lab", "reject", ADMIN, NOON).id
    other = write(shop.define(EVERY_TYPE, section=lab), section_id=lab)
    here, there = followed.make("Buyers", ORDERED), followed.make("Buyers", ORDERED, section=lab)
    followed.catch_up()
    commit(shop, followed.write("1"), replace(other, identifiers=ALICE), replace(other, identifiers=BOB))
    commit(shop, replace(other, event_id="2", identifiers=BOB))
    followed.catch_up()
    assert (share(followed, here), share(followed, there)) == (Share(1, 1), Share(2, 2))


# Nothing is missed, and nothing is counted twice


def test_a_follower_that_dies_before_the_end_counts_what_it_had_once(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    followed.buys("1")
    dying = followed.shop.store.new_follower()
    monkeypatch.setattr(dying._notes, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        dying.turn(followed.shop.clock.now)
    assert share(followed, buyers) == Share(0, 0)
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)


def dies(*_: Any, **__: Any) -> bool:
    raise KeyboardInterrupt


def test_a_count_that_is_killed_is_begun_anew(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    followed.buys("1")
    buyers = followed.make("Buyers", ORDERED)
    dying = followed.shop.store.new_follower()
    monkeypatch.setattr(dying._builder, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        dying.turn(followed.shop.clock.now)
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("what", ["made", "merged", "erased"])
def test_what_happens_shortly_before_and_after_the_count_is_counted_once(
    followed: Followed, monkeypatch: pytest.MonkeyPatch, what: str, is_before: bool
) -> None:
    shop = followed.shop
    for event_id, who in (("1", ALICE), ("2", BOB), ("3", CARL)):
        followed.buys(event_id, who)
    works: dict[str, Callable[[], object]] = {
        "made": lambda: followed.buys("4", {"crm_id": "new"}),
        "merged": lambda: shop.store.merges.make("shop", owner(shop, BOB), owner(shop, ALICE), ADMIN, NOON),
        "erased": lambda: shop.store.erasures.erase("shop", owner(shop, BOB), ADMIN, NOON),
    }
    expected = {"made": Share(4, 4), "merged": Share(2, 2), "erased": Share(2, 2)}
    buyers = followed.make("Buyers", ORDERED)
    counted = followed.follower._builder._count

    def count_and_wait(segment: Segment) -> tuple[int, int]:
        if is_before:
            works[what]()
            return counted(segment)
        found = counted(segment)
        works[what]()
        return found

    monkeypatch.setattr(followed.follower._builder, "_count", count_and_wait)
    followed.follower.turn(shop.clock.now)
    monkeypatch.undo()
    followed.catch_up()
    assert share(followed, buyers) == expected[what]


def test_a_commit_that_is_open_during_the_count_is_counted_when_it_ends(
    postgresql_ready_database_url: str,
) -> None:
    shop = open_shop(postgresql_ready_database_url)
    followed = Followed(shop)
    followed.buys("1")
    buyers = followed.make("Buyers", ORDERED)
    other = open_store(postgresql_ready_database_url, shop.clock.now, shop.clock.tick)
    may_end, has_begun = threading.Event(), threading.Event()

    def slow() -> None:
        with other.database.writing():
            other.commit.write_within([followed.write("slow", identifiers=BOB)], shop.clock.now())
            has_begun.set()
            may_end.wait(20)

    thread = threading.Thread(target=slow)
    thread.start()
    assert has_begun.wait(20)
    followed.catch_up()
    assert share(followed, buyers) == Share(1, 1)
    may_end.set()
    thread.join()
    followed.catch_up()
    assert share(followed, buyers) == Share(2, 2)
    other.close()
    shop.store.close()


def test_who_is_made_by_several_at_once_is_counted_once(followed: Followed) -> None:
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()

    def buy(name: str) -> Callable[[], None]:
        return lambda: [followed.buys(f"{name}{n}", {"crm_id": str(n)}) for n in range(20)][-1]

    assert at_once(buy("a"), buy("b"), buy("c"), followed.catch_up) == []
    followed.catch_up()
    assert share(followed, buyers) == Share(20, 20)


def test_there_are_never_fewer_than_are_members(followed: Followed) -> None:
    """A build sees whoever is there; of some of them the notes are followed later."""
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    shop.store.segments.rebuild("shop", "buyers", ADMIN, NOON)
    followed.follower.turn(shop.clock.now)
    for number in range(3):
        followed.buys(str(number), {"crm_id": str(number)})
    builder = followed.follower._builder
    builder._slice = 10
    while builder.go_on([shop.store.segments.find("shop", "buyers")], shop.clock.now):
        pass
    assert share(followed, buyers) == Share(3, 3)
    assert standing(shop, buyers)["everybody"] == 0
    followed.catch_up()
    assert (share(followed, buyers), standing(shop, buyers)["everybody"]) == (Share(3, 3), 3)


def standing(shop: Shop, segment: Segment) -> dict[str, Any]:
    row = shop.store.database.row(Standing.select().where(Standing.segment == segment.number))
    assert row is not None
    return row


# Where nobody has counted yet, and where the number is wrong


def test_a_segment_that_was_followed_before_there_was_a_number_gets_one(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = followed.shop
    followed.buys("1")
    buyers = followed.make("Buyers", ORDERED)
    followed.catch_up()
    shop.store.database.run(Standing.update(everybody=None))
    followed.buys("2", BOB)
    assert share(followed, buyers) == Share(1, 2), "counted, as long as it is not kept"
    followed.catch_up()
    monkeypatch.setattr(shop.store.segments.finder, "everybody", pytest.fail)
    assert share(followed, buyers) == Share(2, 2)
    assert followed.passages(ALICE) == ["joined"]


def test_the_recount_tells_a_wrong_number_and_a_rebuild_mends_it(followed: Followed) -> None:
    shop = followed.shop
    buyers = followed.make("Buyers", ORDERED)
    followed.buys("1")
    followed.catch_up()
    followed.buys("2", BOB)
    assert wrong(shop) == [], "what the notes yet tell is no difference"
    shop.store.database.run(Standing.update(everybody=8))
    assert wrong(shop) == ["shop: 2 profiles beside the segment buyers, by the books 9."]
    shop.store.segments.rebuild("shop", "buyers", ADMIN, shop.clock.now())
    followed.catch_up()
    assert (wrong(shop), share(followed, buyers)) == ([], Share(2, 2))


def wrong(shop: Shop) -> list[str]:
    [found] = [one for one in recount(shop.store.database) if one.name == "everybody"]
    return [one.sentence() for one in found.differences]
