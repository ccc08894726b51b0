"""An admin watches events arrive, opens one, finds its person, merges two and undoes it, in a real browser.

The real server, a real Chromium, a real database. The main path goes by the keyboard alone.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.cast import ALICE, EVERY_TYPE, ORDER, order
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import Server, running

ORIGIN = "https://shop.example"
PHONE = "+46701234567"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0"
SERIOUS = {"serious", "critical"}
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202egnp.exe'


@dataclass(frozen=True)
class Desk:
    """A running collector with a section, a definition and a key, and how people get in."""

    server: Server
    folder: Path
    database: str
    till: Client

    def link(self, role: str) -> str:
        """The path of a new one-time link."""
        words = ("user", "create", f"{role}@example.com", "--role", role, "--section", "shop")
        made: str = fieldpost(self.folder, self.database, *words)["link"]
        return self.server.url + "/sign-in/" + made.rpartition("/")[2]

    def send(self, *events: dict[str, Any]) -> list[str]:
        """The verdicts on events of an integration."""
        heard = self.till.post("/api/v1/events", {"events": list(events)})
        return [one["verdict"] for one in heard.document["results"]]

    def beacon(self, event_id: str) -> None:
        """An event of a web page, as its snippet sends it."""
        definition = self.till.get("/api/v1/definitions/order.completed").document["id"]
        body = json.dumps(
            {"id": event_id, "data": ORDER, "visitor": "a-browser", "source": "Checkout"}
        ).encode()
        headers = {"Content-Type": "text/plain", "Origin": ORIGIN, "User-Agent": FIREFOX}
        request = urllib.request.Request(f"{self.server.url}/b/{definition}", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200


@pytest.fixture
def desk(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(tmp_path, ready_database_url, "section", "create", "Shop")
    fieldpost(tmp_path, ready_database_url, "definition", "apply", "events.json")
    key = fieldpost(tmp_path, ready_database_url, "key", "create", "--name", "till")["key"]
    with running(ready_database_url, tmp_path) as server:
        yield Desk(server, tmp_path, ready_database_url, Client(server.url, key))


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(timezone_id="Europe/Stockholm", locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of: a refusal of our own policy would be among it."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    opened = context.new_page()
    opened.on("console", note)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    return opened


def enter(page: Page, desk: Desk, place: str, role: str = "owner") -> None:
    """Signs in, and goes to a place of the navigation, by the keyboard."""
    page.goto(desk.link(role))
    go(page, place)


def go(page: Page, place: str) -> None:
    press_on(page, page.get_by_role("navigation", name="Section").get_by_role("link", name=place, exact=True))
    expect(page).to_have_title(f"{place} · Shop · Fieldpost")


def press_on(page: Page, target: Any, key: str = "Enter") -> None:
    """Reaches something with the Tab key, as who has no mouse does, and uses it."""
    expect(target).to_be_visible()
    page.locator("body").evaluate("() => document.activeElement?.blur()")
    element = target.element_handle()
    for _ in range(150):
        page.keyboard.press("Tab")
        if element.evaluate("one => one === document.activeElement"):
            page.keyboard.press(key)
            return
    pytest.fail(f"The Tab key does not reach {target}.")


def arrivals(page: Page) -> Any:
    return page.locator("li.arrival")


def find(page: Page, text: str) -> None:
    go(page, "Profiles")
    box = page.get_by_label("Find somebody")
    press_on(page, box, "Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_what_arrives_is_seen_without_a_reload_and_leads_to_its_person(
    desk: Desk, page: Page, complaints: list[str]
) -> None:
    enter(page, desk, "Live")
    expect(page.get_by_text("Waiting for the first event.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Live")
    assert desk.send(order("1"), order("bad", data={"total": "much"})) == ["stored", "rejected"]
    expect(arrivals(page)).to_have_count(2)
    expect(page.locator("[data-told]")).to_contain_text("new arrival")
    expect(page.get_by_text("Waiting for the first event.")).to_be_hidden()
    desk.beacon("from-a-page")
    expect(arrivals(page)).to_have_count(3)
    expect(arrivals(page).first).to_contain_text("Checkout")
    press_on(page, arrivals(page).filter(has_text="rejected").get_by_role("link"))
    expect(page.get_by_role("heading", name="What is wrong")).to_be_visible()
    expect(page.get_by_role("rowheader", name="/data/total")).to_be_visible()
    page.evaluate("history.back()")
    press_on(page, arrivals(page).filter(has_text=ALICE["email"]).get_by_role("link"))
    expect(page.get_by_role("row", name="total 149.99 decimal")).to_be_visible()
    press_on(page, page.get_by_role("link", name="Open the profile"))
    expect(page.get_by_role("heading", level=1)).to_have_text(ALICE["email"])
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    assert complaints == []


def test_the_list_stands_still_while_it_is_paused(desk: Desk, page: Page) -> None:
    desk.send(order("1"))
    enter(page, desk, "Live")
    expect(arrivals(page)).to_have_count(1)
    press_on(page, page.get_by_role("button", name="Pause"))
    expect(page.get_by_role("status")).to_have_text("Paused")
    desk.send(order("2"))
    expect(arrivals(page)).to_have_count(1)
    with page.expect_response(lambda answer: "/live/news" in answer.url):
        press_on(page, page.get_by_role("button", name="Go on"))
    expect(arrivals(page)).to_have_count(2)


@pytest.mark.full
def test_live_is_complete_without_javascript(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.link("viewer"))
    page.get_by_role("link", name="Live", exact=True).click()
    desk.send(*(order(str(number)) for number in range(60)))
    page.get_by_role("link", name="Reload").click()
    expect(arrivals(page)).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(arrivals(page)).to_have_count(10)
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    context.close()


def test_two_people_are_merged_and_parted_again_by_the_keyboard(
    desk: Desk, page: Page, complaints: list[str]
) -> None:
    phone = {"mobile": PHONE}
    desk.send(order("1"), order("2", identifiers=phone))
    desk.send(order("3", identifiers={**ALICE, **phone}))
    enter(page, desk, "Profiles")
    find(page, "Alice@Example.com")
    expect(page.get_by_role("heading", level=1)).to_have_text(ALICE["email"])
    expect(page.locator(".entry")).to_have_count(2)
    go(page, "Profiles")
    press_on(page, page.get_by_role("link", name="Conflicts"))
    press_on(page, page.get_by_role("link", name="Compare and merge"))
    expect(page.get_by_role("radio", name=ALICE["email"])).to_be_checked()
    press_on(page, page.get_by_role("button", name="Merge them"))
    expect(page.get_by_role("status")).to_contain_text("is part of alice@example.com now")
    expect(page.locator(".entry")).to_have_count(3)
    find(page, "+46 70 123 45 67")
    expect(page.get_by_role("heading", level=1)).to_have_text(ALICE["email"])
    page.once("dialog", lambda dialog: dialog.accept())
    press_on(page, page.get_by_role("button", name="Undo the merge"))
    expect(page.get_by_role("status")).to_contain_text("The merge is undone")
    expect(page.get_by_role("heading", level=1)).to_have_text(PHONE)
    expect(page.locator(".entry")).to_have_count(1)
    assert complaints == []


@pytest.mark.full
def test_a_viewer_sees_no_way_to_merge(desk: Desk, page: Page) -> None:
    desk.send(order("1"))
    enter(page, desk, "Profiles", "viewer")
    find(page, ALICE["email"])
    expect(page.get_by_role("heading", level=1)).to_have_text(ALICE["email"])
    expect(page.get_by_text("Merge")).to_have_count(0)
    answer = page.request.post(f"{page.url}/merge", form={"value": "x"}, max_redirects=0)
    assert answer.status == 403
