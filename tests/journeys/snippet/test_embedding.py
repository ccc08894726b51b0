"""What the snippet page gives to paste, beside the tag: each on a page of the shop, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from collector.core.fields import parse_fields
from snippet.embed import STUB, Places, integrity, pinned_tag, pixel_tag, tag_manager_tag
from tests.journeys.snippet.shop import FIELDS, Shop


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    yield context
    context.close()


def test_the_pixel_counts_where_javascript_is_off(shop: Shop, chromium: Browser) -> None:
    event = shop.event()
    pixel = pixel_tag(Places(shop.gate.url), event.id, {"number": "7"})
    address = shop.page(f"/{event.name}", event.url, html=pixel, before=event.call(1))
    for scripts in (False, True):
        context = chromium.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(address)
        assert event.numbers(1 + scripts) == [1, 7][1 - scripts :]
        context.close()


def test_the_tag_of_a_tag_manager_works_when_it_is_put_in(shop: Shop, context: BrowserContext) -> None:
    event = shop.event()
    fields, _ = parse_fields(FIELDS, "")
    tag = tag_manager_tag(Places(shop.gate.url), event.id, event.name, fields)
    code = re.fullmatch(r"<script>\n(.*)</script>", tag, re.DOTALL)
    assert code is not None
    values = re.sub(r"\{\{(\w+)\}\}", lambda found: "7" if found[1] == "number" else "undefined", code[1])
    page = context.new_page()
    page.goto(shop.site.page(f"/{event.name}", "<p>a page without anything of ours</p>"))
    page.evaluate(
        "text => document.body.append(Object.assign(document.createElement('script'), {text}))", values
    )
    assert event.numbers(1) == [7]


def test_a_module_is_imported_and_called(shop: Shop, context: BrowserContext) -> None:
    event = shop.event()
    address = event.url.removesuffix(".js") + ".mjs"
    script = f"import fieldpost from '{address}'; {event.call(7)}"
    page = context.new_page()
    page.goto(shop.site.page(f"/{event.name}", f'<script type="module">{script}</script>'))
    assert event.numbers(1) == [7]


def test_a_pinned_file_runs_and_another_in_its_place_does_not(shop: Shop, context: BrowserContext) -> None:
    event = shop.event()
    page = context.new_page()
    page.goto(f"{shop.gate.url}/s/{event.versions[0]}.js")
    text = page.inner_text("body")
    for number, promised in enumerate((text, text + " ")):
        tag = pinned_tag(Places(shop.gate.url), event.versions[0], promised)
        assert integrity(promised) in tag
        page.goto(shop.site.page(f"/{event.name}/{number}", f"{tag}<script>{event.call(number)}</script>"))
        page.wait_for_load_state()
        taken = page.evaluate("fieldpost.q.length == 0 && 'w' in fieldpost")
        assert taken == (promised == text)
    assert event.numbers(1) == [0]
    assert STUB in tag
