"""The JSON Schema of a version's data."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from collector.core.definitions import Content
from collector.core.fields import FIELD_TYPES, Field
from collector.core.json_schema import json_schema


def schema_of(*fields: Field, **content: Any) -> dict[str, Any]:
    return json_schema("order.completed", "Order completed", Content(fields, **content), "1a2b")


def member(field: Field) -> Any:
    return schema_of(field)["properties"][field.name]


def test_it_names_its_dialect_its_version_and_its_event() -> None:
    schema = schema_of(Field("a", "text"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith("1a2b")
    assert schema["title"] == "Order completed"
    assert "order.completed" in schema["description"]


def test_extra_fields_are_what_the_version_says() -> None:
    assert schema_of(Field("a", "text"))["additionalProperties"] is False
    assert schema_of(Field("a", "text"), extra_fields="keep")["additionalProperties"] is True
    assert schema_of(Field("a", "text"), extra_fields="drop")["maxProperties"] == 101


def test_null_is_allowed_where_absence_is() -> None:
    schema = schema_of(Field("a", "boolean"), Field("b", "boolean", required=True))
    assert schema["required"] == ["b"]
    assert schema["properties"] == {
        "a": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "b": {"type": "boolean"},
    }


def test_rules_are_in_it() -> None:
    word = Field(
        "a", "text", required=True, description="A word", min_length=2, max_length=9, pattern="[a-z]+"
    )
    assert member(word) == {
        "type": "string",
        "minLength": 2,
        "maxLength": 9,
        "pattern": "^(?:[a-z]+)$",
        "description": "A word",
    }
    assert member(Field("a", "text", required=True, choices=("x",)))["enum"] == ["x"]
    assert member(Field("a", "integer", required=True, minimum=3)) == {
        "type": "integer",
        "minimum": 3,
        "maximum": 2**63 - 1,
    }
    number = member(Field("a", "decimal", required=True, minimum=Decimal("0.5"), choices=(Decimal("1.50"),)))[
        "anyOf"
    ][0]
    assert number == {"type": "number", "minimum": 0.5, "enum": [1.5]}
    assert "2026-01-01" in member(Field("a", "date", required=True, minimum="2026-01-01"))["$comment"]


def test_a_pattern_that_only_re2_understands_is_a_comment() -> None:
    schema = member(Field("a", "text", required=True, pattern=r"(?i)sek\z"))
    assert "pattern" not in schema
    assert r"(?i)sek\z" in schema["$comment"]


def test_any_json_writer_can_write_it() -> None:
    bounds: dict[str, Any] = {"minimum": Decimal("0." + "1" * 18), "choices": (Decimal("0.1"), Decimal("10"))}
    fields = [Field(name, name) for name in FIELD_TYPES]
    assert json.dumps(schema_of(*fields, Field("x", "decimal", **bounds)), allow_nan=False)
