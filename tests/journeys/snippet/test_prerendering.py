"""A page that Chromium makes ready before anybody goes there sends nothing until somebody does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import CHROMIUM_ARGUMENTS
from tests.environment import browser
from tests.journeys.snippet.shop import Event, Shop
from tests.servers.waiting import eventually


@pytest.mark.full
def test_a_prerendered_page_counts_when_it_is_looked_at(shop: Shop, tmp_path: Path) -> None:
    event = shop.event(triggers=[{"on": "page", "values": {"number": {"from": "constant", "value": 7}}}])
    with prerendered(shop, event, tmp_path):
        assert event.stored(0) == []
        shop.site.page(f"/{event.name}/go", "go")
        assert event.numbers(2) == [1, 7]
    assert shop.site.gets[f"/{event.name}/ready"] == 1


def test_where_it_need_not_wait_it_counts_at_once(shop: Shop, tmp_path: Path) -> None:
    event = shop.event(prerendered="send")
    with prerendered(shop, event, tmp_path):
        assert event.numbers(1) == [1]


@contextmanager
def prerendered(shop: Shop, event: Event, folder: Path) -> Iterator[None]:
    """A page that has another one made ready, which calls the event, and goes there when `…/go` is put up.

    Chromium prerenders nothing while it is driven, so nobody drives this one.
    """
    place = f"/{event.name}"
    call = f"{event.call(1)}; new Image().src = '{place}/as-' + document.prerendering"
    ready = shop.page(f"{place}/ready", event.url, before=call)
    wanted = json.dumps({"prerender": [{"urls": [ready], "eagerness": "immediate"}]})
    go = f"fetch('{place}/go').then(answer => answer.status == 200 && (location.href = '{ready}'))"
    html = f'<script type="speculationrules">{wanted}</script><script>setInterval(() => {go}, 200)</script>'
    command = [str(browser.installed()), *CHROMIUM_ARGUMENTS, "--headless=new", f"--user-data-dir={folder}"]
    process = subprocess.Popen([*command, shop.page(place, html=html)], stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: shop.site.gets.get(f"{place}/as-true", 0) == 1), shop.site.gets
        yield
    finally:
        process.terminate()
        process.wait(20)
