"""Which selector is proposed for an element that somebody points at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.editor.conftest import Desk

ROWS = '<div class="row"><i>a</i><i>b</i></div>' * 3


@pytest.mark.parametrize(
    ("html", "wanted", "expected"),
    [
        ('<button id="buy" class="a">x</button>', "button", "#buy"),
        ('<button id="a.b:c d" data-action="buy">x</button>', "button", '[data-action="buy"]'),
        ('<button id="a.b">x</button>', "button", r"#a\.b"),
        ('<button id="7up">x</button>', "button", r"#\37 up"),
        ('<button id="ember1234" data-testid="buy">x</button>', "button", '[data-testid="buy"]'),
        ('<button id="radix-:r1:" class="css-1q2w3e buy">x</button><button>y</button>', "button", ".buy"),
        ('<button class="px-4 hover:bg-red-100 is-active buy">x</button>', "button", ".buy"),
        ("<button data-say='\"]&lt;/script&gt;\\'>x</button>", "button", '[data-say="\\"]</script>\\\\"]'),
        ('<button id="step2">x</button>', "button", "#step2"),
        ('<button class="sc-bdVaJa Button_buy__2Rx1y buy">x</button><button>y</button>', "button", ".buy"),
        ('<button name="checkout">x</button><button>y</button>', "button", 'button[name="checkout"]'),
        ('<a href="/cart">Cart</a><a href="/">Home</a>', "a", 'a[href="/cart"]'),
        ('<button aria-label="Close">x</button><button>y</button>', "button", 'button[aria-label="Close"]'),
        ('<div id="a"><p class="t">x</p></div><p class="t">y</p>', "p", "#a .t"),
        (ROWS, ".row:nth-child(2) i:nth-child(2)", "body > div:nth-of-type(2) > i:nth-of-type(2)"),
        (
            '<button class="buy"><svg width="20" height="20"><path d="M0 0h20v20z"/></svg></button>',
            "path",
            ".buy",
        ),
    ],
)
def test_the_most_lasting_selector_is_proposed(desk: Desk, html: str, wanted: str, expected: str) -> None:
    desk.open(f"<body>{html}</body>")
    desk.make()
    assert desk.pick("Click", wanted) == expected
    expect(desk.panel.get_by_text("Matches 1 element on this page.")).to_be_visible()


def test_it_can_be_widened_and_narrowed_and_every_match_is_lit_up(desk: Desk) -> None:
    html = "".join(f'<p><button class="buy" data-sku="{sku}">Buy</button></p>' for sku in ("a", "b", "c"))
    panel = desk.open(html + "<button>other</button>")
    desk.make()
    assert desk.pick("Click", "[data-sku=b]") == '[data-sku="b"]'
    panel.get_by_role("button", name="Wider").click()
    expect(panel.get_by_label("Selector")).to_have_value("[data-sku]")
    expect(panel.get_by_text("Matches 3 elements on this page: any of them counts.")).to_be_visible()
    panel.get_by_role("button", name="Wider").click()
    expect(panel.get_by_label("Selector")).to_have_value("button")
    expect(panel.get_by_role("button", name="Wider")).to_be_disabled()
    panel.get_by_role("button", name="Narrower").click()
    panel.get_by_role("button", name="Narrower").click()
    expect(panel.get_by_label("Selector")).to_have_value('[data-sku="b"]')


def test_what_is_typed_is_checked_at_once(desk: Desk) -> None:
    panel = desk.open('<button class="buy">Buy</button>')
    desk.make()
    desk.pick("Click", "button")
    selector = panel.get_by_label("Selector")
    selector.fill("button:[")
    expect(panel.get_by_text("This is no CSS selector of elements.")).to_be_visible()
    expect(selector).to_have_attribute("aria-invalid", "true")
    selector.fill(".nowhere")
    expect(panel.get_by_text("Matches nothing on this page now.")).to_be_visible()
    selector.fill("button")
    expect(panel.get_by_text("Matches 1 element on this page.")).to_be_visible()
