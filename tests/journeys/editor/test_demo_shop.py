"""The demo shop: an event gets a trigger by pointing, and a visitor's click is on the live timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.editor.person import Person
from tests.journeys.test_demo import Demo, running_demo


@pytest.fixture
def demo(tmp_path: Path, free_port: int) -> Iterator[Demo]:
    with running_demo(tmp_path, free_port) as started:
        yield started


@pytest.mark.full
def test_a_click_on_a_packet_is_made_an_event(demo: Demo, context: BrowserContext, visitor: Person) -> None:
    found = re.search(r"^  Admin pages +(\S+)", demo.printed, re.MULTILINE)
    assert found
    page = context.new_page()
    page.goto(found[1])
    page.get_by_role("link", name="Definitions", exact=True).click()
    page.get_by_role("link", name="Product viewed").first.click()
    page.get_by_role("link", name="Triggers").click()
    page.get_by_label("Page").fill(demo.line("Shop"))
    page.get_by_role("button", name="Make a link").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open the editor on the page").click()
    ada = Person(opened.value)
    expect(ada.panel.get_by_role("heading", name="Product viewed")).to_be_visible()

    ada.pick("Click", "a.packet >> nth=2")
    ada.panel.get_by_label("Selector").fill(".packet")
    expect(ada.panel.get_by_text(re.compile(r"Matches \d+ elements on this page"))).to_be_visible()
    ada.press("Map product")
    ada.press("Pick on the page")
    ada.point_at("a.packet >> nth=2 >> .name")
    expect(ada.panel.locator("#preview")).to_contain_text("valid")
    ada.press("Use it")
    ada.press("Map price")
    ada.press("Pick on the page")
    ada.point_at("li.card >> nth=2 >> .price")
    ada.press("Use it")
    ada.press("Done")
    ada.press("Publish")
    expect(ada.panel.get_by_text("Published: version 1 counts from now on.")).to_be_visible()

    live = context.new_page()
    live.goto(demo.line("Live timeline"))
    visitor.page.goto(demo.line("Shop"))
    visitor.page.get_by_role("link", name="Carrot").click()
    # One event is that of the packet, the other one the product's own page makes by its call.
    entry = live.get_by_role("listitem").filter(has_text="product.viewed").filter(has_text="Carrot")
    expect(entry).to_have_count(2)
    live.close()
    page.close()
    ada.page.close()
