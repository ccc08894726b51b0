"""Proposals from samples: the types that fit all that was seen, and no value of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.documents import parse_definition
from collector.core.fields import FIELD_TYPES
from collector.core.proposals import MOST_SAMPLES, Proposal, from_samples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


def proposed(*samples: object, **more: Any) -> Proposal:
    return from_samples("order.completed", samples, **more)


def types(proposal: Proposal) -> dict[str, str]:
    return {field["name"]: field["type"] for field in proposal.document["fields"]}


@pytest.mark.parametrize("kind", list(FIELD_TYPES))
def test_what_only_one_type_takes_is_of_that_type(kind: str) -> None:
    values = {
        "text": ["SEK", "EUR"],
        "boolean": [True, False],
        "integer": [1, -5],
        "decimal": [Decimal("149.9"), 3],
        "date": ["2026-05-01", "2026-12-31"],
        "timestamp": ["2026-05-01T12:00:00Z", "2026-05-01T12:00:00+02:00"],
    }[kind]
    assert types(proposed(*({"a": value} for value in values))) == {"a": kind}


def test_every_type_that_fits_is_told_the_likeliest_first() -> None:
    proposal = proposed({"whole": 1, "digits": "01234", "mixed": 1}, {"mixed": "2.50", "day": "2026-05-01"})
    assert {one.name: (one.fits, one.count) for one in proposal.fields} == {
        "whole": (("integer", "decimal"), 1),
        "digits": (("text", "decimal"), 1),
        "mixed": (("decimal",), 2),
        "day": (("date", "text"), 1),
    }


def test_payloads_are_looked_into_and_data_is_taken_as_it_is() -> None:
    payload = {"event": "order.completed", "id": "1", "data": {"total": 1}}
    assert types(proposed(payload)) == types(proposed({"total": 1})) == {"total": "integer"}
    assert types(proposed({"data": "text", "id": "1"})) == {"data": "text", "id": "text"}


def test_what_is_no_field_is_noted_and_kept_as_it_comes() -> None:
    proposal = proposed(
        {"items": [1], "at": {"x": 1}, "both": "x", "order-no": 1, "Total": 1, "total": 2, "source": "App"},
        {"both": True},
        "no object",
    )
    assert types(proposal) == {"Total": "integer"}
    assert proposal.document["extra_fields"] == "keep"
    assert [one.pointer for one in proposal.notes] == [
        "/2",
        "/items",
        "/at",
        "/both",
        "/order-no",
        "/total",
        "/source",
    ]
    assert proposal.samples == 2


def test_others_are_refused_where_every_member_became_a_field() -> None:
    assert proposed({"a": 1, "source": "Web"}).document["extra_fields"] == "reject"
    assert proposed({}).document == {
        "event_name": "order.completed",
        "category": "signal",
        "fields": [],
        "extra_fields": "keep",
    }


def test_a_field_is_required_only_if_many_samples_all_have_it() -> None:
    def required(samples: list[dict[str, Any]]) -> list[str]:
        fields = proposed(*samples).document["fields"]
        return [field["name"] for field in fields if field.get("required")]

    assert required([{"a": 1}] * 19) == []
    assert required([{"a": 1, "b": None}] + [{"a": 1, "b": 2}] * 19) == ["a"]


def test_texts_that_name_a_person_are_proposed_as_personal() -> None:
    fields = proposed({"mail": "anna@shop.example", "phone": "+46 70 123 45 67", "size": "XL"}).document[
        "fields"
    ]
    assert [field["name"] for field in fields if field.get("personal")] == ["mail", "phone"]


def test_what_has_an_amount_is_a_transaction_unless_the_category_is_given() -> None:
    assert proposed({"total": Decimal("1.5")}).document["category"] == "transaction"
    assert proposed({"total": "much"}).document["category"] == "signal"
    assert proposed({"total": 1}, category="conversion").document["category"] == "conversion"


def test_it_is_bounded() -> None:
    many = proposed({f"field_{number}": number for number in range(102)})
    assert (len(many.document["fields"]), len(many.notes)) == (100, 2)
    long = proposed(*({"a": number} for number in range(MOST_SAMPLES + 5)))
    assert (long.samples, len(long.notes)) == (MOST_SAMPLES, 1)


@given(st.lists(JSON, max_size=6))
def test_every_proposal_is_a_definition_that_accepts_what_was_seen(samples: list[object]) -> None:
    proposal = from_samples("order.completed", samples)
    draft = parse_definition(proposal.document)
    assert len(draft.content.fields) == len(proposal.fields)
    for field, seen in zip(draft.content.fields, proposal.fields, strict=True):
        assert field.type == seen.fits[0]
    assert json.dumps(proposal.as_json())


def test_no_value_of_a_sample_is_told() -> None:
    told = json.dumps(proposed({"a": "hush-7391", "b": [7391], "c-d": 7391, "e": 7391}).as_json())
    assert "7391" not in told
