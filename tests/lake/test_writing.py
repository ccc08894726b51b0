"""A data set is what is stored, row by row, and a run writes only what is different."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import pyarrow.dataset
import pytest

from collector.core import ids
from collector.core.documents import parse_definition
from collector.lake.manifest import Manifest
from collector.lake.writing import NoDataSet
from collector.store.definitions import Edit
from collector.store.models import Profile
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, ORDER, Shop, open_shop, order
from tests.lake.conftest import Lake
from tests.store.erased import erase

DAY = 86_400
PATH = "events/section=shop/event=order.completed/day=2026-09-{}/rows.parquet"


@pytest.fixture
def till(shop: Shop) -> object:
    """Three orders on three days: two of Alice's, and one of Bob's."""
    goal = {"type": "purchase", "value_field": "total", "currency_field": "currency"}
    shop.define({**EVERY_TYPE, "goal": goal})
    till = shop.key()
    for place, who in enumerate((ALICE, BOB, ALICE)):
        shop.send(till, order(str(place + 1), identifiers=who))
        shop.clock.forward(DAY)
    return till


def test_every_event_is_a_row_of_its_types(lake: Lake, till: object) -> None:
    assert (lake.write().events, lake.ids()) == (3, ["1", "2", "3"])
    first = lake.rows()[0]
    assert {name: first[f"data_{name}"] for name in ORDER} == {
        "total": Decimal("149.99"),
        "currency": "SEK",
        "lines": 3,
        "gift": True,
        "deliver_on": date(2026, 12, 24),
        "paid_at": datetime(2026, 9, 21, 10, tzinfo=UTC),
    }
    assert json.loads(first["data"])["lines"] == 3
    assert first["occurred_at"] == datetime.fromtimestamp(NOON // 10**6, UTC)
    assert first["entries"] == [first["occurred_at"]]
    assert (first["goal_type"], first["goal_value"], first["goal_currency"]) == (
        "purchase",
        Decimal("149.99"),
        "SEK",
    )
    assert (first["event_name"], first["version_number"], first["email"]) == (
        "order.completed",
        1,
        ALICE["email"],
    )
    people = {row["profile"]: row for row in lake.rows("profiles")}
    assert people[first["profile"]]["email_all"] == [ALICE["email"]]
    assert people[first["profile"]]["id"] == ids.encode(first["profile"])


def test_a_second_run_writes_only_what_is_new(lake: Lake, till: object) -> None:
    shop = lake.shop
    assert lake.files() == []
    first = lake.write()
    assert (first.written, first.removed, first.kept, first.profiles) == (4, 0, 0, 2)
    again = lake.write()
    assert (again.written, again.removed, again.kept) == (0, 0, 4)
    shop.send(till, order("4"))  # type: ignore[arg-type]
    after = lake.write()
    assert (after.written, after.kept, after.events) == (1, 4, 4)


def test_whatever_changes_is_written_anew_and_nothing_else(lake: Lake, till: object) -> None:
    shop = lake.shop
    lake.write()
    inodes = {name: (lake.root / name).stat().st_ino for name in lake.files()}
    moment = datetime.fromtimestamp(NOON // 10**6 + 3_600, UTC).isoformat()
    shop.send(till, order("1", occurred_at=moment, data={**ORDER, "total": 1}))  # type: ignore[arg-type]
    changed = lake.write()
    assert (changed.written, changed.kept) == (1, 3)
    assert lake.rows()[0]["data_total"] == 1
    assert len(lake.rows()[0]["entries"]) == 2
    same = {name for name in lake.files() if (lake.root / name).stat().st_ino == inodes[name]}
    assert same == {PATH.format(22), PATH.format(23)}
    shop.send(till, order("2", identifiers=BOB, deleted_at=moment))  # type: ignore[arg-type]
    assert lake.write().removed in (0, 1)


def test_a_deleted_event_takes_its_day_along(lake: Lake, till: object) -> None:
    lake.write()
    moment = datetime.fromtimestamp(lake.shop.clock.now() // 10**6, UTC).isoformat()
    gone = {"event": "order.completed", "id": "2", "identifiers": BOB, "deleted_at": moment}
    assert lake.shop.send(till, gone).get_json()["verdict"] == "updated"  # type: ignore[arg-type]
    after = lake.write()
    assert (after.removed, lake.ids()) == (1, ["1", "3"])
    assert not (lake.root / PATH.format(22)).parent.exists()


def test_an_erased_person_is_nowhere_in_it_after_the_next_run(lake: Lake, till: object) -> None:
    lake.write()
    erase(lake.shop, ALICE)
    after = lake.write()
    assert (after.events, after.profiles, after.removed) == (1, 1, 2)
    assert lake.ids() == ["2"]
    files = [path for path in lake.root.rglob("*") if path.is_file()]
    assert [path for path in files if b"alice" in path.read_bytes()] == []
    assert ALICE["email"] not in str([*lake.rows(), *lake.rows("profiles")])


def test_a_merge_moves_the_rows_to_the_other_profile(lake: Lake, till: object) -> None:
    shop = lake.shop
    lake.write()
    bob, alice = (
        row["profile"] for row in sorted(lake.rows("profiles"), key=lambda row: row["email_all"])[::-1]
    )
    merge = shop.store.merges.make("shop", bob, alice, ADMIN, NOON)
    after = lake.write()
    assert {row["profile"] for row in lake.rows()} == {alice}
    assert (after.profiles, after.kept) == (1, 2)
    assert lake.rows("profiles")[0]["email_all"] == [ALICE["email"], BOB["email"]]
    shop.store.merges.undo("shop", merge.id, ADMIN, NOON)
    lake.write()
    assert {row["profile"] for row in lake.rows()} == {alice, bob}
    assert lake.shop.store.database.row(Profile.select().where(Profile.id == bob)) is not None


def test_a_hidden_event_leaves_it(lake: Lake, till: object) -> None:
    lake.write()
    [definition] = lake.shop.store.definitions.all("shop")
    lake.shop.store.definitions.hide(definition, ADMIN, NOON)
    after = lake.write()
    assert (after.events, after.removed, lake.files()) == (0, 3, [])
    assert not list((lake.root / "events").rglob("event=*"))


def test_names_are_escaped_so_that_every_reader_has_them_back(lake: Lake) -> None:
    shop = lake.shop
    for name in ("lead/sent", "2026-05-01"):
        shop.define({**EVERY_TYPE, "event_name": name})
        shop.send(shop.key(), {**order(), "event": name})
    lake.write()
    assert lake.files()[1] == "events/section=shop/event=lead%2Fsent/day=2026-09-21/rows.parquet"
    pattern = f"{lake.root}/events/**/*.parquet"
    words = "hive_partitioning = true, hive_types = {'event': VARCHAR, 'day': DATE}, union_by_name = true"
    found = duckdb.sql(
        f"SELECT event, event_name, day FROM read_parquet('{pattern}', {words}) ORDER BY 1"
    ).fetchall()
    assert [(one, other) for one, other, _ in found] == [(name, name) for name in ("2026-05-01", "lead/sent")]
    partitioning = pyarrow.dataset.partitioning(
        flavor="hive",
        schema=pyarrow.schema(
            [("section", pyarrow.string()), ("event", pyarrow.string()), ("day", pyarrow.date32())]
        ),
    )
    table = pyarrow.dataset.dataset(lake.root / "events", partitioning=partitioning).to_table()
    assert table["event"].to_pylist() == table["event_name"].to_pylist()
    assert len(pandas.read_parquet(lake.root / "events", partitioning=partitioning)) == 2


def test_a_new_field_is_a_new_column_of_new_files_and_the_old_ones_stay(lake: Lake, till: object) -> None:
    shop = lake.shop
    lake.write()
    grow(shop, [*EVERY_TYPE["fields"], {"name": "coupon", "type": "text"}])  # type: ignore[misc]
    shop.send(till, order("9", data={**ORDER, "coupon": "MAY"}))  # type: ignore[arg-type]
    after = lake.write()
    assert (after.written, after.kept) == (1, 4)
    pattern = f"{lake.root}/events/**/*.parquet"
    union = duckdb.sql(
        f"SELECT data_coupon FROM read_parquet('{pattern}', union_by_name = true) ORDER BY occurred_at"
    )
    assert union.fetchall() == [(None,), (None,), (None,), ("MAY",)]


def test_a_field_of_another_type_has_all_files_written_anew(lake: Lake, till: object) -> None:
    shop = lake.shop
    lake.write()
    fields = [{**one, "type": "text"} if one["name"] == "lines" else one for one in EVERY_TYPE["fields"]]  # type: ignore[index]
    grow(shop, fields)
    assert lake.write().written == 3
    assert [row["data_lines"] for row in lake.rows()] == ["3"] * 3


def grow(shop: Shop, fields: object) -> None:
    [stored] = shop.store.definitions.all("shop")
    shop.clock.forward(DAY)
    goal = {"type": "purchase", "value_field": "total", "currency_field": "currency"}
    edit = Edit(parse_definition({**EVERY_TYPE, "goal": goal, "fields": fields}), None)
    shop.store.definitions.save(stored, edit, 0, ADMIN, shop.clock.now())


def test_two_runs_at_once_are_refused(lake: Lake, till: object) -> None:
    lake.write()
    with (lake.root / "_fieldpost" / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NoDataSet, match="Another export writes into"):
            lake.write()
    assert lake.write().written == 0


def test_a_folder_that_is_something_else_is_left_alone(lake: Lake, till: object, tmp_path: Path) -> None:
    lake.root.mkdir()
    (lake.root / "thesis.txt").write_text("mine")
    with pytest.raises(NoDataSet, match="no data set of Fieldpost"):
        lake.write()
    assert [path.name for path in lake.root.iterdir()] == ["thesis.txt"]


def test_another_section_of_the_same_name_does_not_overwrite_it(lake: Lake, till: object) -> None:
    lake.write()
    path = lake.root / "_fieldpost" / "section=shop.json"
    found = Manifest.read(path)
    assert found is not None
    found.section_made_at += 1
    found.write(path)
    with pytest.raises(NoDataSet, match="another section"):
        lake.write()
    path.write_text("{")
    with pytest.raises(NoDataSet, match="no manifest"):
        lake.write()


def test_a_file_that_somebody_took_away_comes_back(lake: Lake, till: object) -> None:
    lake.write()
    (lake.root / PATH.format(22)).unlink()
    (lake.root / PATH.format(23)).with_name("stray.parquet").write_bytes(b"PAR1")
    after = lake.write()
    assert (after.written, after.removed, lake.ids()) == (1, 1, ["1", "2", "3"])


KILLED = """
import os, sys
from pathlib import Path
from collector.lake import writing
from collector.store.opening import open_store
from collector import clock
steps = int(sys.argv[3])
def counted(function):
    def step(*given, **named):
        global steps
        steps -= 1
        if steps < 0:
            os._exit(9)
        return function(*given, **named)
    return step
