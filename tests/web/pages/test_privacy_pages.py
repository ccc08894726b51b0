"""A person's page: the file with all that is held, and the erasure with its question."""

from __future__ import annotations

import pytest

from collector.core.permissions import Key
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, Shop, order
from tests.store.erased import traces
from tests.web.pages.admin import Admin, admin, links, profile_of, words


@pytest.fixture
def till(shop: Shop) -> Key:
    shop.define(EVERY_TYPE)
    key = shop.key()
    shop.send(key, order("1"), order("2", data={}), order("3", identifiers=BOB))
    shop.clock.forward(60)
    return key


@pytest.fixture
def ada(shop: Shop, till: Key) -> Admin:
    return admin(shop)


def alice(shop: Shop) -> str:
    return f"profiles/{profile_of(shop, 'email', ALICE['email'])}"


def test_the_page_of_a_person_leads_to_both(shop: Shop, ada: Admin) -> None:
    page = ada.read(alice(shop))
    assert [one.rpartition("/")[2] for one in links(page, f"{alice(shop)}/")] == ["export", "erase"]


def test_the_download_has_what_is_held_hidden_events_too(shop: Shop, ada: Admin) -> None:
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    answer = ada.ask(f"{alice(shop)}/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="person.json"'
    held = answer.get_json()
    assert [one["id"] for one in held["events"]] == ["1"]
    assert [one["event_id"] for one in held["rejections"]] == ["2"]


def test_an_erasure_is_asked_about_first(shop: Shop, ada: Admin) -> None:
    question = words(ada.read(f"{alice(shop)}/erase"))
    assert "Erase alice@example.com ?" in question
    assert "This cannot be undone" in question
    answer = ada.send(f"{alice(shop)}/erase")
    assert (answer.status_code, "Tick the box" in answer.text) == (422, True)
    assert ada.ask(alice(shop)).status_code == 200


def test_a_person_is_erased(shop: Shop, ada: Admin) -> None:
    path = alice(shop)
    answer = ada.send(f"{path}/erase", confirm="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sections/shop/profiles")
    assert "This person is erased: 1 events and 1 refused payloads are gone." in words(ada.read("profiles"))
    assert [ada.ask(f"{path}{tail}").status_code for tail in ("", "/export", "/erase")] == [404, 404, 404]
    assert ada.send(f"{path}/erase", confirm="yes").status_code == 404
    assert traces(shop, ALICE["email"]) == []
    entry = shop.store.audit.page("shop", 1, None).items[0]
    assert (entry.action, entry.actor.door) == ("profile.erased", "pages")
    assert words(ada.read("audit")).count("profile.erased") == 1


def test_who_may_not_erase_is_not_asked(shop: Shop, till: Key) -> None:
    seen = {}
    for role in ("editor", "viewer"):
        somebody = admin(shop, role)
        page = somebody.read(alice(shop))
        seen[role] = [one.rpartition("/")[2] for one in links(page, f"{alice(shop)}/")]
        assert somebody.ask(f"{alice(shop)}/erase").status_code == 403
        assert somebody.send(f"{alice(shop)}/erase", confirm="yes").status_code == 403
    assert seen == {"editor": ["export"], "viewer": []}


def test_a_part_of_another_person_is_not_erased_alone(shop: Shop, ada: Admin) -> None:
    merged, into = (shop.store.profiles.find("shop", "email", one["email"]) for one in (ALICE, BOB))
    assert merged is not None
    assert into is not None
    path = alice(shop)
    shop.store.merges.make("shop", merged.id, into.id, ADMIN, shop.clock.now())
    assert ada.send(f"{path}/erase", confirm="yes").status_code == 409
    assert ada.send(f"{alice(shop)}/erase", confirm="yes").status_code == 303
    assert traces(shop, ALICE["email"], BOB["email"]) == []
