"""What a snippet weighs: bytes with brotli 11 of the file as served. With `-s` it prints a table."""

from __future__ import annotations

from dataclasses import dataclass

import brotli
import pytest

from collector.core.fields import FIELD_TYPES, Field
from snippet.build import Plan, build

SIX_TYPES = (
    Field("total", "decimal", required=True),
    Field("currency", "text"),
    Field("lines", "integer"),
    Field("gift", "boolean"),
    Field("deliver_on", "date"),
    Field("paid_at", "timestamp"),
    Field("page_url", "text"),
)
KINDS = tuple(FIELD_TYPES)
HUNDRED = tuple(Field(f"field_{n}", KINDS[n % 6]) for n in range(100))


@dataclass(frozen=True)
class Row:
    name: str
    fields: tuple[Field, ...]
    limit: int
    queue: bool = True

    def __str__(self) -> str:
        return self.name


TABLE = (
    Row("without a queue, 1 field", SIX_TYPES[:1], 520, queue=False),
    Row("core, 2 fields", SIX_TYPES[:2], 780),
    Row("core, all six types (7 fields)", SIX_TYPES, 895),
    Row("core, 100 fields named field_0 …", HUNDRED, 1070),
)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_snippet_weighs_no_more_than_its_limit(row: Row) -> None:
    version_id = "01932f3a-7c1e-7b42-9d3f-5a6b7c8d9e0f"
    script = build(Plan("order.completed", version_id, "https://c.example", row.fields, queue=row.queue))
    weight = len(brotli.compress(script.encode(), quality=11))
    print(f"\n| {row.name} | {weight} | {len(script)} |")
    assert weight <= row.limit
