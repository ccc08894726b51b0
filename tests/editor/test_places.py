"""Where elements can be: in shadow roots, in frames, on a screen that is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.editor.conftest import Desk
from tests.editor.doors import Doors
from tests.snippet.stand_in import Server

BOXES = """<x-box></x-box><x-box></x-box><script>customElements.define("x-box", class extends HTMLElement {
connectedCallback() { this.attachShadow({mode: "open"}).innerHTML =
"<p class=price>12.50 kr</p><x-in></x-in>" } })
customElements.define("x-in", class extends HTMLElement {
connectedCallback() { this.attachShadow({mode: "open"}).innerHTML = "<button class=add>Add</button>" } })
</script>"""


def test_elements_in_nested_shadow_roots_are_matched_and_read_out_of_them(desk: Desk) -> None:
    panel = desk.open(BOXES)
    desk.make()
    assert desk.pick("Click", "x-box >> nth=1 >> .add") == ".add"
    expect(panel.get_by_text("Matches 2 elements on this page")).to_be_visible()
    desk.map_new("Text", "x-box >> nth=1 >> .price")
    expect(panel.locator("#preview")).to_have_text("12.50 valid")
    desk.press("Use it")
    desk.press("Done")
    desk.press("Try it")
    expect(panel.get_by_text("The rules are live in this page.")).to_be_visible()
    desk.page.locator("x-box").last.locator(".add").click()
    expect(panel.get_by_text("would be stored")).to_be_visible()
    assert desk.doors.judged == [{"price": "12.50", "page_url": desk.page.url}]


def test_what_is_in_a_frame_can_be_pointed_at_and_its_page_is_what_has_to_have_the_file(desk: Desk) -> None:
    desk.site.page("/inner", '<p>In the frame</p><button class="pay">Pay</button>')
    panel = desk.open('<h1>Cart</h1><iframe src="/inner" width="400" height="200"></iframe>')
    desk.make()
    assert desk.pick("Click", desk.page.frame_locator("iframe[src]").locator("button")) == ".pay"
    expect(panel.get_by_text("This is in a frame.")).to_be_visible()
    expect(panel.get_by_text("/inner", exact=True).first).to_be_visible()
    desk.press("Open that page here")
    expect(desk.page).to_have_url(f"{desk.site.url}/inner#fieldpost=edit")


def test_every_kind_of_trigger_fires_when_it_is_tried_and_no_more_when_it_is_stopped(desk: Desk) -> None:
    triggers = [
        {"on": "click", "selector": "#go"},
        {"on": "submit", "selector": "#f"},
        {"on": "visible", "selector": "#late"},
        {"on": "page", "address": "/next"},
        {"on": "time", "seconds": 1, "address": "/next"},
    ]
    fields = [{"name": "word", "type": "text"}]
    desk.doors.definitions["seen"] = {
        "event_name": "seen",
        "title": "Seen",
        "category": "signal",
        "fields": fields,
        "web_tracking": {"triggers": triggers},
    }
    desk.doors.event_name = "seen"
    form = '<form id="f" onsubmit="return false"><button id="send">Send</button></form>'
    panel = desk.open(f'<button id="go">Go</button>{form}')
    desk.press("Try it")
    expect(panel.get_by_text("The rules are live in this page.")).to_be_visible()
    desk.page.click("#go")
    desk.page.click("#send")
    desk.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=late>late</p>')")
    desk.page.evaluate("history.pushState(0, '', '/next')")
    for words in ("Click", "Form sent", "Comes into view", "Page", "Time on page"):
        firing = panel.locator(".firing").filter(has=panel.get_by_text(words, exact=True))
        expect(firing).to_have_count(1)
    desk.press("Stop")
    desk.page.click("#go")
    # Where one is now the page counts once more; what was clicked while nothing was tried does not.
    desk.press("Try it")
    expect(panel.get_by_text("1 second on a page at /next", exact=True).last).to_be_visible()
    expect(panel.locator(".firing").filter(has_text="Time on page")).to_have_count(1)
    expect(panel.locator(".firing").filter(has_text="#go")).to_have_count(0)
    desk.page.click("#go")
    expect(panel.locator(".firing").filter(has_text="#go")).to_have_count(1)


def test_a_long_list_can_be_searched(desk: Desk) -> None:
    for number in range(12):
        desk.doors.definitions[f"event.{number}"] = {
            "event_name": f"event.{number}",
            "title": f"Event {number}",
            "category": "signal",
            "fields": [],
        }
    panel = desk.open("<p>x</p>")
    panel.get_by_label("Find").fill("event 11")
    expect(panel.get_by_role("listitem")).to_have_count(1)
    panel.get_by_text("Event 11").click()
    expect(panel.get_by_role("heading", name="Event 11")).to_be_visible()


@pytest.fixture
def touched(chromium: Browser, doors: Doors, site: Server) -> Iterator[Desk]:
    """Somebody with a phone."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    yield Desk(context.new_page(), doors, site)
    context.close()


def test_on_a_screen_that_is_touched_the_second_tap_takes(touched: Desk) -> None:
    panel = touched.open(
        '<meta name="viewport" content="width=device-width"><button class="buy">Buy</button>'
    )
    touched.make()
    panel.get_by_role("button", name="Add: Click").tap()
    expect(panel.get_by_text("Tap, and tap again to take it.")).to_be_visible()
    expect(panel.get_by_text("Click, or use the arrow keys")).to_be_hidden()
    place = touched.middle_of(".buy")
    touched.page.touchscreen.tap(*place)
    expect(panel.locator(".pointed")).to_contain_text(".buy")
    touched.page.touchscreen.tap(*place)
    expect(panel.get_by_label("Selector")).to_have_value(".buy")
