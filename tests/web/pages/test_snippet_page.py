"""The snippet page: what to paste, the question whether a page has it, and who sent something last."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.store.definitions import Edit
from snippet.embed import integrity
from tests.cast import ADMIN, EVERY_TYPE, ORDER, Shop
from tests.web.pages.admin import Admin, admin, words

PAGE = "definitions/order.completed/snippet"
FOUND = {"version": "", "page": "https://shop.example/cart", "consent": "off", "storage": True}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def ada(shop: Shop, definition: Definition) -> Admin:
    return admin(shop)


def nonce_of(answer_text: str) -> str:
    return re.findall(r"fieldpost=check\.([\w-]+)", answer_text)[0]


def answer(shop: Shop, definition: Definition, nonce: str, origin: str, **found: Any) -> int:
    """The status of what a page's snippet hears."""
    version = definition.versions[0].id
    body = json.dumps({**FOUND, "version": version, "nonce": nonce, **found})
    return shop.client.post(
        f"/b/{version}.check", data=body, content_type="text/plain", headers={"Origin": origin}
    ).status_code


def test_a_page_that_answers_is_seen(shop: Shop, definition: Definition, ada: Admin) -> None:
    asked = ada.send(f"{PAGE}/check", page="https://shop.example/cart?a=1#top").text
    assert re.search(r'href="https://shop.example/cart\?a=1&amp;fieldpost=check\.[\w-]+#top"', asked)
    assert "No answer yet" in words(asked)
    assert answer(shop, definition, nonce_of(asked), "https://shop.example") == 204
    text = words(ada.read(PAGE))
    assert "Seen" in text
    assert "nothing is in the way" in text


def test_a_question_is_answered_once_and_for_a_quarter_of_an_hour(
    shop: Shop, definition: Definition, ada: Admin
) -> None:
    first, late = (nonce_of(ada.send(f"{PAGE}/check", page="https://shop.example/").text) for _ in range(2))
    origin = "https://shop.example"
    assert [answer(shop, definition, one, origin) for one in (first, first, "guessed")] == [204, 404, 404]
    shop.clock.forward(16 * 60)
    assert answer(shop, definition, late, origin) == 404


@pytest.mark.parametrize(
    ("origin", "found", "expected"),
    [
        ("https://other.example", {}, "The origin https://other.example is not among those that may send."),
        ("https://shop.example", {"policy": ["connect-src"]}, "Content-Security-Policy refuses connect-src"),
        ("https://shop.example", {"consent": "ask"}, "before fieldpost.consent(true)"),
        ("https://shop.example", {"consent": "gpc", "signals": True}, "asks not to track"),
        ("https://shop.example", {"storage": False}, "has no storage"),
        ("https://shop.example", {"version": "0000000000000"}, "an older version"),
    ],
)
def test_the_page_says_what_is_in_the_way(
    shop: Shop, definition: Definition, ada: Admin, origin: str, found: dict[str, Any], expected: str
) -> None:
    nonce = nonce_of(ada.send(f"{PAGE}/check", page="https://shop.example/").text)
    assert answer(shop, definition, nonce, origin, **found) == 204
    assert expected in words(ada.read(PAGE))


def test_an_answer_that_was_passed_on_says_that_the_collector_is_out_of_reach(
    shop: Shop, definition: Definition, ada: Admin
) -> None:
    nonce = nonce_of(ada.send(f"{PAGE}/check", page="https://shop.example/").text)
    told = json.dumps({**FOUND, "version": definition.versions[0].id})
    heard = ada.send(f"{PAGE}/told", nonce=nonce, origin="https://shop.example", told=told)
    assert heard.status_code == 204
    assert "something in the browser or on the way blocks them" in words(ada.read(PAGE))
    assert answer(shop, definition, nonce, "https://shop.example") == 404


@pytest.mark.parametrize("told", ["", "[]", "{", "x" * 9000])
def test_what_is_no_answer_is_not_passed_on(ada: Admin, told: str) -> None:
    nonce = nonce_of(ada.send(f"{PAGE}/check", page="https://shop.example/").text)
    heard = ada.send(f"{PAGE}/told", nonce=nonce, origin="https://shop.example", told=told)
    assert 400 <= heard.status_code < 500


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "shop.example", "", 'https://x/"><script>', "https://"]
)
def test_only_the_address_of_a_page_can_be_opened(ada: Admin, page: str) -> None:
    text = ada.send(f"{PAGE}/check", page=page).text
    assert "Write the address of a page" in text
    assert "fieldpost=check" not in text


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"nonce": {}, "policy": 5}', b"x" * 9000])
def test_other_answers_are_refused(shop: Shop, definition: Definition, body: bytes) -> None:
    path = f"/b/{definition.versions[0].id}.check"
    assert 400 <= shop.client.post(path, data=body, content_type="text/plain").status_code < 500


def test_hostile_answers_are_only_texts(shop: Shop, definition: Definition, ada: Admin) -> None:
    hostile = "<script>alert(1)</script>"
    nonce = nonce_of(ada.send(f"{PAGE}/check", page="https://shop.example/").text)
    answer(shop, definition, nonce, "https://shop.example", page=hostile, policy=[hostile], version=hostile)
    assert hostile not in ada.read(PAGE)


def test_who_sent_something_last_is_told_by_origin_and_version(
    shop: Shop, definition: Definition, ada: Admin
) -> None:
    shop.beacon(definition.versions[0].id, {"id": "1", "data": ORDER}, "https://www.shop.example")
    shop.beacon(definition.versions[0].id, {"id": "2", "data": ORDER}, "https://evil.example")
    text = words(ada.read(PAGE))
    assert "https://www.shop.example 1 " in text
    assert "evil" not in text


def test_the_pinned_tag_is_that_of_the_settings_of_now(
    shop: Shop, definition: Definition, ada: Admin
) -> None:
    first = _pinned(ada)
    draft = definition.draft
    changed = replace(draft.web_tracking, triggers=({"on": "click", "selector": ".buy-now"},))
    edit = Edit(replace(draft, web_tracking=changed), definition.revision)
    shop.store.definitions.save(definition, edit, 3600, ADMIN, shop.clock.now())
    shop.clock.forward(3)
    for path, proof in (first, _pinned(ada)):
        assert integrity(shop.client.get(path).text) == proof
    assert _pinned(ada)[0] != first[0]


def _pinned(ada: Admin) -> tuple[str, str]:
    """The path and the integrity of the pinned tag."""
    found = re.search(r'src="http://localhost(/s/[^"]+)" integrity="([^"]+)"', unescape(ada.read(PAGE)))
    assert found is not None
    return found[1], unescape(found[2])


def test_where_the_debug_mode_is_switched_off_nobody_is_asked(
    shop: Shop, definition: Definition, ada: Admin
) -> None:
    off = "the debug mode is switched off in its settings"
    triggers = "definitions/order.completed/triggers"
    assert off not in words(ada.read(PAGE)) + words(ada.read(triggers))
    draft = definition.draft
    edit = Edit(replace(draft, web_tracking=replace(draft.web_tracking, debug=False)), definition.revision)
    shop.store.definitions.save(definition, edit, 3600, ADMIN, shop.clock.now())
    shop.clock.forward(3)
    assert off in words(ada.read(PAGE))
    assert "snippet/check" not in ada.read(PAGE)
    assert off in words(ada.read(triggers))
