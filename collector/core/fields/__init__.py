"""The types of fields, one class in one file each, and the fields of a version that are made of them."""

from collector.core.fields.decimal import json_number, plain, read_number
from collector.core.fields.field import FIELD_TYPES, FILLS, Field
from collector.core.fields.field_type import FieldType, Refused, Value
from collector.core.fields.parse import FIELD_NAME, MAX_FIELDS, parse_fields
from collector.core.fields.text import MAX_TEXT, UNSTORABLE
from collector.core.fields.timestamp import format_timestamp, parse_timestamp

__all__ = [
    "FIELD_NAME",
    "FIELD_TYPES",
    "FILLS",
    "MAX_FIELDS",
    "MAX_TEXT",
    "UNSTORABLE",
    "Field",
    "FieldType",
    "Refused",
    "Value",
    "format_timestamp",
    "json_number",
    "parse_fields",
    "parse_timestamp",
    "plain",
    "read_number",
]
