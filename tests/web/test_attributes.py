"""Attributes of a profile: changed one by one, asked about by segments, written down without their values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import EVERY_TYPE, Shop, order
from tests.core.segments.trees import FILTER, contact

ADDRESS = "/api/v1/profiles/email/alice@example.com"


@pytest.fixture
def alice(shop: Shop) -> Shop:
    shop.define(EVERY_TYPE)
    shop.send(shop.key("till"), order())
    return shop


def patch(shop: Shop, attributes: Any, *grants: str) -> Any:
    headers = shop.headers(shop.key("crm", *grants))
    return shop.client.patch(ADDRESS, json={"attributes": attributes}, headers=headers)


def test_named_attributes_change_and_all_others_stay(alice: Shop) -> None:
    assert patch(alice, {"first_name": "Alice", "age": 37}).status_code == 200
    changed = patch(alice, {"age": None, "pets": [{"name": "Rex"}]}).get_json()
    assert changed["attributes"] == {"first_name": "Alice", "pets": [{"name": "Rex"}]}
    assert alice.get(alice.key("reader"), ADDRESS).get_json() == changed


def test_a_segment_asks_about_attributes_at_once(alice: Shop) -> None:
    key = alice.key("marketing")

    def count() -> int:
        tree = {"tree": contact(FILTER)}
        return int(alice.post(key, "/api/v1/segments/preview", tree).get_json()["count"])

    assert count() == 0
    patch(alice, {"first_name": "Alice"})
    assert count() == 1
    patch(alice, {"first_name": None})
    assert count() == 0


@pytest.mark.parametrize(
    ("attributes", "code", "pointer"),
    [
        ([], "type-wrong", "/attributes"),
        ({"1st": 1}, "name-invalid", "/attributes/1st"),
        ({"a": "x" * 4_097}, "too-long", "/attributes/a"),
        ({"a": [1.2345678901234567]}, "too-long", "/attributes/a/0"),
        ({f"a{number}": 1 for number in range(101)}, "too-many-members", "/attributes"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    alice: Shop, attributes: Any, code: str, pointer: str
) -> None:
    answer = patch(alice, attributes)
    assert answer.status_code == 400
    assert (code, pointer) in [(one["code"], one["pointer"]) for one in answer.get_json()["errors"]]
    assert alice.get(alice.key("reader"), ADDRESS).get_json()["attributes"] == {}


@pytest.mark.parametrize("granted", ["email:read", "email:write", "crm_id:read,write"])
def test_changing_needs_reading_and_writing_by_the_identifier(alice: Shop, granted: str) -> None:
    answer = patch(alice, {"first_name": "Mallory"}, granted)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "identifier-not-allowed")


def test_the_audit_log_has_names_and_no_values(alice: Shop) -> None:
    patch(alice, {"first_name": "Alice"})
    patch(alice, {"first_name": "Alice"})
    entries = alice.store.audit.page("shop", 50, None).items
    [entry] = [one for one in entries if one.action == "profile.changed"]
    assert entry.after == {"attributes": ["first_name"]}
    assert "Alice" not in json.dumps(entry.after)