Path.replace, Path.unlink, os.fsync = map(counted, (Path.replace, Path.unlink, os.fsync))
store = open_store(sys.argv[1], clock.now, clock.tick)
[section] = store.sections.all()
writing.write_data_set(store, section, Path(sys.argv[2]), 0)
"""


@pytest.mark.parametrize(
    "steps", [6, 13, *(pytest.param(steps, marks=pytest.mark.full) for steps in (1, 11, 15, 17, 19))]
)
def test_a_run_that_is_killed_leaves_whole_files_and_the_next_one_is_right(
    sqlite_ready_database_url: str, tmp_path: Path, steps: int
) -> None:
    shop = open_shop(sqlite_ready_database_url)
    lake = Lake(shop, tmp_path / "lake")
    shop.define(EVERY_TYPE)
    till = shop.key()
    for place, who in enumerate((ALICE, BOB, ALICE)):
        shop.send(till, order(str(place), identifiers=who))
        shop.clock.forward(DAY)
    lake.write()
    erase(shop, ALICE)
    for place in range(3, 6):
        shop.send(till, order(str(place), identifiers=BOB))
        shop.clock.forward(DAY)
    words = [sys.executable, "-c", KILLED, sqlite_ready_database_url, str(lake.root), str(steps)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    died = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=60)
    assert died.returncode in (0, 9), died.stderr
    lake.rows()  # none is half
    lake.write()
    assert lake.ids() == ["1", "3", "4", "5"]
    assert {row["email"] for row in lake.rows()} == {BOB["email"]}
    assert lake.write().written == 0
    shop.store.close()
