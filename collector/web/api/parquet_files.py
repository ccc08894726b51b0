"""Events as a Parquet file, by pyarrow: columns of their own types, written in groups of rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from collector.core.events import EventState
from collector.web.api.event_files import Columns

WHOLE_DIGITS = 20
GROUP = 10_000
"""Rows that are in memory at a time."""

MISSING = "A Parquet file needs pyarrow: pip install 'fieldpost[parquet]'"


class NoParquet(Exception):
    """pyarrow is not installed; `str` says how to get it."""


def write_parquet(path: Path, events: Iterable[EventState], columns: Columns) -> int:
    """Writes the events into a new file and answers how many there were. Raises `NoParquet`.

    Decimals are `decimal128(38, 18)`, moments microseconds in UTC, days `date32`, all else what it is; a
    decimal with more than 20 digits before the point is among `other_data`.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise NoParquet(MISSING) from error
    types = [_type_of(pa, name, columns) for name in columns.header]
    schema = pa.schema(list(zip(columns.header, types, strict=True)))
    reads = [_reader_of(name, columns) for name in columns.header]
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _groups(events, columns):
            cells = [
                [None if row[place] is None else read(row[place]) for row in rows]
                for place, read in enumerate(reads)
            ]
            arrays = [pa.array(values, kind) for values, kind in zip(cells, types, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
            count += len(rows)
    return count


def _groups(events: Iterable[EventState], columns: Columns) -> Iterator[list[list[str | None]]]:
    left = iter(events)
    while group := [columns.row(one, _fits) for one in islice(left, GROUP)]:
        yield group


def _fits(kind: str, cell: str) -> bool:
    return kind != "decimal" or Decimal(cell).adjusted() < WHOLE_DIGITS


_ABOUT: Mapping[str, str] = {
    "occurred_at": "timestamp",
    "received_at": "timestamp",
    "goal_value": "decimal",
}


def _kind_of(name: str, columns: Columns) -> str:
    if name.startswith("data."):
        return columns.fields[name.removeprefix("data.")]
    return _ABOUT.get(name, "text")


def _type_of(pa: Any, name: str, columns: Columns) -> Any:
    return {
        "text": pa.string(),
        "boolean": pa.bool_(),
        "integer": pa.int64(),
        "decimal": pa.decimal128(38, 18),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
    }[_kind_of(name, columns)]


def _reader_of(name: str, columns: Columns) -> Any:
    return {
        "text": str,
        "boolean": lambda text: text == "true",
        "integer": int,
        "decimal": Decimal,
        "date": datetime.date.fromisoformat,
        "timestamp": datetime.datetime.fromisoformat,
    }[_kind_of(name, columns)]
