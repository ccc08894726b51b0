"""How an import reads its rows: the quick way says what the careful one says; garbage is collected again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from collector.intake import bulk
from collector.intake.bulk import Importer, VerdictFile, parts_of
from collector.intake.bulk_rows import Row
from tests.cast import ALICE, EVERY_TYPE, Shop, order

ROWS = [
    msgspec.json.encode(order()),
    msgspec.json.encode(order(id="é")),
    b" " + msgspec.json.encode(order()) + b"\r\n",
    msgspec.json.encode(order(source=None, version=None)),
    msgspec.json.encode(order(identifiers={})),
    msgspec.json.encode({"event": "order.completed", "id": "1"}),
    msgspec.json.encode({"events": [order()]}),
    msgspec.json.encode(order(colour="red")),
    msgspec.json.encode(order(trust="key")),
    msgspec.json.encode(order(id=7)),
    rb'{"event": "a", "id": "\u00e9", "identifiers": {"crm_id": "7"}}',
    rb'{"event": "a", "id": "\ud800", "identifiers": {"crm_id": "7"}}',
    rb'{"event": "a", "id": "1", "identifiers": {"crm_id": "7"}, "data": {"x": "\u0000"}}',
    b'{"event": "a", "id": "1", "identifiers": {"crm_id": "7"}, "data": {"x": "\xff"}}',
    b'{"event": "a", "id": "1", "identifiers": {"crm_id": "7"}, "data": {"x": NaN}}',
    b"[1]",
    b"null",
    b"{",
]


@pytest.mark.parametrize("raw", ROWS)
def test_the_quick_way_says_what_the_careful_one_says(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> object:
        read = bulk._read(Row(1, raw))
        return (msgspec.json.encode(read[0]), read[1]) if isinstance(read, tuple) else read

    quick = told()
    monkeypatch.setattr(bulk.TOLD, "read_usual", lambda raw: None)
    assert quick == told()


def test_an_import_leaves_the_collection_of_garbage_as_it_was(shop: Shop, tmp_path: Path) -> None:
    shop.define(EVERY_TYPE)
    usual = gc.get_threshold()
    during = []

    def rows() -> Iterator[Row]:
        during.append(gc.get_threshold())
        yield Row(1, msgspec.json.encode(order(identifiers=ALICE)))
        raise OSError("the file is gone")

    importer = Importer(shop.parts.intake, "shop", shop.clock.now)
    with pytest.raises(OSError, match="gone"):
        importer.run(rows(), VerdictFile(tmp_path / "verdicts", {}), lambda count: None)
    assert during[0] > usual
    assert gc.get_threshold() == usual


def test_long_rows_are_not_held_by_the_thousand() -> None:
    long = b"x" * 1_048_576
    parts = list(parts_of(Row(number, long) for number in range(20)))
    assert [len(part) for part in parts] == [16, 4]
