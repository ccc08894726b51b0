"""The builder of large databases writes what the commit would write, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import bulk, crowd
from collector.core.goals import SCALE
from tests.cast import open_shop

EVENTS, PEOPLE = 3_000, 60
TABLES = ("event", "change", "profile", "identifier", "total", "ledger")
NAMES_OF_ROWS = {
    **dict.fromkeys(("event", "change", "profile"), "id"),
    **dict.fromkeys(("definition", "version"), "id"),
}
POINTERS = {
    "event": {"id": "event", "definition": "definition", "version": "version", "profile": "profile"},
    "change": {"id": "change", "definition": "definition", "event": "event", "profile": "profile"},
    "profile": {"id": "profile"},
    "identifier": {"profile": "profile"},
    "total": {"profile": "profile", "definition": "definition"},
    "ledger": {"definition": "definition"},
}
OF_A_PROCESS = ("node",)


def test_the_builder_writes_what_the_commit_writes(tmp_path: Path) -> None:
    bulk.build(str(tmp_path / "built.db"), EVENTS, PEOPLE)
    committed(tmp_path / "committed.db")
    built, expected = contents(tmp_path / "built.db"), contents(tmp_path / "committed.db")
    for table in TABLES:
        assert built[table] == expected[table], table
    assert len(built["event"]) == EVENTS
    assert len(built["profile"]) == PEOPLE
    assert len(built["change"]) > EVENTS, "nothing was changed later"
    assert any(row["deleted_at"] for row in built["event"]), "nothing was deleted later"
    assert built["indexes"] == expected["indexes"]


def committed(path: Path) -> None:
    """The same past through the commit, an event in a transaction."""
    shop = open_shop(f"sqlite:///{path}")
    for chunk in crowd.pasts(crowd.define(shop.store), EVENTS, PEOPLE):
        for past in chunk:
            for write in past:
                shop.clock.moment = write.received_at
                shop.store.commit.write([write], write.received_at)
    shop.store.close()


def contents(path: Path) -> dict[str, Any]:
    """Every table in order. An id is only its place among the others of its table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        places = {
            table: {row[0]: place for place, row in enumerate(connection.execute(_ids(table)))}
            for table in NAMES_OF_ROWS
        }
        found: dict[str, Any] = {
            table: sorted(map(repr, _rows(connection, table, places))) for table in TABLES if table != "event"
        }
        found["event"] = list(_rows(connection, "event", places))
        indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        return {**found, "indexes": [tuple(row) for row in connection.execute(indexes)]}


def _ids(table: str) -> str:
    return f"SELECT {NAMES_OF_ROWS[table]} FROM {table} ORDER BY 1"


def _rows(
    connection: sqlite3.Connection, table: str, places: dict[str, dict[int, int]]
) -> Iterator[dict[str, Any]]:
    for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1"):
        told = {name: row[name] for name in row.keys() if name not in OF_A_PROCESS}  # noqa: SIM118
        for name, other in POINTERS[table].items():
            told[name] = places[other].get(told[name], told[name])
        if table == "total":  # a sum has more than one form
            told["sum"] = told.pop("whole") * SCALE + told.pop("fraction")
        yield told
