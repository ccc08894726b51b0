"""What a key may not read leaves no trace in what it is answered: lists, cursors, dry runs, numbers."""

from __future__ import annotations

import pytest

from collector.core.permissions import Key
from tests.cast import ALICE, BOB, EVERY_TYPE, Shop, order

PHONE = {"mobile": "+46701234567"}


@pytest.fixture
def admin(shop: Shop) -> Key:
    shop.define(EVERY_TYPE)
    shop.define({**EVERY_TYPE, "event_name": "other", "allowed_operations": {"email": ["read", "write"]}})
    return shop.key("admin")


def test_a_list_ends_where_the_readable_events_end(shop: Shop, admin: Key) -> None:
    shop.send(
        admin, *[order(f"a{n}") for n in range(5)], *[order(f"m{n}", identifiers=PHONE) for n in range(5)]
    )
    reader = shop.key("reader", "email:read")
    first = shop.get(reader, "/api/v1/events", limit="3").get_json()
    rest = shop.get(reader, "/api/v1/events", limit="3", cursor=first["next_cursor"]).get_json()
    assert [one["id"] for one in first["events"] + rest["events"]] == ["a4", "a3", "a2", "a1", "a0"]
    assert "next_cursor" not in rest
    blind = shop.key("blind", "email:write")
    assert shop.get(blind, "/api/v1/events", limit="1").get_json() == {"events": []}


def test_a_timeline_tells_nothing_of_events_that_a_key_is_not_for(shop: Shop, admin: Key) -> None:
    shop.send(admin, *[order(str(n)) for n in range(3)])
    limited = shop.key("limited", events=frozenset({"other"}))
    path = f"/api/v1/profiles/email/{ALICE['email']}"
    for tail in ("", "/timeline"):
        assert shop.get(limited, path + tail).status_code == 404
    shop.send(admin, order("o", event="other"))
    line = shop.get(limited, path + "/timeline", limit="1").get_json()
    assert [one["event_id"] for one in line["timeline"]] == ["o"]
    assert "next_cursor" not in line


def test_identifiers_are_shown_only_if_some_readable_event_may_show_them(shop: Shop, admin: Key) -> None:
    shop.send(admin, order("1", identifiers={**ALICE, "crm_id": "7"}), order("2", event="other"))
    limited = shop.key("limited", events=frozenset({"other"}))
    profile = shop.get(limited, f"/api/v1/profiles/email/{ALICE['email']}").get_json()
    assert profile["identifiers"] == {"email": [ALICE["email"]]}
    assert shop.get(limited, "/api/v1/profiles/crm_id/7").status_code == 403
    assert shop.get(admin, "/api/v1/profiles/crm_id/7").status_code == 200


def test_a_person_is_looked_up_without_being_named_in_an_address(shop: Shop, admin: Key) -> None:
    shop.send(admin, order())
    path = "/api/v1/profiles/lookup"
    found = shop.post(admin, path, {"kind": "email", "value": "ALICE@example.com"})
    assert found.get_json()["identifiers"] == {"email": [ALICE["email"]]}
    assert shop.post(admin, path, {"kind": "email", "value": BOB["email"]}).status_code == 404
    for wrong in ([], {"kind": "email"}, {"kind": "shoe", "value": "42"}, {"kind": "email", "value": 5}):
        assert shop.post(admin, path, wrong).status_code == 400


def test_a_dry_run_does_not_tell_whose_event_it_is(shop: Shop, admin: Key) -> None:
    shop.send(admin, order("1", occurred_at="2026-09-20T10:00:00Z"))
    writer = shop.key("writer", "email:write", "mobile:write", scopes=("ingest",))
    told = [
        shop.post(writer, "/api/v1/events/validate", order("1", identifiers=who, data=data)).get_json()
        for who in (ALICE, BOB, PHONE)
        for data in ({"total": 1}, order()["data"])
    ]
    assert {one["verdict"] for one in told} == {"stored"}
    new = shop.post(writer, "/api/v1/events/validate", order("new")).get_json()
    assert set(new["event"]) == set(told[0]["event"])


def test_a_key_for_some_events_changes_no_others(shop: Shop, admin: Key) -> None:
    limited = shop.key("limited", events=frozenset({"other"}))
    path = "/api/v1/definitions/order.completed"
    etag = shop.get(admin, path).headers["ETag"]
    headers = {**shop.headers(limited), "If-Match": etag}
    for answer in (
        shop.get(limited, path),
        shop.client.put(path, json=EVERY_TYPE, headers=headers),
        shop.post(limited, f"{path}/hide", {"confirm": True}),
        shop.post(limited, f"{path}/preview", EVERY_TYPE),
        shop.post(limited, "/api/v1/definitions", {"event_name": "third", "category": "signal"}),
        shop.get(limited, "/api/v1/audit"),
        shop.get(limited, "/api/v1/conflicts"),
        shop.get(limited, "/api/v1/secret"),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "event-not-allowed")
    listed = shop.get(limited, "/api/v1/definitions").get_json()["definitions"]
    assert [one["event_name"] for one in listed] == ["other"]


def test_numbers_and_refusals_are_told_of_wholly_readable_events_only(shop: Shop, admin: Key) -> None:
    shop.send(
        admin, order("1"), order("2", data={}), order("3", event="other", data={}), order("4", event="no")
    )
    told = shop.get(admin, "/api/v1/stats").get_json()["stats"]
    assert {one["event"] for one in told} == {"order.completed"}
    kept = shop.get(admin, "/api/v1/rejections").get_json()["rejections"]
    assert [one["event"] for one in kept] == ["order.completed"]
    refused = shop.post(admin, "/api/v1/definitions/other/preview", {**EVERY_TYPE, "event_name": "other"})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "identifier-not-allowed")


def test_what_was_refused_of_a_hidden_event_is_in_no_list(shop: Shop, admin: Key) -> None:
    shop.send(admin, order("2", data={}))
    shop.post(admin, "/api/v1/definitions/order.completed/hide", {"confirm": True})
    shop.send(admin, order("3"))
    assert shop.get(admin, "/api/v1/rejections").get_json() == {"rejections": []}


def test_what_is_wrong_with_a_key_is_said_at_its_place(shop: Shop, admin: Key) -> None:
    wrong = {"name": "", "grants": {"email": ["sing"], "shoe": ["read"]}, "colour": "red"}
    errors = shop.post(admin, "/api/v1/keys", wrong).get_json()["errors"]
    assert {one["pointer"] for one in errors} == {"/name", "/grants/email/0", "/grants/shoe", "/colour"}
    assert all("{" not in one["message"] for one in errors)
