"""Which value a field has now: what the editor shows is what the snippet takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.editor.conftest import Desk

PAGE = """
<div><i class="price">1 kr</i><b class="buy">not</b></div>
<form><i class="price"> &euro; 149.90 kr </i><input name="how" type="radio" value="car">
<input name="how" type="radio" value="bike" checked><input id="gift" type="checkbox" checked>
<input name="count" value="7"><select name="size"><option>S<option selected>M</select>
<button type="button" class="buy" id="go" title="seven" data-on="2026-12-24">Buy</button></form>
<time datetime="2026-05-01T12:00:00Z">May</time>
"""
DATA_LAYER = (
    "dataLayer = [{page: {kind: 'shop', lines: 1}}, {page: {lines: 2}}, {event: 'x', odd: {get it() "
    "{ throw 1 }}}, {order: {total: '12.50', loop: null}}]; dataLayer[3].order.loop = dataLayer"
)
SOURCES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "a_text": ("decimal", {"from": "text", "selector": ".price"}, "149.90"),
    "whole_text": ("text", {"from": "text", "selector": ".price"}, "€ 149.90 kr"),
    "own_text": ("text", {"from": "text"}, "Buy"),
    "no_number": ("integer", {"from": "text"}, ""),
    "own_title": ("text", {"from": "attribute", "name": "title"}, "seven"),
    "a_day": ("date", {"from": "attribute", "name": "data-on"}, "2026-12-24"),
    "a_moment": (
        "timestamp",
        {"from": "attribute", "selector": "time", "name": "datetime"},
        "2026-05-01T12:00:00Z",
    ),
    "no_day": ("date", {"from": "attribute", "name": "title"}, "seven"),
    "radio": ("text", {"from": "input", "name": "how"}, "bike"),
    "number": ("integer", {"from": "input", "name": "count"}, 7),
    "size": ("text", {"from": "input", "name": "size"}, "M"),
    "gift": ("boolean", {"from": "input", "selector": "#gift"}, True),
    "utm": ("text", {"from": "url", "name": "utm"}, "mail"),
    "n": ("integer", {"from": "url", "name": "n"}, 5),
    "g": ("boolean", {"from": "url", "name": "g"}, False),
    "kind": ("text", {"from": "data_layer", "name": "page.kind"}, "shop"),
    "lines": ("integer", {"from": "data_layer", "name": "page.lines"}, 2),
    "lines_text": ("text", {"from": "data_layer", "name": "page.lines"}, "2"),
    "hero": ("text", {"from": "constant", "value": "hero"}, "hero"),
    "twelve": ("integer", {"from": "constant", "value": "12"}, 12),
    "yes": ("boolean", {"from": "constant", "value": True}, True),
    "nowhere": ("text", {"from": "text", "selector": ".nowhere"}, None),
    "nothing": ("text", {"from": "data_layer", "name": "nothing.at.all"}, None),
}
REFUSED = {"no_number", "no_day"}


def test_every_value_is_shown_as_the_snippet_takes_it(desk: Desk) -> None:
    desk.doors.definitions["bought"] = {
        "event_name": "bought",
        "title": "Bought",
        "category": "signal",
        "fields": [{"name": name, "type": kind} for name, (kind, _, _) in SOURCES.items()],
        "web_tracking": {
            "triggers": [
                {
                    "on": "click",
                    "selector": "#go",
                    "values": {name: source for name, (_, source, _) in SOURCES.items()},
                }
            ]
        },
    }
    desk.doors.event_name = "bought"
    panel = desk.open(PAGE, "/v?utm=mail&n=5&g=false", before=DATA_LAYER)
    panel.locator("#trigger-0").click()
    for name, (_, _, expected) in SOURCES.items():
        now = panel.locator(f"#now-{name}")
        if expected is None:
            expect(now).to_have_text("nothing there now")
        else:
            text = expected if isinstance(expected, str) else json.dumps(expected)
            expect(now.locator(".tag")).to_contain_text("is no" if name in REFUSED else "valid")
            expect(now).to_contain_text(text)
    desk.press("Done")
    desk.press("Try it")
    expect(panel.get_by_text("The rules are live in this page.")).to_be_visible()
    desk.page.click("#go")
    expect(panel.get_by_text("would be stored")).to_be_visible()
    [data] = desk.doors.judged
    shown = {name: value for name, value in data.items() if value is not None}
    assert shown == {name: value for name, (_, _, value) in SOURCES.items() if value is not None}


@pytest.mark.parametrize(
    ("html", "wanted", "name", "kind"),
    [
        ('<b class="price">12.50 kr</b>', "b", "price", "decimal"),
        ('<b itemprop="sku">A-1</b>', "b", "sku", "text"),
        ("<b>42</b>", "b", "b", "integer"),
        ('<b class="css-1q2w3e">2026-12-24</b>', "b", "b", "date"),
        ('<b class="orderTotal">1 299,00 kr</b>', "b", "order_total", "text"),
        ('<b class="Preis-Übersicht">true</b>', "b", "preis_ubersicht", "boolean"),
    ],
)
def test_a_field_is_proposed_from_what_is_pointed_at(
    desk: Desk, html: str, wanted: str, name: str, kind: str
) -> None:
    panel = desk.open(f'{html} <button id="go">Go</button>')
    desk.make()
    desk.pick("Click", "#go")
    desk.map_new("Text", wanted)
    expect(panel.get_by_label("Name")).to_have_value(name)
    expect(panel.get_by_label("Type")).to_have_value(kind)


def test_inputs_are_mapped_by_their_name_and_boxes_as_yes_or_no(desk: Desk) -> None:
    panel = desk.open(
        '<form class="order"><label>Gift <input type="checkbox" name="gift" checked></label>'
        "<label>How many <input name=count value=3></label><button>Order</button></form>"
    )
    desk.make()
    assert desk.pick("Form sent", "button") == ".order"
    desk.map_new("Input", "text=Gift")
    expect(panel.get_by_label("Type")).to_have_value("boolean")
    expect(panel.locator("#preview")).to_have_text("true valid")
    desk.press("Use it")
    desk.map_new("Input", "[name=count]")
    desk.press("Use it")
    desk.press("Done")
    desk.press("Save draft")
    expect(panel.get_by_text("The draft is saved.")).to_be_visible()
    [trigger] = desk.doors.drafts["product.added"]["triggers"]
    assert trigger["values"] == {
        "gift": {"from": "input", "name": "gift"},
        "count": {"from": "input", "name": "count"},
    }


def test_the_data_layer_and_the_address_can_be_browsed(desk: Desk) -> None:
    panel = desk.open('<button id="go">Go</button>', "/p?utm_source=mail", before=DATA_LAYER)
    desk.make()
    desk.pick("Click", "#go")
    desk.map_new("Data layer")
    panel.get_by_role("button", name="order.total 12.50").click()
    expect(panel.get_by_label("Path")).to_have_value("order.total")
    expect(panel.get_by_label("Name", exact=True)).to_have_value("total")
    expect(panel.get_by_label("Type")).to_have_value("decimal")
    desk.press("Use it")
    desk.map_new("URL parameter")
    panel.get_by_role("button", name="utm_source mail").click()
    expect(panel.locator("#preview")).to_have_text("mail valid")
    desk.press("Use it")
    expect(panel.locator("#now-total")).to_have_text("12.50 valid")


def test_a_value_in_another_shadow_root_is_out_of_reach_and_that_is_said(desk: Desk) -> None:
    html = (
        '<button id="go">Go</button><x-box></x-box><script>document.querySelector("x-box")'
        ".attachShadow({mode: 'open'}).innerHTML = '<p class=price>12</p>'</script>"
    )
    panel = desk.open(html)
    desk.make()
    desk.pick("Click", "#go")
    desk.map_new("Text", "x-box p")
    expect(panel.get_by_text("The snippet cannot reach this from the trigger’s element")).to_be_visible()


def test_the_value_beside_each_element_of_a_trigger_is_found_and_what_encloses_them_is_warned_of(
    desk: Desk,
) -> None:
    cards = "".join(
        f'<div class="card" data-sku="{sku}"><b id="{sku}">{sku}</b> <button class="buy">Buy</button></div>'
        for sku in ("pear", "plum")
    )
    panel = desk.open(cards)
    desk.make()
    desk.pick("Click", ".buy")
    panel.get_by_label("Selector").fill(".buy")
    desk.map_new("Text", "#plum")
    expect(panel.get_by_label("Selector")).not_to_have_value("#plum")
    desk.press("Cancel")
    desk.map_new("Attribute", "#plum")
    expect(panel.get_by_text("All 2 elements of the trigger would take this same value")).to_be_visible()
