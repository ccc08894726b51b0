"""The same in a real Firefox: pointed at, mapped, tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from tests.editor.conftest import Desk
from tests.editor.doors import Doors
from tests.environment.further_programs import FIREFOX, are_needed, firefox
from tests.snippet.stand_in import Server

pytestmark = pytest.mark.full


@pytest.fixture
def fox(playwright: Playwright, doors: Doors, site: Server) -> Iterator[Desk]:
    if not FIREFOX.is_here():
        (pytest.fail if are_needed() else pytest.skip)(FIREFOX.missing)
    started = playwright.firefox.launch(channel="moz-firefox", executable_path=firefox())
    yield Desk(started.new_page(), doors, site)
    started.close()


def test_an_event_is_made_and_tried_in_firefox(fox: Desk) -> None:
    panel = fox.open("<dialog>x</dialog><p class=price>12.50 kr</p><button class=buy>Buy</button>")
    fox.press("New event")
    panel.get_by_label("Title").click()
    # The driver's own filling does not reach a frame within a shadow root.
    fox.page.keyboard.type("Bought")
    fox.press("Make the event")
    assert fox.pick("Click", ".buy") == ".buy"
    fox.map_new("Text", ".price")
    expect(panel.locator("#preview")).to_have_text("12.50 valid")
    fox.press("Use it")
    fox.press("Done")
    fox.press("Try it")
    expect(panel.get_by_text("The rules are live in this page.")).to_be_visible()
    fox.page.click(".buy")
    expect(panel.get_by_text("would be stored")).to_be_visible()
    fox.page.evaluate("document.querySelector('dialog').showModal()")
    fox.press("Stop")
    expect(fox.panel.get_by_role("heading", name="Bought")).to_be_visible()
