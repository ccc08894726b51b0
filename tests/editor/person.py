"""Somebody who has the editor open on a page, and does what a person can: point, click, type."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Frame, Locator, Page

from tests.servers.waiting import eventually

TITLE = "Custom Events Editor"


@dataclass
class Person:
    """Looks at a page on which the editor is, or will be in a moment."""

    page: Page

    @property
    def panel(self) -> Frame:
        """The editor: a frame in a closed shadow root, found by its title, once it shows something."""
        frame = eventually(self._frame)
        assert frame is not None, "the editor did not come up"
        frame.locator("#title:not(:empty)").wait_for(state="attached")
        return frame

    def _frame(self) -> Frame | None:
        return next((one for one in self.page.frames if not one.is_detached() and one.title() == TITLE), None)

    def middle_of(self, wanted: str | Locator) -> tuple[float, float]:
        one = self.page.locator(wanted).first if isinstance(wanted, str) else wanted
        one.scroll_into_view_if_needed()
        box = one.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def point_at(self, wanted: str | Locator) -> None:
        """Moves the pointer to the middle of an element, and clicks there, whatever lies above it."""
        place = self.middle_of(wanted)
        bar = self.panel.get_by_role("toolbar").bounding_box()
        if bar is not None and bar["y"] < place[1] < bar["y"] + bar["height"]:
            self.press("Move this bar out of the way")
        self.page.mouse.move(*place)
        self.page.mouse.click(*place)

    def make(self, title: str = "Product added", category: str = "") -> None:
        """A new event."""
        self.panel.get_by_role("button", name="New event").click()
        self.panel.get_by_label("Title").fill(title)
        if category:
            self.panel.get_by_role("radio", name=category).check()
        self.panel.get_by_role("button", name="Make the event").click()

    def pick(self, kind: str, wanted: str | Locator) -> str:
        """Adds a trigger of this kind by pointing; answers the selector that is proposed."""
        self.panel.get_by_role("button", name=f"Add: {kind}").click()
        self.point_at(wanted)
        return self.panel.get_by_label("Selector").input_value()

    def map_new(self, source: str, wanted: str | Locator | None = None) -> None:
        """A new value for the trigger, from a kind of source, pointed at if that is done by pointing."""
        self.panel.get_by_role("button", name="Point at a new value").click()
        self.panel.get_by_role("radio", name=source, exact=True).check()
        if wanted is not None:
            self.panel.get_by_role("button", name="Pick on the page").click()
            self.point_at(wanted)

    def press(self, name: str) -> None:
        self.panel.get_by_role("button", name=name, exact=True).click()
