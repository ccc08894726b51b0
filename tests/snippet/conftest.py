"""A site, a collector on another origin, and a page of a real Chromium between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from collector.core.fields import Field
from snippet.build import build
from snippet.embed import STUB
from snippet.plan import Plan
from tests.snippet.stand_in import Server, serving

ANYWHERE = "https://collector.example"
"""The address that snippets are built with, so that tests that need the same one need it built once."""

FIELDS = (Field("total", "decimal", required=True), Field("currency", "text"))


@pytest.fixture
def collector() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def site() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


class Shop:
    """Puts snippets on the collector and pages on the site."""

    def __init__(self, site: Server, collector: Server) -> None:
        self.site = site
        self.collector = collector

    def snippet(self, event_name: str = "order.completed", version_id: str = "v1", **rest: Any) -> str:
        """The URL of a freshly built snippet; `rest` as a Plan has it."""
        settings: dict[str, Any] = {"fields": FIELDS, **rest}
        plan = Plan(event_name, version_id, ANYWHERE, **settings)
        text = build(plan, 1).replace(ANYWHERE, self.collector.url)
        return self.collector.script(f"/s/{version_id}.js", text)

    def page(self, path: str, *snippets: str, before: str = "") -> str:
        """The URL of a page with the stub, `before` (JavaScript that runs first) and the snippets."""
        tags = "".join(f'<script src="{url}"></script>' for url in snippets)
        return self.site.page(path, f"<script>{STUB}</script><script>{before}</script>{tags}")


@pytest.fixture
def shop(site: Server, collector: Server) -> Shop:
    return Shop(site, collector)
