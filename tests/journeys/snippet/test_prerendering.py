"""A page that Chromium makes ready before anybody goes there sends nothing until somebody does."""

from __future__ import annotations

import json

from playwright.sync_api import Browser

from tests.journeys.snippet.shop import Shop
from tests.servers.waiting import eventually


def test_a_prerendered_page_counts_when_it_is_looked_at(shop: Shop, chromium: Browser) -> None:
    event = shop.event(triggers=[{"on": "page", "values": {"number": {"from": "constant", "value": 7}}}])
    ready = shop.page(f"/{event.name}/ready", event.url, before=event.call(1))
    wanted = json.dumps({"prerender": [{"urls": [ready], "eagerness": "immediate"}]})
    rules = f'<script type="speculationrules">{wanted}</script>'
    context = chromium.new_context()
    page = context.new_page()
    page.goto(shop.page(f"/{event.name}", html=f'{rules}<a href="{ready}">go</a>'))
    asked = shop.site.gets
    assert eventually(lambda: asked.get(f"/{event.name}/ready", 0) == 1), "Chromium has not prerendered it"
    assert event.stored(0) == []
    page.click("a")
    assert event.numbers(2) == [1, 7]
    assert asked[f"/{event.name}/ready"] == 1
    context.close()
