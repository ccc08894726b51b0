"""The Segment doors on both databases: what each call means, and what becomes of what is wrong."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from collector.core.permissions import Key
from collector.store.ledger import sums
from tests.cast import ADMIN, Shop
from tests.web.segment_io.messages import PAGES, define_all, track

ANONYMOUS = "0b8dc4a2-5f0f-4d3e-9c55-6f1f8f0f8a11"


@pytest.fixture(autouse=True)
def _defined(shop: Shop) -> None:
    define_all(shop)


@pytest.fixture
def key(shop: Shop) -> Key:
    return shop.key("Segment")


def post(shop: Shop, key: Key, path: str, document: Any, **headers: str) -> TestResponse:
    """With basic auth, the key as the user name."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    user = base64.b64encode(f"{shop.secrets[key.id]}:".encode()).decode()
    sent = {
        "Authorization": f"Basic {user}",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return shop.client.post(path, data=body, headers=sent)


def batch(shop: Shop, key: Key, *messages: Any, **members: Any) -> dict[str, Any]:
    answer = post(shop, key, "/v1/batch", {"batch": list(messages), **members})
    assert answer.status_code == 200
    document: dict[str, Any] = answer.get_json()
    return document


def stored(shop: Shop, key: Key, event_id: str = "m-1", name: str = "order_completed") -> dict[str, Any]:
    answer = shop.get(key, f"/api/v1/events/{name}/{event_id}")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.get_json()
    return document


def profile(shop: Shop, key: Key, kind: str, value: str) -> dict[str, Any]:
    answer = shop.get(key, f"/api/v1/profiles/{kind}/{value}")
    assert answer.status_code == 200, answer.get_json()
    document: dict[str, Any] = answer.get_json()
    return document


def test_a_track_is_an_event_of_the_name_in_lower_case(shop: Shop, key: Key) -> None:
    traits = {"email": "Alice@Example.com", "phone": "+46 70 123 45 67"}
    told = batch(shop, key, track(context={"traits": traits}, timestamp="2026-09-21T12:00:00Z"))
    assert told["results"] == [{"verdict": "stored", "messageId": "m-1"}]
    event = stored(shop, key)
    assert event["identifiers"] == {"crm_id": "7", "email": "alice@example.com", "mobile": "+46701234567"}
    assert (event["data"], event["source"]) == ({"currency": "SEK", "total": 149.99}, "Segment")
    assert (event["occurred_at"], event["trust"]) == ("2026-09-21T12:00:00Z", "key")


def test_the_same_message_again_is_a_duplicate(shop: Shop, key: Key) -> None:
    message = track(timestamp="2026-09-21T12:00:00Z")
    assert batch(shop, key, message)["stored"] == 1
    assert batch(shop, key, message, message)["duplicate"] == 2


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import"])
def test_a_bad_message_holds_up_no_good_one_and_is_kept(shop: Shop, key: Key, path: str) -> None:
    bad = [track("m-2", properties={"total": "much"}), 7, track("m-3", event="Nobody Defined This")]
    answer = post(shop, key, path, {"batch": [track(), *bad, track("m-4")]})
    assert answer.status_code == 200
    results = answer.get_json()["results"]
    assert [one["verdict"] for one in results] == ["stored", "rejected", "rejected", "rejected", "stored"]
    assert results[1]["errors"][0]["pointer"] == "/properties/total"
    assert results[3]["code"] == "event-unknown"
    assert sums(shop.store.database, "shop")["rejected"] == 3
    kept = shop.get(key, "/api/v1/rejections").get_json()["rejections"]
    assert {one["door"] for one in kept} == {"segment"}


def test_a_number_that_json_does_not_have_refuses_its_message_alone(shop: Shop, key: Key) -> None:
    body = json.dumps({"batch": [track("m-2", properties={"total": float("nan")}), track()]}).encode()
    results = post(shop, key, "/v1/batch", body).get_json()["results"]
    assert [one["verdict"] for one in results] == ["rejected", "stored"]
    assert results[0]["errors"] == [
        {
            "code": "json-invalid",
            "pointer": "/properties/total",
            "message": "JSON has no NaN and no Infinity.",
        }
    ]


def test_decimals_keep_their_digits(shop: Shop, key: Key) -> None:
    raw = json.dumps({"batch": [track()]}).replace("149.99", "0.100000000000000001").encode()
    assert post(shop, key, "/v1/batch", raw).status_code == 200
    assert b"0.100000000000000001" in shop.get(key, "/api/v1/events/order_completed/m-1").data


def test_a_clock_that_is_wrong_is_corrected_by_what_it_said_when_it_sent(shop: Shop, key: Key) -> None:
    batch(shop, key, track(timestamp="2026-09-21T10:00:00Z"), sentAt="2026-09-21T10:13:20Z")
    assert stored(shop, key)["occurred_at"] == "2026-09-21T14:00:00Z", "noon of the cast is 14:13:20"
    batch(shop, key, track("m-2", timestamp="2026-09-21T10:00:00Z"), sentAt="yesterday")
    assert stored(shop, key, "m-2")["occurred_at"] == "2026-09-21T10:00:00Z"


@pytest.mark.parametrize("nothing", [None, ""])
def test_empty_ids_are_absent(shop: Shop, key: Key, nothing: str | None) -> None:
    batch(shop, key, track(anonymousId=nothing))
    assert "visitor" not in stored(shop, key)
    told = batch(shop, key, track("m-2", userId=nothing, anonymousId=nothing))
    assert told["results"][0]["errors"][0]["code"] == "identifier-missing"


def test_a_number_is_a_user_as_well(shop: Shop, key: Key) -> None:
    batch(shop, key, track(userId=7))
    assert stored(shop, key)["identifiers"] == {"crm_id": "7"}


def test_what_stands_for_nobody_is_refused(shop: Shop, key: Key) -> None:
    results = batch(shop, key, track(userId="null"), track("m-2", userId=None, anonymousId="anonymous"))[
        "results"
    ]
    assert [one["errors"][0]["code"] for one in results] == ["identifier-placeholder"] * 2
    assert [one["errors"][0]["pointer"] for one in results] == ["/userId", "/anonymousId"]


def test_an_anonymous_id_suffices_and_is_linked_when_somebody_is_named(shop: Shop, key: Key) -> None:
    batch(shop, key, track(userId=None, anonymousId=ANONYMOUS))
    assert stored(shop, key)["visitor"] == ANONYMOUS
    assert "profile" not in stored(shop, key)
    told = batch(shop, key, {"type": "identify", "userId": "7", "anonymousId": ANONYMOUS, "messageId": "i-1"})
    assert told["results"] == [{"verdict": "stored", "messageId": "i-1"}]
    assert stored(shop, key)["profile"] == profile(shop, key, "crm_id", "7")["id"]


def test_another_form_of_anonymous_id_is_a_visitor_too(shop: Shop, key: Key) -> None:
    batch(shop, key, track(userId=None, anonymousId="a b"), track("m-2", userId=None, anonymousId="a b"))
    visitors = {stored(shop, key, name)["visitor"] for name in ("m-1", "m-2")}
    assert len(visitors) == 1
    assert visitors != {"a b"}


def test_an_identify_makes_the_person_and_tells_of_them(shop: Shop, key: Key) -> None:
    traits = {"email": "alice@example.com", "plan": "pro", "address": {"city": "Lund"}, "age": 31}
    told = batch(shop, key, {"type": "identify", "userId": "7", "messageId": "i", "traits": traits}, track())
    assert [one["verdict"] for one in told["results"]] == ["updated", "stored"], "events come first"
    found = profile(shop, key, "email", "alice@example.com")
    assert found["identifiers"] == {"crm_id": ["7"], "email": ["alice@example.com"]}
    assert found["attributes"] == {"plan": "pro", "address": {"city": "Lund"}, "age": 31}
    assert found["id"] == stored(shop, key)["profile"]


def test_an_identify_is_no_event_and_the_same_one_again_changes_nothing(shop: Shop, key: Key) -> None:
    said = {"type": "identify", "userId": "7", "messageId": "i", "traits": {"plan": "pro", "age": None}}
    verdicts = [batch(shop, key, said)["results"][0]["verdict"] for _ in range(2)]
    assert verdicts == ["stored", "duplicate"]
    assert sums(shop.store.database, "shop")["received"] == 0
    said["traits"] = {"plan": "free"}
    assert batch(shop, key, said)["results"][0]["verdict"] == "updated"


def test_many_identifies_are_one_transaction_and_a_bad_one_holds_up_none(shop: Shop, key: Key) -> None:
    def said(number: int, **traits: Any) -> dict[str, Any]:
        return {"type": "identify", "userId": f"u{number}", "messageId": f"i{number}", "traits": traits}

    many = {f"a{number}": 1 for number in range(60)}
    bad = [said(1, **{"no name": 1}), said(2, **many), said(2, **{f"b{n}": 1 for n in range(60)})]
    told = batch(shop, key, said(0, plan="pro"), *bad, said(0, plan="free"), said(3, plan="pro"))
    verdicts = [one["verdict"] for one in told["results"]]
    assert verdicts == ["stored", "rejected", "stored", "rejected", "updated", "stored"]
    assert told["results"][3]["errors"][0]["code"] == "too-many-members"
    assert profile_attributes(shop, "u0") == {"plan": "free"}
    assert len(profile_attributes(shop, "u2")) == 60


def profile_attributes(shop: Shop, user: str) -> Any:
    found = shop.store.profiles.find("shop", "crm_id", user)
    assert found is not None
    return found.attributes


def test_an_identify_that_names_two_people_merges_nothing_and_lists_them(shop: Shop, key: Key) -> None:
    alice = {"traits": {"email": "alice@example.com"}}
    batch(shop, key, track(), track("m-2", userId=None, context=alice))
    batch(shop, key, {"type": "identify", "userId": "7", "messageId": "i", **alice})
    assert stored(shop, key)["profile"] != stored(shop, key, "m-2")["profile"]
    assert len(shop.get(key, "/api/v1/conflicts").get_json()["conflicts"]) == 1


def test_attributes_need_the_scope_that_they_need_anywhere(shop: Shop) -> None:
    key = shop.key("Till", scopes=("ingest",))
    said = {"type": "identify", "userId": "7", "messageId": "i", "traits": {"plan": "pro"}}
    result = batch(shop, key, said)["results"][0]
    assert (result["verdict"], result["code"]) == ("rejected", "scope-missing")
    assert result["errors"][0]["pointer"] == "/traits"
    del said["traits"]
    assert batch(shop, key, said)["results"][0]["verdict"] == "stored"


def test_identifiers_need_the_grants_that_they_need_anywhere(shop: Shop) -> None:
    key = shop.key("Till", "email:read,write")
    said = {"type": "identify", "userId": "7", "messageId": "i"}
    results = batch(shop, key, said, track())["results"]
    assert [(one["code"], one["errors"][0]["pointer"]) for one in results] == [
        ("identifier-not-allowed", "/userId")
    ] * 2


def test_somebody_erased_does_not_come_back_by_a_late_identify(shop: Shop, key: Key) -> None:
    said = {"type": "identify", "userId": "7", "messageId": "i", "timestamp": "2026-09-21T12:00:00Z"}
    batch(shop, key, said)
    assert shop.client.delete("/api/v1/profiles/crm_id/7", headers=shop.headers(key)).status_code == 200
    assert batch(shop, key, said)["results"][0]["verdict"] == "ignored"
    assert shop.store.profiles.find("shop", "crm_id", "7") is None


def test_an_alias_links_a_browser_or_merges_two_people(shop: Shop, key: Key) -> None:
    batch(shop, key, track(userId=None, anonymousId=ANONYMOUS), track("m-2", userId="old"))
    browser = {"type": "alias", "previousId": ANONYMOUS, "userId": "7", "messageId": "a-1"}
    person = {"type": "alias", "previousId": "old", "userId": "7", "messageId": "a-2"}
    told = batch(shop, key, browser, person, person)
    assert [one["verdict"] for one in told["results"]] == ["stored", "updated", "duplicate"]
    owners = {stored(shop, key, name)["profile"] for name in ("m-1", "m-2")}
    assert owners == {profile(shop, key, "crm_id", "7")["id"]}


@pytest.mark.parametrize(
    "limits",
    [{"scopes": ("ingest", "read")}, {"events": frozenset({"order_completed"})}],
    ids=["without admin", "for some events"],
)
def test_an_alias_needs_the_right_to_merge(shop: Shop, key: Key, limits: dict[str, Any]) -> None:
    batch(shop, key, track(userId="old"))
    said = {"type": "alias", "previousId": "old", "userId": "7", "messageId": "a"}
    result = batch(shop, shop.key("Till", **limits), said)["results"][0]
    assert (result["verdict"], result["code"]) == ("rejected", "scope-missing")
    assert shop.store.profiles.find("shop", "crm_id", "7") is None


def test_a_page_is_an_event_of_its_own_name_if_that_is_defined_else_a_page(shop: Shop, key: Key) -> None:
    pages = [{"type": "page", "userId": "7", "name": name, "messageId": name} for name in ("Pricing", "Home")]
    pages[0]["properties"] = {"plan": "pro"}  # type: ignore[assignment]
    pages[1] |= {"properties": {"url": "https://shop.example/"}, "category": "Shop"}  # type: ignore[dict-item]
    assert batch(shop, key, *pages)["stored"] == 2
    assert stored(shop, key, "Pricing", "pricing")["data"] == {"plan": "pro"}
    home = {"name": "Home", "category": "Shop", "url": "https://shop.example/"}
    assert stored(shop, key, "Home", "page")["data"] == home


def test_calls_of_names_that_nobody_defined_are_refused_and_kept(shop: Shop, key: Key) -> None:
    group = {"type": "group", "userId": "7", "groupId": 4, "messageId": "g", "traits": {"name": "Acme"}}
    screen = {"type": "screen", "userId": "7", "name": "Start", "messageId": "s"}
    told = batch(shop, key, group, screen)
    assert [one["code"] for one in told["results"]] == ["event-unknown"] * 2
    shop.define({**PAGES, "event_name": "group"})
    shop.post(key, "/api/v1/rejections/replay", {"event": "group"})
    assert stored(shop, key, "g", "group")["data"] == {"group_id": "4", "name": "Acme"}


def test_what_was_refused_is_replayed_with_its_browser(shop: Shop, key: Key) -> None:
    batch(shop, key, track(event="Cart Viewed", userId=None, anonymousId=ANONYMOUS))
    shop.define({**PAGES, "event_name": "cart_viewed"})
    shop.post(key, "/api/v1/rejections/replay", {"event": "cart_viewed"})
    assert stored(shop, key, "m-1", "cart_viewed")["visitor"] == ANONYMOUS


def test_one_call_answers_for_itself(shop: Shop, key: Key) -> None:
    message = track()
    del message["type"]
    answer = post(shop, key, "/v1/track", message)
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"success": True, "verdict": "stored", "messageId": "m-1"},
    )
    answer = post(shop, key, "/v1/track", {**message, "messageId": None, "properties": {"total": "x"}})
    assert answer.status_code == 422
    document = answer.get_json()
    assert (document["success"], document["code"]) == (False, "payload-invalid")
    assert [one["pointer"] for one in document["errors"]] == ["/messageId", "/properties/total"]
    hidden = shop.define({**PAGES, "event_name": "old"})
    shop.store.definitions.hide(hidden, ADMIN, shop.clock.now())
    answer = post(shop, key, "/v1/track", {**message, "event": "old"})
    assert answer.status_code == 422, "410 would be sent again"


