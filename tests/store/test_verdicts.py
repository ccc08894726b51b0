"""What every database must do with a write: its verdict, and whose event it is.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from collector.core.definitions import Definition
from collector.core.events import KEPT, Outcome
from collector.core.goals import Goal
from collector.core.problems import Fault
from collector.store.models import Change, Event, Identifier, Profile
from tests.cast import ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.store.writes import MINUTE, commit, count, rejection, verdicts, write


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


# Verdicts


def test_the_same_event_a_thousand_times_is_one_row(shop: Shop, definition: Definition) -> None:
    first, *others = verdicts(commit(shop, *[write(definition)] * 500))
    again = verdicts(commit(shop, *[write(definition)] * 500))
    assert first == "stored"
    assert set(others + again) == {"duplicate"}
    assert (count(shop, Event), count(shop, Change), count(shop, Profile)) == (1, 1, 1)


def test_a_newer_write_updates_and_an_older_one_changes_nothing(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    newer = commit(shop, write(definition, data='{"total":2}', occurred_at=NOON + MINUTE))[0]
    older = commit(shop, write(definition, data='{"total":3}', occurred_at=NOON - MINUTE))[0]
    equal = commit(shop, write(definition, data='{"total":4}', occurred_at=NOON + MINUTE))[0]
    assert [newer.verdict, older.verdict, equal.verdict] == ["updated", "ignored", "ignored"]
    stored = shop.store.events.find(newer.state.definition_id, 0, "1") if newer.state else None
    assert stored is not None
    assert (stored.data, stored.occurred_at) == ('{"total":2}', NOON + MINUTE)
    assert count(shop, Change) == 2


def test_a_group_judges_its_own_writes_in_their_order(shop: Shop, definition: Definition) -> None:
    outcomes = commit(
        shop,
        write(definition),
        write(definition, data='{"total":2}', occurred_at=NOON + MINUTE),
        write(definition, "2"),
        write(definition, data='{"total":1}', occurred_at=NOON - MINUTE),
    )
    assert verdicts(outcomes) == ["stored", "updated", "stored", "ignored"]


def test_a_deletion_takes_the_event_away_and_a_late_retry_does_not_bring_it_back(
    shop: Shop, definition: Definition
) -> None:
    first = commit(shop, write(definition))[0]
    assert first.state is not None
    commit(shop, write(definition, data=None, deletion=NOON + MINUTE, occurred_at=NOON + MINUTE))
    assert verdicts(commit(shop, write(definition))) == ["duplicate"]
    assert shop.store.events.find(first.state.definition_id, 0, "1") is None
    restored = commit(shop, write(definition, data=None, deletion=None, occurred_at=NOON + 2 * MINUTE))
    assert verdicts(restored) == ["updated"]
    assert shop.store.events.find(first.state.definition_id, 0, "1") is not None


def test_a_page_only_inserts_and_touches_no_integrations_event(shop: Shop, definition: Definition) -> None:
    page = {"space": 1, "trust": "claimed", "door": "beacon"}
    outcomes = commit(
        shop,
        write(definition),
        write(definition, **page),
        write(definition, **page, data='{"total":9}', occurred_at=NOON + MINUTE),
    )
    assert verdicts(outcomes) == ["stored", "stored", "duplicate"]
    assert {row["data"] for row in shop.store.database.rows(Event.select())} == {'{"total":1}'}


def test_a_write_without_data_completes_but_does_not_begin(shop: Shop, definition: Definition) -> None:
    missing = (Fault("field-missing", "/data/total", "This is required."),)
    incomplete = write(definition, data=None, faults_if_first=missing, occurred_at=NOON + MINUTE)
    outcomes = commit(shop, incomplete, write(definition), incomplete, replace(incomplete, event_id="2"))
    assert verdicts(outcomes) == ["rejected", "stored", "duplicate", "rejected"]
    assert outcomes[0].faults == missing
    assert count(shop, Event) == 1
    assert len(shop.store.rejections.page("shop", 10, None).items) == 2


def test_a_key_that_may_not_write_what_the_event_carries_is_refused(
    shop: Shop, definition: Definition
) -> None:
    commit(shop, write(definition))
    other = write(
        definition, identifiers={"mobile": "+46701234567"}, writable=frozenset({"mobile"}), data='{"total":7}'
    )
    outcome = commit(shop, replace(other, occurred_at=NOON + MINUTE))[0]
    assert (outcome.verdict, outcome.code) == ("rejected", "identifier-not-allowed")
    kept = shop.store.rejections.page("shop", 1, None).items[0].payload
    assert (kept["id"], kept["data"], kept["identifiers"]) == ("1", {"total": 7}, {"mobile": "+46701234567"})
    assert outcome.state is None
    assert {row["data"] for row in shop.store.database.rows(Event.select())} == {'{"total":1}'}


def test_goals_come_back_exactly(shop: Shop, definition: Definition) -> None:
    goal = Goal("purchase", -(10**16) + 1, "refund", "SEK")
    outcome = commit(shop, write(definition, goal=goal))[0]
    assert outcome.state is not None
    stored = shop.store.events.find(outcome.state.definition_id, 0, "1")
    assert stored == outcome.state
    assert stored.goal == goal


# Whose event it is


def profiles_of(outcomes: list[Outcome]) -> list[int | None]:
    return [outcome.state.profile_id if outcome.state else None for outcome in outcomes]


def test_one_person_is_one_profile_and_a_new_identifier_joins_it(shop: Shop, definition: Definition) -> None:
    both = {"crm_id": "7", **ALICE}
    found = profiles_of(
        commit(
            shop,
            write(definition, "1"),
            write(definition, "2", identifiers=both),
            write(definition, "3", identifiers={"crm_id": "7"}),
            write(definition, "4", identifiers=BOB),
        )
    )
    assert found[0] == found[1] == found[2] != found[3]
    assert (count(shop, Profile), count(shop, Identifier)) == (2, 3)


def test_two_people_are_never_merged_silently(shop: Shop, definition: Definition) -> None:
    alice, boss = profiles_of(
        commit(shop, write(definition, "1"), write(definition, "2", identifiers={"crm_id": "7"}))
    )
    conflict = profiles_of(commit(shop, write(definition, "3", identifiers={"crm_id": "7", **ALICE})))[0]
    later = profiles_of(commit(shop, write(definition, "4")))[0]
    assert conflict == boss
    assert later == alice
    assert count(shop, Profile) == 2


def test_a_page_that_claims_a_person_ties_no_identifiers_together(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, "1"))
    claim = write(definition, "2", identifiers={"crm_id": "666", **ALICE}, trust="claimed", space=1)
    claimed = profiles_of(commit(shop, claim))[0]
    alice = shop.store.profiles.find("shop", "email", ALICE["email"])
    stranger = shop.store.profiles.find("shop", "crm_id", "666")
    assert alice is not None
    assert stranger is not None
    assert stranger.id == claimed != alice.id
    assert alice.identifiers == {"email": [ALICE["email"]]}


def test_a_payload_that_changes_nothing_leaves_no_profile_behind(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    late = write(definition, identifiers=BOB, data='{"total":5}', occurred_at=NOON - MINUTE)
    assert verdicts(commit(shop, late, rejection())) == ["ignored", "rejected"]
    assert (count(shop, Profile), count(shop, Identifier)) == (1, 1)


def test_an_event_moves_with_its_past_to_another_person(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    moved = write(definition, identifiers=BOB, occurred_at=NOON + MINUTE)
    assert verdicts(commit(shop, moved)) == ["updated"]
    alice = shop.store.profiles.find("shop", "email", ALICE["email"])
    bob = shop.store.profiles.find("shop", "email", BOB["email"])
    assert alice is not None
    assert bob is not None
    assert [one.operation for one in shop.store.profiles.timeline(bob.id, 10, None).items] == [
        "update",
        "insert",
    ]
    assert shop.store.profiles.timeline(alice.id, 10, None).items == []


def test_an_event_without_identifiers_belongs_to_nobody(shop: Shop, definition: Definition) -> None:
    assert profiles_of(commit(shop, write(definition, identifiers={}, visitor="v1234567"))) == [None]
    assert count(shop, Profile) == 0


def test_kept_is_not_a_restoration(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, deletion=NOON))
    assert verdicts(commit(shop, write(definition, deletion=KEPT, occurred_at=NOON + 1))) == ["duplicate"]
    assert shop.store.events.latest("shop", 5) == []
