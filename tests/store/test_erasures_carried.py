"""Whoever was erased after a copy was made is erased in the copy too, and nobody else is.

Each test runs on SQLite and on PostgreSQL, with a copy that was made and brought back as a backup is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.app import create_app
from collector.core import ids
from collector.core.definitions import Definition
from collector.settings import Settings
from collector.store.erasure_memory import remembered
from collector.store.erasures_carried import Applied, CarriedErasures
from collector.store.models import Event, Profile, Rejection
from collector.store.models_upkeep import Erasure
from collector.store.recount import recount
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Clock, Shop
from tests.servers.copies import copy_of
from tests.servers.postgres import PostgresServer
from tests.store.erased import LATER, TRACES, erase, everything, fill, told, traces
from tests.store.people import anonymous, owner, signed, timeline
from tests.store.writes import commit, count, rejection, write

HOUR = 3_600_000_000


@dataclass
class Two:
    """The shop as it went on, and its copy from before."""

    now: Shop
    before: Shop
    definition: Definition

    def carry(self) -> Applied:
        given = remembered(self.now.store.database)
        carried = CarriedErasures(self.before.store.database, self.before.store.erasures)
        return carried.apply(given, ADMIN, self.before.clock.now)


@pytest.fixture
def server(request: pytest.FixtureRequest, shop: Shop) -> PostgresServer | None:
    if shop.store.database.is_sqlite:
        return None
    started: PostgresServer = request.getfixturevalue("postgres")
    return started


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def later(shop: Shop, url: str) -> Shop:
    """The copy, opened a while after."""
    shop.clock.moment = LATER
    copied = open_copy(url)
    copied.clock.moment = LATER + HOUR
    return copied


def open_copy(url: str) -> Shop:
    clock = Clock()
    return Shop(create_app(Settings(database=url), now=clock.now, tick=clock.tick), clock)


@pytest.fixture
def two(shop: Shop, definition: Definition, tmp_path: Path, server: PostgresServer | None) -> Iterator[Two]:
    """With Alice and Bob (`fill`), before anybody was erased."""
    fill(shop, definition)
    with copy_of(shop.store.database.url, tmp_path, server) as url:
        made = Two(shop, later(shop, url), definition)
        yield made
        made.before.store.close()


def inexact(shop: Shop) -> list[str]:
    return [one.sentence() for recounted in recount(shop.store.database) for one in recounted.differences]


def test_nothing_of_the_person_is_left_in_any_table_of_the_copy(two: Two) -> None:
    assert all(traces(two.before, one) for one in TRACES)
    erase(two.now, ALICE)
    applied = two.carry()
    assert applied.people == 1
    assert applied.events == 4
    assert traces(two.before, *TRACES) == []
    assert inexact(two.before) == []


def test_what_is_others_stays_in_the_copy(two: Two) -> None:
    erase(two.now, ALICE)
    two.carry()
    assert timeline(two.before, BOB) == ["b-1", "b-2", "b-3", "b-4", "b-5", "b-5"]
    assert [row["event_id"] for row in two.before.store.database.rows(Rejection.select())] == ["r-4"]


def test_a_second_time_changes_nothing(two: Two) -> None:
    erase(two.now, ALICE)
    two.carry()
    before = everything(two.before)
    again = two.carry()
    assert (again.people, again.events) == (0, 0)
    assert everything(two.before) == before


def test_a_late_retry_is_ignored_in_the_copy_too(two: Two) -> None:
    erase(two.now, ALICE)
    two.carry()
    assert told(commit(two.before, write(two.definition, "a-1"))) == ["ignored"]
    assert told(commit(two.before, write(two.definition, "a-9"))) == ["ignored"]


def test_nobody_is_erased_where_nobody_was(two: Two) -> None:
    before = everything(two.before)
    assert two.carry() == Applied()
    assert everything(two.before) == before


def test_somebody_of_whom_only_refused_payloads_tell_is_erased(two: Two) -> None:
    erase(two.now, {"email": "carol@example.com"})
    assert two.carry().people == 1
    assert traces(two.before, "carol") == []
    assert inexact(two.before) == []


def test_what_became_the_persons_after_the_copy_is_erased(
    shop: Shop, definition: Definition, tmp_path: Path, server: PostgresServer | None
) -> None:
    """A browser that nobody knew, an event that was Bob's: in the copy nothing leads from Alice to them."""
    commit(shop, anonymous(definition, "a-1", "her browser"), write(definition, "a-2", identifiers=BOB))
    commit(shop, rejection(event_id="r-1", payload='{"id":"r-1","visitor":"her browser"}'))
    commit(shop, anonymous(definition, "other", "somebody"), write(definition, "b-1", identifiers=BOB))
    with copy_of(shop.store.database.url, tmp_path, server) as url:
        commit(shop, signed(definition, "a-3", ALICE, "her browser"))
        commit(shop, write(definition, "a-2", identifiers=ALICE, occurred_at=NOON + 1))
        two = Two(shop, later(shop, url), definition)
        erase(shop, ALICE)
        applied = two.carry()
        assert (applied.people, applied.events) == (0, 2)
        assert traces(two.before, "her browser", "a-1", "a-2") == []
        rows = two.before.store.database.rows(Event.select())
        assert {row["event_id"] for row in rows} == {"other", "b-1"}
        assert timeline(two.before, BOB) == ["b-1"]
        assert inexact(two.before) == []
        two.before.store.close()


