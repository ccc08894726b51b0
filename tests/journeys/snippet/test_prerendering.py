"""A page that Chromium makes ready before anybody goes there sends nothing until somebody does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.snippet.shop import Event, Shop
from tests.servers.waiting import eventually

PRERENDERING = "Object.defineProperty(document, 'prerendering', {value: true})"


def test_a_prerendered_page_counts_when_it_is_looked_at(shop: Shop, chromium: Browser) -> None:
    event = shop.event(triggers=[{"on": "page", "values": {"number": {"from": "constant", "value": 7}}}])
    with prerendered(shop, chromium, event) as page:
        assert event.stored(0) == []
        page.click("a")
        assert event.numbers(2) == [1, 7]
    assert shop.site.gets[f"/{event.name}/ready"] == 1


@pytest.mark.parametrize(("choice", "at_once"), [("wait", []), ("send", [1])])
def test_a_definition_says_whether_it_waits(
    shop: Shop, chromium: Browser, choice: str, at_once: list[int]
) -> None:
    event = shop.event(prerendered=choice)
    context = chromium.new_context()
    page = context.new_page()
    # Chromium prerenders nothing while it is driven: this page only says that it is being prerendered.
    page.add_init_script(PRERENDERING)
    page.goto(shop.page(f"/{event.name}", event.url, before=event.call(1)))
    assert event.numbers(len(at_once)) == at_once
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    assert event.numbers(1) == [1]
    context.close()


@contextmanager
def prerendered(shop: Shop, chromium: Browser, event: Event) -> Iterator[Page]:
    """A page with a link to one that Chromium has made ready, which calls the event."""
    ready = shop.page(f"/{event.name}/ready", event.url, before=event.call(1))
    wanted = json.dumps({"prerender": [{"urls": [ready], "eagerness": "immediate"}]})
    rules = f'<script type="speculationrules">{wanted}</script>'
    context = chromium.new_context()
    page = context.new_page()
    page.goto(shop.page(f"/{event.name}", html=f'{rules}<a href="{ready}">go</a>'))
    asked = shop.site.gets
    assert eventually(lambda: asked.get(f"/{event.name}/ready", 0) == 1), "Chromium has not prerendered it"
    yield page
    context.close()
