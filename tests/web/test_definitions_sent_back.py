"""Definitions over the API: what a list can be asked, and that what is shown can be sent back."""

from __future__ import annotations

import pytest

from tests.cast import EVERY_TYPE, Shop


@pytest.mark.parametrize("query", [{"category": "sale"}, {"hidden": "yes"}, {"colour": "red"}])
def test_a_list_of_definitions_asks_for_what_there_is(shop: Shop, query: dict[str, str]) -> None:
    answer = shop.get(shop.key(), "/api/v1/definitions", **query)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")


def test_what_was_shown_can_be_sent_back(shop: Shop) -> None:
    """Also as the list shows it, with how lively it is; and a goal that goes away is told as a difference."""
    shop.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    admin = shop.key()
    shown = shop.get(admin, "/api/v1/definitions").get_json()["definitions"][0]
    assert "statistics" in shown
    path = "/api/v1/definitions/order.completed"
    headers = {**shop.headers(admin), "If-Match": '"1"'}
    same = shop.client.put(path, json=shown, headers=headers)
    assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
    without = {name: value for name, value in shown.items() if name != "goal"}
    stale = shop.client.put(path, json=without, headers={**headers, "If-Match": '"7"'})
    assert stale.status_code == 412
    assert stale.get_json()["difference"]["goal"]["sent"] is None
