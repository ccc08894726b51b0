"""What one Fieldpost exported, another imports whole: pages' events that name nobody, claims, odd texts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.app import create_app
from collector.core.tokens import make_token
from collector.settings import Settings
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, ORDER, Clock, Shop, open_shop, order
from tests.cli.conftest import CommandLine

FORMS = ("jsonl", "csv", "parquet")
OF_THE_PLACE = ("version", "received_at", "updated_at", "profile")
"""What an export says that is another one's where it is imported: docs/api.md lists it."""

ODD = {
    "event_name": "odd",
    "category": "signal",
    "extra_fields": "keep",
    "fields": [{"name": "word", "type": "text"}, {"name": "total", "type": "decimal"}],
}
BOUGHT = {**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total", "currency_field": "currency"}}


def page_event(event_id: str, **members: Any) -> dict[str, Any]:
    return {"id": event_id, "data": ORDER, **members}


def stock(shop: Shop) -> None:
    """Events of every door that an export tells of, in an order that matters to who is whom."""
    orders, till = shop.define(BOUGHT), shop.key()
    shop.define(ODD)
    shop.beacon(orders.id, page_event("nobody"))
    shop.beacon(orders.id, page_event("a browser", visitor="visitor-1", consent=True))
    claim = {"identifiers": {**BOB, "crm_id": "7"}, "visitor": "visitor-2"}
    shop.beacon(orders.id, page_event("a claim", **claim))
    secret = shop.store.secrets.show("shop", ADMIN, NOON)[0].text.encode()
    token = make_token(secret, ALICE, NOON + 3_600_000_000)
    shop.beacon(orders.id, page_event("signed", identifiers=ALICE, token=token, visitor="visitor-1"))
    shop.beacon(orders.id, page_event("the same browser", visitor="visitor-1"))
    shop.beacon(orders.id, page_event("another browser", visitor="visitor-2"))
    shop.send(till, order("1", source="Till", consent={"ads": False}), order("2", data={"total": "0.10"}))
    shop.clock.forward(60)
    for number, word in enumerate(("", "=1+1", "'=1+1", "''@", "'tis", "a\r\nb\rc", "false", "-0")):
        odd = {"event": "odd", "id": f"=odd {number}", "identifiers": {**BOB, "mobile": "+46701234567"}}
        extra = {"lines": "3", "gift": 1.5, "more": [1, {"a": None}], "blank": ""}
        shop.send(till, {**odd, "data": {"word": word, **extra}})
    given = {"goal_type": "lead", "goal_value": -3.25, "goal_name": "call", "goal_currency": "SEK"}
    shop.send(till, {"event": "odd", "id": "goal", "identifiers": BOB, "data": {}, **given})
    wide = {"total": "1" * 30 + ".25", "word": "wide"}
    shop.send(till, {"event": "odd", "id": "wide", "identifiers": BOB, "data": wide})
    message = {"event": "odd", "messageId": "m", "anonymousId": "visitor-1", "properties": {"word": "x"}}
    assert shop.post(till, "/v1/track", message).status_code == 200


@pytest.fixture
def here(tmp_path: Path) -> Iterator[CommandLine]:
    url = f"sqlite:///{tmp_path / 'here.db'}"
    shop = open_shop(url)
    stock(shop)
    yield CommandLine(tmp_path, {"database": url})
    shop.store.close()


@pytest.fixture
def elsewhere(here: CommandLine, tmp_path: Path) -> CommandLine:
    """Another Fieldpost with the same definitions and nothing else."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    other = CommandLine(folder, {"database": f"sqlite:///{folder / 'fieldpost.db'}"})
    other.read("section", "create", "Shop")
    other.apply(here.read("definition", "export"))
    return other


def exported(command_line: CommandLine, form: str, name: str = "events") -> Path:
    path = command_line.folder / f"{name}.{form}"
    command_line.read("export", "--output", str(path))
    return path


def told(path: Path) -> list[dict[str, Any]]:
    """An export's events without what is of the place, in its order; digits are as they are written."""
    match path.suffix:
        case ".jsonl":
            events = [json.loads(line, parse_float=str) for line in path.read_text().splitlines()]
        case ".csv":
            events = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
        case _:
            events = pq.read_table(path).to_pylist()
    return [{name: value for name, value in one.items() if name not in OF_THE_PLACE} for one in events]


def people(path: Path) -> set[frozenset[str]]:
    """Which events are one person's."""
    found: dict[str | None, set[str]] = {}
    for event in map(json.loads, path.read_text().splitlines()):
        found.setdefault(event.get("profile"), set()).add(event["id"])
    return {frozenset(ids) for ids in found.values()}


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_imported_elsewhere_and_exported_again_as_it_was(
    here: CommandLine, elsewhere: CommandLine, form: str
) -> None:
    path = exported(here, form)
    before = told(path)
    assert len(before) == 19
    result = elsewhere.run("import", str(path))
    assert result.stdout.startswith("19 stored."), (elsewhere.folder / path.name).read_text()
    assert told(exported(elsewhere, form)) == before
    assert people(exported(elsewhere, "jsonl", "people")) == people(exported(here, "jsonl", "people"))


@pytest.mark.parametrize(
    ("form", "verdicts"),
    [
        ("jsonl", "19 duplicate."),
        ("csv", "19 duplicate."),
        ("parquet", "18 duplicate, 1 ignored."),  # a column of numbers knows 0.1 and not 0.10
    ],
)
def test_where_it_came_from_every_event_is_there_already_of_retired_versions_too(
    here: CommandLine, form: str, verdicts: str
) -> None:
    shop = open_again(here)
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    fields = [*BOUGHT["fields"], {"name": "remark", "type": "text", "required": True}]  # type: ignore[misc]
    here.apply(json.dumps({**BOUGHT, "fields": fields}))
    shop.clock.moment += 10**13
    newer = shop.store.definitions.read_again(definition)
    shop.store.definitions.retire(newer, 1, ADMIN, shop.clock.now())
    shop.store.close()
    assert here.read("import", str(exported(here, form))).startswith(verdicts)


def open_again(command_line: CommandLine) -> Shop:
    clock = Clock()
    app = create_app(Settings(database=command_line.settings["database"]), now=clock.now, tick=clock.tick)
    return Shop(app, clock)


def rows_of(command_line: CommandLine, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """The verdicts on lines that are imported."""
    path = command_line.file("lines.jsonl", "\n".join(json.dumps(one) for one in events))
    command_line.run("import", path)
    return [json.loads(one) for one in Path(f"{path}.verdicts.jsonl").read_text().splitlines()]


def test_who_names_nobody_is_a_page_or_has_a_browser(elsewhere: CommandLine) -> None:
    nobody = {"event": "odd", "data": {}, "trust": "claimed", "identifiers": {}}
    found = rows_of(
        elsewhere,
        {**nobody, "id": "web:1"},
        {**nobody, "id": "2", "visitor": "visitor-1"},
        {**nobody, "id": "3"},
        {**nobody, "id": "4", "identifiers": {"email": None}},
        {**nobody, "id": "5", "identifiers": BOB, "trust": "blind"},
        {**nobody, "id": "6", "identifiers": BOB, "colour": "red"},
    )
    assert [one["verdict"] for one in found] == ["stored", "stored", *["rejected"] * 4]
    assert [one["errors"][0]["pointer"] for one in found[2:]] == [
        *("/identifiers", "/identifiers", "/trust", "/colour")
    ]


def test_a_claim_that_is_imported_ties_nothing_to_anybody(elsewhere: CommandLine) -> None:
    claim = {"event": "odd", "data": {}, "trust": "claimed"}
    rows_of(
        elsewhere,
        {**claim, "id": "web:1", "identifiers": {**BOB, "crm_id": "7"}},
        {**claim, "id": "web:2", "identifiers": BOB},
    )
    assert people(exported(elsewhere, "jsonl")) == {frozenset({"web:1"}), frozenset({"web:2"})}


def test_a_version_is_unknown_only_to_rows_that_no_export_wrote(elsewhere: CommandLine) -> None:
    mine = {"event": "odd", "id": "1", "identifiers": BOB, "version": "02spwwpmg4000"}
    [own, told_again] = rows_of(elsewhere, mine, {**mine, "trust": "key"})
    assert (own["verdict"], own["errors"][0]["pointer"]) == ("rejected", "/version")
    assert told_again["verdict"] == "stored"


def test_a_refused_row_of_an_export_is_replayed_as_what_it_was(elsewhere: CommandLine) -> None:
    said = {"event": "not.yet", "id": "web:1", "identifiers": {}, "visitor": "visitor-1", "trust": "claimed"}
    assert rows_of(elsewhere, {**said, "data": {}, "received_at": "2026-09-21T12:00:00Z"})[0]["code"] == (
        "event-unknown"
    )
    elsewhere.apply(json.dumps({**ODD, "event_name": "not.yet"}))
    assert "1" in elsewhere.read("rejections", "replay", "--yes")
    [event] = [json.loads(one) for one in elsewhere.read("export").splitlines()]
    assert (event["id"], event["visitor"], event["trust"]) == ("web:1", "visitor-1", "claimed")


def test_a_file_that_is_no_parquet_is_told(elsewhere: CommandLine) -> None:
    assert "no Parquet file" in elsewhere.refusal("import", elsewhere.file("x.parquet", b"PAR1 or not"))


def test_other_data_is_an_object(elsewhere: CommandLine) -> None:
    path = elsewhere.file("odd.csv", 'event,id,email,other_data\nodd,1,a@x.example,"[1]"\n')
    assert elsewhere.run("import", path).exit_code == 1
    assert "json-invalid" in Path(f"{path}.verdicts.jsonl").read_text()
