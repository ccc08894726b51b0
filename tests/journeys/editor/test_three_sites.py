"""From nothing to a stored event, by pointing, clicking and typing alone, on sites of different making."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.editor.person import Person
from tests.journeys.editor.conftest import Installation


def test_a_click_with_values_on_pages_that_a_server_renders(
    installation: Installation, ada: Person, visitor: Person
) -> None:
    ada.page.goto(installation.address("/seeds"))
    ada.make("Product added")
    assert ada.pick("Click", ".product[data-sku='B-2'] button") == '[data-sku="B-2"] .buy'
    ada.press("Wider")
    expect(ada.panel.get_by_text("Matches 2 elements on this page")).to_be_visible()
    ada.map_new("Text", ".product[data-sku='B-2'] .price")
    expect(ada.panel.get_by_label("Name")).to_have_value("price")
    expect(ada.panel.get_by_label("Type")).to_have_value("decimal")
    expect(ada.panel.locator("#preview")).to_have_text("9.00 valid")
    ada.press("Use it")
    ada.map_new("Text", ".product[data-sku='B-2'] .name")
    expect(ada.panel.get_by_label("Name", exact=True)).to_have_value("name")
    ada.press("Use it")
    ada.press("Done")
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.get_by_role("button", name="Put into the basket").first.click()
    firing = ada.panel.get_by_role("listitem").filter(has_text="would be stored")
    expect(firing).to_contain_text("12.50")
    expect(firing).to_contain_text("Carrot")
    ada.press("Publish")
    expect(ada.panel.get_by_text("Published: version 1 counts from now on.")).to_be_visible()
    assert installation.client.get("/api/v1/events?event=product.added").document["events"] == []

    visitor.page.goto(f"{installation.site.url}/seeds")
    visitor.page.get_by_role("button", name="Put into the basket").last.click()
    [event] = installation.stored("product.added")
    assert event["data"] == {"page_url": f"{installation.site.url}/seeds", "price": 9.0, "name": "Beetroot"}
