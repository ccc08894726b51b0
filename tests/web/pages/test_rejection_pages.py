"""The pages of rejections: causes, what to change, a preview, a replay; on every database."""

from __future__ import annotations

import re

import pytest

from collector.core.definitions import Definition
from collector.core.permissions import Key
from collector.store.models import Event, Rejection
from tests.cast import ALICE, EVERY_TYPE, ORDER, Shop, order
from tests.intake.test_replay import correct
from tests.store.writes import count
from tests.web.pages.admin import Admin, admin, links, words

LOW = {**ORDER, "total": -5}
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e\u0007'


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


@pytest.fixture
def ada(shop: Shop) -> Admin:
    return admin(shop)


def causes(page: str) -> list[str]:
    """The causes on a page, by their ids."""
    return re.findall(r'data-cause="([^"]+)"', page)


def counts(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-count="(\w+)">([^<]+)<', page))


def test_causes_are_shown_with_what_is_wrong_and_what_to_do(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1", data=LOW), order("2", data={**LOW, "phone": "0703333333"}))
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    page = ada.read("rejections")
    told = words(page)
    assert len(causes(page)) == 2
    assert "order.completed 2 kept" in told
    assert "/data/total This must not be less than 0. too-small" in told
    assert "Draw up a definition" in told
    assert links(page, "/definitions/order.completed/edit")
    assert "No definition has this name." in told
    assert "0703333333" not in page
    assert "alice@example.com" not in page
    assert causes(ada.read("rejections", event="never.defined")) == causes(page)[1:]
    assert "Nothing that was refused is kept here." in ada.read("rejections", event="odd")


def test_one_cause_has_a_list_of_each(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, *(order(f"low-{number}", data=LOW) for number in range(60)), order("x", data={}))
    page = ada.read("rejections")
    first = ada.read(links(page, "cause=")[0])
    assert len(causes(first)) == 1
    second = ada.read(links(first, "cursor=")[0])
    found = [set(re.findall(r"low-\d+(?=</bdi></td>)", one)) for one in (first, second)]
    assert [len(one) for one in found] == [50, 10]
    assert len(set.union(*found)) == 60
    assert ada.ask("rejections", cause="odd").status_code == 404


def test_many_causes_come_in_stretches(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, *(order(str(number), data={"total": 1, f"odd{number}": 1}) for number in range(30)))
    first = ada.read("rejections")
    second = ada.read(links(first, "cursor=")[0])
    assert [len(causes(one)) for one in (first, second)] == [25, 5]
    assert len({*causes(first), *causes(second)}) == 30


def test_a_preview_stores_nothing_and_the_release_does_what_it_said(
    shop: Shop, ada: Admin, till: Key, definition: Definition
) -> None:
    shop.send(till, order("1", data=LOW), order("2", data=LOW), order("3", data={"total": "x"}))
    correct(shop, definition, total={"minimum": -10})
    wanted = {"event": "order.completed", "do": "preview"}
    preview = ada.send("rejections/replay", **wanted).text
    assert "Nothing is stored yet, nothing counted." in words(preview)
    assert counts(preview) == {
        "stored": "2",
        "updated": "0",
        "duplicate": "0",
        "ignored": "0",
        "rejected": "1",
    }
    assert "/data/total type-wrong 1 3" in words(preview)
    assert (count(shop, Event), count(shop, Rejection)) == (0, 3)
    assert 'value="replay"' in preview
    done = ada.send("rejections/replay", **{**wanted, "do": "replay"}).text
    assert "2 released" in words(done)
    assert counts(done) == counts(preview)
    again = ada.send("rejections/replay", **{**wanted, "do": "replay"}).text
    assert "0 released" in words(again)
    assert (count(shop, Event), count(shop, Rejection)) == (2, 1)


def test_one_cause_is_released_alone(shop: Shop, ada: Admin, till: Key, definition: Definition) -> None:
    shop.send(till, order("1", data=LOW), order("2", data={**ORDER, "odd": 1}))
    correct(shop, definition, total={"minimum": -10}, extra_fields="drop")
    page = ada.read("rejections")
    ada.send("rejections/replay", do="replay", cause=causes(page)[0])
    assert len(causes(ada.read("rejections"))) == 1


def test_a_new_version_that_accepts_them_offers_to_release_them(
    shop: Shop, ada: Admin, till: Key, definition: Definition
) -> None:
    shop.send(till, *(order(str(number), data=LOW) for number in range(3)), order("3", data={}))
    address = "definitions/order.completed"
    assert "fit" not in words(ada.read(address)).partition("What it collects")[0]
    correct(shop, definition, hold=3600, total={"minimum": -10})
    assert "3 of its rejections fit version 2, which takes over" in words(ada.read(address))
    waiting = ada.send("rejections/replay", event="order.completed", do="preview").text
    assert "Version 2 takes over" in words(waiting)
    shop.clock.forward(3600)
    page = ada.read(address)
    assert "3 of its rejections fit version 2." in words(page)
    viewer = admin(shop, "viewer")
    assert "of its rejections fit" not in words(viewer.read(address))
    ada.send("rejections/replay", event="order.completed", do="replay")
    assert "of its rejections fit" not in words(ada.read(address))


def test_a_definition_made_for_an_unknown_name_offers_them_too(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, {"event": "newsletter.joined", "id": "1", "identifiers": ALICE})
    shop.clock.forward(1)
    shop.define({"event_name": "newsletter.joined", "title": "Joined", "category": "conversion"})
    assert "1 of its rejections fits version 1." in words(ada.read("definitions/newsletter.joined"))


def test_a_viewer_sees_and_cannot_release(shop: Shop, till: Key) -> None:
    shop.send(till, order("1", data=LOW))
    viewer = admin(shop, "viewer")
    page = viewer.read("rejections")
    assert "Preview" not in words(page)
    assert links(page, "/edit") == []
    assert viewer.send("rejections/replay", do="replay").status_code == 403
    assert count(shop, Rejection) == 1


def test_a_form_of_another_page_releases_nothing(
    shop: Shop, ada: Admin, till: Key, definition: Definition
) -> None:
    shop.send(till, order("1", data=LOW))
    correct(shop, definition, total={"minimum": -10})
    answer = ada.client.post("/sections/shop/rejections/replay", data={"do": "replay", "csrf": "x"})
    assert answer.status_code == 403
    assert count(shop, Event) == 0


@pytest.mark.parametrize(
    "value", [HOSTILE, "9" * 5000, "x" * 40_000, "a\0b"], ids=["markup", "long", "huge", "nul"]
)
def test_whatever_was_sent_is_text_on_every_page(
    shop: Shop, ada: Admin, till: Key, definition: Definition, value: str
) -> None:
    shop.send(till, order(value[:200], source=value, data={"total": value, value[:300]: value}))
    shop.send(
        till, {"event": value[:90], "id": "1", "identifiers": {"email": value}, "data": {value[:9]: value}}
    )
    shop.beacon(definition.id, {"id": "12345678", "source": value, "data": {"total": value}})
    pages = [ada.read("rejections"), ada.read("live")]
    pages += [ada.read(link) for link in links(pages[0], "/rejections/0")]
    pages += [ada.send("rejections/replay", do="preview").text]
    pages += [ada.send("rejections/replay", do="replay").text]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\0" not in page
