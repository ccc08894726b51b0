"""The playground of a definition: a verdict without storing, lines to copy, a test event and its erasure."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from collector.core import ids
from collector.intake.trial import DOOR, MARK
from collector.store.models import Change, Event, Identifier, Profile, Total
from tests.cast import ALICE, EVERY_TYPE, ORDER, Shop, order
from tests.web.pages.admin import Admin, admin, words

TRY = "definitions/order.completed/try"
GOAL = {"type": "purchase", "value_field": "total"}


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """One database is enough: judging, storing and erasing are proven on both elsewhere."""
    return sqlite_ready_database_url


@pytest.fixture
def ada(shop: Shop) -> Admin:
    shop.define({**EVERY_TYPE, "goal": GOAL})
    return admin(shop)


def payload(**members: Any) -> str:
    return json.dumps({"event": "order.completed", "id": "1", "identifiers": ALICE, "data": ORDER, **members})


def rows(shop: Shop) -> list[int]:
    return [
        len(shop.store.database.rows(one.select())) for one in (Event, Change, Profile, Identifier, Total)
    ]


def test_the_page_begins_with_a_payload_that_is_accepted_as_it_stands(ada: Admin) -> None:
    page = ada.read(TRY)
    [text] = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    answer = ada.send(TRY, payload=unescape(text), do="try")
    assert "It would be stored." in words(answer.text)


def test_a_dry_run_stores_nothing_and_counts_nothing(shop: Shop, ada: Admin) -> None:
    before = rows(shop), shop.store.statistics.of_definitions("shop", shop.clock.now())
    assert "It would be stored." in words(ada.send(TRY, payload=payload(), do="try").text)
    told = words(ada.send(TRY, payload=payload(data={"total": "x"}), do="try").text)
    assert "It would be refused." in told
    assert "/data/total" in told
    assert (rows(shop), shop.store.statistics.of_definitions("shop", shop.clock.now())) == before
    assert shop.store.rejections.page("shop", 10, None).items == []


def test_the_verdict_is_that_of_the_event_that_is_there(shop: Shop, ada: Admin) -> None:
    shop.send(shop.key(), order("1"))
    same = ada.send(TRY, payload=json.dumps(order("1")), do="try")
    assert "It is there already" in words(same.text)
    shop.clock.forward(1)
    other = ada.send(TRY, payload=json.dumps(order("1", data={"total": 7})), do="try")
    assert "It would update the event" in words(other.text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "This cannot be read."),
        ("[]", "It would be refused."),
        ('{"id": "1", "data": {"total": 1}}', "/event Which event is it?"),
        ('{"event": "cart.viewed"}', "This page tries order.completed, and nothing else."),
        ("x" * 100_001, "at most 100,000 characters"),
    ],
)
def test_what_is_wrong_is_told_beside_what_was_typed(ada: Admin, text: str, sentence: str) -> None:
    answer = ada.send(TRY, payload=text, do="send")
    assert answer.status_code in (200, 400)
    assert sentence in words(answer.text)


def test_a_test_event_is_marked_and_is_about_nobody_real(shop: Shop, ada: Admin) -> None:
    shop.send(shop.key(), order("1"))
    answer = ada.send(TRY, payload=payload(), do="send")
    assert answer.status_code == 303
    page = words(ada.read(answer.headers["Location"]))
    assert "Somebody sent this to try the definition." in page
    state = shop.store.events.latest("shop", 1)[0]
    assert (state.door, state.source, state.event_id[: len(MARK)]) == (DOOR, "Test", MARK)
    assert dict(state.identifiers) == {"crm_id": state.event_id}
    assert 'class="tag change">test<' in ada.read("live")
    alice = shop.store.profiles.find("shop", "email", ALICE["email"])
    assert alice is not None
    assert alice.id != state.profile_id


def test_a_click_erases_the_test_event_from_every_table(shop: Shop, ada: Admin) -> None:
    shop.send(shop.key(), order("1"))
    before = rows(shop)
    where = ada.send(TRY, payload=payload(), do="send").headers["Location"]
    assert rows(shop) != before
    [address] = re.findall(r'action="/sections/shop/(events/[^"]+/erase-test)"', ada.read(where))
    answer = ada.send(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sections/shop/{TRY}")
    assert rows(shop) == before
    assert ada.ask(where).status_code == 404
    assert shop.store.totals.wrong("shop") == []


def test_only_a_test_is_erased_so(shop: Shop, ada: Admin) -> None:
    shop.send(shop.key(), order("1"), order(f"{MARK}mine"))
    for state in shop.store.events.latest("shop", 2):
        assert ada.send(f"events/{ids.encode(state.id)}/erase-test").status_code == 404
    assert ada.send("events/odd/erase-test").status_code == 404
    assert len(shop.store.events.latest("shop", 9)) == 2


def test_a_test_whose_person_became_somebody_real_is_left_alone(shop: Shop, ada: Admin) -> None:
    ada.send(TRY, payload=payload(), do="send")
    state = shop.store.events.latest("shop", 1)[0]
    shop.send(shop.key(), order("2", identifiers={**ALICE, "crm_id": state.event_id}))
    answer = ada.send(f"events/{ids.encode(state.id)}/erase-test")
    assert answer.status_code == 409
    assert shop.store.profiles.find("shop", "email", ALICE["email"]) is not None


def test_viewers_try_nothing(shop: Shop, ada: Admin) -> None:
    viewer = admin(shop, "viewer")
    assert viewer.ask(TRY).status_code == 403
    assert viewer.send(TRY, payload=payload(), do="send").status_code == 403
    assert "Try it" not in viewer.read("definitions/order.completed")
