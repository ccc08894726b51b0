"""Who gets the editor and who does not, how it goes from page to page, and what a lost right takes away."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from collector import clock
from tests.cast import ADMIN
from tests.editor.person import Person
from tests.journeys.editor.conftest import Installation


@pytest.mark.parametrize("token", ["x", "eyJhbGciOiJub25lIn0.e30.", "%00", "a" * 3000])
def test_without_a_token_the_address_is_nowhere(installation: Installation, token: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{installation.server.url}/b/editor/{token}.js", timeout=10)
    assert refused.value.code == 404


@pytest.mark.parametrize("fragment", ["", "#fieldpost=edit", "#fieldpost=edit.forged"])
def test_whoever_has_no_token_downloads_nothing_of_the_editor_and_the_page_collects(
    installation: Installation, visitor: Person, fragment: str
) -> None:
    answers: list[tuple[str, int]] = []
    visitor.page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    visitor.page.goto(f"{installation.site.url}/seeds{fragment}")
    word = f"word{fragment}"
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
        visitor.page.evaluate("word => fieldpost('page.greeted', {word})", word)
    assert [url for url, status in answers if "/b/editor/" in url and status == 200] == []
    assert visitor.page.locator("fieldpost-editor").count() == 0
    assert word in [event["data"]["word"] for event in installation.stored("page.greeted")]


def test_the_token_is_not_in_the_address_and_never_sent_to_the_site(
    installation: Installation, ada: Person
) -> None:
    token = installation.token()
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url + str(request.headers)))
    ada.page.goto(installation.address("/seeds", token))
    expect(ada.panel.get_by_role("button", name="New event")).to_be_visible()
    assert ada.page.url == f"{installation.site.url}/seeds#fieldpost=edit"
    assert [one for one in asked if token in one and one.startswith(installation.site.url)] == []


def test_a_link_that_is_too_old_says_so_and_the_page_collects(
    installation: Installation, visitor: Person
) -> None:
    visitor.page.goto(installation.address("/seeds", installation.token(seconds=-60)))
    expect(
        visitor.page.get_by_text("The Custom Events Editor does not open: its hour is over")
    ).to_be_visible()
    visitor.page.get_by_role("button", name="Close").click()
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
        visitor.page.evaluate("fieldpost('page.greeted', {word: 'too late'})")
    assert "too late" in [event["data"]["word"] for event in installation.stored("page.greeted")]


def test_it_goes_along_to_another_page_and_is_gone_when_left(installation: Installation, ada: Person) -> None:
    installation.open_on_site(ada, "/seeds")
    ada.make("Page read")
    ada.page.get_by_role("link", name="About").click()
    expect(ada.page).to_have_url(f"{installation.site.url}/seeds/about#fieldpost=edit")
    expect(ada.panel.get_by_text("You go on where you were.")).to_be_visible()
    expect(ada.panel.get_by_role("heading", name="Page read")).to_be_visible()
    ada.press("Leave the editor")
    with ada.page.expect_event("load"):
        ada.press("Leave without saving")
    assert ada.page.url == f"{installation.site.url}/seeds/about"
    assert ada.page.locator("fieldpost-editor").count() == 0
    with ada.page.expect_response(lambda answer: answer.request.method == "POST"):
        ada.page.evaluate("fieldpost('page.greeted', {word: 'left'})")
    assert "left" in [event["data"]["word"] for event in installation.stored("page.greeted")]


def test_what_the_page_does_meanwhile_is_not_stored(installation: Installation, ada: Person) -> None:
    before = len(installation.client.get("/api/v1/events?event=page.greeted").document["events"])
    installation.open_on_site(ada, "/seeds")
    expect(ada.panel.get_by_role("button", name="New event")).to_be_visible()
    ada.page.evaluate("fieldpost('page.greeted', {word: 'meanwhile'})")
    ada.make("Greeted again")
    ada.press("Save draft")
    expect(ada.panel.get_by_text("The draft is saved.")).to_be_visible()
    assert len(installation.client.get("/api/v1/events?event=page.greeted").document["events"]) == before


def test_a_role_that_is_taken_away_closes_it_and_a_fresh_token_takes_up_what_was_made(
    installation: Installation, ada: Person
) -> None:
    installation.open_on_site(ada, "/seeds")
    ada.make("Basket filled")
    ada.pick("Click", ".product button")
    ada.press("Done")
    installation.shop.store.people.remove(installation.ada(), "shop", ADMIN, clock.now())
    installation.until_refused(ada)
    fresh = Person(ada.page.context.new_page())
    fresh.page.goto(installation.address("/seeds"))
    expect(fresh.panel.get_by_text("You go on where you were.")).to_be_visible()
    installation.publish(fresh, "basket.filled")
    fresh.page.close()


def test_fields_are_held_after_a_change_and_triggers_are_not(installation: Installation, ada: Person) -> None:
    installation.open_on_site(ada, "/seeds")
    ada.make("Plant seen")
    ada.panel.get_by_role("button", name="Add: Comes into view").click()
    ada.point_at("h1")
    ada.press("Done")
    installation.publish(ada, "plant.seen")
    for name in ("colour", "size"):
        ada.press("Add a field")
        ada.panel.get_by_label("Name").fill(name)
        ada.press("Use it")
        ada.panel.get_by_role("button", name="Add: Time on page").click()
        ada.press("Done")
        ada.press("Publish")
        expect(ada.panel.locator("#notes .note")).to_be_visible()
        if name == "colour":
            expect(ada.panel.get_by_text("The triggers count from now on, the fields")).to_be_visible()
    expect(ada.panel.get_by_text("cannot be changed again before")).to_be_visible()
    ada.press("Publish the triggers alone")
    expect(ada.panel.get_by_text("The triggers are published")).to_be_visible()
    document = installation.definition("plant.seen")
    assert [one["on"] for one in document["web_tracking"]["triggers"]] == ["visible", "time", "time"]
    ada.press("History")
    ada.panel.get_by_role("button", name="Undo this change").first.click()
    expect(ada.panel.get_by_text("Undone")).to_be_visible()
    document = installation.definition("plant.seen")
    assert [one["on"] for one in document["web_tracking"]["triggers"]] == ["visible", "time"]
