"""Replay of what pages sent: who vouched for whom, whose clock was wrong, what a pixel's texts mean."""

from __future__ import annotations

import pytest

from collector.core.definitions import Definition
from collector.core.tokens import make_token
from collector.store.models import Event, Rejection
from tests.cast import ADMIN, ALICE, EVERY_TYPE, NOON, ORDER, Shop
from tests.intake.test_replay import HOUR, correct, is_exact, replay, verdicts


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def test_a_beacon_keeps_its_visitor_its_clock_and_who_vouched_for_it(
    shop: Shop, definition: Definition
) -> None:
    shop.store.secrets.show("shop", ADMIN, shop.clock.now())
    first = shop.store.secrets.good("shop", shop.clock.now())[0]
    token = make_token(first, ALICE, shop.clock.now() + 60_000_000)
    event = {"id": "abcdefgh", "data": {**ORDER, "total": -5}, "visitor": "browser-1"}
    signed = {**event, "identifiers": ALICE, "token": token, "occurred_at": "2026-09-21T15:13:20Z"}
    an_hour_fast = (NOON + 3_600_000_000) // 1000
    assert shop.beacon(definition.id, [an_hour_fast, signed, {**event, "id": "12345678"}]).status_code == 200
    [text] = [
        row["payload"] for row in shop.store.database.rows(Rejection.select()) if "alice" in row["payload"]
    ]
    assert token not in text
    shop.clock.forward(2 * HOUR)  # by now the token would be worth nothing
    correct(shop, definition, total={"minimum": -10})
    assert verdicts(replay(shop)) == {"stored": 2}
    rows = {row["event_id"]: row for row in shop.store.database.rows(Event.select())}
    assert (rows["abcdefgh"]["trust"], rows["12345678"]["trust"]) == ("signed", "claimed")
    assert {row["space"] for row in rows.values()} == {1}
    assert rows["abcdefgh"]["raw_times"] is not None
    assert NOON - 60_000_000 <= rows["abcdefgh"]["occurred_at"] <= NOON + 60_000_000
    # The visitor is known by the token, and so is the anonymous event.
    assert rows["abcdefgh"]["profile"] == rows["12345678"]["profile"] is not None
    assert is_exact(shop)


def test_a_claim_without_a_token_stays_a_claim(shop: Shop, definition: Definition) -> None:
    event = {"id": "abcdefgh", "data": {**ORDER, "total": -5}, "identifiers": ALICE, "token": "1.x"}
    shop.beacon(definition.id, event)
    correct(shop, definition, total={"minimum": -10})
    replay(shop)
    assert [row["trust"] for row in shop.store.database.rows(Event.select())] == ["claimed"]


def test_a_pixel_s_texts_mean_what_the_new_version_says(shop: Shop, definition: Definition) -> None:
    address = f"/b/{definition.id}.gif?id=12345678&data.total=5&data.currency=7&data.lines=2"
    headers = {"Referer": "https://shop.example/", "User-Agent": "Mozilla/5.0 Firefox/153.0"}
    assert shop.client.get(address, headers=headers).status_code == 422
    correct(shop, definition, currency={"type": "integer", "choices": [7]})
    assert verdicts(replay(shop)) == {"stored": 1}
    [stored] = shop.store.database.rows(Event.select())
    assert (stored["data"], stored["door"]) == ('{"total":5,"currency":7,"lines":2}', "pixel")
