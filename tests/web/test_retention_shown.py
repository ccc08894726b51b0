"""A shorter retention: what it would delete is said before it is saved, in the API and in the page."""

from __future__ import annotations

import pytest

from collector.core.documents import dump_document
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.store.writes import commit, write
from tests.web.pages.forms import form_of
from tests.web.pages.signing_in import signed_in

DAY = 86_400_000_000


@pytest.fixture
def old(shop: Shop) -> Shop:
    made = shop.define(EVERY_TYPE)
    commit(shop, *(write(made, f"{day}", occurred_at=NOON - day * DAY) for day in (1, 50, 60)))
    return shop


def test_the_preview_says_what_would_be_deleted(old: Shop) -> None:
    one = old.store.definitions.find("shop", "order.completed")
    assert one is not None
    key, document = old.key(), dump_document(one.draft)
    path = "/api/v1/definitions/order.completed/preview"
    assert "retention" not in old.post(key, path, document).json
    told = old.post(key, path, {**document, "retention_days": 30}).json["retention"]
    assert told.startswith("Kept for 30 days: 2 events that are stored now occurred before 2026-08-")
    none = old.post(key, path, {**document, "retention_days": 90}).json["retention"]
    assert none == "Kept for 90 days. Nothing that is stored now is older."


@pytest.mark.parametrize("days", [0, -1, 36_501, 1.5, "30", True])
def test_what_is_no_number_of_days_is_refused_at_its_place(shop: Shop, days: object) -> None:
    heard = shop.post(shop.key(), "/api/v1/definitions", {**EVERY_TYPE, "retention_days": days})
    assert heard.status_code == 422
    assert heard.json["errors"][0]["pointer"] == "/retention_days"


def test_the_page_saves_a_shorter_one_only_after_it_was_told_what_that_deletes(old: Shop) -> None:
    ada = signed_in(old, "owner")
    address = "/sections/shop/definitions/order.completed"
    form = form_of(ada.get(f"{address}/edit").text)
    assert form["retention_days"] == ""
    asked = ada.post(f"{address}/edit", data=form.sent(retention_days="30", do="save")).text
    assert "2 events that are stored now occurred before" in asked
    assert "for ever" in ada.get(address).text
    assert ada.post(f"{address}/edit", data=form_of(asked).sent(do="save")).status_code == 303
    assert "for 30 days after they occurred" in ada.get(address).text
    longer = form_of(ada.get(f"{address}/edit").text).sent(retention_days="", do="save")
    assert ada.post(f"{address}/edit", data=longer).status_code == 303
    assert "for ever" in ada.get(address).text
    wrong = form_of(ada.get(f"{address}/edit").text).sent(retention_days="soon", do="save")
    assert "This is a whole number." in ada.post(f"{address}/edit", data=wrong).text
