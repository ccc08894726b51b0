"""What a person sees where something is not there, not allowed, or broken: a page, never JSON."""

from __future__ import annotations

import pytest

from collector.core.problems import Problem
from collector.store.sections import Sections
from tests.cast import ADMIN, Shop
from tests.web.pages.signing_in import csrf_in, signed_in, text_of

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nothing", "/sections/shop/nothing", "/sections/shop/keys/x/revoke/y"])
def test_an_address_that_is_none_is_a_page_for_browsers_and_json_for_programs(shop: Shop, path: str) -> None:
    shown = shop.client.get(path, headers=HTML)
    assert (shown.status_code, shown.mimetype) == (404, "text/html")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        assert shop.client.get(path, headers=accept).get_json()["code"] == "not-found"


def test_a_form_s_address_that_is_opened_says_where_to_go(shop: Shop) -> None:
    client = signed_in(shop)
    answer = client.get("/sections/shop/settings/rotate", headers=HTML)
    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert client.get("/sections/shop/settings/rotate").headers["Allow"] == "OPTIONS, POST"


def test_a_link_that_was_used_is_a_page_that_says_so(shop: Shop) -> None:
    answer = shop.client.get("/sign-in/nonsense", headers=HTML)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "Ask for a new one" in text_of(answer)


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {}])
def test_a_preview_does_not_use_a_link_up(shop: Shop, headers: dict[str, str]) -> None:
    _, link = shop.store.people.invite("ada@example.com", "shop", "owner", ADMIN, shop.clock.now())
    ask = shop.client.get if headers else shop.client.head
    assert ask(f"/sign-in/{link}", headers=headers).status_code == 400
    assert shop.client.get(f"/sign-in/{link}").status_code == 303


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("keys", {"name": "a\0b", "scope": "read"}),
        ("keys", {"name": "a", "scope": "read", "event": "a\0b"}),
        ("members", {"email": "a\0@b.c", "role": "viewer"}),
        ("new-definition", {"event_name": "a\0b", "do": "save"}),
        ("profiles/search", {"value": "a\0b"}),
    ],
)
def test_what_no_database_keeps_is_refused_before_it_is_looked_at(
    shop: Shop, path: str, form: dict[str, str]
) -> None:
    client = signed_in(shop)
    csrf = csrf_in(client.get("/sections/shop/settings"))
    answer = client.post(f"/sections/shop/{path}", data={"csrf": csrf, **form})
    assert answer.status_code == 400
    assert client.get(f"/sections/shop/{path.split('/')[0]}", query_string={"q": "a\0b"}).status_code == 400


def test_a_database_that_does_not_answer_is_a_page_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(shop)

    def broken(*_: object) -> None:
        raise Problem("storage-unavailable", "The database cannot be used right now.", retry_after=2)

    monkeypatch.setattr(Sections, "find", broken)
    answer = client.get("/sections/shop/definitions")
    assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (503, "text/html", "2")


def test_a_fault_of_ours_is_a_page_that_gives_nothing_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(shop)

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Sections, "find", broken)
    answer = client.get("/sections/shop/definitions")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "secret detail" not in text_of(answer)
