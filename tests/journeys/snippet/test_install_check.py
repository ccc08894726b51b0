"""The admin asks whether a snippet is on a page; it answers, also where it cannot reach the collector."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.snippet.shop import Event, Shop


@pytest.fixture(scope="module")
def admins_page(whole_shop: Shop, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(whole_shop.sign_in_link())
    yield page
    context.close()


def ask(shop: Shop, page: Page, event: Event, script: str, **headers: str) -> None:
    """Asks on the snippet page, and opens the shop's page with this script and these headers."""
    page.goto(f"{shop.gate.url}/sections/shop/definitions/{event.name}/snippet")
    page.fill("#check input[type=url]", f"{shop.site.url}/{event.name}")
    page.click("#check button")
    asked = page.get_attribute("#check a.button", "href") or ""
    path = asked.removeprefix(shop.site.url)
    shop.page(path, script)
    kind, text, _ = shop.site.pages[path]
    shop.site.pages[path] = (kind, text, {name.replace("_", "-"): told for name, told in headers.items()})
    with page.context.expect_page() as opened:
        page.click("#check a.button")
    expect(page.locator("#check [role=status]")).to_contain_text("Seen", timeout=20_000)
    opened.value.close()


def test_the_snippet_page_tells_by_itself_that_nothing_is_in_the_way(shop: Shop, admins_page: Page) -> None:
    event = shop.event()
    ask(shop, admins_page, event, event.url)
    expect(admins_page.locator("#check")).to_contain_text("nothing is in the way")


def test_it_tells_that_consent_is_pending(shop: Shop, admins_page: Page) -> None:
    event = shop.event(consent="ask")
    ask(shop, admins_page, event, event.url)
    expect(admins_page.locator("#check")).to_contain_text("Nothing is sent before fieldpost.consent(true).")


def test_it_tells_that_the_pages_policy_refuses_the_answer_too(shop: Shop, admins_page: Page) -> None:
    event = shop.event()
    policy = f"script-src 'unsafe-inline' {shop.gate.url}; connect-src 'none'"
    ask(shop, admins_page, event, event.url, Content_Security_Policy=policy)
    expect(admins_page.locator("#check")).to_contain_text("Content-Security-Policy refuses connect-src")


def test_it_tells_that_something_blocks_the_requests(shop: Shop, admins_page: Page) -> None:
    event = shop.event()
    admins_page.context.route("**/*.check", lambda route: route.abort("blockedbyclient"))
    ask(shop, admins_page, event, event.url)
    admins_page.context.unroute("**/*.check")
    expect(admins_page.locator("#check")).to_contain_text(
        "something in the browser or on the way blocks them"
    )


def test_it_tells_that_the_origin_is_not_listed(shop: Shop, admins_page: Page) -> None:
    event = shop.event(origins=["https://shop.example"])
    ask(shop, admins_page, event, event.url)
    expect(admins_page.locator("#check")).to_contain_text(f"The origin {shop.site.url} is not among those")


def test_it_tells_that_the_page_has_an_older_version(shop: Shop, admins_page: Page) -> None:
    event = shop.event()
    with urllib.request.urlopen(event.url) as file:
        kept = shop.site.script(f"/{event.name}.js", file.read().decode())
    shop.change(event, {"name": "more", "type": "text"})
    ask(shop, admins_page, event, kept)
    expect(admins_page.locator("#check")).to_contain_text("The page has an older version.")
