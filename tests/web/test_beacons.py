"""`/b/…`, as a page meets it."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.store.ledger import sums
from collector.store.models import Event
from tests.cast import ALICE, EVERY_TYPE, NOON, ORDER, Shop
from tests.web.roads import EVERY_ROAD

pytestmark = EVERY_ROAD

MILLISECONDS = NOON // 1000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0"


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def event(event_id: str = "a1", **members: Any) -> dict[str, Any]:
    return {"id": event_id, "data": ORDER, **members}


def only_row(shop: Shop) -> dict[str, Any]:
    rows = shop.store.database.rows(Event.select())
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-8", "application/json", None])
def test_a_beacon_is_read_whatever_it_calls_itself(
    shop: Shop, definition: Definition, content_type: str | None
) -> None:
    answer = shop.client.post(
        f"/b/{definition.versions[0].id}",
        data='{"id":"a1","data":{"total":1}}',
        content_type=content_type,
        headers={"Origin": "https://shop.example", "User-Agent": FIREFOX},
    )
    assert (answer.status_code, answer.get_json()) == (200, {"verdict": "stored"})


def test_a_beacon_of_another_type_is_a_415(shop: Shop, definition: Definition) -> None:
    answer = shop.client.post(
        f"/b/{definition.id}",
        data="{}",
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "https://shop.example"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (415, "media-type-unsupported")


def test_what_a_page_sends_is_stored_as_claimed_with_the_definitions_source(
    shop: Shop, definition: Definition
) -> None:
    sent = event(visitor="visitor-1", identifiers=ALICE, occurred_at="2026-09-21T13:00:00Z")
    assert shop.beacon(definition.versions[0].id, sent).status_code == 200
    row = only_row(shop)
    assert (row["source"], row["trust"], row["door"], row["visitor"]) == (
        "Website",
        "claimed",
        "beacon",
        "visitor-1",
    )
    till = shop.key()
    found = shop.get(till, "/api/v1/events/order.completed/web:a1").get_json()
    assert (found["id"], found["trust"], found["identifiers"]) == ("web:a1", "claimed", ALICE)


def test_a_page_may_name_another_source(shop: Shop, definition: Definition) -> None:
    shop.beacon(definition.id, event(source="Checkout"))
    assert only_row(shop)["source"] == "Checkout"


def test_several_events_are_answered_with_results_and_nothing_of_what_is_stored(
    shop: Shop, definition: Definition
) -> None:
    answer = shop.beacon(
        definition.id, [MILLISECONDS, event("1"), event("1"), event("2", data={"total": "x"})]
    )
    assert answer.status_code == 200
    results = answer.get_json()["results"]
    assert [(one["verdict"], one["id"]) for one in results] == [
        ("stored", "1"),
        ("duplicate", "1"),
        ("rejected", "2"),
    ]
    assert set(results[0]) == {"verdict", "id"}


def test_one_event_that_is_wrong_is_a_422_and_kept_as_a_rejection(shop: Shop, definition: Definition) -> None:
    answer = shop.beacon(definition.id, [MILLISECONDS, event(data={"total": "1,5"})])
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/data/total"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    kept = shop.store.rejections.page("shop", 10, None).items
    assert [(one.door, one.event_id) for one in kept] == [("beacon", "a1")]


@pytest.mark.parametrize("member", [{"deleted_at": None}, {"goal_type": "lead"}, {"event": "x"}, {"key": 1}])
def test_a_page_can_neither_delete_nor_give_goals(
    shop: Shop, definition: Definition, member: dict[str, Any]
) -> None:
    answer = shop.beacon(definition.id, event(**member))
    assert answer.status_code == 422
    assert [one["code"] for one in answer.get_json()["errors"]] == ["member-unknown"]


@pytest.mark.parametrize(
    ("origin", "is_listed"),
    [
        ("https://shop.example", True),
        ("https://www.shop.example", True),
        ("https://a.b.shop.example", True),
        (None, False),
        ("null", False),
        ("", False),
        ("http://shop.example", False),
        ("https://SHOP.example", False),
        ("https://shop.example.", False),
        ("https://shop.example:8443", False),
        ("https://shop.example https://evil.example", False),
        ("https://evil.example", False),
        ("https://evilshop.example", False),
        ("https://evil.example/.shop.example", False),
        ("https://evil@www.shop.example", False),
        ("https://.shop.example", False),
    ],
)
def test_only_listed_origins_may_send(
    shop: Shop, definition: Definition, origin: str | None, is_listed: bool
) -> None:
    answer = shop.beacon(definition.id, event(), origin=origin)
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    if is_listed:
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    else:
        assert (answer.status_code, answer.get_json()["code"]) == (403, "origin-not-allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert sums(shop.store.database, "shop")["received"] == 0


def test_an_empty_list_lets_every_page_send_and_none_at_all(shop: Shop) -> None:
    anywhere = shop.define({**EVERY_TYPE, "event_name": "open", "web_tracking": {"enabled": True}})
    assert shop.beacon(anywhere.id, event("1"), origin="https://any.example").status_code == 200
    assert shop.beacon(anywhere.id, event("2"), origin=None).status_code == 200


def test_a_preflight_is_answered_for_listed_origins(shop: Shop, definition: Definition) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    listed = shop.client.options(f"/b/{definition.id}", headers={"Origin": "https://shop.example", **asked})
    assert listed.status_code == 204
    assert listed.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert listed.headers["Access-Control-Allow-Headers"] == "Content-Type"
    other = shop.client.options(f"/b/{definition.id}", headers={"Origin": "https://evil.example", **asked})
    assert other.status_code == 403


@pytest.mark.parametrize("address", ["nope", "0000000000000", "zzzzzzzzzzzzz", "../b"])
def test_an_address_of_no_web_event_is_a_404(shop: Shop, address: str) -> None:
    assert shop.beacon(address, event()).status_code == 404


def test_without_web_tracking_there_is_no_address(shop: Shop) -> None:
    quiet = shop.define({**EVERY_TYPE, "event_name": "quiet", "web_tracking": {}})
    assert shop.beacon(quiet.id, event()).status_code == 404
    assert shop.client.get(f"/s/{quiet.id}.js").status_code == 404


def test_a_clock_that_is_hours_wrong_is_corrected_and_its_raw_times_are_kept(
    shop: Shop, definition: Definition
) -> None:
    hour = 3_600_000
    shop.beacon(definition.id, [MILLISECONDS + 5 * hour, event(occurred_at="2026-09-21T19:13:19.500Z")])
    row = only_row(shop)
    assert row["occurred_at"] == NOON - 500_000
    assert "2026-09-21T19:13:19.500Z" in row["raw_times"]


def test_a_small_error_of_a_clock_is_left_alone(shop: Shop, definition: Definition) -> None:
    shop.beacon(definition.id, [MILLISECONDS - 60_000, event(occurred_at="2026-09-21T14:10:00Z")])
    row = only_row(shop)
    assert (row["occurred_at"] % 60_000_000, row["raw_times"]) == (0, None)


NO_UTF_8 = b'{"id": "abcdefgh", "data": {"total": "\xff"}}'


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "[1]", "1", "null", '"x"', '["x",{}]', "[1.5,{}]", "[-1,{}]", "{", "[1,{}"),
        *(NO_UTF_8, b"[1,%b]" % NO_UTF_8),
    ],
)
def test_a_beacon_that_cannot_be_read_is_a_400(shop: Shop, definition: Definition, body: str | bytes) -> None:
    assert shop.beacon(definition.id, body).status_code == 400
    assert sums(shop.store.database, "shop")["received"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {"User-Agent": FIREFOX, "Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_bots_and_prefetches_are_counted_and_not_kept(
    shop: Shop, definition: Definition, headers: dict[str, str]
) -> None:
    answer = shop.client.post(
        f"/b/{definition.id}",
        data='{"id":"1","data":{"total":1}}',
        headers={"Origin": "https://shop.example", **headers},
    )
    assert (answer.status_code, answer.get_json()) == (200, {"verdict": "filtered"})
    counted = sums(shop.store.database, "shop")
    assert (counted["received"], counted["filtered"], counted["stored"]) == (1, 1, 0)


def test_where_signatures_are_demanded_nobodys_claim_is_kept(shop: Shop) -> None:
    signed = shop.define(
        {**EVERY_TYPE, "event_name": "s", "web_tracking": {"enabled": True, "identity": "signed"}}
    )
    shop.beacon(signed.id, event(identifiers=ALICE, visitor="visitor-1"))
    row = only_row(shop)
    assert (row["identifiers"], row["profile"], row["visitor"]) == ("{}", None, "visitor-1")


def test_a_snippet_is_served_compressed_and_its_version_for_good(shop: Shop, definition: Definition) -> None:
    current = shop.client.get(f"/s/{definition.id}.js", headers={"Accept-Encoding": "br, gzip"})
    version = shop.client.get(f"/s/{definition.versions[0].id}.js", headers={"Accept-Encoding": "gzip"})
    plain = shop.client.get(f"/s/{definition.id}.js")
    assert (current.headers["Content-Encoding"], version.headers["Content-Encoding"]) == ("br", "gzip")
    assert "immutable" in version.headers["Cache-Control"]
    assert "immutable" not in current.headers["Cache-Control"]
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert plain.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert plain.content_type == "text/javascript; charset=utf-8"
    assert definition.versions[0].id in plain.get_data(as_text=True)
    again = shop.client.get(f"/s/{definition.id}.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_the_types_of_a_definition_are_served(shop: Shop, definition: Definition) -> None:
    answer = shop.client.get(f"/s/{definition.id}.d.ts")
    assert answer.status_code == 200
    assert "order.completed" in answer.get_data(as_text=True)
