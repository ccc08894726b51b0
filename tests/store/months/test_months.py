"""Months of the change log and the rejections, on PostgreSQL: made beside writers, read by what they hold."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from collector.app import create_app
from collector.core import ids
from collector.core.problems import Problem
from collector.core.retention import DAY
from collector.jobs.job import Run
from collector.jobs.months import make_months
from collector.settings import Settings
from collector.store import months as room
from collector.store.database import Database
from collector.store.models import Change, Event, Rejection
from collector.store.months import LARGE_EVENTS, TABLES, Months, Part, first_of_month
from collector.store.retention import Bounded
from tests.cast import ADMIN, ALICE, NOON, Shop
from tests.cli.conftest import CommandLine
from tests.servers.roles import as_the_server
from tests.store.people import owner
from tests.store.three_months import (
    FIRST_OF_NOVEMBER,
    FIRST_OF_OCTOBER,
    differences,
    fill,
    months,
    ranges,
    rows_in,
    three_months,
)
from tests.store.writes import commit, count, rejection


def test_at_first_there_is_one_part_that_takes_everything(kept: Shop) -> None:
    assert ranges(kept) == [("change_first", None, None)]
    assert ranges(kept, "rejection") == [("rejection_first", None, None)]
    fill(kept, "one")
    assert differences(kept) == []


def test_what_is_small_stays_one_part(kept: Shop) -> None:
    fill(kept, "one")
    assert months(kept).keep_up(kept.clock.now()).made == ()
    assert len(ranges(kept)) == 1


def test_the_coming_month_is_made_ahead_once(kept: Shop) -> None:
    fill(kept, "one")
    assert months(kept).keep_up(NOON, large=0).made == ("change_from_2026_10", "rejection_from_2026_10")
    assert ranges(kept) == [
        ("change_first", None, FIRST_OF_OCTOBER),
        ("change_from_2026_10", FIRST_OF_OCTOBER, None),
    ]
    assert months(kept).keep_up(NOON, large=0).made == ()


@pytest.mark.parametrize(
    ("moment", "bound"),
    [
        (NOON, FIRST_OF_OCTOBER),
        (FIRST_OF_OCTOBER - 6 * DAY, FIRST_OF_OCTOBER),
        (FIRST_OF_OCTOBER - 4 * DAY, FIRST_OF_NOVEMBER),
    ],
)
def test_a_bound_is_days_ahead(moment: int, bound: int) -> None:
    assert ids.made_at(first_of_month(moment)) == bound


def test_a_row_is_in_the_month_of_its_receipt(kept: Shop) -> None:
    three_months(kept)
    parts = ["change_first", "change_from_2026_10", "change_from_2026_11"]
    assert [name for name, _, _ in ranges(kept)] == parts
    assert [rows_in(kept, one) for one in parts] == [3, 3, 3]
    assert differences(kept) == []


def test_a_write_finds_a_part_however_long_no_month_was_made_and_whatever_the_clock_says(kept: Shop) -> None:
    three_months(kept)
    kept.clock.moment = NOON + 3_000 * DAY
    fill(kept, "years later")
    kept.clock.moment = NOON - 500 * DAY
    commit(kept, rejection(received_at=kept.clock.now()))
    assert differences(kept) == []


def test_what_was_left_open_for_long_is_closed_all_the_same(kept: Shop) -> None:
    three_months(kept)
    kept.clock.moment = FIRST_OF_NOVEMBER + 70 * DAY
    fill(kept, "january")
    made = months(kept).keep_up(kept.clock.now(), large=0).made
    assert made == ("change_from_2027_02", "rejection_from_2027_02")
    assert rows_in(kept, "change_from_2026_11") == 6


def test_closing_a_part_reads_no_row_while_others_wait(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL says of a part that it attaches whether it has to read it, and is asked to say so."""
    fill(kept, "one")
    said: list[str] = []
    database = kept.store.database
    with database.connected():
        connection = database.peewee.connection()
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        connection.execute("SET client_min_messages = debug1")
        months(kept).keep_up(NOON, large=0)
        connection.execute("RESET client_min_messages")
    implied = [one for one in said if "is implied by existing constraints" in one]
    assert [one for one in implied if '"change_first"' in one]
    assert [one for one in implied if '"rejection_first"' in one]


def test_commits_go_on_while_months_are_made(kept: Shop) -> None:
    done = threading.Event()
    refused: list[BaseException] = []

    def write_on() -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                fill(kept, f"n{number}")
            except BaseException as error:
                refused.append(error)
                return

    fill(kept, "before")
    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for moment in (NOON, FIRST_OF_OCTOBER + DAY, FIRST_OF_NOVEMBER + DAY):
            assert months(kept).keep_up(moment, large=0).made
    finally:
        done.set()
        writer.join()
    assert refused == []
    assert differences(kept) == []


