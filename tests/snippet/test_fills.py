"""What the snippet puts in when the page gives nothing, in a real Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.core.fields import FILLS, MAX_TEXT, Field
from snippet.build import assemble
from snippet.fills import PLACES
from snippet.plan import Plan
from tests.snippet.conftest import Shop
from tests.snippet.stand_in import Server


def filled(fill: str, **rules: Any) -> Field:
    return Field(fill.replace(".", "_"), "text", fill=fill, **rules)


CALL = "fieldpost('order.completed')"
EVERY_FILL = tuple(map(filled, FILLS))
UTM = "utm_source=a+b&utm_medium=%C3%A9&utm_campaign=&utm_term=x%3Dy"


def sent(collector: Server, count: int = 1) -> dict[str, Any]:
    """The data of the newest event, once there are `count`."""
    data: dict[str, Any] = collector.wait_for_stored(count)[-1]["data"]
    return data


def test_every_fill_of_a_field_has_its_place() -> None:
    assert set(PLACES) == set(FILLS)


@pytest.mark.parametrize("fill", FILLS)
def test_a_snippet_has_the_places_that_its_fields_need(fill: str) -> None:
    others = {PLACES[other] for other in FILLS} - {PLACES[fill]}
    script = assemble(Plan("order.completed", "v1", "https://c.example", (filled(fill),)))
    assert PLACES[fill] in script
    assert [place for place in others if place in script] == []


def test_a_snippet_without_fills_has_nothing_of_them() -> None:
    fields = (Field("x", "text"), filled("page.url", max_length=0))
    script = assemble(Plan("order.completed", "v1", "https://c.example", fields, debug="off"))
    assert "fills" not in script
    assert "location" not in script


def test_every_fill_is_what_the_page_has(page: Page, shop: Shop, site: Server, collector: Server) -> None:
    shop.page(f"/cart?{UTM}", shop.snippet(fields=EVERY_FILL), before="document.documentElement.lang = 'sv'")
    page.goto(site.page("/first", f'<a href="/cart?{UTM}#pay">on</a>'))
    page.click("a")
    page.wait_for_url("**/cart?*")
    page.evaluate(CALL)
    assert sent(collector) == {
        "page_url": f"{site.url}/cart?{UTM}#pay",
        "page_path": "/cart",
        "page_title": "page",
        "page_referrer": f"{site.url}/first",
        "page_language": "sv",
        "utm_source": "a b",
        "utm_medium": "é",
        "utm_term": "x=y",
        "screen_width": str(page.evaluate("screen.width")),
    }


def test_what_the_page_has_not_is_absent(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(fields=EVERY_FILL), before="document.title = ''"))
    page.evaluate(CALL)
    assert set(sent(collector)) == {"page_url", "page_path", "page_language", "screen_width"}


def test_the_language_is_the_browsers_where_the_page_names_none(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.language"),))))
    page.evaluate(CALL)
    assert sent(collector) == {"page_language": page.evaluate("navigator.language")}


@pytest.mark.parametrize(
    ("given", "title"),
    [("'mine'", "mine"), ("''", ""), ("null", "page"), ("undefined", "page")],
)
def test_what_the_page_gives_wins(page: Page, shop: Shop, collector: Server, given: str, title: str) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.title"),))))
    page.evaluate(f"fieldpost('order.completed', {{page_title: {given}}})")
    assert sent(collector) == {"page_title": title}


def test_the_data_of_the_page_is_left_as_it_is(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.title"),))))
    assert page.evaluate("data = {page_title: null}; fieldpost('order.completed', data); data") == {
        "page_title": None
    }
    assert sent(collector) == {"page_title": "page"}


def test_a_fill_is_of_the_moment_of_the_call(page: Page, shop: Shop, site: Server, collector: Server) -> None:
    fields = (filled("page.path"), filled("page.title"), filled("utm.source"))
    page.goto(shop.page("/one?utm_source=a", shop.snippet(fields=fields)))
    page.evaluate(CALL)
    assert sent(collector) == {"page_path": "/one", "page_title": "page", "utm_source": "a"}
    page.evaluate("history.pushState({}, '', '/two'); document.title = 'second'")
    page.evaluate(CALL)
    assert sent(collector, 2) == {"page_path": "/two", "page_title": "second"}


@pytest.mark.parametrize(
    ("rules", "length"), [({}, MAX_TEXT), ({"max_length": 3}, 3), ({"max_length": MAX_TEXT}, MAX_TEXT)]
)
def test_a_fill_that_is_too_long_is_cut_between_characters(
    page: Page, shop: Shop, collector: Server, rules: dict[str, int], length: int
) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.title", **rules),))))
    page.evaluate(f"document.title = '😀'.repeat(5000); {CALL}")
    assert sent(collector) == {"page_title": "😀" * length}


def test_a_short_field_without_anything_to_fill_it_is_absent(
    page: Page, shop: Shop, collector: Server
) -> None:
    fields = (filled("utm.source", max_length=5), filled("page.language", max_length=2))
    page.goto(shop.page("/", shop.snippet(fields=fields)))
    page.evaluate(CALL)
    assert sent(collector) == {"page_language": "en"}


@pytest.mark.parametrize(
    ("query", "source"), [("a%00b", "a"), ("%00a", "a"), ("%00", None), ("%ED%A0%80", "\ufffd" * 3)]
)
def test_a_link_cannot_fill_in_what_no_collector_can_store(
    page: Page, shop: Shop, collector: Server, query: str, source: str | None
) -> None:
    page.goto(shop.page(f"/?utm_source={query}", shop.snippet(fields=(filled("utm.source"),))))
    page.evaluate(CALL)
    assert sent(collector).get("utm_source") == source


def test_half_a_character_in_a_title_is_where_it_ends(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.title"),))))
    page.evaluate(f"document.title = 'ab\\ud83d'; {CALL}")
    assert sent(collector) == {"page_title": "ab"}


def test_a_fill_that_does_not_suit_its_field_loses_no_event(
    page: Page, shop: Shop, collector: Server
) -> None:
    fields = (filled("utm.source", choices=("mail", "ads")), filled("utm.medium", min_length=3))
    page.goto(shop.page("/?utm_source=strange&utm_medium=x", shop.snippet(fields=fields)))
    page.evaluate(CALL)
    assert sent(collector) == {}
    page.evaluate(f"history.pushState({{}}, '', '/?utm_source=ads&utm_medium=text'); {CALL}")
    assert sent(collector, 2) == {"utm_source": "ads", "utm_medium": "text"}


def test_a_field_that_must_be_there_can_be_filled(page: Page, shop: Shop, collector: Server) -> None:
    fields = (filled("page.path", required=True), filled("utm.source", required=True))
    page.goto(shop.page("/?utm_source=a", shop.snippet(fields=fields)))
    page.evaluate(CALL)
    assert sent(collector) == {"page_path": "/", "utm_source": "a"}
    with page.expect_console_message(lambda message: message.type == "warning") as message:
        page.evaluate(f"history.pushState({{}}, '', '/'); {CALL}")
    assert message.value.text == "fieldpost order.completed utm_source should be text"


def test_a_filled_field_may_have_any_name(page: Page, shop: Shop, collector: Server) -> None:
    names = ("constructor", "toString", "location", "document", "fills", "new")
    fields = tuple(Field(name, "text", fill="page.path") for name in names)
    page.goto(shop.page("/", shop.snippet(fields=fields)))
    page.evaluate(CALL)
    assert sent(collector) == dict.fromkeys(names, "/")


def test_calls_from_before_the_file_are_filled_too(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(filled("page.path"),)), before=CALL))
    assert sent(collector) == {"page_path": "/"}
