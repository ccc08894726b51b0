"""An admin's first hour in the browser: from an empty installation to an event of an own web page.

The real server on an empty database, a real Chromium, the keyboard alone. The command line starts the server,
which prints the first link; after that nobody touches it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.axe import violations
from tests.servers.fieldpost import Server, running
from tests.servers.pages import site
from tests.servers.waiting import eventually

A_PERSONS = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
"""The user agent of a headless browser is a bot's, whose events are filtered."""

HOSTILE = (
    "<script>document.title = 'owned'</script>\"><img src=x onerror=\"document.title='owned'\">\u202eabc"
)
HARMLESS = (
    "the server responded with a status of 422",
    # Whoever is quicker than the browser keeps the focus: on a slow machine that is the test.
    "Autofocus processing was blocked because a document already has a focused element",
)
"""What the browser says of a form that comes back."""

MOST_TABS = 150


@dataclass(frozen=True)
class Installation:
    """A running collector with nothing in it, the link that its start printed, and a web site elsewhere."""

    server: Server
    link: str
    site: str
    folder: Path


@pytest.fixture
def installation(sqlite_database_url: str, tmp_path: Path) -> Iterator[Installation]:
    pages = tmp_path / "pages"
    pages.mkdir()
    with running(sqlite_database_url, tmp_path) as server, site(pages) as origin:
        # It is printed once the server answers: that may be a moment after the first answer.
        found = eventually(lambda: re.search(r"/welcome/\S+", server.log.read_text()))
        assert found is not None
        yield Installation(server, server.url + found[0], origin, pages)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser in which nothing may be said on the console, and no script of another may run."""
    context = chromium.new_context(user_agent=A_PERSONS, permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if not any(one in message.text for one in HARMLESS):
            said.append(message.text)

    opened.on("console", hear)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []


def reach(page: Page, target: Locator) -> None:
    """Tabs to an element, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {target}.")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def type_into(page: Page, target: Locator, text: str) -> None:
    reach(page, target)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, words: str) -> None:
    """Chooses in the menu that has the focus, with the arrows: what is typed is cut short when it is slow."""
    chosen = "() => document.activeElement.selectedOptions[0].textContent.trim()"
    page.keyboard.press("Home")
    for _ in range(20):
        if page.evaluate(chosen) == words:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"The menu has no {words}.")


def button(page: Page, name: str, *, exact: bool = True) -> Locator:
    return page.get_by_role("button", name=name, exact=exact)


def labelled(page: Page, words: str) -> Locator:
    """The first input whose label begins so; what is to be known about it follows."""
    return page.get_by_label(re.compile(f"^{words}")).first


def make_section(page: Page, installation: Installation) -> None:
    page.goto(installation.link)
    type_into(page, labelled(page, "Your e-mail"), "ada@example.com")
    page.keyboard.press("Enter")
    type_into(page, labelled(page, "Name"), "Shop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def make_definition(page: Page, name: str = "seat.booked") -> None:
    """A definition of two fields of its own, with the keyboard alone, and on to its snippet."""
    press(page, page.get_by_role("link", name="Make the first definition"))
    type_into(page, labelled(page, "Event name"), name)
    reach(page, labelled(page, "Category"))
    choose(page, "Conversion: somebody took a step that you want")
    expect(page.locator("input[name$='-name']").nth(0)).to_have_value("step")
    for field in ("step", "form", "page_url", "referrer", "campaign"):
        press(page, button(page, f"Delete {field}"))
    for field, kind in (("seats", "Whole number"), ("hall", "Text")):
        press(page, button(page, "Add a field"))
        page.keyboard.type(field)
        page.keyboard.press("Tab")
        choose(page, kind)
    press(page, button(page, "Move up hall"))
    press(page, button(page, "Make the definition"))
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()


def copied(page: Page, label: str) -> str:
    press(page, button(page, f"Copy: {label}"))
    expect(page.get_by_text("Copied")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_from_an_empty_installation_to_the_first_event(installation: Installation, page: Page) -> None:
    make_section(page, installation)
    make_definition(page)
    tag = copied(page, "The tag")
    call = "fieldpost('seat.booked', {seats: 2, hall: 'Blue'})"
    (installation.folder / "index.html").write_text(
        f"<!doctype html><title>Cinema</title>{tag}<script>{call}</script>"
    )
    visitor = page.context.new_page()
    with visitor.expect_response(lambda answer: "/b/" in answer.url) as beacon:
        visitor.goto(installation.site)
    assert beacon.value.status == 200
    visitor.close()
    page.bring_to_front()
    expect(page.get_by_text("Events arrive")).to_be_visible()
    expect(page.get_by_text("from Website")).to_be_visible()
    press(page, page.get_by_role("link", name="Overview").last)
    expect(page.get_by_text("The first one, with 2 fields.")).to_be_visible()
    rows = page.get_by_role("region", name="Fields").get_by_role("rowheader")
    expect(rows).to_have_text(["source", "hall", "seats"])


def test_an_edit_waits_and_counts_down_and_a_definition_is_hidden(
    installation: Installation, page: Page
) -> None:
    make_section(page, installation)
    make_definition(page)
    press(page, page.get_by_role("link", name="Edit"))
    press(page, page.get_by_text("Rules of seats"))
    type_into(page, labelled(page, "Minimum"), "many")
    press(page, button(page, "Save").last)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(labelled(page, "Minimum")).to_be_focused()
    type_into(page, labelled(page, "Minimum"), "1")
    press(page, button(page, "Preview the effect"))
    difference = "seats now needs at least 1 (before: no lower bound): stricter."
    expect(page.get_by_role("region", name="What saving would do")).to_contain_text(difference)
    press(page, button(page, "Save").last)
    expect(page.get_by_role("heading", name="Version 2")).to_contain_text("pending")
    expect(page.get_by_text(difference)).to_be_visible()
    expect(page.locator(".countdown")).to_contain_text("in 59:")
    press(page, page.get_by_role("link", name="Edit"))
    expect(page.locator("[name='fields-0-name']")).to_be_disabled()
    type_into(page, labelled(page, "Title"), "Seat booked")
    press(page, button(page, "Save").last)
    expect(page.get_by_role("heading", name="Seat booked")).to_be_visible()
    press(page, page.get_by_role("link", name="Hide this definition"))
    type_into(page, labelled(page, "Type seat.booked to hide it"), "seat.booked")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no definition yet.")).to_be_visible()


@pytest.mark.full
def test_a_refused_form_stands_in_nobodys_way(installation: Installation, page: Page) -> None:
    make_section(page, installation)
    page.goto(f"{installation.server.url}/sections/shop/new-definition")
    labelled(page, "Event name").fill("Evil!")
    labelled(page, "Title").fill(HOSTILE)
    page.get_by_text("Rules of reference").click()
    labelled(page, "Pattern").fill("(")
    button(page, "Make the definition").click()
    expect(page.get_by_role("alert")).to_contain_text("2 places are not right")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == [], scheme
    assert "owned" not in page.title().split(" · ")


def serious(page: Page) -> list[str]:
    """What axe finds serious or worse on a page: the rule and where."""
    found = violations(page)
    return [
        f"{one['id']}: {unescape(node['html'])[:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
