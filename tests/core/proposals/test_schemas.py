"""Proposals from a JSON Schema, ours and those of others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.definitions import Content
from collector.core.documents import parse_definition
from collector.core.fields import Field, parse_fields
from collector.core.json_schema import json_schema
from collector.core.problems import Problem
from collector.core.proposals import Proposal, from_schema
from tests.core.proposals.test_samples import JSON

FIELDS = [
    Field("word", "text", required=True, description="A word", min_length=2, max_length=9, pattern="[a-z]+"),
    Field("size", "text", choices=("S", "M")),
    Field("long", "text"),
    Field("yes", "boolean", required=True),
    Field("only", "boolean", choices=(True,)),
    Field("count", "integer", minimum=0, maximum=9),
    Field("any", "integer"),
    Field("one", "integer", choices=(1, 2)),
    Field("total", "decimal", required=True, minimum=Decimal("0.5"), description="What it cost"),
    Field("step", "decimal", choices=(Decimal("0.5"), Decimal("1.5"))),
    Field("day", "date"),
    Field("moment", "timestamp", required=True),
]


def proposed(**schema: Any) -> Proposal:
    return from_schema("order.completed", schema)


def only(member: Any, **around: Any) -> dict[str, Any] | None:
    """The one field that a schema of one property proposes."""
    fields: list[dict[str, Any]] = proposed(properties={"a": member}, **around).document["fields"]
    return {name: value for name, value in fields[0].items() if name != "name"} if fields else None


@given(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True), st.sampled_from(["reject", "keep"]))
def test_what_this_collector_writes_is_read_back_as_the_same_fields(
    fields: list[Field], extra_fields: Any
) -> None:
    schema = json_schema("order.completed", "Order", Content(tuple(fields), extra_fields), "1a2b")
    proposal = from_schema("order.completed", schema)
    assert parse_fields(proposal.document["fields"], "") == (tuple(fields), [])
    assert proposal.document["extra_fields"] == extra_fields
    assert proposal.notes == ()


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"type": ["string", "null"]}, {"type": "text"}),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, {"type": "integer"}),
        ({"enum": ["a", "b"]}, {"type": "text", "choices": ["a", "b"]}),
        ({"const": 3}, {"type": "integer", "choices": [3]}),
        ({"const": True}, {"type": "boolean", "choices": [True]}),
        ({"type": "string", "format": "email"}, {"type": "text", "personal": True}),
        ({"type": "string", "format": "uri"}, {"type": "text"}),
        ({"type": "string", "maxLength": 10_000}, {"type": "text"}),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, {"type": "text", "pattern": "[A-Z]{3}"}),
        ({"type": "string", "pattern": "x|y"}, {"type": "text", "pattern": "(?s:.*)(?:x|y)(?s:.*)"}),
        ({"type": "number", "minimum": Decimal("0.5")}, {"type": "decimal", "minimum": 0.5}),
        ({"$ref": "#/$defs/money"}, {"type": "decimal", "description": "Money"}),
    ],
)
def test_what_others_write_is_understood(member: Any, field: dict[str, Any]) -> None:
    assert only(member, **{"$defs": {"money": {"type": "number", "description": "Money"}}}) == field


@pytest.mark.parametrize(
    ("member", "pointer", "field"),
    [
        ({"type": "string", "pattern": "(?=x)"}, "/properties/a", {"type": "text"}),
        ({"type": "integer", "multipleOf": 5}, "/properties/a/multipleOf", {"type": "integer"}),
        ({"type": "number", "exclusiveMinimum": 0}, "/properties/a/exclusiveMinimum", {"type": "decimal"}),
        ({"type": "integer", "minimum": "low"}, "/properties/a", {"type": "integer"}),
        ({"type": "string", "description": 7}, "/properties/a", {"type": "text"}),
        ({"type": "object"}, "/properties/a", None),
        ({"type": "array", "items": {}}, "/properties/a", None),
        ({"type": ["string", "integer"]}, "/properties/a", None),
        ({"$ref": "https://example.com/schema"}, "/properties/a/$ref", None),
        ({"$ref": "#/properties/a"}, "/properties/a/$ref", None),
        (True, "/properties/a", None),
    ],
)
def test_what_a_field_cannot_say_is_noted(member: Any, pointer: str, field: dict[str, Any] | None) -> None:
    proposal = proposed(properties={"a": member}, additionalProperties=False)
    assert only(member) == field
    assert pointer in [one.pointer for one in proposal.notes]
    assert proposal.document["extra_fields"] == ("reject" if field else "keep")


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    assert only({"anyOf": [{"$ref": "#/properties/a"}, {"type": "null"}]}) is None


def test_a_choice_that_is_no_schema_is_none_of_the_choices() -> None:
    assert only({"type": [], "anyOf": [None, {"type": "number"}]}) is None
    assert only({"anyOf": [None, {"type": "number"}, {"type": "null"}]}) == {"type": "decimal"}


@pytest.mark.parametrize(
    ("schema", "pointer"), [([], ""), ({}, "/properties"), ({"properties": [1]}, "/properties")]
)
def test_what_is_no_schema_is_a_problem_at_its_place(schema: Any, pointer: str) -> None:
    with pytest.raises(Problem) as caught:
        from_schema("order.completed", schema)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


WORDS = st.sampled_from(
    ["type", "format", "enum", "const", "anyOf", "oneOf", "pattern", "minimum", "$ref", "description"]
)


@given(st.dictionaries(st.text(max_size=5), JSON | st.dictionaries(WORDS, JSON, max_size=4), max_size=3))
def test_whatever_stands_in_a_schema_the_proposal_is_a_definition(properties: dict[str, Any]) -> None:
    proposal = from_schema("order.completed", {"properties": properties, "required": list(properties)})
    draft = parse_definition(proposal.document)
    assert [field.name for field in draft.content.fields] == [one.name for one in proposal.fields]
    assert replace(draft, title="") is not None
