"""A page of a site, the editor's doors on another origin, and a person with the editor open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame

from snippet.embed import STUB
from tests.editor.doors import Doors, serving_doors
from tests.editor.person import Person
from tests.snippet.stand_in import Server, serving


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def doors() -> Iterator[Doors]:
    with serving_doors() as served:
        yield served


@pytest.fixture
def site() -> Iterator[Server]:
    with serving() as server:
        yield server


@dataclass
class Desk(Person):
    """Somebody with pages to open the editor on, and doors that are stood in for."""

    doors: Doors
    site: Server

    def open(self, html: str, path: str = "/", *, before: str = "", **headers: str) -> Frame:
        """The panel on a page with this HTML; `before` is JavaScript that runs first."""
        text = (
            f'<script>{STUB};{before}</script>{html}<script type="module" src="{self.doors.script}"></script>'
        )
        self.page.goto(self.site.page(path, text, **headers))
        return self.panel


@pytest.fixture
def desk(context: BrowserContext, doors: Doors, site: Server) -> Iterator[Desk]:
    page = context.new_page()
    yield Desk(page, doors, site)
    page.close()
