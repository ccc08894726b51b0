"""What every database must do when profiles are merged, and when that is undone.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import threading
from functools import partial

import pytest

from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.store.merging import Merge
from collector.store.models import Event, Profile
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.store.people import (
    CARL,
    anonymous,
    at_once,
    changes_are_where_their_events_are,
    claimed,
    owner,
    profile_of,
    signed,
    tables,
    timeline,
)
from tests.store.writes import MINUTE, commit, write

PHONE = {"mobile": "+46701234567"}
NEW = {"crm_id": "new"}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture(autouse=True)
def _people(shop: Shop, definition: Definition) -> None:
    """Alice with a phone and a browser, Bob with another browser, Carl, and a conflict of the two men."""
    commit(
        shop,
        anonymous(definition, "a0", "alices-browser"),
        write(definition, "a1", identifiers={**ALICE, **PHONE}),
        signed(definition, "a2", ALICE, "alices-browser"),
        anonymous(definition, "b0", "bobs-browser"),
        signed(definition, "b1", BOB, "bobs-browser"),
        claimed(definition, "b2", BOB, "cafe-browser"),
        write(definition, "c1", identifiers=CARL),
        write(definition, "c2", identifiers={**CARL, **BOB}),
    )


def merge(shop: Shop, merged: dict[str, str], into: dict[str, str]) -> Merge:
    return shop.store.merges.make("shop", owner(shop, merged), owner(shop, into), ADMIN, shop.clock.now())


def undo(shop: Shop, made: Merge) -> Merge:
    return shop.store.merges.undo("shop", made.id, ADMIN, shop.clock.now())


def code_of(shop: Shop, merged: int, into: int, section: str = "shop") -> str:
    with pytest.raises(Problem) as refusal:
        shop.store.merges.make(section, merged, into, ADMIN, NOON)
    return refusal.value.code


def test_a_merge_puts_two_timelines_into_one(shop: Shop) -> None:
    made = merge(shop, BOB, ALICE)
    assert made.events == 3
    assert owner(shop, BOB) == owner(shop, ALICE)
    assert timeline(shop, BOB) == ["a0", "a1", "a2", "b0", "b1", "b2"]
    profile = shop.store.profiles.find("shop", "email", BOB["email"])
    assert profile is not None
    assert {kind: sorted(values) for kind, values in profile.identifiers.items()} == {
        "email": ["alice@example.com", "bob@example.com"],
        "mobile": [PHONE["mobile"]],
    }
    assert changes_are_where_their_events_are(shop)


def test_after_a_merge_events_of_either_come_to_the_one(shop: Shop, definition: Definition) -> None:
    merge(shop, BOB, ALICE)
    commit(shop, write(definition, "n1", identifiers=BOB), anonymous(definition, "n2", "bobs-browser"))
    assert timeline(shop, ALICE)[-2:] == ["n1", "n2"]


@pytest.mark.parametrize(("merged", "into"), [(BOB, ALICE), (ALICE, BOB), (CARL, BOB), (BOB, CARL)])
def test_a_merge_that_is_undone_leaves_every_table_as_it_was(
    shop: Shop, merged: dict[str, str], into: dict[str, str]
) -> None:
    before = tables(shop)
    made = merge(shop, merged, into)
    assert tables(shop) != before
    assert undo(shop, made).undone_at == NOON
    assert tables(shop) == before


def test_what_came_for_the_merged_profile_meanwhile_goes_back_with_it(
    shop: Shop, definition: Definition
) -> None:
    made = merge(shop, BOB, ALICE)
    shop.clock.forward(3600)
    commit(
        shop,
        write(definition, "n1", identifiers=BOB),
        write(definition, "n2", identifiers=ALICE),
        claimed(definition, "n3", BOB, "elsewhere"),
        anonymous(definition, "n4", "bobs-browser"),
        anonymous(definition, "n5", "alices-browser"),
    )
    undo(shop, made)
    assert timeline(shop, BOB) == ["b0", "b1", "b2", "n1", "n3", "n4"]
    assert timeline(shop, ALICE) == ["a0", "a1", "a2", "n2", "n5"]
    assert changes_are_where_their_events_are(shop)


def test_a_new_identifier_goes_back_with_the_one_that_it_came_with(
    shop: Shop, definition: Definition
) -> None:
    made = merge(shop, BOB, ALICE)
    other = {"mobile": "+46701111111"}
    commit(
        shop,
        write(definition, "n1", identifiers={**NEW, **BOB}),
        write(definition, "n2", identifiers={**other, **ALICE}),
        claimed(definition, "n3", NEW, "elsewhere"),
    )
    undo(shop, made)
    assert (owner(shop, NEW), owner(shop, other)) == (owner(shop, BOB), owner(shop, ALICE))
    assert timeline(shop, NEW) == ["b0", "b1", "b2", "n1", "n3"]
    assert timeline(shop, other) == ["a0", "a1", "a2", "n2"]


def test_a_visitor_goes_back_with_the_event_that_linked_it(shop: Shop, definition: Definition) -> None:
    commit(shop, anonymous(definition, "n0", "new-browser"), anonymous(definition, "m0", "other-browser"))
    made = merge(shop, BOB, ALICE)
    commit(
        shop,
        signed(definition, "n1", BOB, "new-browser"),
        anonymous(definition, "n2", "new-browser"),
        signed(definition, "m1", ALICE, "other-browser"),
        anonymous(definition, "m2", "other-browser"),
    )
    undo(shop, made)
    commit(shop, anonymous(definition, "n3", "new-browser"), anonymous(definition, "m3", "other-browser"))
    assert timeline(shop, BOB)[3:] == ["n0", "n1", "n2", "n3"]
    assert timeline(shop, ALICE)[3:] == ["m0", "m1", "m2", "m3"]


def test_an_event_that_was_given_to_somebody_else_meanwhile_stays_there(
    shop: Shop, definition: Definition
) -> None:
    commit(shop, write(definition, "x1", identifiers=BOB), write(definition, "x2", identifiers=BOB))
    made = merge(shop, BOB, ALICE)
    commit(
        shop,
        write(definition, "x1", identifiers=CARL, occurred_at=NOON + MINUTE),
        write(definition, "x2", identifiers=ALICE, occurred_at=NOON + MINUTE),
        write(definition, "a1", identifiers=BOB, occurred_at=NOON + MINUTE),
    )
    undo(shop, made)
    people = [owner(shop, one) for one in (CARL, ALICE, BOB)]
    assert [profile_of(shop, event) for event in ("x1", "x2", "a1")] == people
    assert changes_are_where_their_events_are(shop)


def test_merges_stand_on_each_other_and_are_undone_the_last_first(shop: Shop) -> None:
    before = tables(shop)
    first = merge(shop, BOB, ALICE)
    between = tables(shop)
    second = merge(shop, ALICE, CARL)
    assert timeline(shop, CARL) == ["a0", "a1", "a2", "b0", "b1", "b2", "c1", "c2"]
    with pytest.raises(Problem) as refusal:
        undo(shop, first)
    assert refusal.value.code == "merge-covered"
    undo(shop, second)
    assert tables(shop) == between
    undo(shop, first)
    assert tables(shop) == before


def test_two_merges_into_one_are_undone_in_any_order(shop: Shop, definition: Definition) -> None:
    before = tables(shop)
    first, second = merge(shop, BOB, ALICE), merge(shop, CARL, ALICE)
    undo(shop, first)
    assert timeline(shop, ALICE) == ["a0", "a1", "a2", "c1", "c2"]
    assert timeline(shop, BOB) == ["b0", "b1", "b2"]
    undo(shop, second)
    assert tables(shop) == before


def test_the_same_two_may_be_merged_again(shop: Shop) -> None:
    before = tables(shop)
    for _ in range(3):
        undo(shop, merge(shop, BOB, ALICE))
    assert tables(shop) == before


def test_a_merge_of_nobody_of_the_merged_or_of_another_section_is_refused(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    alice, bob = owner(shop, ALICE), owner(shop, BOB)
    assert code_of(shop, alice, alice) == "same-profile"
    assert code_of(shop, alice, 1) == code_of(shop, 1, alice) == "not-found"
    assert code_of(shop, alice, bob, "other") == "not-found"
    made = merge(shop, BOB, ALICE)
    assert code_of(shop, bob, owner(shop, CARL)) == code_of(shop, owner(shop, CARL), bob) == "profile-merged"
    for section, number, code in (("other", made.id, "not-found"), ("shop", 1, "not-found")):
        with pytest.raises(Problem) as refusal:
            shop.store.merges.undo(section, number, ADMIN, NOON)
        assert refusal.value.code == code
    undo(shop, made)
    with pytest.raises(Problem) as again:
        undo(shop, made)
    assert again.value.code == "merge-undone"


def test_a_merge_ends_the_conflicts_that_it_settles_until_it_is_undone(
    shop: Shop, definition: Definition
) -> None:
    commit(shop, write(definition, "x", identifiers={**CARL, **ALICE}))
    conflicts = shop.store.conflicts
    assert len(conflicts.page("shop", "open", 10, None).items) == 2
    made = merge(shop, BOB, CARL)
    (left,) = conflicts.page("shop", "open", 10, None).items
    (settled,) = conflicts.page("shop", "merged", 10, None).items
    assert {person.id for person in left.people} == {owner(shop, CARL), owner(shop, ALICE)}
    with pytest.raises(Problem) as refusal:
        conflicts.dismiss("shop", settled.id, ADMIN, NOON)
    assert refusal.value.code == "conflict-merged"
    second = merge(shop, ALICE, CARL)
    assert conflicts.page("shop", "open", 10, None).items == []
    undo(shop, second)
    undo(shop, made)
    assert len(conflicts.page("shop", "open", 10, None).items) == 2


def test_attributes_that_only_the_merged_profile_had_come_and_go_with_it(shop: Shop) -> None:
    def give(who: dict[str, str], **attributes: object) -> None:
        text = json.dumps(attributes)
        shop.store.database.run(Profile.update(attributes=text).where(Profile.id == owner(shop, who)))

    give(ALICE, city="Malmö", plan="free")
    give(BOB, plan="pro", age=40, hat="red")
    before = tables(shop)
    made = merge(shop, BOB, ALICE)
    merged = shop.store.profiles.find("shop", "email", BOB["email"])
    assert merged is not None
    assert merged.attributes == {"city": "Malmö", "plan": "free", "age": 40, "hat": "red"}
    undo(shop, made)
    assert {name: rows for name, rows in tables(shop).items() if name != "Profile"} == {
        name: rows for name, rows in before.items() if name != "Profile"
    }
    again = shop.store.profiles.find("shop", "email", ALICE["email"])
    assert again is not None
    assert again.attributes == {"city": "Malmö", "plan": "free"}


def test_the_audit_log_tells_of_a_merge_and_of_its_end(shop: Shop) -> None:
    made = merge(shop, BOB, ALICE)
    undo(shop, made)
    last, first = shop.store.audit.page("shop", 2, None).items
    assert (first.action, last.action) == ("profile.merged", "merge.undone")
    assert first.subject == last.subject
    assert first.after["events"] == 3
    assert "@" not in str((first.before, first.after, last.before, last.after))


def test_a_merge_waits_for_the_commits_that_are_under_way(shop: Shop, definition: Definition) -> None:
    made = threading.Event()

    def merge_then_tell() -> None:
        merge(shop, BOB, ALICE)
        made.set()

    def commit_slowly() -> None:
        with shop.store.database.writing():
            commit(shop, write(definition, "n1", identifiers=BOB))
            begun.set()
            assert not made.wait(0.5)

    begun = threading.Event()
    committer = threading.Thread(target=commit_slowly)
    committer.start()
    assert begun.wait(10)
    assert at_once(merge_then_tell) == []
    committer.join()
    assert timeline(shop, ALICE) == ["a0", "a1", "a2", "b0", "b1", "b2", "n1"]


def test_commits_and_merges_at_once_leave_every_event_with_its_owner(
    shop: Shop, definition: Definition
) -> None:
    def send(worker: int) -> None:
        for turn in range(20):
            who = BOB if turn % 2 else ALICE
            commit(shop, write(definition, f"{worker}-{turn}", identifiers=who))

    def merge_and_undo() -> None:
        for _ in range(10):
            undo(shop, merge(shop, BOB, ALICE))

    assert at_once(merge_and_undo, *[partial(send, worker) for worker in range(4)]) == []
    owners = {BOB["email"]: owner(shop, BOB), ALICE["email"]: owner(shop, ALICE)}
    sent = [f"{worker}-{turn}" for worker in range(4) for turn in range(20)]
    for row in shop.store.database.rows(Event.select().where(Event.event_id.in_(sent))):
        assert row["profile"] == owners[json.loads(row["identifiers"])["email"]], row["event_id"]
    assert changes_are_where_their_events_are(shop)
