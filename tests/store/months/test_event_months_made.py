"""How events come to months, on PostgreSQL: beside those who write and erase, interrupted or not."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collector.core.problems import Problem
from collector.store import event_months
from collector.store.database import Database
from collector.store.models import Definition
from collector.store.recount import RECOUNTS
from tests.cast import ADMIN, ALICE, NOON, Shop
from tests.cli.conftest import CommandLine
from tests.servers.waiting import eventually
from tests.store.three_months import (
    EVENTS,
    KEYS,
    asked,
    begin_event_months,
    fill,
    months,
    ranges,
    require_exact,
)


def test_events_that_are_few_stay_one_table(kept: Shop) -> None:
    fill(kept, "one")
    assert months(kept).keep_up(NOON, large=0).made == ("change_from_2026_10", "rejection_from_2026_10")
    assert months(kept).tables() == ["change", "rejection"]
    assert asked(kept, "SELECT to_regclass('key_of_event')") == [(None,)]


def test_those_that_are_many_become_the_first_part_as_they_are(kept: Shop) -> None:
    fill(kept, "one")
    before = asked(kept, "SELECT * FROM event ORDER BY id")
    assert begin_event_months(kept) == ("event_first",)
    assert asked(kept, "SELECT * FROM event ORDER BY id") == before
    assert ranges(kept, "event") == [("event_first", None, None)]
    require_exact(kept)
    assert begin_event_months(kept) == ()


def test_while_keys_are_copied_whatever_is_written_and_deleted_is_followed(
    kept: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_months, "_COPY", event_months._COPY.replace("LIMIT 10000", "LIMIT 3"))
    for turn in range(10):
        fill(kept, f"before-{turn}")
    turns = 0

    def meanwhile() -> bool:
        nonlocal turns
        turns += 1
        fill(kept, f"meanwhile-{turns}")
        if turns == 3:
            kept.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, kept.clock.now())
            kept.clock.forward(1)
        return turns < 40

    assert begin_event_months(kept, meanwhile) == ("event_first",)
    assert turns == 6, "two parts, three of what the erasure left, and one of nothing"
    require_exact(kept)


def test_interrupted_it_goes_on_where_it_was(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_months, "_COPY", event_months._COPY.replace("LIMIT 10000", "LIMIT 4"))
    for turn in range(5):
        fill(kept, f"before-{turn}")
    left = iter([True, False])
    assert begin_event_months(kept, lambda: next(left)) == ()
    assert months(kept).tables() == ["change", "rejection"]
    assert asked(kept, "SELECT count(*) FROM key_of_event") == [(4,)]
    fill(kept, "meanwhile")
    assert asked(kept, "SELECT count(*) FROM key_of_event") == [(6,)]
    asked_of: list[tuple[Any, ...]] = []
    real = Database.writing
    monkeypatch.setattr(Database, "writing", lambda self: asked_of.append(()) or real(self))
    assert begin_event_months(kept) == ("event_first",)
    assert len(asked_of) == 4, "two parts with something in them, one without, and the swap"
    monkeypatch.undo()
    require_exact(kept)


def test_a_deletion_waits_for_the_keys_that_are_being_copied(kept: Shop, owners: psycopg.Connection) -> None:
    """Else its key would be put there after it."""
    fill(kept, "one")
    begin_event_months(kept, lambda: False)
    with psycopg.connect(kept.store.database.url) as copying:
        copying.execute(f"SELECT pg_advisory_xact_lock({event_months.FILLING})".encode())
        copying.execute(event_months._COPY.encode(), (0, 2**62))
        erasing = threading.Thread(
            target=lambda: owners.execute(b"DELETE FROM event WHERE event_id = 'a-one'")
        )
        erasing.start()
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: asked(kept, waits) == [(1,)])
        copying.commit()
    erasing.join()
    assert asked(kept, KEYS) == asked(kept, EVENTS)
    assert begin_event_months(kept) == ("event_first",)
    assert asked(kept, KEYS) == asked(kept, EVENTS)


def test_the_copying_waits_for_a_deletion(kept: Shop) -> None:
    fill(kept, "one")
    begin_event_months(kept, lambda: False)
    with psycopg.connect(kept.store.database.url) as erasing:
        erasing.execute(b"DELETE FROM event WHERE event_id = 'a-one'")
        copying = threading.Thread(target=lambda: begin_event_months(kept))
        copying.start()
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: asked(kept, waits) == [(1,)])
        erasing.commit()
    copying.join()
    assert months(kept).tables() == ["change", "rejection", "event"]
    assert asked(kept, KEYS) == asked(kept, EVENTS)


def test_a_table_that_is_never_free_is_left_as_it_was(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_months, "_TRIES", 1)
    fill(kept, "one")
    with psycopg.connect(kept.store.database.url) as busy:
        busy.execute(b"LOCK TABLE event IN ROW EXCLUSIVE MODE")
        with pytest.raises(Problem):
            begin_event_months(kept)
        fill(kept, "two")
        busy.rollback()
        begin_event_months(kept, lambda: False)
        busy.execute(b"LOCK TABLE event IN ROW EXCLUSIVE MODE")
        with pytest.raises(Problem):
            begin_event_months(kept)
        fill(kept, "three")
        busy.rollback()
    assert months(kept).tables() == ["change", "rejection"]
    assert begin_event_months(kept) == ("event_first",)
    require_exact(kept)


def test_nothing_is_read_while_others_wait(kept: Shop) -> None:
    """The table as it is becomes a part of all ids, and its indexes those of the part."""
    fill(kept, "one")
    before = set(asked(kept, "SELECT indexrelid FROM pg_index WHERE indrelid = 'event'::regclass"))
    begin_event_months(kept)
    after = set(asked(kept, "SELECT indexrelid FROM pg_index WHERE indrelid = 'event_first'::regclass"))
    assert before == after


def test_an_index_whose_build_was_killed_is_not_built_while_others_wait(
    kept: Shop, owners: psycopg.Connection
) -> None:
    owners.execute(b"CREATE INDEX event_by_source ON event (source)")
    owners.execute(
        b"UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass('event_by_source')"
    )
    test_nothing_is_read_while_others_wait(kept)
    assert asked(kept, "SELECT to_regclass('event_by_source')") == [(None,)]


def test_who_may_read_events_may_read_them_afterwards(kept: Shop, owners: psycopg.Connection) -> None:
    owners.execute(b"GRANT SELECT ON event TO PUBLIC")
    begin_event_months(kept)
    months(kept).keep_up(NOON, large=0)
    of_everybody = (
        "SELECT relname FROM pg_class WHERE relacl::text ~ '[{,]=r/' AND relname ~ '^event|^key_of'"
    )
    assert sorted(asked(kept, of_everybody)) == [
        ("event",),
        ("event_first",),
        ("event_from_2026_10",),
        ("key_of_event",),
    ]


def test_the_index_of_keys_stays_until_the_first_part_is_closed(kept: Shop) -> None:
    """For servers of the version before, which look for keys by it."""
    fill(kept, "one")
    begin_event_months(kept)
    there = f"SELECT to_regclass('{event_months.ITS_OWN_INDEX}') IS NOT NULL"
    assert asked(kept, there) == [(True,)]
    months(kept).keep_up(NOON, large=0)
    assert asked(kept, there) == [(False,)]
    require_exact(kept)


def test_they_are_not_closed_in_the_turn_that_made_them(kept: Shop) -> None:
    """Large as they are: the index would be gone while servers of the version before are still there."""
    fill(kept, "one")
    made = months(kept).keep_up(NOON, large=0, large_events=0).made
    assert made == ("event_first", "change_from_2026_10", "rejection_from_2026_10")
    assert ranges(kept, "event") == [("event_first", None, None)]
    assert months(kept).keep_up(NOON, large=0, large_events=0).made == ("event_from_2026_10",)


def test_what_was_begun_by_hand_the_job_ends_though_events_are_few(kept: Shop) -> None:
    fill(kept, "one")
    begin_event_months(kept, lambda: False)
    assert months(kept).keep_up(NOON).made == ("event_first",)
    require_exact(kept)


def test_a_recount_that_began_before_the_months_tells_no_difference(kept: Shop) -> None:
    """What it sees is older than they are: neither the table nor the keys that were copied."""
    fill(kept, "one")
    with kept.store.database.snapshot():
        assert kept.store.database.rows(Definition.select())
        making = threading.Thread(target=begin_event_months, args=(kept,))
        making.start()
        making.join()
        assert [one.differences(kept.store.database) for one in RECOUNTS] == [[]] * len(RECOUNTS)
    assert months(kept).tables() == ["change", "rejection", "event"]
    require_exact(kept)


def test_the_command_gives_months_to_events(kept: Shop, tmp_path: Path) -> None:
    line = CommandLine(tmp_path, {"database": kept.store.database.url})
    fill(kept, "one")
    assert line.data("database", "months")["made"] == []
    told = line.data("database", "months", "--large-events", "0")
    assert told["made"] == ["event_first"]
    assert [one["table"] for one in told["parts"]] == ["change", "rejection", "event"]


def test_the_doctor_tells_of_events_that_nobody_gives_months(kept: Shop) -> None:
    fill(kept, "one")
    [(size,)] = asked(kept, "SELECT pg_total_relation_size('event')")
    assert months(kept).grown(10**9, size - 1) == [("event", size)]
    assert months(kept).grown(10**9, size) == []
    begin_event_months(kept)
    assert months(kept).grown(10**9, 0) == []
    assert [name for name, _ in months(kept).grown(0, 0)] == [
        "change_first",
        "rejection_first",
        "event_first",
    ]
