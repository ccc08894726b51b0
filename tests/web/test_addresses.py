"""The variable parts of addresses: whatever an id may be, its address leads to it and to no other."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.cast import EVERY_TYPE, Shop, order

ODD_IDS = (
    *("/", "//", "/a", "a/", "a//b", "a/../b", "..", ".", "./a"),
    *("~", "a b", " a ", "a\nb", "\n", "%2F", "%", "?x#y", "a&b=c", "ü", "世界", "😀", "timeline", "web"),
)

WITH_NUL = (
    *("events/order.completed/a%00b", "events/a%00b/1", "events?id=a%00b", "events?event=a%00b"),
    *("definitions/a%00b", "definitions?q=a%00b", "definitions?category=%00", "audit?subject=a%00b"),
    *("profiles/crm_id/a%00b", "profiles/crm_id/a%00b/timeline", "profiles/a%00b/x", "profiles/email/%00"),
    *("events?cursor=%00", "events?from=%00", "rejections?cursor=%00", "stats?event=%00", "events?%00=1"),
    *("conflicts?state=%00", "merges?cursor=%00"),
)


def test_an_event_is_read_back_whatever_its_id_is(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    for event_id in ODD_IDS:
        sent = shop.send(till, order(event_id, source=f"from {event_id!r}"))
        assert sent.get_json()["verdict"] == "stored", event_id
    for event_id in ODD_IDS:
        found = shop.get(till, f"/api/v1/events/order.completed/{quote(event_id, safe='')}")
        assert found.status_code == 200, event_id
        assert (found.get_json()["id"], found.get_json()["source"]) == (event_id, f"from {event_id!r}")


def test_a_person_is_found_whatever_their_crm_id_is(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    for crm_id in ("/", "/a", "a//b", "a/", "~", "a b", "%2F", "ü"):
        shop.send(till, order(crm_id, identifiers={"crm_id": crm_id}))
        found = shop.get(till, f"/api/v1/profiles/crm_id/{quote(crm_id, safe='')}").get_json()
        assert found["identifiers"] == {"crm_id": [crm_id]}


@pytest.mark.parametrize("address", WITH_NUL)
def test_nothing_has_u0000_in_its_name(shop: Shop, address: str) -> None:
    shop.define(EVERY_TYPE)
    answer = shop.client.get(f"/api/v1/{address}", headers=shop.headers(shop.key()))
    assert (answer.status_code, answer.get_json()["code"]) in {(404, "not-found"), (400, "request-invalid")}


def test_two_slashes_are_not_one(shop: Shop) -> None:
    for address in ("/api//v1/events", "/api/v1//events"):
        assert shop.client.get(address).status_code == 404
