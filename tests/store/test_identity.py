"""What every database must do with visitors, claims, signed identities and conflicts.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.events import Outcome, Write
from collector.core.problems import Problem
from collector.store.conflicts import Conflict
from collector.store.models import Change, Event, Identifier, Profile
from collector.store.opening import open_store
from collector.store.secrets import OVERLAP
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.store.people import (
    CARL,
    VISITOR,
    anonymous,
    at_once,
    changes_are_where_their_events_are,
    claimed,
    owner,
    profile_of,
    signed,
    timeline,
)
from tests.store.writes import MINUTE, commit, count, verdicts, write


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def conflicts(shop: Shop, state: Any = "open") -> list[Conflict]:
    return shop.store.conflicts.page("shop", state, 50, None).items


def pairs(found: list[Conflict]) -> list[set[int]]:
    return [{person.id for person in one.people} for one in found]


# Visitors


def test_a_signed_event_gives_its_visitors_earlier_events_to_the_profile(
    shop: Shop, definition: Definition
) -> None:
    commit(
        shop, anonymous(definition, "1"), anonymous(definition, "2"), anonymous(definition, "3", "visitor-2")
    )
    commit(shop, signed(definition, "4", ALICE))
    assert timeline(shop, ALICE) == ["1", "2", "4"]
    assert profile_of(shop, "3") is None
    assert profile_of(shop, "1") == profile_of(shop, "2") == owner(shop, ALICE)


def test_later_events_of_a_linked_visitor_go_to_the_profile(shop: Shop, definition: Definition) -> None:
    commit(shop, signed(definition, "1", ALICE))
    outcome = commit(shop, anonymous(definition, "2"))[0]
    assert outcome.state is not None
    assert outcome.state.profile_id == owner(shop, ALICE)
    assert timeline(shop, ALICE) == ["1", "2"]


def test_within_a_group_it_does_not_matter_where_the_signed_event_stands(
    shop: Shop, definition: Definition
) -> None:
    outcomes = commit(
        shop, anonymous(definition, "1"), signed(definition, "2", ALICE), anonymous(definition, "3")
    )
    assert verdicts(outcomes) == ["stored"] * 3
    assert timeline(shop, ALICE) == ["1", "2", "3"]
    assert {outcome.state.profile_id for outcome in outcomes if outcome.state} == {owner(shop, ALICE)}


def test_a_linked_visitor_never_moves(shop: Shop, definition: Definition) -> None:
    commit(shop, signed(definition, "1", ALICE), signed(definition, "2", BOB), anonymous(definition, "3"))
    commit(shop, signed(definition, "4", BOB), anonymous(definition, "5"))
    assert timeline(shop, ALICE) == ["1", "3", "5"]
    assert timeline(shop, BOB) == ["2", "4"]


def test_a_claim_links_nobody(shop: Shop, definition: Definition) -> None:
    commit(shop, anonymous(definition, "1"), claimed(definition, "2", ALICE), anonymous(definition, "3"))
    assert [profile_of(shop, "1"), profile_of(shop, "3")] == [None, None]
    assert timeline(shop, ALICE) == ["2"]


def test_a_claim_of_a_linked_visitor_goes_to_whom_it_names(shop: Shop, definition: Definition) -> None:
    commit(shop, signed(definition, "1", ALICE))
    commit(shop, claimed(definition, "2", BOB))
    assert (timeline(shop, ALICE), timeline(shop, BOB)) == (["1"], ["2"])


def test_a_signed_event_that_is_stored_already_links_nobody(shop: Shop, definition: Definition) -> None:
    commit(shop, claimed(definition, "1", ALICE), anonymous(definition, "2"))
    outcomes = commit(shop, signed(definition, "1", BOB), anonymous(definition, "3"))
    assert verdicts(outcomes) == ["duplicate", "stored"]
    assert [profile_of(shop, "2"), profile_of(shop, "3")] == [None, None]


def test_a_retry_of_a_signed_event_changes_nothing(shop: Shop, definition: Definition) -> None:
    for _ in range(2):
        commit(shop, signed(definition, "1", ALICE), anonymous(definition, "2"))
    assert timeline(shop, ALICE) == ["1", "2"]
    assert (count(shop, Change), count(shop, Profile)) == (2, 1)


def test_visitors_of_another_section_are_other_visitors(shop: Shop, definition: Definition) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    there = shop.define(EVERY_TYPE, section="other")
    theirs = write(there, "9", identifiers={}, trust="claimed", space=1, visitor=VISITOR, section_id="other")
    commit(shop, theirs, anonymous(definition, "1"), signed(definition, "2", ALICE))
    assert profile_of(shop, "9") is None
    assert timeline(shop, ALICE) == ["1", "2"]


def test_a_rehearsal_links_nobody(shop: Shop, definition: Definition) -> None:
    commit(shop, anonymous(definition, "1"))
    shop.store.commit.rehearse([signed(definition, "2", ALICE)], NOON)
    commit(shop, anonymous(definition, "3"))
    assert [profile_of(shop, "1"), profile_of(shop, "3")] == [None, None]


def test_whoever_signs_first_has_the_visitor_with_all_its_events_though_many_send_at_once(
    shop: Shop, definition: Definition
) -> None:
    def send(worker: int) -> None:
        for turn in range(12):
            name = f"{worker}-{turn}"
            one = anonymous(definition, name)
            if turn == worker:
                one = signed(definition, name, {"email": f"p{worker}@example.com"})
            commit(shop, one, anonymous(definition, f"{name}b", f"visitor-{worker}{turn}"))

    assert at_once(*[partial(send, worker) for worker in range(8)]) == []
    rows = shop.store.database.rows(Event.select().where(Event.visitor == VISITOR))
    assert len(rows) == 96
    assert len({row["profile"] for row in rows if row["identifiers"] == "{}"} - {None}) == 1
    assert all(row["profile"] is not None for row in rows)
    assert changes_are_where_their_events_are(shop)


def test_an_anonymous_event_is_found_by_an_index(shop: Shop) -> None:
    query = Event.select(Event.id).where(Event.profile.is_null() & (Event.visitor == "x"))
    sql, values = shop.store.database.peewee.get_sql_context().sql(query).query()
    database = shop.store.database
    with database.connected():
        if database.is_sqlite:
            plan = database.peewee.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        else:
            database.peewee.execute_sql("SET enable_seqscan = off")
            plan = database.peewee.execute_sql(f"EXPLAIN {sql}", values).fetchall()
    assert "event_anonymous" in str(plan)


# Signed identities and claims


def test_a_signed_event_ties_all_its_identifiers_to_one_profile(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1"))
    commit(shop, signed(definition, "2", {**CARL, **ALICE}))
    assert owner(shop, CARL) == owner(shop, ALICE)
    assert timeline(shop, ALICE) == ["1", "2"]


def test_a_claim_adds_no_identifier_to_a_profile_and_merges_none(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1", identifiers=CARL), write(definition, "2", identifiers=BOB))
    before = shop.store.database.rows(Identifier.select())
    commit(shop, claimed(definition, "3", {**CARL, **BOB, "mobile": "+46701234567"}))
    assert shop.store.database.rows(Identifier.select()) == before
    assert timeline(shop, CARL) == ["1", "3"]
    assert conflicts(shop) == []


# Conflicts


def quarrel(definition: Definition, event_id: str) -> Write:
    """An event that names two people as one."""
    return write(definition, event_id, identifiers={**CARL, **BOB})


def test_identifiers_of_two_profiles_are_a_conflict_that_merges_nothing(
    shop: Shop, definition: Definition
) -> None:
    commit(shop, write(definition, "1", identifiers=CARL), write(definition, "2", identifiers=BOB))
    commit(shop, quarrel(definition, "3"))
    commit(shop, quarrel(definition, "4"), signed(definition, "5", {**CARL, **BOB}))
    (found,) = conflicts(shop)
    assert pairs([found]) == [{owner(shop, CARL), owner(shop, BOB)}]
    assert (found.count, found.event) == (3, ("order.completed", 1, "5"))
    assert sorted(str(person.identifiers) for person in found.people) == [
        "{'crm_id': ['7']}",
        "{'email': ['bob@example.com']}",
    ]
    assert timeline(shop, CARL) == ["1", "3", "4", "5"]
    commit(shop, write(definition, "6", identifiers=BOB))
    assert timeline(shop, BOB) == ["2", "6"]


def test_a_conflict_may_arise_within_one_group(shop: Shop, definition: Definition) -> None:
    three = {**CARL, **BOB, "mobile": "+46701234567"}
    alone = [write(definition, kind, identifiers={kind: value}) for kind, value in three.items()]
    commit(shop, *alone, write(definition, "all", identifiers=three))
    strongest = owner(shop, CARL)
    others = [owner(shop, BOB), owner(shop, {"mobile": "+46701234567"})]
    assert sorted(map(sorted, pairs(conflicts(shop)))) == sorted(sorted([strongest, one]) for one in others)
    assert profile_of(shop, "all") == strongest


def test_a_retry_of_a_conflict_counts_once(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1", identifiers=CARL), write(definition, "2", identifiers=BOB))
    for _ in range(3):
        commit(shop, quarrel(definition, "3"), quarrel(definition, "3"))
    assert [one.count for one in conflicts(shop)] == [1]


def test_an_update_may_bring_a_conflict(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1", identifiers=CARL), write(definition, "2", identifiers=BOB))
    update = write(definition, "2", identifiers={**CARL, **BOB}, occurred_at=NOON + MINUTE)
    assert verdicts(commit(shop, update)) == ["updated"]
    assert [one.count for one in conflicts(shop)] == [1]
    assert timeline(shop, CARL) == ["1", "2", "2"]
    assert timeline(shop, BOB) == []


def test_a_dismissed_conflict_stays_dismissed(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1", identifiers=CARL), write(definition, "2", identifiers=BOB))
    commit(shop, quarrel(definition, "3"))
    number = conflicts(shop)[0].id
    for _ in range(2):
        assert shop.store.conflicts.dismiss("shop", number, ADMIN, NOON).state == "dismissed"
    commit(shop, quarrel(definition, "4"))
    assert conflicts(shop) == []
    assert [one.count for one in conflicts(shop, "dismissed")] == [2]
    logged = [entry.action for entry in shop.store.audit.page("shop", 50, None).items]
    assert logged.count("conflict.dismissed") == 1


def test_conflicts_are_paged_and_those_of_another_section_are_nowhere(
    shop: Shop, definition: Definition
) -> None:
    for number in range(5):
        who = {"crm_id": f"c{number}"}, {"email": f"p{number}@example.com"}
        commit(
            shop,
            *[write(definition, f"{number}-{n}", identifiers=one) for n, one in enumerate(who)],
            write(definition, f"{number}-both", identifiers=who[0] | who[1]),
        )
    first = shop.store.conflicts.page("shop", "open", 3, None)
    second = shop.store.conflicts.page("shop", "open", 3, first.next_cursor)
    seen = [one.event[2] for one in first.items + second.items]
    assert seen == ["4-both", "3-both", "2-both", "1-both", "0-both"]
    assert second.next_cursor is None
    assert shop.store.conflicts.page("other", "open", 3, None).items == []
    with pytest.raises(Problem) as refusal:
        shop.store.conflicts.dismiss("other", first.items[0].id, ADMIN, NOON)
    assert refusal.value.code == "not-found"


# Secrets


def test_two_secrets_are_good_for_a_day_after_a_rotation(shop: Shop) -> None:
    secrets = shop.store.secrets
    assert secrets.good("shop", NOON) == ()
    first = secrets.show("shop", ADMIN, NOON)
    assert secrets.show("shop", ADMIN, NOON) == first
    second = secrets.rotate("shop", ADMIN, NOON)
    assert [one.number for one in second] == [2, 1]
    assert secrets.good("shop", NOON + OVERLAP - 1) == tuple(one.text.encode() for one in second)
    assert secrets.good("shop", NOON + OVERLAP) == (second[0].text.encode(),)
    assert len({one.text for one in second}) == 2


def test_the_next_rotation_ends_the_secret_before_the_last(shop: Shop) -> None:
    first = shop.store.secrets.show("shop", ADMIN, NOON)[0]
    shop.store.secrets.rotate("shop", ADMIN, NOON)
    good = shop.store.secrets.rotate("shop", ADMIN, NOON + 1)
    assert [one.number for one in good] == [3, 2]
    assert first.text.encode() not in shop.store.secrets.good("shop", NOON + 1)


def test_a_rotation_is_obeyed_elsewhere_within_two_seconds(shop: Shop) -> None:
    elsewhere = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    shop.store.secrets.show("shop", ADMIN, NOON)
    assert len(elsewhere.secrets.good("shop", NOON)) == 1
    for _ in range(2):
        shop.store.secrets.rotate("shop", ADMIN, NOON)
    shop.clock.forward(2)
    now = shop.clock.now()
    assert elsewhere.secrets.good("shop", now) == shop.store.secrets.good("shop", now)
    elsewhere.close()


def test_rotations_at_once_come_one_after_the_other(shop: Shop) -> None:
    made: list[int] = []

    def rotate() -> None:
        made.append(shop.store.secrets.rotate("shop", ADMIN, NOON)[0].number)

    assert at_once(*[rotate] * 6) == []
    assert max(made) == 6
    assert len(shop.store.secrets.good("shop", NOON)) == 2


def test_a_section_that_is_not_there_gets_no_secret(shop: Shop) -> None:
    with pytest.raises(Problem) as refusal:
        shop.store.secrets.show("nowhere", ADMIN, NOON)
    assert refusal.value.code == "not-found"


def test_no_secret_is_in_the_audit_log(shop: Shop) -> None:
    made = shop.store.secrets.rotate("shop", ADMIN, NOON)[0]
    entry = shop.store.audit.page("shop", 1, None).items[0]
    assert (entry.action, entry.subject) == ("secret.made", "secret 1")
    assert made.text not in str(entry)


def test_whose_an_event_is_follows_the_order_of_the_group(shop: Shop, definition: Definition) -> None:
    """The events' own ids do not decide: "b" comes first and ties the address, so "a" finds it tied."""
    outcomes: list[Outcome] = commit(
        shop, write(definition, "b", identifiers={**CARL, **ALICE}), write(definition, "a")
    )
    assert verdicts(outcomes) == ["stored", "stored"]
    assert owner(shop, ALICE) == owner(shop, CARL)
    assert conflicts(shop) == []
