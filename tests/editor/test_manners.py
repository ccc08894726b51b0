"""The editor for everybody: with the keyboard alone, on a phone, beside pages from right to left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.axe import VIOLATIONS, violations
from tests.editor.conftest import Desk

SHOP = (
    "<header><a href='/'>Home</a></header><main><p class='price'>12.50 kr</p>"
    "<div class='box'><button class='buy'>Buy</button></div></main>"
)
PHONE, WIDE = {"width": 360, "height": 740}, {"width": 1200, "height": 800}
LOOKS: tuple[tuple[Any, Any, dict[str, Any]], ...] = (
    (WIDE, "light", VIOLATIONS),
    (WIDE, "dark", {**VIOLATIONS, "runOnly": ["color-contrast"]}),
    (PHONE, "light", {**VIOLATIONS, "rules": {"color-contrast": {"enabled": False}}}),
)
FOCUSED = (
    "(one => one.matches('body, main') ? '' : one.textContent || one.ariaLabel || one.id)"
    "(document.activeElement)"
)


def tab_to(desk: Desk, name: str) -> None:
    """Tabs on until the control of this name has the focus."""
    panel = desk.panel
    for _ in range(60):
        if name in (panel.evaluate(FOCUSED) or ""):
            return
        desk.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_an_event_can_be_made_with_the_keyboard_alone(desk: Desk) -> None:
    panel = desk.open(SHOP)
    keyboard = desk.page.keyboard
    desk.page.locator("a").focus()
    tab_to(desk, "New event")
    keyboard.press("Enter")
    tab_to(desk, "event-title")
    keyboard.type("Bought")
    tab_to(desk, "Make the event")
    keyboard.press("Enter")
    tab_to(desk, "Click")
    keyboard.press("Enter")
    expect(panel.get_by_role("application")).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"):
        keyboard.press(key)
    expect(panel.locator(".pointed")).to_contain_text(".buy")
    keyboard.press("Enter")
    expect(panel.get_by_label("Selector")).to_have_value(".buy")
    expect(panel.get_by_label("Selector")).to_be_focused()
    tab_to(desk, "Point at a new value")
    keyboard.press("Enter")
    tab_to(desk, "Pick on the page")
    keyboard.press("Enter")
    for key in ("ArrowDown", "ArrowRight", "ArrowDown"):
        keyboard.press(key)
    keyboard.press("Enter")
    expect(panel.locator("#preview")).to_have_text("12.50 valid")
    tab_to(desk, "Use it")
    keyboard.press("Enter")
    tab_to(desk, "Done")
    keyboard.press("Enter")
    tab_to(desk, "Save draft")
    keyboard.press("Enter")
    expect(panel.get_by_text("The draft is saved.")).to_be_visible()
    [trigger] = desk.doors.drafts["bought"]["triggers"]
    assert trigger == {
        "on": "click",
        "selector": ".buy",
        "values": {"price": {"from": "text", "selector": ".price"}},
    }


def test_escape_ends_pointing_and_changes_nothing(desk: Desk) -> None:
    panel = desk.open(SHOP)
    desk.make()
    panel.get_by_role("button", name="Add: Click").click()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Escape")
    expect(panel.get_by_label("Selector")).to_have_value("")


def test_it_is_moved_by_the_pointer_and_by_the_arrow_keys(desk: Desk) -> None:
    panel = desk.open(SHOP)
    grip = panel.get_by_role("button", name="Move the editor")

    def place() -> tuple[float, float]:
        box = panel.frame_element().bounding_box()
        assert box is not None
        return box["x"], box["y"]

    x, y = place()
    middle = desk.middle_of(grip)
    desk.page.mouse.move(*middle)
    desk.page.mouse.down()
    desk.page.mouse.move(middle[0] - 200, middle[1] + 15, steps=4)
    desk.page.mouse.up()
    assert place() == (x - 200, y + 15)
    grip.press("ArrowLeft")
    assert place() == (x - 224, y + 15)
    panel.get_by_role("button", name="Fold the editor away").click()
    expect(panel.get_by_role("button", name="New event")).to_be_hidden()
    panel.get_by_role("button", name="Unfold the editor").click()
    expect(panel.get_by_role("button", name="New event")).to_be_visible()


def test_on_a_phone_it_is_a_sheet_that_leaves_the_page_in_sight(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 360, "height": 740})
    panel = desk.open(SHOP)
    box = panel.frame_element().bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    assert 0 < box["y"] < 400
    assert box["y"] + box["height"] == 740
    desk.make()
    assert desk.pick("Click", ".buy") == ".buy"
    desk.map_new("Text", ".price")
    expect(panel.locator("#preview")).to_have_text("12.50 valid")
    desk.press("Use it")
    for part in ("document.documentElement", "document.querySelector('main')"):
        assert panel.evaluate(f"{part}.scrollWidth <= innerWidth")


def test_beside_a_page_from_right_to_left_it_is_on_the_left(desk: Desk) -> None:
    turned = '<script>document.documentElement.dir = "rtl"</script>'
    panel = desk.open(f'{turned}<button id="شراء">اشتر</button>')
    box = panel.frame_element().bounding_box()
    assert box is not None
    assert box["x"] < 50
    desk.make()
    assert desk.pick("Click", "button") == "#شراء"
    desk.map_new("Text", "button")
    expect(panel.locator("#preview")).to_have_text("اشتر valid")


def _list(desk: Desk) -> None:
    """The first screen."""


def _making(desk: Desk) -> None:
    desk.press("New event")
    desk.press("Make the event")


def _trigger(desk: Desk) -> None:
    desk.make()
    desk.pick("Click", ".buy")
    desk.map_new("Text", ".price")
    desk.press("Use it")


def _mapping(desk: Desk) -> None:
    _trigger(desk)
    desk.map_new("Attribute", ".buy")


def _event(desk: Desk) -> None:
    _trigger(desk)
    desk.press("Done")
    expect(desk.panel.get_by_text("1 element here")).to_be_visible()


def _picking(desk: Desk) -> None:
    desk.make()
    desk.panel.get_by_role("button", name="Add: Click").click()
    desk.page.mouse.move(*desk.middle_of(".buy"))


def _trying(desk: Desk) -> None:
    _event(desk)
    desk.press("Try it")
    expect(desk.panel.get_by_text("The rules are live")).to_be_visible()
    desk.page.click(".buy")
    expect(desk.panel.get_by_text("would be stored")).to_be_visible()


def _leaving(desk: Desk) -> None:
    desk.make()
    desk.press("Leave the editor")


def _history(desk: Desk) -> None:
    _event(desk)
    desk.press("Publish")
    desk.press("History")
    expect(desk.panel.get_by_text("in force")).to_be_visible()


STATES: tuple[Callable[[Desk], None], ...] = (
    _list, _making, _trigger, _mapping, _event, _picking, _trying, _leaving, _history,
)  # fmt: skip


@pytest.mark.parametrize("arrive", STATES, ids=lambda one: one.__name__.strip("_"))
def test_axe_finds_nothing(desk: Desk, arrive: Callable[[Desk], None]) -> None:
    panel = desk.open(SHOP)
    arrive(desk)
    for size, scheme, options in LOOKS:
        desk.page.set_viewport_size(size)
        desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = violations(panel, options)
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], (size, scheme)
