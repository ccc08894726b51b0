"""From nothing to a stored event, by pointing, clicking and typing alone, on sites of different making."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.editor.person import Person
from tests.journeys.editor.conftest import Installation


def test_a_click_with_values_on_pages_that_a_server_renders(
    installation: Installation, ada: Person, visitor: Person
) -> None:
    installation.open_on_site(ada, "/seeds")
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
    ada.press("Use it")
    ada.press("Done")
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.get_by_role("button", name="Put into the basket").first.click()
    firing = ada.panel.get_by_role("listitem").filter(has_text="would be stored")
    expect(firing).to_contain_text("12.50")
    expect(firing).to_contain_text("Carrot")
    installation.publish(ada, "product.added")

    visitor.page.goto(f"{installation.site.url}/seeds")
    visitor.page.get_by_role("button", name="Put into the basket").last.click()
    [event] = installation.stored("product.added")
    url = f"{installation.site.url}/seeds"
    assert event["data"] == {"page_url": url, "price": 9.0, "name": "Beetroot"}


def test_a_form_that_is_sent_on_pages_that_a_server_renders(
    installation: Installation, ada: Person, visitor: Person
) -> None:
    installation.open_on_site(ada, "/seeds")
    ada.make("Letter ordered", "Conversion")
    assert ada.pick("Form sent", "form [name=email]") == 'form[action="/seeds/thanks"]'
    ada.map_new("Input", "[name=weekly]")
    ada.press("Use it")
    ada.panel.get_by_role("button", name="/seeds", exact=True).click()
    expect(ada.panel.get_by_text("matches this page", exact=True)).to_be_visible()
    ada.press("Done")
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.get_by_label("E-mail").fill("a@b.example")
    ada.page.get_by_role("button", name="Sign up").click()
    # The form leads to the next page, and the editor comes along.
    expect(ada.page).to_have_url(f"{installation.site.url}/seeds/thanks?email=a%40b.example#fieldpost=edit")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    expect(ada.panel.get_by_text("(not on this page)")).to_be_visible()
    installation.publish(ada, "letter.ordered")

    visitor.page.goto(f"{installation.site.url}/seeds")
    visitor.page.get_by_label("E-mail").fill("a@b.example")
    visitor.page.get_by_label("Weekly").check()
    visitor.page.get_by_role("button", name="Sign up").click()
    [event] = installation.stored("letter.ordered")
    assert event["data"]["weekly"] is True


def test_a_click_and_a_page_of_a_single_page_site(
    installation: Installation, ada: Person, visitor: Person
) -> None:
    installation.open_on_site(ada, "/app")
    ada.make("Plant added")
    ada.page.get_by_role("link", name="carrot").click()
    assert ada.pick("Click", ada.page.get_by_role("button", name="Add")) == '[data-testid="add-to-cart"]'
    ada.map_new("Data layer")
    ada.panel.get_by_role("button", name="plant.price 12.5").click()
    expect(ada.panel.get_by_label("Name", exact=True)).to_have_value("price")
    ada.press("Use it")
    ada.map_new("Text", "h1")
    ada.panel.get_by_label("Name", exact=True).fill("plant")
    ada.press("Use it")
    ada.panel.get_by_role("button", name="/app/*", exact=True).click()
    ada.press("Done")
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.get_by_role("link", name="Back").click()
    ada.page.get_by_role("link", name="beetroot").click()
    ada.page.get_by_role("button", name="Add").click()
    firing = ada.panel.get_by_role("listitem").filter(has_text="would be stored")
    expect(firing).to_contain_text("beetroot")
    expect(firing).to_contain_text("9")
    installation.publish(ada, "plant.added")

    visitor.page.goto(f"{installation.site.url}/app")
    visitor.page.get_by_role("link", name="carrot").click()
    visitor.page.get_by_role("button", name="Add").click()
    [event] = installation.stored("plant.added")
    assert (event["data"]["plant"], event["data"]["price"]) == ("carrot", 12.5)


def test_a_click_in_shadow_roots_under_a_strict_policy(
    installation: Installation, ada: Person, visitor: Person
) -> None:
    said: list[str] = []
    ada.page.context.on("console", lambda message: said.append(message.text))
    installation.open_on_site(ada, "/strict")
    ada.make("Card added")
    assert ada.pick("Click", "plant-card >> nth=1 >> button") == ".add"
    expect(ada.panel.get_by_text("Matches 2 elements on this page")).to_be_visible()
    ada.map_new("Text", "plant-card >> nth=1 >> .price")
    expect(ada.panel.locator("#preview")).to_have_text("9.00 valid")
    ada.press("Use it")
    ada.press("Done")
    ada.press("Try it")
    expect(ada.panel.get_by_text("The rules are live in this page.")).to_be_visible()
    ada.page.get_by_role("button", name="Add").first.click()
    expect(ada.panel.get_by_role("listitem").filter(has_text="would be stored")).to_contain_text("12.50")
    installation.publish(ada, "card.added")
    assert [line for line in said if "Content Security Policy" in line] == []

    visitor.page.goto(f"{installation.site.url}/strict")
    visitor.page.get_by_role("button", name="Add").last.click()
    [event] = installation.stored("card.added")
    assert event["data"]["price"] == 9.0