def test_a_table_that_is_never_free_is_left_as_it_was(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_TRIES", 1)
    fill(kept, "one")
    with psycopg.connect(kept.store.database.url) as busy:
        busy.execute(b"LOCK TABLE change IN ROW EXCLUSIVE MODE")
        with pytest.raises(Problem):
            months(kept).keep_up(NOON, large=0)
        fill(kept, "two")
        busy.rollback()
    assert len(ranges(kept)) == 1
    assert proofs(kept) == 0
    assert months(kept).keep_up(NOON, large=0).made


def proofs(shop: Shop) -> int:
    with shop.store.database.connected():
        query = "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = ANY(%s::regclass[])"
        names = [one.name for table in TABLES for one in months(shop).parts(table)]
        return int(shop.store.database.peewee.execute_sql(query, (names,)).fetchone()[0])


def test_the_bound_that_a_killed_turn_left_is_taken_off_by_the_next_one(kept: Shop) -> None:
    with psycopg.connect(kept.store.database.url, autocommit=True) as connection:
        left = (
            f"ALTER TABLE change_first ADD CONSTRAINT change_first_bounds CHECK (id < {ids.first_of(NOON)})"
        )
        connection.execute(f"{left} NOT VALID".encode())
    assert months(kept).unfinished() == ["change_first"]
    months(kept).keep_up(NOON)
    assert months(kept).unfinished() == []
    assert proofs(kept) == 0
    fill(kept, "one")


def test_two_at_once_make_a_month_once(kept: Shop) -> None:
    with closing(Database(kept.store.database.url)) as other, other.unhurried(), Months(other)._turn():
        assert months(kept).keep_up(NOON, large=0).made == ()
    assert months(kept).keep_up(NOON, large=0).made != ()


@pytest.mark.parametrize("emptied", [0, 1])
def test_a_month_that_is_over_and_empty_is_dropped_and_leaves_no_gap(kept: Shop, emptied: int) -> None:
    three_months(kept)
    since, until = [(one.since, one.until) for one in months(kept).parts("change")][emptied]
    with kept.store.database.writing():
        gone = (Change.id >= (since or 0)) & (Change.id < until)
        kept.store.database.run(Change.delete().where(gone))
    kept.clock.forward(10 * 86_400)
    dropped = months(kept).keep_up(kept.clock.now()).dropped
    assert dropped == (["change_first", "change_from_2026_10"][emptied],)
    left = months(kept).parts("change")
    assert len(left) == 2
    assert (left[0].since, left[0].until, left[1].until) == (None, left[1].since, None)
    assert rows_in(kept, "change") == 6


def test_a_month_that_has_something_or_is_not_over_is_not_dropped(kept: Shop) -> None:
    three_months(kept)
    months(kept).keep_up(kept.clock.now(), large=0)
    assert [name for name, _, _ in ranges(kept)][-1] == "change_from_2026_12"
    with kept.store.database.writing():
        kept.store.database.run(Change.delete().where(Change.id >= ids.first_of(FIRST_OF_NOVEMBER)))
    assert months(kept).keep_up(kept.clock.now()).dropped == ()


def test_all_that_expires_leaves_one_part_and_exact_sums(kept: Shop) -> None:
    three_months(kept)
    [definition] = kept.store.definitions.all("shop")
    number = ids.decode(definition.id)
    assert number is not None
    kept.clock.forward(100 * 86_400)
    kept.store.retention.expire(Bounded("shop", number, 30), kept.clock.now() - 30 * DAY, lambda: True)
    assert count(kept, Event) == 0
    dropped = months(kept).keep_up(kept.clock.now()).dropped
    assert dropped == ("change_first", "change_from_2026_10")
    assert [one[1:] for one in ranges(kept)] == [(None, None)]
    assert count(kept, Rejection) == 3, "those of no definition stay"
    assert differences(kept) == []


def test_an_erased_person_is_in_no_month(kept: Shop) -> None:
    three_months(kept)
    profile = owner(kept, ALICE)
    kept.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, kept.clock.now())
    assert kept.store.database.rows(Change.select().where(Change.profile == profile)) == []
    assert count(kept, Change) == 3
    assert differences(kept) == []


def test_the_server_s_role_uses_months_and_makes_none(kept: Shop, tmp_path: Path) -> None:
    servers = as_the_server(kept.store.database.url)
    three_months(kept)
    with closing(Database(servers)) as database:
        assert not Months(database).may_be_kept_up()
        assert len(Months(database).parts("change")) == 3
        assert len(database.rows(Change.select())) == 9
    shop = Shop(create_app(Settings(database=servers), now=kept.clock.now, tick=kept.clock.tick), kept.clock)
    fill(shop, "as the server")
    assert make_months(Run(shop.store, shop.clock.now(), lambda: True)) == {"made": [], "dropped": []}
    shop.store.close()
    line = CommandLine(tmp_path, {"database": servers})
    assert "give this command as the owner" in line.refusal("database", "months")
    assert len(line.data("database", "months", "--only-look")["parts"]) == 6


def test_the_command_makes_months_and_says_which_there_are(kept: Shop, tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": kept.store.database.url})
    assert line.data("database", "months")["made"] == []
    told = line.run("database", "months", "--large", "0")
    assert told.stderr.startswith("Made: change_from_")
    assert [row.split()[:2] for row in told.stdout.splitlines()[1:2]] == [["change", "change_first"]]
    assert len(told.stdout.splitlines()) == 5


def test_the_job_makes_months(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Months.keep_up, "__defaults__", (0, LARGE_EVENTS, lambda: True))
    run = Run(kept.store, NOON, lambda: True)
    assert make_months(run)["made"] == ["change_from_2026_10", "rejection_from_2026_10"]


def test_on_sqlite_there_are_no_months(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": sqlite_ready_database_url})
    assert "SQLite has no months" in line.refusal("database", "months")
    with closing(Database(sqlite_ready_database_url)) as database:
        assert Months(database).parts("change") == []
        assert not Months(database).may_be_kept_up()
        assert Months(database).keep_up(NOON).made == ()


def test_a_part_tells_its_bounds(kept: Shop) -> None:
    months(kept).keep_up(NOON, large=0)
    first, last = months(kept).parts("rejection")
    assert isinstance(first, Part)
    assert (first.begins_at, first.ends_at) == (None, FIRST_OF_OCTOBER)
    assert (last.begins_at, last.ends_at) == (FIRST_OF_OCTOBER, None)
    assert first.size > 0
