"""INSERTs of many rows: however many there are, each is stored once, and it is told how many were."""

from __future__ import annotations

import peewee
import pytest

from collector.store.bulk import SIZES
from collector.store.database import Database
from collector.store.models import Change, SnippetFile
from collector.store.rows import CHANGE_COLUMNS
from tests.cast import Shop

COLUMNS = ("version", "text", "made_at")
LONGEST = SIZES[0]


@pytest.mark.parametrize("count", [1, 15, 16, 17, LONGEST - 1, LONGEST, LONGEST + 17, 2 * LONGEST + 33])
def test_every_row_is_stored_once_however_many_there_are(shop: Shop, count: int) -> None:
    database = shop.store.database
    wanted = [(number, f"text {number}", number * 7) for number in range(count)]
    insertion = database.insertion(SnippetFile, COLUMNS)
    with database.writing():
        assert database.many(insertion, wanted) == count
    assert _stored(database) == wanted


@pytest.mark.parametrize("count", [2, LONGEST + 2])
def test_what_is_none_is_null(shop: Shop, count: int) -> None:
    database = shop.store.database
    insertion = database.insertion(Change, CHANGE_COLUMNS)
    wanted = [(number, None if number % 2 else 7, 1, 1, 0, 1, 1, None) for number in range(count)]
    with database.writing():
        database.many(insertion, wanted)
        stored = database.tuples(
            Change.select(Change.id).where(Change.profile.is_null() & Change.changes.is_null())
        )
    assert sorted(stored) == [(number,) for number in range(1, count, 2)]


def test_rows_that_are_there_already_are_not_counted(shop: Shop) -> None:
    database = shop.store.database
    insertion = database.insertion(SnippetFile, COLUMNS, or_leave=True)
    with database.writing():
        database.many(insertion, [(number, "first", 1) for number in range(0, 2 * LONGEST, 3)])
        touched = database.many(insertion, [(number, "second", 2) for number in range(2 * LONGEST)])
    found = _stored(database)
    assert len(found) == 2 * LONGEST
    assert (
        touched
        == sum(text == "second" for _, text, _ in found)
        == 2 * LONGEST - len(range(0, 2 * LONGEST, 3))
    )


@pytest.mark.parametrize("count", [3, LONGEST + 20])
def test_a_row_that_is_refused_takes_all_of_its_transaction_back(shop: Shop, count: int) -> None:
    database = shop.store.database
    insertion = database.insertion(SnippetFile, COLUMNS)
    rows = [(number, "text" if number else None, 1) for number in reversed(range(count))]
    with pytest.raises(peewee.IntegrityError), database.writing():
        database.many(insertion, rows)
    assert _stored(database) == []


def _stored(database: Database) -> list[tuple[int, str, int]]:
    with database.writing():
        query = SnippetFile.select(*(getattr(SnippetFile, name) for name in COLUMNS))
        return [tuple(row) for row in database.tuples(query.order_by(SnippetFile.version))]
