"""The rows of an imported Parquet file, read by pyarrow in groups; their columns lead where those of CSV do.

A number's trailing zeros are not in such a file: 1.50 comes back as 1.5.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from collector.core.fields import format_timestamp, plain
from collector.intake.bulk_rows import BadMapping, FieldsOf, Row, Table

GROUP = 1_000
"""Rows that are in memory at a time, beside what pyarrow keeps."""

MISSING = "A Parquet file needs pyarrow: pip install 'fieldpost[parquet]'"

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def parquet_rows(
    file: BinaryIO, mapping: Mapping[str, str], fields_of: FieldsOf, event: str | None
) -> Iterator[Row]:
    """The rows of a Parquet file, whose columns lead where `csv_rows` has them lead; the first is row 1.

    Moments of a column without a zone are in UTC. Raises `BadMapping`, also where it is no Parquet file or
    pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise BadMapping(MISSING) from error
    number = 0
    try:
        opened = pq.ParquetFile(file)
        table = Table.of(opened.schema_arrow.names, mapping, fields_of, event)
        for batch in opened.iter_batches(batch_size=GROUP):
            for row in batch.to_pylist():
                number += 1
                yield table.row(number, [_text(value) for value in row.values()])
    except pa.ArrowException as error:
        raise BadMapping(f"This is no Parquet file, or a damaged one: {error}") from error


def _text(value: Any) -> str:
    """A value as the text that its field reads back; empty where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value.normalize())
        case datetime.datetime():
            told = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
            return format_timestamp((told - _EPOCH) // _MICROSECOND)
        case datetime.date():
            return value.isoformat()
        case str() | int() | float():
            return str(value)
    return msgspec.json.encode(value).decode()
