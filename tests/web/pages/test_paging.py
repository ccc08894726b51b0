"""Every list of the pages shows everything once, a stretch at a time."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.cast import ADMIN, EVERY_TYPE, Shop, order
from tests.web.pages.admin import Admin, admin, links, words

MOST_PAGES = 20


@pytest.fixture
def ada(shop: Shop) -> Admin:
    return admin(shop)


def walked(ada: Admin, path: str, word: str) -> list[str]:
    """The HTML of every page of a list, by the link that is called `word`."""
    pages = [ada.read(path)]
    while following := re.search(rf'<a [^>]*href="([^"]+)">{word}</a>', pages[-1]):
        answer = ada.client.get(unescape(following[1]))
        assert answer.status_code == 200
        pages.append(answer.text)
        assert len(pages) < MOST_PAGES
    return pages


def found_in(pages: list[str], pattern: str) -> list[list[str]]:
    return [re.findall(pattern, page) for page in pages]


def together(pages: list[list[str]]) -> list[str]:
    return [one for page in pages for one in page]


def test_keys_are_paged_newest_first(shop: Shop, ada: Admin) -> None:
    for number in range(51):
        shop.key(f"key-{number:02}")
    pages = found_in(walked(ada, "keys", "Older"), r"<bdi>(key-\d\d)</bdi><br>")
    assert [len(names) for names in pages] == [50, 1]
    assert together(pages) == [f"key-{number:02}" for number in reversed(range(51))]


def test_members_are_paged_by_their_addresses(shop: Shop, ada: Admin) -> None:
    for number in range(51):
        shop.store.people.invite(f"m{number:02}@example.com", "shop", "viewer", ADMIN, shop.clock.now())
    pages = found_in(walked(ada, "members", "More"), r'scope="row"><bdi>(\w+)@')
    assert [len(names) for names in pages] == [50, 2]
    assert together(pages) == ["ada", *(f"m{number:02}" for number in range(51))]


def test_versions_are_paged_newest_first(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    for number in range(21):
        document = {
            **EVERY_TYPE,
            "fields": [*EVERY_TYPE["fields"], {"name": f"more{number}", "type": "text"}],
        }
        shop.clock.forward(3601)
        etag = shop.get(key, "/api/v1/definitions/order.completed").headers["ETag"]
        answer = shop.client.put(
            "/api/v1/definitions/order.completed",
            json=document,
            headers={**shop.headers(key), "If-Match": etag},
        )
        assert answer.status_code == 200
    pages = found_in(walked(admin(shop), "definitions/order.completed", "Older"), r"<h3>Version (\d+)")
    assert [len(numbers) for numbers in pages] == [20, 2]
    assert [int(one) for one in together(pages)] == list(range(22, 0, -1))


def test_what_changed_an_event_is_paged(shop: Shop, ada: Admin) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    for number in range(53):
        shop.clock.forward(1)
        assert shop.send(key, order(data={"total": number})).status_code == 200
    [address] = links(ada.read("live"), "/events/")[:1]
    pages = walked(ada, address, "Older")
    steps = found_in(pages, r'<li class="step">')
    assert [len(one) for one in steps] == [50, 3]
    assert "stored" in words(pages[1].partition('id="changes"')[2])


def test_what_came_is_counted_for_every_definition_page_by_page(shop: Shop, ada: Admin) -> None:
    key = shop.key()
    for number in range(31):
        shop.define({**EVERY_TYPE, "event_name": f"event.{number:02}"})
    shop.send(key, *({**order(), "event": f"event.{number:02}"} for number in range(31)))
    pages = found_in(walked(ada, "overview", "More"), r"<code>(event\.\d\d)</code>")
    assert [len(names) for names in pages] == [30, 1]
    assert sorted(together(pages)) == [f"event.{number:02}" for number in range(31)]


def test_sections_are_paged(shop: Shop) -> None:
    for number in range(61):
        shop.store.sections.create(f"Branch {number:02}", "reject", ADMIN, shop.clock.now())
    _, link = shop.store.people.invite("ada@example.com", "*", "owner", ADMIN, shop.clock.now())
    client = shop.app.test_client()
    client.get(f"/sign-in/{link}")
    pages = found_in(walked(Admin(client), "/", "More"), r">(Branch \d\d)<")
    assert [len(names) for names in pages] == [60, 1]
    assert len(set(together(pages))) == 61


@pytest.mark.parametrize("path", ["keys?cursor=0000000000001", "definitions?page=99", "overview?page=99"])
def test_a_page_that_a_list_does_not_have_is_a_page_all_the_same(shop: Shop, ada: Admin, path: str) -> None:
    shop.define(EVERY_TYPE)
    assert ada.ask(path).status_code == 200


def test_the_way_to_the_next_page_keeps_what_was_asked_for_and_nothing_else(shop: Shop, ada: Admin) -> None:
    for number in range(51):
        shop.define({**EVERY_TYPE, "event_name": f"event.{number:02}", "tags": ["a&b"]})
    page = ada.read("definitions", q="a&b", _external="1", _scheme="javascript")
    [following] = links(page, "page=2")
    assert following.startswith("/sections/shop/definitions?q=a%26b&")
