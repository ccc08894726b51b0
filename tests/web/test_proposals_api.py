"""`/api/v1/proposals`: a definition drawn up from samples, a schema, or what came."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.permissions import Key
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop, order

PATH = "/api/v1/proposals"


@pytest.fixture
def admin(shop: Shop) -> Key:
    return shop.key("admin")


def proposed(shop: Shop, key: Key, **asked: Any) -> dict[str, Any]:
    answer = shop.post(key, PATH, {"event_name": "boat.rented", **asked})
    assert answer.status_code == 200, answer.get_json()
    document: dict[str, Any] = answer.get_json()
    return document


def boat(event_id: str, **data: Any) -> dict[str, Any]:
    return {"event": "boat.rented", "id": event_id, "identifiers": ALICE, "data": data}


def types(proposal: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: field["type"] for field in proposal["definition"]["fields"]}


def test_what_is_proposed_can_be_made_and_accepts_the_samples(shop: Shop, admin: Key) -> None:
    samples = [{"days": 3, "boat": "Ada"}, {"days": 1, "boat": "Beda", "price": "149.90"}]
    proposal = proposed(shop, admin, samples=samples)
    assert proposal["fields"] == [
        {"name": "days", "fits": ["integer", "decimal"], "seen": 2},
        {"name": "boat", "fits": ["text"], "seen": 2},
        {"name": "price", "fits": ["text", "decimal"], "seen": 1},
    ]
    assert (proposal["samples"], proposal["notes"]) == (2, [])
    assert shop.store.definitions.all("shop") == []
    assert shop.post(admin, "/api/v1/definitions", proposal["definition"]).status_code == 201
    for number, data in enumerate(samples):
        assert shop.send(admin, boat(str(number), **data)).get_json()["verdict"] == "stored"


def test_a_schema_of_ours_becomes_the_same_definition(shop: Shop, admin: Key) -> None:
    made = shop.post(admin, "/api/v1/definitions", EVERY_TYPE).get_json()
    schema = shop.get(admin, "/api/v1/definitions/order.completed/schema").get_json()
    proposal = proposed(shop, admin, schema=schema)
    assert types(proposal) == {field["name"]: field["type"] for field in made["fields"]}


def test_what_was_refused_for_its_unknown_name_is_what_came(shop: Shop, admin: Key) -> None:
    for number, data in enumerate([{"days": 3}, {"days": 2, "boat": "Ada"}, {}]):
        assert shop.send(admin, boat(str(number), **data)).status_code == 422
    shop.send(admin, {**boat("other"), "event": "bike.rented", "data": {"gears": 3}})
    proposal = proposed(shop, admin, seen=True)
    assert (types(proposal), proposal["samples"]) == ({"boat": "text", "days": "integer"}, 3)


def test_the_events_of_a_draft_that_made_itself_are_what_came(shop: Shop, admin: Key) -> None:
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, section.name, "accept", ADMIN, shop.clock.now())
    assert shop.send(admin, boat("1", days=3, oars=[1])).get_json()["verdict"] == "stored"
    proposal = proposed(shop, admin, seen=True)
    assert types(proposal) == {"days": "integer"}
    assert [note["pointer"] for note in proposal["notes"]] == ["/oars"]
    assert proposal["definition"]["extra_fields"] == "keep"


def test_what_came_is_not_drawn_on_by_a_key_that_may_not_read_it(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    assert shop.send(admin, order()).status_code == 200
    some = shop.key("some", "email:read,write")
    asked = {"event_name": "order.completed", "seen": True}
    answer = shop.post(some, PATH, asked)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "identifier-not-allowed")
    assert shop.post(admin, PATH, asked).status_code == 200


def test_a_key_for_other_events_proposes_nothing(shop: Shop) -> None:
    other = shop.key("other", events=frozenset({"cart.viewed"}))
    answer = shop.post(other, PATH, {"event_name": "boat.rented", "samples": []})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "event-not-allowed")


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        ([], [""]),
        ({}, ["/event_name"]),
        ({"event_name": "Boat!"}, ["/event_name"]),
        ({"event_name": "boat"}, [""]),
        ({"event_name": "boat", "seen": False}, [""]),
        ({"event_name": "boat", "seen": True, "samples": []}, [""]),
        ({"event_name": "boat", "samples": {}}, ["/samples"]),
        ({"event_name": "boat", "samples": [{}] * 1001}, ["/samples"]),
        ({"event_name": "boat", "schema": 7}, [""]),
        ({"event_name": "boat", "samples": [], "category": "gift", "colour": 1}, ["/category", "/colour"]),
    ],
)
def test_what_is_wrong_is_told_at_its_place(shop: Shop, admin: Key, asked: Any, pointers: list[str]) -> None:
    answer = shop.post(admin, PATH, asked)
    assert answer.status_code == 400
    assert sorted(fault["pointer"] for fault in answer.get_json()["errors"]) == pointers
