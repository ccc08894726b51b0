"""The data map in docs/privacy.md: every table and column is in it, once, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from collector.store.database import Database
from collector.store.months import Months
from tests.cast import EVERY_TYPE, NOON, Shop, order

GUIDE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
_ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|[^|]*\|$", re.MULTILINE)
_WORD = re.compile(r"`(\w+)`")


def test_every_column_of_every_table_is_in_the_map(ready_database_url: str) -> None:
    database = Database(ready_database_url)
    months = Months(database)
    if months.may_be_kept_up():
        months.keep_up(NOON, large_events=0)
    has_keys = "event" in months.tables()
    tables = [name for name in database.tables() if not name.startswith("sqlite_")]
    found = {name: sorted(one.name for one in database.peewee.get_columns(name)) for name in tables}
    database.close()
    expected = {name: sorted(columns) for name, columns in mapped().items()}
    if not has_keys:
        del expected["key_of_event"]
    assert expected == found


def mapped() -> dict[str, list[str]]:
    """Table → its columns, as the guide has them; none is there twice."""
    rows = _ROW.findall(GUIDE)
    assert len({name for name, _, _ in rows}) == len(rows)
    return {name: [*_WORD.findall(of_people), *_WORD.findall(others)] for name, of_people, others in rows}


def test_the_lines_for_those_who_ask_do_what_the_guide_says(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    shop.send(key, order("1", identifiers={"email": "ada@example.com"}))
    address = _address('curl "$FIELDPOST')
    assert _address("curl -X DELETE") == address.removesuffix("/export")
    exported = shop.get(key, address)
    assert exported.status_code == 200
    assert [one["id"] for one in exported.get_json()["events"]] == ["1"]
    erased = shop.client.delete(address.removesuffix("/export"), headers=shop.headers(key))
    assert erased.status_code == 200
    assert shop.get(key, address).status_code == 404
    late = shop.send(key, order("1", identifiers={"email": "ada@example.com"}))
    assert late.get_json()["verdict"] == "ignored"


def _address(begin: str) -> str:
    line = next(line for line in GUIDE.splitlines() if line.startswith(begin))
    found = re.search(r'\$FIELDPOST(/[^"]+)"', line)
    assert found is not None, line
    return found[1]
