"""An admin begins with an empty server, makes a section and a key, and invites others, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.axe import violations
from tests.cast import EVERY_TYPE, order
from tests.servers.client import Client
from tests.servers.fieldpost import Server, running
from tests.servers.waiting import eventually

SERIOUS = {"serious", "critical"}
PASSWORD = "a sentence is better than a puzzle"


@dataclass(frozen=True)
class Fresh:
    """A server that was just started for the first time, and its first owner's link."""

    server: Server
    link: str


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Iterator[Fresh]:
    with running(database_url, tmp_path) as server:
        # It is printed once the server answers: that may be a moment after the first answer.
        found = eventually(lambda: re.search(r"/welcome/\S+", server.log.read_text()))
        assert found is not None
        yield Fresh(server, server.url + found[0])


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context: BrowserContext = chromium.new_context()
    yield context.new_page()
    context.close()


def serious_findings(page: Page) -> list[str]:
    """What axe finds of weight, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        serious = [one for one in violations(page) if one["impact"] in SERIOUS]
        found += [f"{scheme} {page.url}: {one['id']}" for one in serious]
    return found


def test_from_an_empty_server_to_a_key_that_works(fresh: Fresh, page: Page) -> None:
    found = []
    page.goto(fresh.link)
    found += serious_findings(page)
    page.keyboard.type("ada@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sections")).to_be_visible()
    found += serious_findings(page)
    page.get_by_label("Name").focus()
    page.keyboard.type("My shop")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The section My shop is made.")).to_be_visible()
    page.goto(f"{fresh.server.url}/sections/my-shop/keys")
    page.get_by_label(re.compile("^Name")).focus()
    page.keyboard.type("Till")
    page.locator("input[value=admin]").check()
    page.get_by_role("button", name="Make the key").press("Enter")
    key = page.locator("#secret").text_content()
    found += serious_findings(page)
    integration = Client(fresh.server.url, key)
    assert integration.post("/api/v1/definitions", EVERY_TYPE).status == 201
    assert integration.post("/api/v1/events", order()).status == 200
    for place in ("keys", "members", "audit", "settings", "overview", "definitions"):
        page.goto(f"{fresh.server.url}/sections/my-shop/{place}")
        expect(page.locator("h1")).to_be_visible()
        found += serious_findings(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{fresh.server.url}/sections/my-shop/keys")
    page.get_by_role("button", name="Revoke Till").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The key is revoked")
    assert integration.get("/api/v1/events").status == 401
    assert found == []


@pytest.mark.full
def test_an_owner_invites_a_viewer_who_sees_and_changes_nothing(
    fresh: Fresh, page: Page, chromium: Browser
) -> None:
    base = fresh.server.url
    page.goto(fresh.link)
    page.get_by_label("Your e-mail").fill("ada@example.com")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("Name").fill("Shop")
    page.get_by_role("button", name="Make the section").click()
    page.goto(f"{base}/sections/shop/members")
    page.get_by_label("E-mail").fill("vera@example.com")
    page.get_by_role("button", name="Make a sign-in link").click()
    link = page.locator("#link").text_content()
    assert link is not None
    context = chromium.new_context()
    viewer = context.new_page()
    viewer.goto(link)
    expect(viewer.get_by_role("link", name="Definitions")).to_be_visible()
    for place in ("Keys", "Members", "Audit log", "Settings"):
        expect(viewer.get_by_role("link", name=place, exact=True)).to_have_count(0)
    expect(viewer.get_by_role("link", name="New definition")).to_have_count(0)
    for place in ("keys", "members", "audit", "settings", "new-definition"):
        answer = viewer.goto(f"{base}/sections/shop/{place}")
        assert answer is not None
        assert answer.status == 403
    context.close()


def test_a_password_opens_again_and_a_stranger_gets_nothing(fresh: Fresh, page: Page) -> None:
    base = fresh.server.url
    page.goto(fresh.link)
    page.get_by_label("Your e-mail").fill("ada@example.com")
    page.get_by_role("button", name="Begin").click()
    page.goto(f"{base}/account")
    findings = serious_findings(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    findings += serious_findings(page)
    page.goto(f"{base}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert findings == []
