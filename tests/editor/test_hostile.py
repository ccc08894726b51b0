"""A page that does all it can against whoever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.editor.conftest import Desk

SCRIPT = Path(__file__).with_name("hostile.js").read_text("utf-8")
STYLE = """<style>* { font-size: 40px !important; color: red !important; display: block !important }
fieldpost-editor, iframe { display: none !important; opacity: 0 !important; visibility: hidden !important }
.over { position: fixed; inset: 0; z-index: 2147483647; background: rgb(0 0 255 / 5%) }</style>"""
CLOBBERED = """<form id="f">
<input name="children"><input name="id"><input name="matches"><input name="parentNode">
<input name="getAttribute"><input name="nodeType"><input name="attributes">
<button type="button" id='"]&lt;img src=x onerror=alert(1)&gt;' class="buy"
 data-say="&lt;script&gt;alert(1)&lt;/script&gt;">&lt;img src=x onerror="alert(1)"&gt;</button></form>
<p class="price" title="&quot;&gt;&lt;svg onload=alert(1)&gt;">
12.50 &lt;/template&gt;&lt;script&gt;alert(1)</p>"""


def test_hostile_ids_texts_styles_and_prototypes_break_nothing(desk: Desk) -> None:
    errors: list[str] = []
    desk.page.on("pageerror", lambda error: errors.append(str(error)))
    panel = desk.open(STYLE + CLOBBERED, before=SCRIPT)
    desk.make("Bought")
    place = '[data-say="<script>alert(1)</script>"]'
    assert desk.pick("Click", "button.buy") == place
    expect(panel.get_by_text("Matches 1 element on this page.")).to_be_visible()
    desk.map_new("Text", "button.buy")
    expect(panel.locator("#preview")).to_have_text('<img src=x onerror="alert(1)"> valid')
    panel.get_by_label("Name", exact=True).fill("said")
    desk.press("Use it")
    desk.map_new("Attribute", "p.price")
    expect(panel.locator("#preview")).to_have_text('"><svg onload=alert(1)> valid')
    desk.press("Use it")
    desk.press("Done")
    desk.press("Save draft")
    expect(panel.get_by_text("The draft is saved.")).to_be_visible()
    [trigger] = desk.doors.drafts["bought"]["triggers"]
    assert trigger == {
        "on": "click",
        "selector": place,
        "values": {
            "said": {"from": "text"},
            "title": {"from": "attribute", "selector": ".price", "name": "title"},
        },
    }
    assert desk.page.evaluate("window.owned") == 0
    assert errors == []


def test_nothing_that_is_done_in_the_editor_reaches_the_page(desk: Desk) -> None:
    panel = desk.open('<input id="search"><button class="buy">Buy</button>', before=SCRIPT)
    desk.page.evaluate("heard.length = 0")
    desk.make("Bought")
    desk.pick("Click", "button.buy")
    panel.get_by_label("Selector").press_sequentially("s/ k")
    assert panel.get_by_label("Selector").input_value().endswith("s/ k")
    panel.get_by_label("Selector").press("Escape")
    heard = set(desk.page.evaluate("heard"))
    assert heard <= {"pointermove"}, heard


def test_what_an_overlay_covers_can_be_pointed_at(desk: Desk) -> None:
    panel = desk.open('<button class="buy">Buy</button><div class="over"></div>' + STYLE.replace("*", "x"))
    desk.make("Bought")
    panel.get_by_role("button", name="Add: Click").click()
    desk.page.mouse.move(*desk.middle_of("button.buy"))
    expect(panel.locator(".pointed")).to_contain_text(".over")
    desk.press("Behind")
    expect(panel.locator(".pointed")).to_contain_text(".buy")
    desk.press("Take it")
    expect(panel.get_by_label("Selector")).to_have_value(".buy")


@pytest.mark.parametrize(
    "act",
    [
        "document.querySelector('dialog').showModal()",
        "document.querySelector('[popover]').showPopover()",
        "document.querySelectorAll('fieldpost-editor').forEach(one => one.remove())",
        "document.body.replaceChildren(); document.documentElement.append(document.createElement('b'))",
    ],
)
def test_the_editor_stays_in_front_whatever_the_page_does(desk: Desk, act: str) -> None:
    panel = desk.open("<dialog>Buy now<button>x</button></dialog><div popover>Look</div><p>text</p>")
    desk.make("Bought")
    expect(panel.get_by_role("heading", name="Bought")).to_be_visible()
    desk.page.evaluate(act)
    expect(desk.panel.get_by_role("heading", name="Bought")).to_be_visible()
    desk.press("Add a field")
    desk.panel.get_by_label("Name").fill("colour")
    desk.press("Use it")
    expect(desk.panel.get_by_text("colour")).to_be_visible()


def test_a_page_with_trusted_types_has_to_allow_one_policy_by_its_name(desk: Desk) -> None:
    policy = "require-trusted-types-for 'script'; trusted-types fieldpost; style-src 'none'"
    panel = desk.open('<button class="buy">Buy</button>', Content_Security_Policy=policy)
    desk.make("Bought")
    assert desk.pick("Click", ".buy") == ".buy"
    desk.press("Done")
    desk.press("Try it")
    expect(panel.get_by_text("The rules are live in this page.")).to_be_visible()
    desk.page.click(".buy")
    expect(panel.get_by_text("would be stored")).to_be_visible()
    desk.page.evaluate("document.querySelector('fieldpost-editor').remove()")
    expect(desk.panel.get_by_role("heading", name="Trying it")).to_be_visible()