def test_whoever_came_again_after_the_erasure_stays(
    shop: Shop, definition: Definition, tmp_path: Path, server: PostgresServer | None
) -> None:
    commit(shop, write(definition, "old"))
    shop.clock.moment = LATER
    erase(shop, ALICE)
    shop.clock.moment = LATER + HOUR
    again = write(definition, "new", occurred_at=LATER + HOUR, received_at=LATER + HOUR)
    assert told(commit(shop, again)) == ["stored"]
    with copy_of(shop.store.database.url, tmp_path, server) as url:
        two = Two(shop, later(shop, url), definition)
        assert two.carry() == Applied()
        assert timeline(two.before, ALICE) == ["new"]
        two.before.store.close()


def test_a_copy_with_a_secret_of_its_own_says_so_and_erases_all_the_same(two: Two) -> None:
    erase(two.now, ALICE)
    two.before.store.erasures.erase("shop", ("email", "carol@example.com"), ADMIN, LATER)
    applied = two.carry()
    assert applied.apart == ["shop"]
    assert applied.people == 1
    assert traces(two.before, *TRACES) == []
    assert count(two.before, Erasure) == 1


def test_a_section_that_the_copy_does_not_have_is_named(two: Two) -> None:
    two.now.store.sections.create("Lab", "reject", ADMIN, NOON)
    lab = two.now.define(EVERY_TYPE, section="lab")
    commit(two.now, write(lab, "lab-1", section_id="lab"))
    two.now.store.erasures.erase("lab", ("email", ALICE["email"]), ADMIN, LATER)
    assert two.carry().unknown == ["lab"]
    assert count(two.before, Profile) > 0


def test_names_in_an_old_version_of_an_event_are_found(
    shop: Shop, definition: Definition, tmp_path: Path, server: PostgresServer | None
) -> None:
    """Bob's event once named her: only the change log tells."""
    commit(shop, write(definition, "b-1", identifiers={"crm_id": "B", **ALICE}))
    commit(shop, write(definition, "b-1", identifiers={"crm_id": "B"}, occurred_at=NOON + 1))
    with copy_of(shop.store.database.url, tmp_path, server) as url:
        two = Two(shop, later(shop, url), definition)
        erase(shop, ALICE)
        two.carry()
        assert traces(two.before, ALICE["email"]) == []
        assert inexact(two.before) == []
        two.before.store.close()


def test_whoever_is_merged_with_somebody_who_was_not_erased_is_named_and_the_other_stays(
    shop: Shop, definition: Definition, tmp_path: Path, server: PostgresServer | None
) -> None:
    commit(shop, write(definition, "a-1"), write(definition, "b-1", identifiers=BOB))
    alice, bob = owner(shop, ALICE), owner(shop, BOB)
    merge = shop.store.merges.make("shop", alice, bob, ADMIN, NOON)
    with copy_of(shop.store.database.url, tmp_path, server) as url:
        shop.store.merges.undo("shop", merge.id, ADMIN, NOON)
        two = Two(shop, later(shop, url), definition)
        erase(shop, ALICE)
        applied = two.carry()
        assert (applied.people, applied.events, applied.mixed) == (0, 1, [ids.encode(bob)])
        assert timeline(two.before, BOB) == ["b-1"]
        assert inexact(two.before) == []
        two.before.store.close()