def test_gzip_called_a_form_is_read(shop: Shop, key: Key) -> None:
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())
    form = {"Content_Type": "application/x-www-form-urlencoded", "Content_Encoding": "gzip"}
    assert post(shop, key, "/v1/batch", body, **form).get_json()["stored"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body-unreadable"),
        (b"[]", 400, "body-unreadable"),
        (b"{}", 400, "request-invalid"),
        (b'{"batch": []}', 400, "request-invalid"),
        (b'{"batch": {}}', 400, "request-invalid"),
        (b'{"batch": [1]', 400, "body-unreadable"),
        (b'{"batch": [' + b"[" * 100_000, 400, "body-unreadable"),
        (b'{"batch": [' + b"1," * 2_500 + b"1]}", 400, "request-invalid"),
        (b" " * 1_048_577, 413, "body-too-large"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_refused_in_the_shape_of_that_api(
    shop: Shop, key: Key, body: bytes, status: int, code: str
) -> None:
    answer = post(shop, key, "/v1/batch", body)
    document = answer.get_json()
    assert (answer.status_code, document["code"], document["success"]) == (status, code, False)
    assert document["message"]


def test_without_a_key_nothing_opens(shop: Shop) -> None:
    answer = shop.client.post("/v1/batch", data=json.dumps({"batch": [track()]}))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-missing")
    wrong = {"Authorization": "Basic " + base64.b64encode(b"fp_none:").decode()}
    answer = shop.client.post("/v1/batch", data=b"{", headers=wrong)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-invalid")


def test_whatever_a_member_holds_its_message_gets_a_verdict(shop: Shop, key: Key) -> None:
    values = [7, [], {}, True, "\\ud800", "\\u0000", "x" * 300, "1e400"]
    members = [
        "type",
        "event",
        "userId",
        "anonymousId",
        "messageId",
        "timestamp",
        "properties",
        "context",
        "traits",
        "previousId",
    ]
    kinds = ("track", "identify", "page", "alias")
    bad = [
        {**track("bad"), "type": kind, one: value} for kind in kinds for one in members for value in values
    ]
    text = json.dumps({"batch": [*bad, track("good")]}).replace("\\\\u", "\\u")
    answer = post(shop, key, "/v1/batch", text.encode())
    results = answer.get_json()["results"]
    assert (answer.status_code, len(results)) == (200, len(bad) + 1)
    assert results[-1]["verdict"] == "stored"
    assert [one["messageId"] for one in results if one["verdict"] == "rejected" and not one["errors"]] == []
