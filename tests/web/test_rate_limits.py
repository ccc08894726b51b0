"""Limits of keys over HTTP: what is counted, what is told, and who may change them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import EVERY_TYPE, Shop, open_shop, order
from tests.web.pages.signing_in import csrf_in, signed_in
from tests.web.roads import EVERY_ROAD

PATH = "/api/v1/keys"


class TestBothRoads:
    pytestmark = EVERY_ROAD

    def test_a_limited_key_hears_what_is_left_and_then_to_wait(self, shop: Shop) -> None:
        shop.define(EVERY_TYPE)
        key = shop.key("till", rate_limit=2)
        first, second, third = (shop.send(key, order(name)) for name in "123")
        assert first.headers["RateLimit-Policy"] == '"key";q=2;w=60'
        assert [one.headers["RateLimit"] for one in (first, second, third)] == [
            f'"key";r={left};t=40' for left in (1, 0, 0)
        ]
        assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
        assert third.headers["Retry-After"] == "40"
        assert third.get_json()["code"] == "rate-limited"
        shop.clock.forward(40)
        assert shop.send(key, order("3")).status_code == 200

    def test_a_refusal_is_counted_and_tells_as_well(self, shop: Shop) -> None:
        shop.define(EVERY_TYPE)
        answer = shop.send(shop.key("till", rate_limit=2), order(data={"total": "x"}))
        assert (answer.status_code, answer.headers["RateLimit"]) == (422, '"key";r=1;t=40')

    def test_a_key_without_a_limit_hears_of_none(self, shop: Shop) -> None:
        shop.define(EVERY_TYPE)
        answer = shop.send(shop.key(), order())
        assert [name for name, _ in answer.headers if name.startswith("RateLimit")] == []


on_sqlite = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_other_doors_count_too_and_refuse_in_their_own_shape(shop: Shop) -> None:
    key = shop.key("till", rate_limit=1)
    assert shop.get(key, "/api/v1/events").status_code == 200
    answer = shop.post(key, "/v1/batch", {"batch": [{}]})
    assert (answer.status_code, answer.get_json()["code"]) == (429, "rate-limited")
    assert answer.get_json()["message"]
    assert int(answer.headers["Retry-After"]) == 40
    answer = shop.post(key, "/api/customEvents.upsert", {})
    assert (answer.status_code, set(answer.get_json())) == (429, {"error"})


def test_the_setting_limits_every_key_that_says_nothing(sqlite_ready_database_url: str) -> None:
    shop = open_shop(sqlite_ready_database_url, rate_limit=1)
    for limit, statuses in ((None, [200, 429]), (0, [200, 200]), (2, [200, 200])):
        key = shop.key(f"{limit}", rate_limit=limit)
        assert [shop.get(key, "/api/v1/events").status_code for _ in range(2)] == statuses
    shop.store.close()


@on_sqlite
def test_a_limit_is_shown_and_changed_over_the_api(shop: Shop) -> None:
    admin = shop.key("admin")
    made = shop.post(admin, PATH, {"name": "Till", "rate_limit": 600}).get_json()
    assert made["rate_limit"] == 600
    for wanted in (5, 0, None):
        answer = shop.client.patch(
            f"{PATH}/{made['id']}", json={"rate_limit": wanted}, headers=shop.headers(admin)
        )
        assert (answer.status_code, answer.get_json()["rate_limit"]) == (200, wanted)
    [last] = shop.get(admin, "/api/v1/audit", limit="1").get_json()["audit"]
    assert (last["action"], last["before"], last["after"]) == (
        *("key.limited", {"name": "Till", "rate_limit": 0}, {"name": "Till", "rate_limit": None}),
    )


@on_sqlite
@pytest.mark.parametrize("document", [{}, [], {"rate_limit": -1}, {"rate_limit": "5"}, {"rate_limit": 10**9}])
def test_what_is_no_limit_is_refused(shop: Shop, document: Any) -> None:
    key = shop.key("admin")
    answer = shop.client.patch(f"{PATH}/{key.id}", json=document, headers=shop.headers(key))
    assert answer.status_code == 400


@on_sqlite
def test_a_limited_key_frees_neither_itself_nor_another(shop: Shop) -> None:
    small = shop.key("small", rate_limit=60)
    for wanted, status in ((0, 403), (None, 403), (61, 403), (60, 200), (50, 200)):
        answer = shop.client.patch(
            f"{PATH}/{small.id}", json={"rate_limit": wanted}, headers=shop.headers(small)
        )
        assert answer.status_code == status
    assert shop.post(small, PATH, {"name": "x"}).status_code == 403


@on_sqlite
def test_the_page_of_keys_shows_limits_and_makes_limited_keys(shop: Shop) -> None:
    client = signed_in(shop)
    csrf = csrf_in(client.get("/sections/shop/keys"))
    form = {"csrf": csrf, "name": "Till", "scope": "ingest", "rate-limit": "600"}
    assert client.post("/sections/shop/keys", data=form).status_code == 200
    assert "at most 600 requests a minute" in client.get("/sections/shop/keys").get_data(as_text=True)
    for wrong in ("many", "-1", "1" * 10, "٣"):
        answer = client.post("/sections/shop/keys", data={**form, "rate-limit": wrong})
        assert (answer.status_code, "This is a whole number" in answer.get_data(as_text=True)) == (400, True)
