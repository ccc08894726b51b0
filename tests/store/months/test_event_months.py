"""Months of events, on PostgreSQL: how they come about beside those who write, and what stays as it was."""

from __future__ import annotations

import os
import threading
from contextlib import closing

import psycopg
import pytest

from collector.app import create_app
from collector.core import ids
from collector.core.retention import DAY
from collector.settings import Settings
from collector.store.database import Database
from collector.store.events import Wanted
from collector.store.models import Event
from collector.store.months import Months
from collector.store.recount import recount
from collector.store.retention import Bounded
from tests.cast import ADMIN, ALICE, BOB, Shop
from tests.conftest import IN_MONTHS
from tests.servers.contract import run_once_more
from tests.servers.roles import ROLE, as_the_server
from tests.servers.waiting import eventually
from tests.store.people import owner
from tests.store.three_months import (
    EVENTS,
    KEYS,
    asked,
    fill,
    months,
    number_of,
    ranges,
    require_exact,
    rows_in,
    three_months,
)
from tests.store.writes import ALL, commit, count, verdicts, write

WHOSE = "tests/store/months/test_event_months.py::test_a_postgresql_that_is_up_to_date_has_months_of_events"
CONTRACT = (
    WHOSE,
    "tests/store/test_commit.py",
    "tests/store/test_erasure.py",
    "tests/web/test_events_api.py",
)
LONGER_CONTRACT = (
    WHOSE,
    *("tests/store", "tests/intake", "tests/jobs", "tests/delivery"),
    *("tests/web/test_events_api.py", "tests/web/test_people.py", "tests/web/test_privacy.py"),
)
NOT_OF_ITS_OWN = (
    "not test_months and not test_migrating and not test_data_map and not test_online_steps"
    " and not test_roles and not found_by_an_index"
)
"""Without what looks at the tables themselves."""


def test_an_event_is_in_the_month_of_its_receipt(kept: Shop) -> None:
    three_months(kept, of_events=True)
    parts = ["event_first", "event_from_2026_10", "event_from_2026_11"]
    assert [name for name, _, _ in ranges(kept, "event")] == parts
    assert [rows_in(kept, one) for one in parts] == [2, 2, 2]
    require_exact(kept)


@pytest.mark.parametrize("month", ["sep", "oct", "nov"])
def test_what_is_stored_in_whatever_month_is_not_stored_again(kept: Shop, month: str) -> None:
    three_months(kept, of_events=True)
    [definition] = kept.store.definitions.all("shop")
    now = kept.clock.now()
    [stored] = kept.store.database.rows(Event.select().where(Event.event_id == f"b-{month}"))
    again = write(
        definition, f"b-{month}", identifiers=BOB, occurred_at=stored["occurred_at"], received_at=now
    )
    new = write(definition, f"c-{month}", received_at=now)
    told = commit(kept, again, new, new)
    assert verdicts(told) == ["duplicate", "stored", "duplicate"]
    assert told[0].state is not None
    assert told[0].state.id == stored["id"]
    require_exact(kept)


@pytest.mark.parametrize("month", ["sep", "nov"])
def test_a_write_updates_an_event_of_whatever_month(kept: Shop, month: str) -> None:
    three_months(kept, of_events=True)
    [definition] = kept.store.definitions.all("shop")
    now = kept.clock.now()
    [told] = commit(
        kept, write(definition, f"a-{month}", data='{"total":9}', occurred_at=now + 9, received_at=now + 9)
    )
    assert told.verdict == "updated"
    assert rows_in(kept, "event") == 6
    require_exact(kept)


def test_of_two_that_store_the_same_at_once_one_does(kept: Shop) -> None:
    three_months(kept, of_events=True)
    [definition] = kept.store.definitions.all("shop")
    said: list[str] = []

    def store_them() -> None:
        for turn in range(20):
            same = [write(definition, f"race-{turn}-{n}", received_at=kept.clock.now()) for n in range(5)]
            said.extend(verdicts(commit(kept, *same)))

    both = [threading.Thread(target=store_them) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(said) == ["duplicate"] * 100 + ["stored"] * 100
    require_exact(kept)


@pytest.mark.parametrize("is_stored", [True, False])
def test_whoever_comes_second_waits_for_what_becomes_of_the_first(
    kept: Shop, owners: psycopg.Connection, is_stored: bool
) -> None:
    three_months(kept, of_events=True)
    others = "definition, version, space, source, trust, door, identifiers, data, occurred_at, received_at"
    names = f"id, event_id, updated_at, {others}"
    new = f"INSERT INTO event ({names}) SELECT %s, 'new', 0, {others} FROM event WHERE event_id = 'b-sep'"
    inserted: list[int] = []
    number = number_of(kept, "b-sep")
    with psycopg.connect(kept.store.database.url) as first:
        assert first.execute(new.encode(), (number + 1,)).rowcount == 1
        second = threading.Thread(
            target=lambda: inserted.append(owners.execute(new.encode(), (number + 2,)).rowcount)
        )
        second.start()
        eventually(lambda: asked(kept, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)])
        first.commit() if is_stored else first.rollback()
    second.join()
    assert inserted == [0 if is_stored else 1]
    assert number_of(kept, "new") == number + (1 if is_stored else 2)
    assert asked(kept, KEYS) == asked(kept, EVENTS)


