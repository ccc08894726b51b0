"""When each trigger fired last and where, and the warning when one went silent."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.store.ledger import LedgerWriter
from snippet.triggers import Trigger, numbered
from tests.cast import EVERY_TYPE, Shop
from tests.web.pages.admin import admin, words
from tests.web.roads import EVERY_ROAD
from tests.web.site_editor.editor import BUY, SITE, opened

pytestmark = EVERY_ROAD

PAGE = {"on": "page", "address": "/shop/*"}
SECONDS = 3_600


@pytest.fixture
def order(shop: Shop) -> Definition:
    tracking = {"enabled": True, "origins": [SITE], "triggers": [BUY, PAGE], "bots": "keep"}
    url = {"name": "page_url", "type": "text", "fill": "page.url"}
    return shop.define({**EVERY_TYPE, "fields": [*EVERY_TYPE["fields"], url], "web_tracking": tracking})


def number_of(trigger: dict[str, Any]) -> int:
    [(number, _), *_] = numbered((Trigger.of(trigger),)).items()
    return number


def fire(
    shop: Shop,
    definition: Definition,
    event_id: str,
    source: Any = None,
    referer: str = f"{SITE}/",
    **data: Any,
) -> int:
    event = {"id": event_id, "data": {"total": 1, **data}, "source": source or number_of(BUY)}
    headers = {"Origin": SITE, "Referer": referer, "User-Agent": "Mozilla/5.0"}
    return shop.client.post(f"/b/{definition.id}", json=event, headers=headers).status_code


def health(shop: Shop) -> list[dict[str, Any]]:
    answer = opened(shop).ask("GET", "health/order.completed")
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["triggers"])


def test_it_is_told_when_and_where_a_trigger_fired_last(shop: Shop, order: Definition) -> None:
    assert fire(shop, order, "1", page_url="https://shop.example/cart?email=a@b.c#pay") == 200
    buy, page = health(shop)
    assert buy == {
        "trigger": BUY,
        "fired_at": "2026-09-21T14:13:20Z",
        "address": "https://shop.example/cart",
        "origin": SITE,
        "is_silent": False,
    }
    assert (page["trigger"], page["fired_at"], page["address"]) == (PAGE, None, None)


def test_where_nothing_is_filled_in_the_browser_tells_the_page(shop: Shop, order: Definition) -> None:
    fire(shop, order, "1", referer="https://shop.example/a/b?token=1")
    assert health(shop)[0]["address"] == "https://shop.example/a/b"
    shop.clock.forward(61)
    # Without either, what was known stays.
    fire(shop, order, "2", referer="")
    assert health(shop)[0]["address"] == "https://shop.example/a/b"
    assert health(shop)[0]["fired_at"] == "2026-09-21T14:14:21Z"


def test_a_trigger_is_noted_once_a_minute_and_exactly_to_that(shop: Shop, order: Definition) -> None:
    for second in range(0, 90, 15):
        fire(shop, order, str(second))
        shop.clock.forward(15)
    firing = shop.store.firings.of(order)[number_of(BUY)]
    assert (firing.noted, firing.fired_at - firing.first_at) == (2, 60_000_000)


def test_what_is_no_firing_is_not_noted(shop: Shop, order: Definition) -> None:
    fire(shop, order, "1", source="Checkout")
    fire(shop, order, "2", source=4711 if number_of(BUY) != 4711 else 4712)
    assert fire(shop, order, "3", total="much") == 422
    assert shop.store.firings.of(order) == {}
    fire(shop, order, "4")
    shop.clock.forward(120)
    fire(shop, order, "4")
    assert shop.store.firings.of(order)[number_of(BUY)].noted == 1


def test_an_event_without_a_trigger_asks_the_table_for_nothing(
    shop: Shop, order: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    database = shop.store.database.peewee
    execute = database.execute_sql

    def listen(sql: str, params: object = None, **rest: object) -> object:
        asked.append(sql)
        return execute(sql, params, **rest)

    monkeypatch.setattr(database, "execute_sql", listen)
    fire(shop, order, "1", source="Checkout")
    assert [sql for sql in asked if "trigger_firing" in sql] == []
    fire(shop, order, "2")
    fire(shop, order, "3")
    assert len([sql for sql in asked if "trigger_firing" in sql]) == 2


def test_what_was_not_stored_is_noted_when_it_comes_again(
    shop: Shop, order: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def fails(*given: object) -> None:
            raise Problem("storage-unavailable", "The disk is full.", retry_after=1)

        patched.setattr(LedgerWriter, "count", fails)
        assert fire(shop, order, "1") == 503
    assert shop.store.firings.of(order) == {}
    assert fire(shop, order, "1") == 200
    assert shop.store.firings.of(order)[number_of(BUY)].noted == 1


def hourly(shop: Shop, order: Definition, times: int) -> None:
    for hour in range(times):
        fire(shop, order, f"h{hour}")
        shop.clock.forward(SECONDS)


def look(shop: Shop, order: Definition, referer: str = f"{SITE}/") -> None:
    """A page loads the snippet."""
    assert shop.client.get(f"/s/{order.id}.js", headers={"Referer": referer}).status_code == 200


def test_a_trigger_that_used_to_fire_and_does_not_is_silent_while_its_pages_are_looked_at(
    shop: Shop, order: Definition
) -> None:
    hourly(shop, order, 6)
    assert not health(shop)[0]["is_silent"]
    shop.clock.forward(3 * SECONDS)
    assert not health(shop)[0]["is_silent"]  # nobody was there
    look(shop, order, "https://elsewhere.example/")
    assert not health(shop)[0]["is_silent"]
    look(shop, order)
    assert [one["is_silent"] for one in health(shop)] == [True, False]
    fire(shop, order, "again")
    assert not health(shop)[0]["is_silent"]


def test_other_events_of_the_site_tell_too_that_its_pages_are_looked_at(
    shop: Shop, order: Definition
) -> None:
    hourly(shop, order, 6)
    shop.clock.forward(3 * SECONDS)
    fire(shop, order, "page", number_of(PAGE))
    assert [one["is_silent"] for one in health(shop)] == [True, False]


def test_a_trigger_that_fires_seldom_has_its_time(shop: Shop, order: Definition) -> None:
    for day in range(6):
        fire(shop, order, str(day))
        shop.clock.forward(24 * SECONDS)
    look(shop, order)
    assert not health(shop)[0]["is_silent"]
    shop.clock.forward(30 * SECONDS)
    look(shop, order)
    assert health(shop)[0]["is_silent"]


def test_one_that_has_fired_a_few_times_only_is_not_called_silent(shop: Shop, order: Definition) -> None:
    hourly(shop, order, 4)
    shop.clock.forward(90 * SECONDS)
    look(shop, order)
    assert not health(shop)[0]["is_silent"]


def test_the_pages_warn_of_it_and_say_what_each_trigger_did(shop: Shop, order: Definition) -> None:
    viewer = admin(shop, "viewer")
    hourly(shop, order, 6)
    for path in ("overview", "definitions/order.completed"):
        assert "went silent" not in words(viewer.read(path))
    shop.clock.forward(3 * SECONDS)
    look(shop, order)
    for path in ("overview", "definitions/order.completed"):
        said = words(viewer.read(path))
        assert "A trigger that used to fire went silent" in said
        assert "When somebody clicks .buy" in said
    said = words(viewer.read("definitions/order.completed/triggers"))
    assert "on https://shop.example/ , the first time" in said
    assert "Has not fired yet" in said
    assert "pages of https://shop.example are looked at" in said


def test_a_page_that_tells_hostile_addresses_hurts_nothing(shop: Shop, order: Definition) -> None:
    for number, referer in enumerate(("https://<script>/", "https://a.example/\u2028", "x" * 5_000)):
        shop.clock.forward(61)
        assert fire(shop, order, str(number), referer=referer.encode().decode("latin-1")) == 200
        look(shop, order, referer.encode().decode("latin-1"))
    assert "<script>/" not in admin(shop, "viewer").read("definitions/order.completed/triggers")
