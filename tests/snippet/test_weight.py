"""What a snippet weighs: bytes with brotli 11 of the file as served. With `-s` it prints a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import brotli
import pytest

from collector.core.fields import FIELD_TYPES, FILLS, Field
from snippet.build import build
from snippet.plan import Plan

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
    Row("core, all six types (7 fields)", SIX_TYPES, 890),
    Row("core, 100 fields named field_0 …", HUNDRED, 1070),
)


@dataclass(frozen=True)
class Addition:
    """What `core, 2 fields` and one more field for each of `fills` weighs more when these are filled."""

    name: str
    fills: tuple[str, ...]
    limit: int

    def __str__(self) -> str:
        return self.name


PREMADE = ("page.url", "page.referrer", "utm.campaign")
ADDITIONS = (
    *(Addition(f"fill {fill}", (fill,), 80 if fill.startswith("utm.") else 75) for fill in FILLS),
    Addition("fills of the pre-made fields (3)", PREMADE, 100),
    Addition("every fill (11)", FILLS, 160),
)


def weight(fields: tuple[Field, ...], queue: bool = True) -> tuple[int, int]:
    """Bytes with brotli, and minified."""
    version_id = "01932f3a-7c1e-7b42-9d3f-5a6b7c8d9e0f"
    script = build(Plan("order.completed", version_id, "https://c.example", fields, queue=queue))
    return len(brotli.compress(script.encode(), quality=11)), len(script)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_snippet_weighs_no_more_than_its_limit(row: Row) -> None:
    small, minified = weight(row.fields, row.queue)
    print(f"\n| {row.name} | {small} | {minified:,} |")
    assert small <= row.limit


@pytest.mark.parametrize("row", ADDITIONS, ids=str)
def test_an_ability_adds_no_more_than_its_limit(row: Addition) -> None:
    filled = tuple(Field(fill.replace(".", "_"), "text", fill=fill) for fill in row.fills)
    without = weight((*SIX_TYPES[:2], *(replace(field, fill=None) for field in filled)))
    added = [one - other for one, other in zip(weight((*SIX_TYPES[:2], *filled)), without, strict=True)]
    print(f"\n| {row.name} | + {added[0]} | + {added[1]} |")
    assert added[0] <= row.limit
