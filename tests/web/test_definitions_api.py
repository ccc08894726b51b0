"""`/api/v1/definitions`: a definition's whole life, as an admin's program meets it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from collector.app import create_app
from collector.core.permissions import Key
from collector.store.models import Event, Profile
from tests.cast import ALICE, EVERY_TYPE, ORDER, Shop, order

HOUR = 3600
PATH = "/api/v1/definitions/order.completed"


@pytest.fixture
def admin(shop: Shop) -> Key:
    return shop.key("admin")


def stored(shop: Shop, admin: Key) -> dict[str, Any]:
    document: dict[str, Any] = shop.get(admin, PATH).get_json()
    return document


def put(shop: Shop, admin: Key, document: dict[str, Any], etag: str | None = None) -> TestResponse:
    headers = {**shop.headers(admin), "If-Match": etag or shop.get(admin, PATH).headers["ETag"]}
    return shop.client.put(PATH, json=document, headers=headers)


def with_field(document: dict[str, Any], **field: Any) -> dict[str, Any]:
    return {**document, "fields": [*document["fields"], field]}


def test_a_definition_is_made_read_and_listed(shop: Shop, admin: Key) -> None:
    made = shop.post(admin, "/api/v1/definitions", EVERY_TYPE)
    assert made.status_code == 201
    document = made.get_json()
    assert (document["event_name"], document["current_version"]["number"]) == ("order.completed", 1)
    assert stored(shop, admin) == document
    assert shop.get(admin, PATH).headers["ETag"] == made.headers["ETag"]
    listed = shop.get(admin, "/api/v1/definitions").get_json()["definitions"]
    assert [{name: one[name] for name in document} for one in listed] == [document]
    again = shop.post(admin, "/api/v1/definitions", EVERY_TYPE)
    assert (again.status_code, again.get_json()["code"]) == (409, "name-taken")


def test_everything_wrong_with_a_definition_is_told_at_once(shop: Shop, admin: Key) -> None:
    answer = shop.post(
        admin,
        "/api/v1/definitions",
        {
            "event_name": "Order",
            "category": "gift",
            "fields": [{"name": "1", "type": "text"}, {"name": "a", "type": "money"}],
            "colour": "red",
        },
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "definition-invalid")
    pointers = {error["pointer"] for error in answer.get_json()["errors"]}
    assert pointers == {"/event_name", "/category", "/fields/0/name", "/fields/1/type", "/colour"}


@pytest.mark.parametrize(
    ("category", "names"),
    [
        ("transaction", ["reference", "amount", "currency"]),
        ("conversion", ["step", "form"]),
        ("signal", ["element", "value"]),
    ],
)
def test_each_category_has_its_premade_fields(
    shop: Shop, admin: Key, category: str, names: list[str]
) -> None:
    made = shop.post(admin, "/api/v1/definitions", {"event_name": "e", "category": category}).get_json()
    assert [one["name"] for one in made["fields"]] == [*names, "page_url", "referrer", "campaign"]


def test_the_list_is_filtered_by_category_and_text(shop: Shop, admin: Key) -> None:
    shop.define({"event_name": "a", "category": "signal", "title": "Éclair", "tags": ["sweet"]})
    shop.define({"event_name": "b", "category": "conversion", "owner": "Ada"})

    def names(**query: str) -> list[str]:
        found = shop.get(admin, "/api/v1/definitions", **query).get_json()["definitions"]
        return [one["event_name"] for one in found]

    assert names() == ["a", "b"]
    assert names(category="signal") == ["a"]
    assert names(q="éCLAIR") == ["a"]
    assert names(q="sweet") == ["a"]
    assert names(q="ada") == ["b"]
    assert names(q="%") == []


def test_saving_changed_fields_makes_a_version_that_waits_for_the_hold(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    saved = put(shop, admin, with_field(EVERY_TYPE, name="coupon", type="text"))
    assert saved.status_code == 200
    states = [(one["number"], one["state"]) for one in saved.get_json()["versions"]]
    assert states == [(1, "current"), (2, "pending")]
    pending = saved.get_json()["versions"][1]["id"]
    early = shop.send(admin, order(version=pending, data={**ORDER, "coupon": "X"}))
    assert (early.status_code, early.get_json()["code"]) == (425, "version-pending")
    assert int(early.headers["Retry-After"]) == HOUR
    assert shop.send(admin, order(data={**ORDER, "coupon": "X"})).status_code == 422
    shop.clock.forward(HOUR)
    assert [one["state"] for one in stored(shop, admin)["versions"]] == ["superseded", "current"]
    assert shop.send(admin, order("2", data={**ORDER, "coupon": "X"})).status_code == 200
    assert shop.send(admin, order("3", version=saved.get_json()["versions"][0]["id"])).status_code == 200


def test_during_the_hold_fields_stay_and_everything_else_may_change(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    second = with_field(EVERY_TYPE, name="coupon", type="text")
    put(shop, admin, second)
    shop.clock.forward(600)
    held = put(shop, admin, with_field(second, name="third", type="text"))
    assert (held.status_code, held.get_json()["code"]) == (409, "held")
    assert int(held.headers["Retry-After"]) == HOUR - 600
    assert held.get_json()["held_until"] == "2026-09-21T15:13:20Z"
    personal = [{**one, "personal": True, "description": "!"} for one in second["fields"]]
    texts = {
        **second,
        "fields": personal,
        "title": "New",
        "web_tracking": {"enabled": True, "triggers": [{"on": "page", "address": "/thanks*"}]},
        "allowed_operations": {"email": ["write"]},
    }
    changed = put(shop, admin, texts)
    assert (changed.status_code, changed.get_json()["title"]) == (200, "New")
    assert len(changed.get_json()["versions"]) == 2
    assert all(one["personal"] and one["description"] == "!" for one in changed.get_json()["fields"])
    shop.clock.forward(HOUR)
    assert put(shop, admin, {**second, "extra_fields": "drop"}).status_code == 200


def test_saving_what_is_stored_makes_nothing(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    before = shop.get(admin, PATH)
    answer = put(shop, admin, before.get_json())
    assert answer.get_json() == before.get_json()
    assert answer.headers["ETag"] == before.headers["ETag"]


def test_an_edit_says_which_state_it_has_seen(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    blind = shop.client.put(PATH, json=EVERY_TYPE, headers=shop.headers(admin))
    assert (blind.status_code, blind.get_json()["code"]) == (428, "precondition-missing")
    seen = shop.get(admin, PATH).headers["ETag"]
    put(shop, admin, {**EVERY_TYPE, "title": "First"}, seen)
    late = put(shop, admin, {**EVERY_TYPE, "title": "Second"}, seen)
    assert (late.status_code, late.get_json()["code"]) == (412, "stale")
    assert late.get_json()["difference"]["title"] == {"stored": "First", "sent": "Second"}
    assert put(shop, admin, {**EVERY_TYPE, "title": "Second"}, late.get_json()["etag"]).status_code == 200


def test_absent_rights_and_web_tracking_keep_what_is_stored(shop: Shop, admin: Key) -> None:
    shop.define({**EVERY_TYPE, "allowed_operations": {"email": ["write"]}})
    bare = {name: EVERY_TYPE[name] for name in ("event_name", "category", "fields")}
    saved = put(shop, admin, {**bare, "title": "Kept"}).get_json()
    assert saved["allowed_operations"] == {"crm_id": [], "email": ["write"], "mobile": []}
    assert saved["web_tracking"]["origins"] == EVERY_TYPE["web_tracking"]["origins"]


@pytest.mark.parametrize("member", [{"event_name": "other"}, {"category": "signal"}])
def test_a_name_and_a_category_never_change(shop: Shop, admin: Key, member: dict[str, str]) -> None:
    shop.define(EVERY_TYPE)
    answer = put(shop, admin, {**EVERY_TYPE, **member})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "definition-invalid")


def test_an_older_version_is_accepted_until_it_is_retired(shop: Shop, admin: Key) -> None:
    first = shop.define(EVERY_TYPE).versions[0].id
    put(shop, admin, with_field(EVERY_TYPE, name="coupon", type="text"))
    early = shop.post(admin, f"{PATH}/versions/1/retire", {})
    assert (early.status_code, early.get_json()["code"]) == (409, "version-in-use")
    shop.clock.forward(HOUR)
    assert shop.beacon(first, {"id": "1", "data": ORDER}).status_code == 200
    retired = shop.post(admin, f"{PATH}/versions/1/retire", {})
    assert [one["state"] for one in retired.get_json()["versions"]] == ["retired", "current"]
    refused = shop.beacon(first, {"id": "2", "data": ORDER})
    assert (refused.status_code, refused.get_json()["code"]) == (410, "version-retired")
    assert shop.send(admin, order(version=first)).get_json()["code"] == "version-retired"
    assert shop.post(admin, f"{PATH}/versions/9/retire", {}).status_code == 404
    assert shop.get(admin, "/api/v1/events/order.completed/web:1").status_code == 200


def test_each_event_keeps_the_version_that_it_was_judged_by(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    shop.send(admin, order("1"))
    put(shop, admin, with_field(EVERY_TYPE, name="coupon", type="text"))
    shop.clock.forward(HOUR)
    shop.send(admin, order("2"))
    ids = [one["id"] for one in stored(shop, admin)["versions"]]
    events = shop.get(admin, "/api/v1/events").get_json()["events"]
    assert {one["id"]: one["version"] for one in events} == {"1": ids[0], "2": ids[1]}


def test_hiding_asks_first_and_is_for_ever(shop: Shop, admin: Key) -> None:
    definition = shop.define(EVERY_TYPE)
    shop.send(admin, order())
    unsure = shop.post(admin, f"{PATH}/hide", {})
    assert (unsure.status_code, unsure.get_json()["code"]) == (400, "request-invalid")
    assert shop.post(admin, f"{PATH}/hide", {"confirm": True}).status_code == 204
    for answer in (
        shop.get(admin, PATH),
        shop.send(admin, order("2")),
        shop.get(admin, "/api/v1/events/order.completed/1"),
        shop.get(admin, "/api/v1/events", event="order.completed"),
        shop.beacon(definition.id, {"id": "1", "data": ORDER}),
        shop.post(admin, f"{PATH}/hide", {"confirm": True}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (410, "definition-hidden")
    assert shop.get(admin, "/api/v1/events").get_json() == {"events": []}
    assert shop.get(admin, "/api/v1/definitions").get_json() == {"definitions": []}
    assert shop.get(admin, f"/api/v1/profiles/email/{ALICE['email']}/timeline").status_code == 404
    assert shop.post(admin, "/api/v1/definitions", EVERY_TYPE).get_json()["code"] == "name-taken"
    assert [len(shop.store.database.rows(model.select())) for model in (Event, Profile)] == [1, 1]


def test_a_hidden_definition_is_listed_for_admins_only(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    shop.post(admin, f"{PATH}/hide", {"confirm": True})
    found = shop.get(admin, "/api/v1/definitions", hidden="true").get_json()["definitions"]
    assert [one["event_name"] for one in found] == ["order.completed"]
    reader = shop.key("reader", scopes=("read",))
    assert shop.get(reader, "/api/v1/definitions", hidden="true").status_code == 403


def test_a_hidden_definitions_snippet_becomes_harmless_and_a_pinned_file_stays(
    shop: Shop, admin: Key
) -> None:
    definition = shop.define(EVERY_TYPE)
    version = definition.versions[0].id
    pinned = shop.client.get(f"/s/{version}.js").get_data()
    shop.post(admin, f"{PATH}/hide", {"confirm": True})
    stub = shop.client.get(f"/s/{definition.id}.js")
    assert stub.status_code == 200
    assert b"fetch" not in stub.get_data()
    assert shop.client.get(f"/s/{version}.js").get_data() == pinned


def test_a_schema_of_the_current_version_is_served(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    schema = shop.get(admin, f"{PATH}/schema")
    assert schema.content_type == "application/schema+json"
    assert schema.get_json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema.get_json()["properties"]) == {one["name"] for one in EVERY_TYPE["fields"]}


def test_every_change_is_in_the_audit_log_with_before_and_after(shop: Shop, admin: Key) -> None:
    shop.post(admin, "/api/v1/definitions", EVERY_TYPE)
    put(shop, admin, {**EVERY_TYPE, "title": "New"})
    put(shop, admin, {**EVERY_TYPE, "title": "New"})
    shop.post(admin, f"{PATH}/hide", {"confirm": True})
    entries = shop.get(admin, "/api/v1/audit", subject="order.completed").get_json()["audit"]
    assert [one["action"] for one in entries] == [
        "definition.hidden",
        "definition.changed",
        "definition.created",
    ]
    changed = entries[1]
    assert (changed["before"]["title"], changed["after"]["title"]) == ("Order completed", "New")
    assert changed["who"] == f"key {admin.id} (admin)"
    assert changed["from"]["door"] == "api"
    assert shop.client.delete("/api/v1/audit", headers=shop.headers(admin)).status_code == 405


def test_an_edit_that_is_refused_leaves_no_trace(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    before = len(shop.get(admin, "/api/v1/audit").get_json()["audit"])
    put(shop, admin, {**EVERY_TYPE, "event_name": "other"})
    put(shop, admin, {**EVERY_TYPE, "title": "x"}, '"7"')
    assert len(shop.get(admin, "/api/v1/audit").get_json()["audit"]) == before


def test_the_list_says_how_lively_each_definition_is(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    shop.send(admin, order("1", occurred_at="2026-09-20T10:00:00Z"), order("2", data={}), order("1"))
    listed = shop.get(admin, "/api/v1/definitions").get_json()["definitions"][0]
    assert listed["statistics"] == {
        "last_event_at": "2026-09-21T14:13:20Z",
        "events_24h": 1,
        "events_7d": 1,
        "rejections_24h": 1,
        "rejections_7d": 1,
    }
    shop.clock.forward(2 * 24 * HOUR)
    later = shop.get(admin, "/api/v1/definitions").get_json()["definitions"][0]["statistics"]
    assert (later["events_24h"], later["events_7d"]) == (0, 1)
    some = shop.key("some", "email:read")
    assert "statistics" not in shop.get(some, "/api/v1/definitions").get_json()["definitions"][0]


def test_a_draft_is_previewed_against_what_came(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    shop.send(
        admin, order("1"), order("2", data={"total": 5000}), order("3", data={"total": 1, "coupon": "X"})
    )
    fields = [
        {"name": "total", "type": "decimal", "required": True, "maximum": 1000},
        *EVERY_TYPE["fields"][1:],
        {"name": "coupon", "type": "text"},
    ]
    answer = shop.post(admin, f"{PATH}/preview", {**EVERY_TYPE, "fields": fields}).get_json()
    assert {(one["kind"], one["place"]) for one in answer["difference"]} >= {("added", "/fields/coupon")}
    assert (answer["events"]["accepted"], answer["events"]["refused"]) == (1, 1)
    assert answer["events"]["reasons"][0]["pointer"] == "/data/total"
    assert (answer["rejections"]["accepted"], answer["rejections"]["refused"]) == (1, 0)
    assert len(stored(shop, admin)["versions"]) == 1


def test_statistics_tell_every_verdict_by_event_door_and_hour(shop: Shop, admin: Key) -> None:
    definition = shop.define(EVERY_TYPE)
    shop.send(admin, order("1"), order("1"), order("2", data={}), order("3", event="no.such"))
    shop.beacon(definition.id, {"id": "1", "data": ORDER})
    found = shop.get(admin, "/api/v1/stats").get_json()["stats"]
    told = {(one["event"], one["door"]): one for one in found}
    assert told["order.completed", "api"]["received"] == 3
    assert (told["order.completed", "api"]["stored"], told["order.completed", "api"]["duplicate"]) == (1, 1)
    assert told["order.completed", "beacon"]["stored"] == 1
    assert told[None, "api"]["rejected"] == 1
    assert {one["hour"] for one in found} == {"2026-09-21T14:00:00Z"}
    only = shop.get(admin, "/api/v1/stats", event="order.completed").get_json()["stats"]
    assert {one["event"] for one in only} == {"order.completed"}


def test_versions_are_told_apart_in_words(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    stricter = {"name": "total", "type": "decimal", "required": True, "minimum": 1}
    fields = [stricter, *EVERY_TYPE["fields"][1:], {"name": "coupon", "type": "text"}]
    put(shop, admin, {**EVERY_TYPE, "fields": fields})
    first, second = shop.get(admin, f"{PATH}/versions").get_json()["versions"]
    assert first["difference"] == []
    told = {one["place"]: one["kind"] for one in second["difference"]}
    assert told == {"/fields/total/minimum": "stricter", "/fields/coupon": "added"}
    assert all(one["sentence"].endswith(".") for one in second["difference"])


def test_a_pending_version_and_its_hold_outlive_a_restart(shop: Shop, admin: Key) -> None:
    shop.define(EVERY_TYPE)
    longer = with_field(EVERY_TYPE, name="coupon", type="text")
    put(shop, admin, longer)
    again = create_app(shop.parts.settings, now=shop.clock.now, tick=shop.clock.tick)
    restarted = Shop(again, shop.clock, shop.secrets)
    assert [one["state"] for one in stored(restarted, admin)["versions"]] == ["current", "pending"]
    held = put(restarted, admin, with_field(longer, name="third", type="text"))
    assert held.get_json()["code"] == "held"
    restarted.store.close()


def test_a_versions_own_file_never_changes_and_is_not_there_before_it(shop: Shop, admin: Key) -> None:
    first = shop.define(EVERY_TYPE).versions[0].id
    file = shop.client.get(f"/s/{first}.js").get_data()
    tracking = {**EVERY_TYPE["web_tracking"], "visitor": "page"}
    longer = with_field({**EVERY_TYPE, "web_tracking": tracking}, name="coupon", type="text")
    second = put(shop, admin, longer).get_json()["versions"][1]["id"]
    shop.clock.forward(2)
    assert shop.client.get(f"/s/{first}.js").get_data() == file
    assert shop.client.get(f"/s/{second}.js").status_code == 404
    shop.clock.forward(HOUR)
    # Nobody has asked for this file yet when the settings change once more: it has the former ones.
    put(shop, admin, {**longer, "web_tracking": {**tracking, "visitor": "session"}})
    shop.clock.forward(2)
    frozen = shop.client.get(f"/s/{second}.js").get_data(as_text=True)
    assert "sessionStorage" not in frozen
    assert "sessionStorage" in shop.client.get(f"/s/{stored(shop, admin)['id']}.js").get_data(as_text=True)
    assert shop.client.get(f"/s/{first}.js").get_data() == file


@pytest.mark.parametrize("wanted", ["*", 'W/"1"', '"0", "1"'])
def test_if_match_is_read_as_the_web_means_it(shop: Shop, admin: Key, wanted: str) -> None:
    shop.define(EVERY_TYPE)
    assert put(shop, admin, {**EVERY_TYPE, "title": "New"}, wanted).status_code == 200