def test_a_new_part_is_vacuumed_like_the_first(kept: Shop) -> None:
    three_months(kept, of_events=True)
    options = "SELECT DISTINCT reloptions FROM pg_class WHERE relname ~ '^event_(first|from_2026_1[01])$'"
    [(told,)] = asked(kept, options)
    assert "autovacuum_vacuum_insert_scale_factor=0.01" in told


def test_an_event_is_looked_for_in_its_month(kept: Shop) -> None:
    three_months(kept, of_events=True)
    [definition] = kept.store.definitions.all("shop")
    number = ids.decode(definition.id)
    assert number is not None
    plain = {(number, frozenset(ALL))}
    found = kept.store.events.find(number, 0, "a-oct")
    assert found is not None
    assert found.id == number_of(kept, "a-oct")
    page = kept.store.events.page(Wanted(dict(plain), event_id="a-oct"), 10, None)
    assert [one.id for one in page.items] == [found.id]
    query = f"""EXPLAIN (ANALYZE, COSTS off) SELECT * FROM event WHERE id IN (
        SELECT event FROM event_key WHERE definition = {number} AND space = 0 AND event_id = 'a-oct')"""
    plan = [line for (line,) in asked(kept, query)]
    read = [line for line in plan if " on event_f" in line and "never executed" not in line]
    assert len(read) == 1
    assert "event_from_2026_10" in read[0]


def test_a_month_of_events_that_all_expired_is_dropped(kept: Shop) -> None:
    three_months(kept, of_events=True)
    [definition] = kept.store.definitions.all("shop")
    number = ids.decode(definition.id)
    assert number is not None
    kept.clock.forward(100 * 86_400)
    kept.store.retention.expire(Bounded("shop", number, 30), kept.clock.now() - 30 * DAY, lambda: True)
    assert count(kept, Event) == 0
    assert "event_from_2026_10" in months(kept).keep_up(kept.clock.now()).dropped
    assert [one[1:] for one in ranges(kept, "event")] == [(None, None)]
    require_exact(kept)
    fill(kept, "later")
    require_exact(kept)


def test_an_erased_person_leaves_no_key(kept: Shop) -> None:
    three_months(kept, of_events=True)
    assert owner(kept, ALICE)
    kept.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, kept.clock.now())
    assert asked(kept, "SELECT event_id FROM key_of_event WHERE event_id ~ '^a-'") == []
    require_exact(kept)


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("DELETE FROM key_of_event WHERE event_id = 'b-oct'", "5 keys of events, by the books 6."),
        ("DELETE FROM key_of_event WHERE event_id = 'b-oct'", "1 events without a key, by the books 0."),
        ("INSERT INTO key_of_event SELECT definition, 1, 'none', 1 FROM event LIMIT 1", "7 keys of events"),
        ("UPDATE key_of_event SET event = 1 WHERE event_id = 'b-oct'", "1 events without a key"),
    ],
)
def test_a_key_too_few_or_too_many_is_told_by_the_recount(
    kept: Shop, owners: psycopg.Connection, tampering: str, told: str
) -> None:
    three_months(kept, of_events=True)
    owners.execute(tampering.encode())
    [found] = [one for one in recount(kept.store.database) if one.differences]
    assert found.name == "event keys"
    assert any(told in one.sentence() for one in found.differences)


def test_the_server_s_role_writes_and_makes_none(kept: Shop, owners: psycopg.Connection) -> None:
    servers = as_the_server(kept.store.database.url)
    # As where somebody gave the rights by hand: nothing is given for later tables.
    taken = "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM"
    owners.execute(f"{taken} {ROLE}".encode())
    three_months(kept, of_events=True)
    with closing(Database(servers)) as database:
        assert not Months(database).may_be_kept_up()
        parts = [one for table in ("change", "event") for one in Months(database).parts(table)]
    assert len(parts) == 6
    with psycopg.connect(servers) as as_the_role_does:
        for part in parts:  # so does pg_dump
            as_the_role_does.execute(f"SELECT FROM {part.name}".encode())
    as_role = Shop(
        create_app(Settings(database=servers), now=kept.clock.now, tick=kept.clock.tick), kept.clock
    )
    fill(as_role, "as the server")
    as_role.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, kept.clock.now())
    as_role.store.close()
    require_exact(kept)


def test_a_postgresql_that_is_up_to_date_has_months_of_events(
    postgresql_ready_database_url: str,
) -> None:
    """Whatever asks for one: in the run of the contract it has them."""
    with closing(Database(postgresql_ready_database_url)) as database:
        assert ("event" in Months(database).tables()) == (IN_MONTHS in os.environ)


def test_the_contract_of_the_store_holds_for_months_of_events() -> None:
    run_once_more(IN_MONTHS, CONTRACT, f"postgresql and {NOT_OF_ITS_OWN} or up_to_date_has_months")


@pytest.mark.full
def test_the_whole_contract_holds_for_months_of_events() -> None:
    run_once_more(IN_MONTHS, LONGER_CONTRACT, f"postgresql and {NOT_OF_ITS_OWN} or up_to_date_has_months")
