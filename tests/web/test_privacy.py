"""A person's rights over the API: to have all that is held of them, and to be erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.permissions import Key
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, ORDER, Shop, order
from tests.store.erased import traces
from tests.store.people import signed
from tests.store.writes import commit

PATH = "/api/v1/profiles/email/alice@example.com"
HOUR = 3600.0
EARLY = {"occurred_at": "2026-09-21T14:00:00Z"}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def admin(shop: Shop, definition: Definition) -> Key:
    """After Alice ordered, changed, deleted, was refused and seen with a browser; and Bob ordered."""
    key = shop.key("admin")
    shop.send(key, order("1", identifiers={**ALICE, "crm_id": "C-1"}, **EARLY))
    shop.send(key, order("1", identifiers={**ALICE, "crm_id": "C-1"}, data={**ORDER, "lines": 4}))
    shop.send(key, order("2"), order("3", data={"phone": "it is secret"}), order("4", identifiers=BOB))
    shop.send(key, order("2", deleted_at="2026-09-21T15:00:00Z", occurred_at="2026-09-21T15:00:00Z"))
    shop.beacon(definition.id, {"id": "page-1", "data": ORDER, "visitor": "visitor-1", "identifiers": ALICE})
    shop.clock.forward(HOUR)
    return key


def export(shop: Shop, key: Key, path: str = PATH, **query: str) -> Any:
    answer = shop.get(key, f"{path}/export", **query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def delete(shop: Shop, key: Key, path: str = PATH) -> Any:
    return shop.client.delete(path, headers=shop.headers(key))


def somebody(shop: Shop, role: str) -> FlaskClient:
    client = shop.app.test_client()
    _, link = shop.store.people.invite(f"{role}@example.com", "shop", role, ADMIN, shop.clock.now())
    assert client.get(f"/sign-in/{link}").status_code == 303
    return client


# Export


def test_an_export_has_everything_that_is_held(shop: Shop, admin: Key) -> None:
    held = export(shop, admin)
    assert held["profile"]["identifiers"] == {"email": ["alice@example.com"], "crm_id": ["C-1"]}
    assert sorted(one["id"] for one in held["events"]) == ["1", "2", "web:page-1"]
    by_id = {one["id"]: one for one in held["events"]}
    assert by_id["1"]["data"]["lines"] == 4
    assert [one["operation"] for one in by_id["1"]["changes"]] == ["insert", "update"]
    assert '"lines":3' in str(by_id["1"]["changes"][1]["changes"]["data"]["old"]).replace("'", '"').replace(
        ": ", ":"
    )
    assert by_id["2"]["deleted_at"] == "2026-09-21T15:00:00Z"
    assert (by_id["web:page-1"]["visitor"], by_id["web:page-1"]["door"]) == ("visitor-1", "beacon")
    (refused,) = held["rejections"]
    assert refused["payload"]["identifiers"] == ALICE
    assert refused["payload"]["data"]["phone"] == "it is secret"


def test_an_export_has_what_was_merged_and_the_browsers(
    shop: Shop, admin: Key, definition: Definition
) -> None:
    commit(shop, signed(definition, "s-1", ALICE, "browser-1"))
    merge = {
        "from": {"kind": "email", "value": BOB["email"]},
        "into": {"kind": "email", "value": ALICE["email"]},
    }
    assert shop.post(admin, "/api/v1/profiles/merge", merge).status_code == 201
    held = export(shop, admin)
    assert [one["visitor"] for one in held["visitors"]] == ["browser-1"]
    assert len(held["merged"]) == 1
    assert "4" in {one["id"] for one in held["events"]}
    assert held["profile"]["identifiers"]["email"] == ["alice@example.com", "bob@example.com"]


def test_an_export_is_a_file_by_any_spelling_of_any_identifier(shop: Shop, admin: Key) -> None:
    answer = shop.get(admin, "/api/v1/profiles/email/%20Alice@Example.COM/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="person.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert export(shop, admin, "/api/v1/profiles/crm_id/C-1")["events"] == answer.get_json()["events"]


def test_a_person_of_whom_only_refused_payloads_tell_has_them(shop: Shop, admin: Key) -> None:
    shop.send(admin, order("9", identifiers={"email": "carl@example.com"}, data={}))
    held = export(shop, admin, "/api/v1/profiles/email/carl@example.com")
    assert (held["profile"], held["events"], [one["event_id"] for one in held["rejections"]]) == (
        None,
        [],
        ["9"],
    )
    assert delete(shop, admin, "/api/v1/profiles/email/carl@example.com").get_json()["rejections"] == 1
    assert shop.get(admin, "/api/v1/profiles/email/carl@example.com/export").status_code == 404


def test_hidden_events_are_exported_only_if_an_admin_asks_for_them(
    shop: Shop, admin: Key, definition: Definition
) -> None:
    reader = shop.key("reader", scopes=("read",))
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    assert (export(shop, admin)["events"], export(shop, admin)["rejections"]) == ([], [])
    assert len(export(shop, admin, hidden="true")["events"]) == 3
    answer = shop.get(reader, f"{PATH}/export", hidden="true")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "scope-missing")


def test_a_key_exports_only_events_that_it_may_read_whole(shop: Shop, admin: Key) -> None:
    shop.define({**EVERY_TYPE, "event_name": "quiet", "allowed_operations": {"email": ["read", "write"]}})
    assert shop.send(admin, order("q", event="quiet")).status_code == 200
    assert "q" not in {one["id"] for one in export(shop, admin)["events"]}
    owner = somebody(shop, "owner")
    assert "q" in {one["id"] for one in owner.get(f"{PATH}/export").get_json()["events"]}


# Erasure


def test_an_erasure_says_what_it_erased(shop: Shop, admin: Key) -> None:
    profile = export(shop, admin)["profile"]["id"]
    answer = delete(shop, admin)
    assert (answer.status_code, answer.get_json()) == (
        200,
        {
            "profile": profile,
            "erased_at": "2026-09-21T15:13:20Z",
            "events": 3,
            "rejections": 1,
            "mentions": 0,
        },
    )


def test_afterwards_there_is_nobody(shop: Shop, admin: Key) -> None:
    delete(shop, admin)
    for path in (PATH, f"{PATH}/timeline", f"{PATH}/export", "/api/v1/profiles/crm_id/C-1"):
        assert shop.get(admin, path).status_code == 404
    assert delete(shop, admin).status_code == 404
    assert [one["id"] for one in shop.get(admin, "/api/v1/events").get_json()["events"]] == ["4"]
    assert shop.get(admin, "/api/v1/events/order.completed/1").status_code == 404
    assert shop.get(admin, "/api/v1/rejections").get_json() == {"rejections": []}
    assert traces(shop, "alice@example.com", "C-1", "it is secret", "visitor-1") == []


def test_late_retries_and_replays_are_ignored(shop: Shop, admin: Key, definition: Definition) -> None:
    delete(shop, admin)
    shop.clock.forward(HOUR)
    untold = order("1", identifiers={**ALICE, "crm_id": "C-1"}, data=ORDER)
    late = order("never-seen", **EARLY)
    assert [shop.send(admin, one).get_json()["verdict"] for one in (untold, late)] == ["ignored"] * 2
    assert shop.send(admin, untold, late).get_json()["ignored"] == 2
    page = {"id": "page-1", "data": ORDER, "visitor": "visitor-1", "identifiers": ALICE}
    assert shop.beacon(definition.id, page).get_json() == {"verdict": "ignored"}
    answer = shop.post(admin, "/api/v1/rejections/replay", {})
    assert answer.status_code < 500
    assert shop.get(admin, PATH).status_code == 404
    assert traces(shop, "alice@example.com", "C-1") == []


def test_what_is_ignored_is_echoed(shop: Shop, admin: Key) -> None:
    delete(shop, admin)
    shop.clock.forward(HOUR)
    event = shop.send(admin, order("late", **EARLY)).get_json()["event"]
    assert (event["id"], event["identifiers"]) == ("late", ALICE)
    assert "profile" not in event


def test_whoever_comes_back_later_is_a_new_person(shop: Shop, admin: Key) -> None:
    before = export(shop, admin)["profile"]["id"]
    delete(shop, admin)
    shop.clock.forward(HOUR)
    assert shop.send(admin, order("new")).get_json()["verdict"] == "stored"
    held = export(shop, admin)
    assert held["profile"]["id"] != before
    assert [one["id"] for one in held["events"]] == ["new"]


def test_a_dry_run_tells_a_key_that_may_not_read_nothing_of_the_erased(shop: Shop, admin: Key) -> None:
    blind = shop.key("blind", "email:write", scopes=("ingest",))
    delete(shop, admin)
    shop.clock.forward(HOUR)

    def verdict(key: Key, who: dict[str, str]) -> str:
        return str(
            shop.post(key, "/api/v1/events/validate", order("x", identifiers=who, **EARLY)).get_json()[
                "verdict"
            ]
        )

    assert verdict(blind, ALICE) == verdict(blind, {"email": "never@example.com"}) == "stored"
    assert verdict(admin, ALICE) == "ignored"


def test_the_audit_log_names_nobody(shop: Shop, admin: Key) -> None:
    profile = export(shop, admin)["profile"]["id"]
    delete(shop, admin)
    entry = shop.get(admin, "/api/v1/audit", subject=profile).get_json()["audit"][0]
    assert entry["action"] == "profile.erased"
    assert "alice" not in str(entry)


@pytest.mark.parametrize(
    ("grants", "scopes", "code"),
    [
        ((), ("ingest", "read"), "scope-missing"),
        (("email:read,write", "mobile:read,write"), ("admin",), "identifier-not-allowed"),
        (("email:read", "mobile:read", "crm_id:read"), ("admin",), "identifier-not-allowed"),
    ],
)
def test_erasing_needs_the_scope_and_every_identifier(
    shop: Shop, admin: Key, grants: tuple[str, ...], scopes: tuple[str, ...], code: str
) -> None:
    weak = shop.key("weak", *grants, scopes=scopes)
    answer = delete(shop, weak)
    assert (answer.status_code, answer.get_json()["code"]) == (403, code)
    assert delete(shop, weak, "/api/v1/profiles/email/nobody@example.com").status_code == 403
    assert export(shop, admin)["profile"] is not None


def test_a_key_for_some_events_neither_exports_nor_erases(shop: Shop, admin: Key) -> None:
    some = shop.key("some", events=frozenset({"order.completed"}))
    for answer in (delete(shop, some), shop.get(some, f"{PATH}/export")):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "event-not-allowed")


def test_people_export_and_erase_by_their_role(shop: Shop, admin: Key) -> None:
    own = {"Origin": "http://localhost"}
    viewer, editor, owner = (somebody(shop, role) for role in ("viewer", "editor", "owner"))
    assert [one.get(f"{PATH}/export").status_code for one in (viewer, editor, owner)] == [403, 200, 200]
    assert [one.delete(PATH, headers=own).status_code for one in (viewer, editor, owner)] == [403, 403, 200]


def test_an_unknown_kind_and_what_is_no_identifier_are_refused(shop: Shop, admin: Key) -> None:
    for path, status in (("/api/v1/profiles/shoe/42", 404), ("/api/v1/profiles/email/none", 400)):
        assert delete(shop, admin, path).status_code == status
        assert shop.get(admin, f"{path}/export").status_code == status


def test_the_statistics_stay_as_they_were(shop: Shop, admin: Key) -> None:
    before = shop.get(admin, "/api/v1/stats").get_json()
    delete(shop, admin)
    assert shop.get(admin, "/api/v1/stats").get_json() == before
    assert ids.decode(export(shop, admin, "/api/v1/profiles/email/bob@example.com")["profile"]["id"])


def test_a_number_that_python_does_not_read_keeps_nobody_from_being_erased(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    shop.send(key, order("1"))
    body = json.dumps(order("2")).replace("149.99", "9" * 5000).encode()
    assert shop.post(key, "/api/v1/events", body).status_code == 422
    gone = shop.client.delete("/api/v1/profiles/email/alice@example.com", headers=shop.headers(key))
    assert gone.status_code < 300
    assert shop.get(key, "/api/v1/rejections").get_json()["rejections"] == []
