"""Twice, late, out of order, and money: the corpus against the API and the commit, on both databases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from collector.hostile.twice_corpus import ALICE, BOB, HISTORIES, MONEY, ORDER, History, write
from collector.store.ledger import sums
from collector.store.models import Event, Profile
from tests.cast import Shop

FIELDS = [{"name": "total", "type": "decimal", "required": True}]


@pytest.fixture
def till(shop: Shop) -> Iterator[Shop]:
    """The shop, with an event that needs its total and one that needs nothing."""
    web = {"web_tracking": {"enabled": True}}
    shop.define({"event_name": "order", "category": "transaction", "fields": FIELDS, **web})
    shop.define(
        {"event_name": "free", "category": "signal", "fields": [{"name": "total", "type": "decimal"}]}
    )
    yield shop
    counted = sums(shop.store.database, "shop")
    assert counted.pop("received") == sum(counted.values())
    assert shop.store.totals.wrong("shop") == []


def post(shop: Shop, *members: dict[str, Any], event_id: str = "1") -> list[str]:
    """The verdicts on some writes of one event, in one batch."""
    events = [{"event": "order", "id": event_id, **one} for one in members]
    answer = shop.post(shop.key(), "/api/v1/events", {"events": events})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [result["verdict"] for result in answer.get_json()["results"]]


def left(shop: Shop, event: str, event_id: str = "1") -> dict[str, Any] | None:
    answer = shop.get(shop.key(), f"/api/v1/events/{event}/{event_id}")
    assert answer.status_code in (200, 404)
    return answer.get_json() if answer.status_code == 200 else None


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_history_ends_as_it_must(till: Shop, history: History, together: bool) -> None:
    groups = [history.sent] if together else [(one,) for one in history.sent]
    verdicts = [verdict for group in groups for verdict in post(till, *group)]
    assert tuple(verdicts) == history.verdicts
    event = left(till, history.sent[0].get("event", "order"))
    if history.left is None:
        assert event is None
    else:
        assert event is not None
        assert {name: event.get(name) for name in history.left} == history.left


def test_the_same_event_ten_thousand_times_is_one_row(till: Shop) -> None:
    counted: Counter[str] = Counter()
    for _ in range(20):
        counted.update(post(till, *[write(1)] * 500))
    assert counted == {"stored": 1, "duplicate": 9_999}
    assert len(till.store.database.rows(Event.select())) == 1


def test_a_page_never_changes_what_is_stored_and_an_integration_never_what_a_page_sent(till: Shop) -> None:
    definition = till.store.definitions.find("shop", "order")
    assert definition is not None
    event = {"id": "1", "data": ORDER, "identifiers": BOB, "occurred_at": "2026-09-21T10:05:00Z"}
    assert post(till, write(1)) == ["stored"]
    for data in (ORDER, {"total": 99}):
        till.beacon(definition.id, {**event, "data": data})
    assert post(till, write(9, data={"total": 50})) == ["updated"]
    ours, theirs = left(till, "order", "1"), left(till, "order", "web:1")
    assert ours is not None
    assert theirs is not None
    assert (ours["identifiers"], ours["data"], theirs["data"]) == (ALICE, {"total": 50}, ORDER)
    assert post(till, write(9, id="web:1", data={"total": 1})) == ["rejected"]


def test_what_is_refused_leaves_nobody_behind(till: Shop) -> None:
    stranger = {"email": "nobody@example.com"}
    assert post(till, write(1, identifiers=stranger, data={"total": "x"})) == ["rejected"]
    assert post(till, write(1, identifiers=stranger, goal_value=10**11)) == ["rejected"]
    assert till.store.database.rows(Profile.select()) == []


@pytest.mark.parametrize(("text", "expected"), MONEY, ids=lambda part: str(part)[:24])
def test_money_is_exact_or_refused(till: Shop, text: str, expected: str | None) -> None:
    event = {"event": "order", "id": "1", "identifiers": ALICE, "data": ORDER, "goal_type": "purchase"}
    body = json.dumps(event)[:-1] + f', "goal_value": {text}}}'
    answer = till.post(till.key(), "/api/v1/events", body.encode())
    if expected is None:
        assert answer.status_code in (400, 422)
        assert left(till, "order") is None
        return
    assert answer.status_code == 200, answer.get_data(as_text=True)
    stored = till.get(till.key(), "/api/v1/events/order/1").get_data(as_text=True)
    assert f'"goal_value":{expected},' in stored.replace(" ", "")
