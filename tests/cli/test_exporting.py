"""`fieldpost export`: what is stored, whole and exact, in three formats; and read again by an import."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.store import exporting
from collector.web.api import parquet_files
from tests.cast import ALICE, EVERY_TYPE, ORDER, open_shop, order
from tests.cli.conftest import CommandLine

FORMULA = "=cmd|' /C calc'!A0"
FULL = {
    "total": 12345678901234567890.123456789,
    "count": 2**53 + 1,
    "gift": True,
    "deliver_on": "2026-05-01",
    "paid_at": "2026-05-01T12:00:00.5+02:00",
    "word": FORMULA,
}
TYPES = {
    "event_name": "typed",
    "category": "signal",
    "extra_fields": "keep",
    "fields": [
        {"name": name, "type": kind}
        for name, kind in (
            ("total", "decimal"),
            ("count", "integer"),
            ("gift", "boolean"),
            ("deliver_on", "date"),
            ("paid_at", "timestamp"),
            ("word", "text"),
        )
    ],
}
EXACT = "12345678901234567890.123456789"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CommandLine]:
    url = f"sqlite:///{tmp_path / 'fieldpost.db'}"
    shop = open_shop(url)
    shop.define(EVERY_TYPE)
    shop.define(TYPES)
    till = shop.key()
    event = {"event": "typed", "identifiers": {**ALICE, "mobile": "+46701234567"}}
    told = json.dumps({**event, "id": "1", "data": {**FULL, "more": [1, {"a": 1.50}]}})
    told = told.replace(json.dumps(FULL["total"]), EXACT)
    assert shop.post(till, "/api/v1/events", told.encode()).get_json()["verdict"] == "stored"
    shop.clock.forward(60)
    given = {"goal_type": "purchase", "goal_value": 12.5, "goal_currency": "SEK"}
    shop.send(till, {**event, "id": "2", "data": {}, **given})
    shop.send(till, {**event, "id": "3", "data": {}, "deleted_at": "2026-05-01T12:00:00Z"})
    shop.send(till, {"event": "order.completed", "id": "4", "identifiers": ALICE, "data": {"total": 1}})
    yield CommandLine(tmp_path, {"database": url})
    shop.store.close()


def test_json_lines_are_the_events_as_the_api_shows_them(shop: CommandLine) -> None:
    lines = shop.read("export", "--event", "typed").splitlines()
    found = [json.loads(one, parse_float=Decimal) for one in lines]
    assert [one["id"] for one in found] == ["1", "2"]
    assert found[0]["data"]["total"] == Decimal(EXACT)
    assert found[0]["data"]["more"] == [1, {"a": Decimal("1.50")}]
    assert (found[1]["goal_type"], found[1]["goal_value"]) == ("purchase", Decimal("12.5"))
    assert found[0]["identifiers"] == {**ALICE, "mobile": "+46701234567"}


def test_every_event_is_in_it_unless_some_are_named(shop: CommandLine) -> None:
    assert [json.loads(one)["id"] for one in shop.read("export").splitlines()] == ["1", "2", "4"]
    assert "no event called odd" in shop.refusal("export", "--event", "odd")


def test_a_stretch_of_time_ends_before_its_end(shop: CommandLine) -> None:
    first, second = (json.loads(one) for one in shop.read("export", "--event", "typed").splitlines())
    words = ("--from", first["occurred_at"], "--to", second["occurred_at"])
    assert [json.loads(one)["id"] for one in shop.read("export", *words).splitlines()] == ["1"]
    assert shop.read("export", "--to", "2000-01-01") == ""


def test_csv_has_a_column_for_each_field_and_no_formula(shop: CommandLine) -> None:
    [first, second] = csv.DictReader(io.StringIO(shop.read("export", "--event", "typed", "--format", "csv")))
    assert {name: first[f"data.{name}"] for name in FULL} == {
        "total": EXACT,
        "count": str(2**53 + 1),
        "gift": "true",
        "deliver_on": "2026-05-01",
        "paid_at": "2026-05-01T10:00:00.5Z",
        "word": f"'{FORMULA}",
    }
    assert json.loads(first["other_data"]) == {"more": [1, {"a": 1.5}]}
    assert first["mobile"] == "'+46701234567"
    assert (second["goal_type"], second["goal_value"], second["data.total"]) == ("purchase", "12.5", "")


def test_parquet_has_columns_of_their_types(shop: CommandLine) -> None:
    path = shop.folder / "typed.parquet"
    shop.read("export", "--event", "typed", "--output", str(path))
    [first, second] = pq.read_table(path).to_pylist()
    assert {name: first[f"data.{name}"] for name in FULL} == {
        "total": Decimal(EXACT),
        "count": 2**53 + 1,
        "gift": True,
        "deliver_on": date(2026, 5, 1),
        "paid_at": datetime(2026, 5, 1, 10, 0, 0, 500_000, UTC),
        "word": FORMULA,
    }
    assert second["goal_value"] == Decimal("12.5")
    assert second["data.gift"] is None
    assert [one.name for one in shop.folder.iterdir() if "part" in one.name] == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_consent_is_a_column_as_json(tmp_path: Path, form: str) -> None:
    url = f"sqlite:///{tmp_path / 'consent.db'}"
    shop = open_shop(url)
    shop.define(EVERY_TYPE)
    till = shop.key()
    for number, said in enumerate((True, {"b": False, "a": True}, None)):
        shop.send(till, order(str(number), consent=said))
    shop.store.close()
    path = tmp_path / f"events.{form}"
    CommandLine(tmp_path, {"database": url}).read("export", "--output", str(path))
    rows = pq.read_table(path).to_pylist() if form == "parquet" else csv.DictReader(path.open(newline=""))
    assert [one["consent"] or None for one in rows] == ["true", '{"a":true,"b":false}', None]


def test_parquet_goes_into_a_file_and_says_what_it_needs(
    shop: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "say --output FILE" in shop.refusal("export", "--format", "parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    refusal = shop.refusal("export", "--output", str(shop.folder / "x.parquet"))
    assert "pip install 'fieldpost[parquet]'" in refusal


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_was_exported_is_imported_again_as_it_was(shop: CommandLine, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"typed.{form}"
    shop.read("export", "--event", "typed", "--output", str(path))
    folder = tmp_path / "other"
    folder.mkdir()
    other = CommandLine(folder, {"database": f"sqlite:///{folder / 'fieldpost.db'}"})
    other.read("section", "create", "Other")
    other.apply(json.dumps(TYPES), name="events.json")
    text = path.read_text().replace("other_data", "ignored") if form == "csv" else path.read_text()
    words = ("--map", "ignored=", "--map", "version=", "--event", "typed") if form == "csv" else ()
    path.write_text(_without_versions(text) if form == "jsonl" else text)
    told = other.run("import", str(path), *words)
    assert "2 stored" in told.stdout, told.stderr
    before, after = (_comparable(one.read("export", "--event", "typed")) for one in (shop, other))
    if form == "csv":
        before[0]["data"].pop("more")
    assert after == before


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_imported_where_it_came_from_and_every_event_is_there_already(
    shop: CommandLine, tmp_path: Path, form: str
) -> None:
    bought = open_shop(f"sqlite:///{tmp_path / 'bought.db'}")
    made = bought.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    bought.send(bought.key(), order("1"), order("2", data={"total": "0.10"}))
    bought.beacon(made.id, {"id": "3", "data": ORDER, "identifiers": ALICE})
    bought.store.close()
    here = CommandLine(tmp_path, {"database": f"sqlite:///{tmp_path / 'bought.db'}"})
    path = str(tmp_path / f"orders.{form}")
    here.read("export", "--output", path)
    assert "web:3" in Path(path).read_text()
    assert "3 duplicate" in here.read("import", path)


def _without_versions(text: str) -> str:
    """A version of one installation is unknown in another."""
    return re.sub(r'"version":"[^"]*",', "", text)


def _comparable(text: str) -> list[dict[str, Any]]:
    told = ("version", "received_at", "updated_at", "profile")
    found = [json.loads(one, parse_float=Decimal) for one in text.splitlines()]
    for one in found:
        for name in told:
            del one[name]
        one["data"].get("more", [0, {}])[1].clear()
    return found


def test_parquet_into_a_folder_is_a_data_set_that_is_kept_up_to_date(shop: CommandLine) -> None:
    root = shop.folder / "lake"
    words = ("export", "--format", "parquet", "--output", str(root))
    assert "3 events and 1 profiles are in" in shop.run(*words).stderr
    assert "0 files written, 0 taken away" in shop.run(*words).stderr
    assert len([*root.rglob("rows.parquet")]) == 3
    assert "A data set holds all events" in shop.refusal(*words, "--event", "typed")
    assert "is there already" in shop.refusal(*words[:3], "--output", str(shop.folder))
    assert "is a folder" in shop.refusal("export", "--format", "csv", "--output", str(root))


def test_memory_holds_a_page_and_not_the_export(shop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 1)
    monkeypatch.setattr(parquet_files, "GROUP", 1)
    assert len(shop.read("export").splitlines()) == 3
    path = shop.folder / "all.parquet"
    shop.read("export", "--output", str(path))
    assert pq.ParquetFile(path).num_row_groups == 3
