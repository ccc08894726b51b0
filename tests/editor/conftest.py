"""A page of a site, the editor's doors on another origin, and a person with the editor open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page

from snippet.embed import STUB
from tests.editor.doors import Doors, serving_doors
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
class Desk:
    """A page with the editor. `panel` is the frame that it is in; `middle` clicks as a pointer does."""

    page: Page
    doors: Doors
    site: Server

    def open(self, html: str, path: str = "/", *, before: str = "", **headers: str) -> Frame:
        """The panel on a page with this HTML; `before` is JavaScript that runs first."""
        text = (
            f'<script>{STUB};{before}</script>{html}<script type="module" src="{self.doors.script}"></script>'
        )
        self.page.goto(self.site.page(path, text, **headers))
        return self.panel

    @property
    def panel(self) -> Frame:
        frame = next(one for one in iter(self._frames, None) if one)
        frame.locator("#title:not(:empty)").wait_for()
        return frame

    def _frames(self) -> Frame | None:
        self.page.locator("fieldpost-editor").wait_for(state="attached")
        named = [one for one in self.page.frames if one.title() == "Custom Events Editor"]
        return named[0] if named else None

    def point_at(self, wanted: str | Locator) -> None:
        """Moves the pointer to the middle of an element, and clicks there, whatever lies above it."""
        one = self.page.locator(wanted).first if isinstance(wanted, str) else wanted
        one.scroll_into_view_if_needed()
        box = one.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.click(x, y)

    def make(self, title: str = "Product added") -> None:
        """A new event, by a person's steps."""
        self.panel.get_by_role("button", name="New event").click()
        self.panel.get_by_label("Title").fill(title)
        self.panel.get_by_role("button", name="Make the event").click()

    def pick(self, kind: str, wanted: str | Locator) -> str:
        """Adds a trigger of this kind by pointing; answers the selector that is proposed."""
        self.panel.get_by_role("button", name=f"Add: {kind}").click()
        self.point_at(wanted)
        return self.panel.get_by_label("Selector").input_value()


@pytest.fixture
def desk(context: BrowserContext, doors: Doors, site: Server) -> Iterator[Desk]:
    page = context.new_page()
    yield Desk(page, doors, site)
    page.close()
