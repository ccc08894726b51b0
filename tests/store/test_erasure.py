"""Erasing a person: nothing of them is left, everything of others is, and nothing brings them back.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.store.models import Event, Identifier, Merge, Profile, Rejection
from collector.store.models_upkeep import ErasedName
from collector.store.recount import recount
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop, open_shop
from tests.store.erased import (
    BROWSER,
    DATA,
    LATER,
    MOBILE,
    TRACES,
    erase,
    everything,
    fill,
    told,
    traces,
    traces_in_files,
)
from tests.store.people import anonymous, at_once, claimed, owner, profile_of, signed, timeline
from tests.store.writes import commit, count, rejection, write

MINUTE = 60_000_000


@pytest.fixture
def definition(shop: Shop) -> Definition:
    made = shop.define(EVERY_TYPE)
    fill(shop, made)
    return made


def inexact(shop: Shop) -> list[str]:
    """What a recount has to say."""
    return [told.sentence() for one in recount(shop.store.database) for told in one.differences]


# What is left


def test_there_is_something_to_erase(shop: Shop, definition: Definition) -> None:
    assert all(traces(shop, one) for one in TRACES)
    assert inexact(shop) == []


def test_nothing_of_the_person_is_left_in_any_table(shop: Shop, definition: Definition) -> None:
    profiles = {owner(shop, ALICE), *(row["merged"] for row in shop.store.database.rows(Merge.select()))}
    erase(shop, ALICE)
    assert traces(shop, *TRACES, *profiles) == []
    assert inexact(shop) == []


def test_nothing_of_the_person_is_left_in_the_file(sqlite_database_url: str) -> None:
    shop = open_shop(sqlite_database_url)
    fill(shop, shop.define(EVERY_TYPE))
    assert traces_in_files(shop, *TRACES) != []
    erase(shop, ALICE)
    assert traces_in_files(shop, *TRACES) == []
    shop.store.close()
    assert traces_in_files(shop, *TRACES) == []


def test_what_is_others_stays(shop: Shop, definition: Definition) -> None:
    erased = erase(shop, ALICE)
    assert (erased.events, erased.rejections, erased.mentions) == (4, 4, 2)
    assert timeline(shop, BOB) == ["b-1", "b-2", "b-3", "b-4", "b-5", "b-5"]
    rows = shop.store.database.rows(Event.select().order_by(Event.event_id))
    assert {row["event_id"]: json.loads(row["identifiers"]) for row in rows} == {
        "b-1": BOB,
        "b-2": {"crm_id": "B", **BOB},
        "b-3": {"crm_id": "B"},
        "b-4": {"crm_id": "B"},
        "b-5": BOB,
    }
    kept = shop.store.database.rows(Rejection.select())
    assert [row["event_id"] for row in kept] == ["r-4"]


def test_whichever_identifier_names_the_person_all_of_them_goes(shop: Shop, definition: Definition) -> None:
    erase(shop, {"mobile": MOBILE})
    assert traces(shop, *TRACES) == []


def test_a_person_of_whom_only_refused_payloads_tell_is_erased(shop: Shop, definition: Definition) -> None:
    erased = erase(shop, {"email": "carol@example.com"})
    assert (erased.profile, erased.events, erased.rejections) == (None, 0, 1)
    assert traces(shop, "carol") == []
    assert inexact(shop) == []


def test_nobody_is_nobody(shop: Shop, definition: Definition) -> None:
    before = everything(shop)
    with pytest.raises(Problem) as refused:
        erase(shop, {"email": "nobody@example.com"})
    assert refused.value.code == "not-found"
    assert everything(shop) == before


def test_another_section_keeps_its_own_person(shop: Shop, definition: Definition) -> None:
    shop.store.sections.create("Lab", "reject", ADMIN, NOON)
    lab = shop.define(EVERY_TYPE, section="lab")
    commit(shop, write(lab, "lab-1", section_id="lab"))
    erase(shop, ALICE)
    found = shop.store.profiles.find("lab", "email", ALICE["email"])
    assert found is not None
    assert told(commit(shop, write(lab, "lab-2", section_id="lab"))) == ["stored"]


def test_the_audit_log_tells_that_and_not_whom(shop: Shop, definition: Definition) -> None:
    profile = ids.encode(owner(shop, ALICE))
    erase(shop, ALICE)
    (entry,) = shop.store.audit.page("shop", 1, None).items
    assert (entry.action, entry.subject) == ("profile.erased", profile)
    assert (entry.before, entry.after) == ({"events": 4, "rejections": 4, "mentions": 2}, None)


def test_a_merge_that_forgot_a_person_can_still_be_undone(shop: Shop) -> None:
    """Alice was merged into Bob and taken out again while Carl was part of him already."""
    definition = shop.define(EVERY_TYPE)
    carl = {"crm_id": "carl"}
    commit(shop, write(definition, "1"), write(definition, "2", identifiers=BOB))
    commit(shop, write(definition, "3", identifiers=carl))
    first = shop.store.merges.make("shop", owner(shop, ALICE), owner(shop, BOB), ADMIN, NOON)
    second = shop.store.merges.make("shop", owner(shop, carl), owner(shop, BOB), ADMIN, NOON)
    shop.store.merges.undo("shop", first.id, ADMIN, NOON)
    assert traces(shop, ALICE["email"])
    shop.clock.moment = LATER
    erase(shop, ALICE)
    assert traces(shop, ALICE["email"]) == []
    shop.store.merges.undo("shop", second.id, ADMIN, LATER)
    assert timeline(shop, carl) == ["3"]
    assert inexact(shop) == []


# What comes afterwards


def late(definition: Definition, event_id: str, **members: object) -> object:
    """A write that was received after the erasure."""
    return write(definition, event_id, received_at=LATER + MINUTE, **members)


def test_a_late_retry_is_ignored_and_leaves_nothing(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    shop.clock.forward(60)
    before = [count(shop, model) for model in (Event, Profile, Identifier)]
    retries = [
        late(definition, "a-1", data=DATA),
        late(definition, "never-seen"),
        late(definition, "never-seen-2", identifiers={"crm_id": "C-alice"}),
        late(definition, "never-seen-3", identifiers={"mobile": MOBILE, "email": "new@example.com"}),
        late(definition, "a-2", identifiers={}, trust="claimed", space=1, visitor=BROWSER),
        late(definition, "never-seen-4", identifiers={}, trust="claimed", space=1, visitor=BROWSER),
        late(definition, "never-seen-5", trust="claimed", space=1, visitor="visitor-new"),
    ]
    assert told(commit(shop, *retries)) == ["ignored"] * len(retries)
    assert told(shop.store.commit.rehearse(retries, shop.clock.now())) == ["ignored"] * len(retries)
    assert [count(shop, model) for model in (Event, Profile, Identifier)] == before
    assert traces(shop, *TRACES) == []
    assert inexact(shop) == []


def test_a_retry_without_a_time_is_known_by_the_id_of_its_event(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    now = LATER + MINUTE
    again = write(definition, "a-1", occurred_at=now, received_at=now)
    assert told(commit(shop, again, again)) == ["ignored", "ignored"]


def test_a_write_that_waited_while_the_person_was_erased_is_ignored(
    shop: Shop, definition: Definition
) -> None:
    waiting = write(definition, "new", occurred_at=LATER - 1, received_at=LATER - 1)
    ahead = write(definition, "new", occurred_at=LATER + MINUTE, received_at=LATER - 1)
    erase(shop, ALICE)
    assert told(commit(shop, waiting, ahead)) == ["ignored", "ignored"]


def test_a_person_who_comes_back_later_is_a_new_one(shop: Shop, definition: Definition) -> None:
    old = owner(shop, ALICE)
    erase(shop, ALICE)
    now = LATER + MINUTE
    fresh = write(definition, "new", occurred_at=now, received_at=now)
    assert told(commit(shop, fresh)) == ["stored"]
    assert owner(shop, ALICE) != old
    assert timeline(shop, ALICE) == ["new"]
    assert told(commit(shop, late(definition, "old"), late(definition, "a-1"))) == ["ignored", "ignored"]
    # An event of the old one that says it happened later has begun anew, and goes on from there.
    again = write(definition, "a-1", occurred_at=now, received_at=now + 1)
    untold = write(definition, "a-1", data='{"total":2}', occurred_at=now + 2, received_at=now + 2)
    assert told(commit(shop, again, untold)) == ["stored", "updated"]
    assert told(commit(shop, untold, late(definition, "a-1", data=DATA))) == ["duplicate", "ignored"]
    assert inexact(shop) == []


def test_a_browser_that_comes_back_later_is_a_new_one(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    now = LATER + MINUTE
    new = anonymous(definition, "new", BROWSER)
    assert told(commit(shop, replace(new, occurred_at=now, received_at=now))) == ["stored"]
    assert profile_of(shop, "new") is None


def test_an_event_from_the_future_does_not_come_back_with_a_retry(shop: Shop, definition: Definition) -> None:
    tomorrow = LATER + 20 * 60 * MINUTE
    commit(shop, write(definition, "ahead", occurred_at=tomorrow, received_at=LATER))
    erase(shop, ALICE)
    retry = write(definition, "ahead", occurred_at=tomorrow, received_at=LATER + MINUTE)
    assert told(commit(shop, retry)) == ["ignored"]


def test_an_old_write_moves_nobodys_event_to_the_erased(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    moving = late(definition, "b-1", identifiers=ALICE, occurred_at=NOON + 2 * MINUTE)
    assert told(commit(shop, moving)) == ["ignored"]
    assert timeline(shop, BOB) == ["b-1", "b-2", "b-3", "b-4", "b-5", "b-5"]


def test_others_are_not_held_up(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    those = [
        late(definition, "b-9", identifiers=BOB),
        late(definition, "b-1", identifiers=BOB, data='{"total":3}', occurred_at=NOON + MINUTE),
        late(definition, "w-9", identifiers={}, trust="claimed", space=1, visitor="visitor-9"),
    ]
    assert told(commit(shop, *those)) == ["stored", "updated", "stored"]


def test_a_group_has_a_verdict_for_each(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    group = [
        late(definition, "x"),
        rejection(),
        late(definition, "y", identifiers=BOB),
        late(definition, "a-1"),
    ]
    assert told(commit(shop, *group)) == ["ignored", "rejected", "stored", "ignored"]
    assert inexact(shop) == []


def test_an_identifier_is_remembered_as_a_keyed_hash(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    marks = {row["mark"] for row in shop.store.database.rows(ErasedName.select())}
    shop.store.sections.create("Lab", "reject", ADMIN, NOON)
    lab = shop.define(EVERY_TYPE, section="lab")
    commit(shop, write(lab, "a-1", section_id="lab"))
    shop.store.erasures.erase("lab", ("email", ALICE["email"]), ADMIN, LATER)
    assert len(marks) == len({*TRACES} - {"what only alice wrote"}) + 2  # and m-1, w-1
    of_lab = {row["mark"] for row in shop.store.database.rows(ErasedName.select())} - marks
    assert len(of_lab) == 2, "another section has another secret"


def test_somebody_can_be_erased_again(shop: Shop, definition: Definition) -> None:
    erase(shop, ALICE)
    now = LATER + MINUTE
    commit(shop, write(definition, "new", occurred_at=now, received_at=now))
    shop.clock.forward(3600)
    assert erase(shop, ALICE).events == 1
    assert told(commit(shop, write(definition, "new-2", occurred_at=now, received_at=now + 1))) == ["ignored"]
    assert traces(shop, ALICE["email"]) == []
    assert inexact(shop) == []


def test_an_erasure_among_writers_leaves_nothing_of_what_came_before(
    shop: Shop, definition: Definition
) -> None:
    def write_on(worker: int) -> None:
        for turn in range(15):
            name = f"{worker}-{turn}"
            who = ALICE if turn % 2 else {**ALICE, "crm_id": f"new-{worker}-{turn}"}
            commit(
                shop,
                write(definition, name, identifiers=who),
                claimed(definition, name, ALICE, f"visitor-{name}"),
            )
            commit(shop, signed(definition, f"s{name}", ALICE, f"browser-{name}"))

    def erase_often() -> None:
        for _ in range(4):
            with suppress(Problem):  # there may be nobody at the moment
                erase(shop, ALICE)

    assert at_once(*[lambda worker=worker: write_on(worker) for worker in range(4)], erase_often) == []
    # Everything that was written is as old as the erasure: nothing of it can be left.
    with suppress(Problem):
        erase(shop, ALICE)
    assert traces(shop, ALICE["email"]) == []
    assert inexact(shop) == []
