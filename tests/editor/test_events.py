"""An event that is there: what its triggers did lately, and on which pages they count."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from collector.core.fields import FIELD_TYPES
from snippet.triggers import address_pattern
from tests.editor.conftest import Desk

BUY = {"on": "click", "selector": ".buy", "address": "/shop/*"}
VIEW = {"on": "visible", "selector": "#old"}
PATTERNS = (
    ("/shop/*", "/shop/a?x=1#y"),
    ("/shop/*", "/workshop/a"),
    ("/shop", "/shop/"),
    ("/*/cart", "/sv/cart?x"),
    ("/a.b", "/axb"),
    ("/a?p=*", "/a?p=1"),
    ("/a?p=*", "/a?q=1"),
    ("/b#/*", "/b#/route"),
    ("*", "/any?where"),
    ("https://*/shop", "/shop"),
    ("/å 1", "/%C3%A5%201"),
    ("/(a+)+$/]", "/(a+)+$/]"),
)


def event(*triggers: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_name": "bought",
        "title": "Bought",
        "category": "signal",
        "fields": [{"name": "word", "type": "text"}],
        "web_tracking": {"triggers": list(triggers)},
    }


def test_when_a_trigger_last_fired_is_beside_it_and_one_that_went_silent_stands_out(desk: Desk) -> None:
    desk.doors.definitions["bought"] = event(BUY, VIEW)
    desk.doors.event_name = "bought"
    fired = {"fired_at": "2026-05-01T12:00:00Z", "address": "/shop/a", "origin": desk.site.url}
    desk.doors.health = [
        {"trigger": dict(reversed(BUY.items())), "is_silent": False, **fired},
        {"trigger": VIEW, "is_silent": True, **fired},
    ]
    panel = desk.open('<button class="buy">Buy</button>', "/shop/x")
    expect(panel.locator("#trigger-0")).to_contain_text(re.compile("last fired .*2026.* on /shop/a"))
    expect(panel.locator("#trigger-0")).to_contain_text("1 element here")
    expect(panel.locator("#trigger-1")).to_contain_text(re.compile("silent since .*2026"))
    expect(panel.locator("#trigger-1")).to_contain_text("no element here")


def test_whether_a_pattern_is_for_this_page_is_said_as_the_snippet_sees_it(desk: Desk) -> None:
    desk.doors.definitions["bought"] = event(BUY)
    desk.doors.event_name = "bought"
    panel = desk.open('<button class="buy">Buy</button>', "/shop/x")
    panel.locator("#trigger-0").click()
    for pattern, address in PATTERNS:
        desk.page.evaluate("address => history.pushState(0, '', address)", address)
        panel.get_by_label("Address").fill(pattern)
        fits = desk.page.evaluate(f"{address_pattern(pattern)}.test(location)")
        words = "matches this page" if fits else "does not match this page"
        expect(panel.get_by_text(words, exact=True)).to_be_visible()


def test_every_type_of_field_can_be_chosen(desk: Desk) -> None:
    panel = desk.open("<p>x</p>")
    desk.make()
    desk.press("Add a field")
    options = panel.get_by_label("Type").locator("option")
    assert options.all_inner_texts() == [kind.label for kind in FIELD_TYPES.values()]
