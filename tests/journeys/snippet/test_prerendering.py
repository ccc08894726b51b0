"""A page that Chromium makes ready before anybody goes there sends nothing until somebody does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.journeys.snippet.shop import Event, Shop
from tests.servers.waiting import eventually


def test_a_prerendered_page_counts_when_it_is_looked_at(shop: Shop, chromium: Browser) -> None:
    event = shop.event(triggers=[{"on": "page", "values": {"number": {"from": "constant", "value": 7}}}])
    with prerendered(shop, chromium, event) as page:
        assert event.stored(0) == []
        page.click("a")
        assert event.numbers(2) == [1, 7]
    assert shop.site.gets[f"/{event.name}/ready"] == 1


def test_where_it_need_not_wait_it_counts_at_once(shop: Shop, chromium: Browser) -> None:
    event = shop.event(prerendered="send")
    with prerendered(shop, chromium, event):
        assert event.numbers(1) == [1]


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
