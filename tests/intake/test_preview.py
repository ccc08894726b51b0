"""The preview of an edit, from real events and real rejections, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.definitions import Content, Definition
from collector.core.documents import parse_definition
from collector.core.permissions import Key
from collector.intake.preview import LOOKED_BACK, preview
from collector.store.models import Event, Ledger, Rejection
from tests.cast import EVERY_TYPE, ORDER, Shop, order


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


def draft(**rules: dict[str, Any]) -> Content:
    """The content of the cast's definition, with other rules for some of its fields."""
    fields: Any = EVERY_TYPE["fields"]
    changed = [{**field, **rules.get(field["name"], {})} for field in fields]
    return parse_definition({**EVERY_TYPE, "fields": changed}).content


def priced(event_id: str, total: Any, **members: Any) -> dict[str, Any]:
    return order(event_id, data={**ORDER, "total": total}, **members)


def shown(shop: Shop, definition: Definition, content: Content) -> dict[str, Any]:
    return preview(shop.store, definition, content, shop.clock.now()).as_json()


def test_a_stricter_rule_shows_which_stored_events_it_would_have_refused(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, priced("1", 5), priced("2", 50), priced("3", 7))
    answer = shown(shop, definition, draft(total={"minimum": 10}))
    assert answer["difference"] == [
        {
            "kind": "stricter",
            "place": "/fields/total/minimum",
            "sentence": "total now needs at least 10 (before: at least 0): stricter.",
            "makes_version": True,
        }
    ]
    assert answer["events"] == {
        "checked": 3,
        "accepted": 1,
        "refused": 2,
        "is_complete": True,
        "reasons": [{"code": "too-small", "pointer": "/data/total", "count": 2, "example": "3"}],
    }
    assert answer["rejections"]["checked"] == 0


def test_a_looser_rule_shows_which_rejections_it_would_have_accepted(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, priced("1", -5), priced("2", -50), priced("3", "much"), order("4", identifiers={}))
    answer = shown(shop, definition, draft(total={"minimum": -10}))
    assert [one["kind"] for one in answer["difference"]] == ["looser"]
    found = answer["rejections"]
    assert (found["checked"], found["accepted"], found["refused"]) == (4, 1, 3)
    assert {(reason["code"], reason["example"]) for reason in found["reasons"]} == {
        ("too-small", "2"),
        ("type-wrong", "3"),
        ("identifier-missing", "4"),
    }


def test_rejected_beacons_are_judged_again_too(shop: Shop, definition: Definition) -> None:
    shop.beacon(definition.id, {"id": "1", "data": {"total": -1}})
    found = shown(shop, definition, draft(total={"minimum": -1}))["rejections"]
    assert (found["checked"], found["accepted"]) == (1, 1)


def test_only_the_events_of_thirty_days_count(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, priced("1", 5))
    shop.clock.moment += LOOKED_BACK
    assert shown(shop, definition, draft())["events"]["checked"] == 1
    shop.clock.moment += 1
    assert shown(shop, definition, draft())["events"]["checked"] == 0


def test_a_deleted_event_counts_no_more(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, priced("1", 5), priced("2", 6))
    shop.clock.forward(1)
    shop.send(till, order("1", data=None, deleted_at="2026-09-22T00:00:00Z"))
    assert shown(shop, definition, draft())["events"]["checked"] == 1


def test_the_same_content_has_no_difference_and_refuses_nothing_that_is_stored(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, priced("1", 5))
    answer = shown(shop, definition, draft())
    assert (answer["difference"], answer["events"]["refused"]) == ([], 0)


def test_a_preview_writes_nothing(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, priced("1", 5), priced("2", -5))

    def everything() -> list[Any]:
        return [shop.store.database.rows(model.select()) for model in (Event, Rejection, Ledger)]

    before = everything()
    shown(shop, definition, draft(total={"minimum": 100}))
    assert everything() == before
    assert shop.store.definitions.read_again(definition) == definition


def test_the_events_of_other_definitions_are_nobodys_business(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.define({**EVERY_TYPE, "event_name": "order.returned"})
    shop.send(till, order("1", event="order.returned"), order("2", event="nobody.knows"))
    answer = shown(shop, definition, draft())
    assert (answer["events"]["checked"], answer["rejections"]["checked"]) == (0, 0)
