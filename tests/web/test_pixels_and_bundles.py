"""The picture for pages without JavaScript, and one file for several events."""

from __future__ import annotations

import pytest

from collector.core.definitions import Definition
from collector.store.ledger import sums
from collector.store.models import Event
from tests.cast import EVERY_TYPE, Shop

PAGE = {"Referer": "https://shop.example/thanks", "User-Agent": "Mozilla/5.0 Firefox/153.0"}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def test_a_pixel_is_cast_judged_and_stored_once(shop: Shop, definition: Definition) -> None:
    query = {
        "id": "p1",
        "source": "Mail",
        "data.total": "149.90",
        "data.lines": "3",
        "data.gift": "true",
        "data.deliver_on": "2026-12-24",
        "data.currency": "SEK",
    }
    for _ in range(2):
        answer = shop.client.get(f"/b/{definition.id}.gif", query_string=query, headers=PAGE)
        assert (answer.status_code, answer.content_type) == (200, "image/gif")
        assert answer.headers["Cache-Control"] == "no-store"
    rows = shop.store.database.rows(Event.select())
    assert [(row["event_id"], row["source"], row["door"], row["space"]) for row in rows] == [
        ("p1", "Mail", "pixel", 1)
    ]
    assert rows[0]["data"] == (
        '{"total":149.90,"currency":"SEK","lines":3,"gift":true,"deliver_on":"2026-12-24"}'
    )
    assert sums(shop.store.database, "shop")["duplicate"] == 1


def test_a_pixel_without_an_id_counts_every_load(shop: Shop, definition: Definition) -> None:
    for _ in range(2):
        shop.client.get(f"/b/{definition.id}.gif?data.total=1", headers=PAGE)
    assert sums(shop.store.database, "shop")["stored"] == 2


@pytest.mark.parametrize(
    "query", ["data.total=much", "data.colour=red&data.total=1", "data.total=1&data.lines=1.0"]
)
def test_a_pixel_that_does_not_fit_is_refused_and_kept(
    shop: Shop, definition: Definition, query: str
) -> None:
    answer = shop.client.get(f"/b/{definition.id}.gif?{query}", headers=PAGE)
    assert answer.status_code == 422
    assert len(shop.store.rejections.page("shop", 5, None).items) == 1


def test_only_listed_pages_may_show_the_pixel(shop: Shop, definition: Definition) -> None:
    path = f"/b/{definition.id}.gif?data.total=1"
    strange = ("", "https://[", "http://[::1", "javascript:1")
    for referer in ("https://evil.example/", "https://shop.example.evil.example/", *strange):
        assert shop.client.get(path, headers={**PAGE, "Referer": referer}).status_code == 403
    assert shop.client.get(path + "&x=1", headers=PAGE).status_code == 400
    assert shop.client.get("/b/0000000000000.gif", headers=PAGE).status_code == 404
    assert sums(shop.store.database, "shop")["received"] == 0


def test_a_prefetch_of_the_pixel_is_counted_and_not_kept(shop: Shop, definition: Definition) -> None:
    headers = {**PAGE, "Sec-Purpose": "prefetch"}
    assert shop.client.get(f"/b/{definition.id}.gif?data.total=1", headers=headers).status_code == 200
    counted = sums(shop.store.database, "shop")
    assert (counted["filtered"], counted["stored"]) == (1, 0)


def test_a_bundle_has_the_snippets_of_its_events(shop: Shop, definition: Definition) -> None:
    other = shop.define({**EVERY_TYPE, "event_name": "other"})
    shop.define({**EVERY_TYPE, "event_name": "quiet", "web_tracking": {}})
    every = shop.client.get("/s/shop/bundle.js").get_data(as_text=True)
    assert definition.versions[0].id in every
    assert other.versions[0].id in every
    one = shop.client.get("/s/shop/bundle.js?events=other").get_data(as_text=True)
    assert definition.versions[0].id not in one
    for wrong in (
        "/s/shop/bundle.js?events=quiet",
        "/s/shop/bundle.js?events=other,no",
        "/s/nothing/bundle.js",
    ):
        assert shop.client.get(wrong).status_code == 404
