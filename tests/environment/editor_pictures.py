"""Pictures of the Custom Events Editor on the demo shop, as somebody sees it who makes an event there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.editor.person import Person
from tests.journeys.test_demo import Demo, running_demo
from tests.servers.ports import free_port

SIZE = {"width": 1240, "height": 800}
PHONE = {"width": 390, "height": 844}


def take_the_editor(started: Browser, folder: Path, pictures: Path, build: Path) -> None:
    """Three pictures for docs/editor.md; the same and more in `build`, dark and on a phone too."""
    folder.mkdir()
    with running_demo(folder, free_port()) as demo:
        page = started.new_page(viewport=SIZE)  # type: ignore[arg-type]
        ada = Person(_opened(page, demo))
        ada.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        for name in _steps(ada):
            ada.page.screenshot(path=build / f"site-editor-{name}-light.png")
            if name in ("trigger", "value", "trying"):
                ada.page.screenshot(path=pictures / f"site-editor-{name}.png")
            ada.page.emulate_media(color_scheme="dark")
            ada.page.screenshot(path=build / f"site-editor-{name}-dark.png")
            ada.page.emulate_media(color_scheme="light")
            if name != "pointing":
                ada.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
                ada.page.screenshot(path=build / f"site-editor-{name}-phone.png")
                ada.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        ada.page.close()
        page.close()


def _opened(page: Page, demo: Demo) -> Page:
    """The shop with the editor, from the admin's page."""
    found = re.search(r"^  Admin pages +(\S+)", demo.printed, re.MULTILINE)
    assert found
    page.goto(found[1])
    page.goto(f"{page.url.split('/sections/')[0]}/sections/demo/definitions/cart.updated/triggers")
    page.get_by_label("Page").fill(demo.line("Shop"))
    page.get_by_role("button", name="Make a link").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the editor on the page").click()
    return opened.value


def _steps(ada: Person) -> Iterator[str]:
    """Goes through the editor; says what there is to see."""
    button = ".card >> nth=2 >> button"
    ada.panel.get_by_role("button", name="Add: Click").click()
    ada.page.mouse.move(*ada.middle_of(button))
    expect(ada.panel.locator(".pointed")).not_to_be_empty()
    yield "pointing"
    ada.point_at(button)
    ada.press("Wider")
    expect(ada.panel.get_by_text("elements on this page: any of them counts.")).to_be_visible()
    yield "trigger"
    ada.press("Map value")
    ada.press("Pick on the page")
    ada.point_at(".card >> nth=2 >> .price")
    expect(ada.panel.locator("#preview")).to_contain_text("valid")
    yield "value"
    ada.press("Use it")
    ada.press("Map product")
    ada.press("Pick on the page")
    ada.point_at(".card >> nth=2 >> .name")
    ada.press("Use it")
    for field, constant in (("action", "add"), ("quantity", "1")):
        ada.press(f"Map {field}")
        ada.panel.get_by_role("radio", name="Constant").check()
        ada.panel.get_by_label("Value", exact=True).fill(constant)
        ada.press("Use it")
    ada.press("Done")
    yield "event"
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.locator(button).click()
    expect(ada.panel.get_by_text("would be stored").first).to_be_visible()
    yield "trying"
