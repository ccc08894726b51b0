"""A running collector with one event of its own, sites of different making, and two people at browsers."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from collector import clock
from collector.web.site_editor.tokens import LIFE_SECONDS, SECOND, Pass, make_token
from tests.cast import ADMIN, Shop, open_shop
from tests.editor.person import Person
from tests.journeys.editor.sites import Site, serving_sites
from tests.servers.client import Client
from tests.servers.fieldpost import Server, running
from tests.servers.waiting import eventually

A_PERSONS = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
"""The user agent of a headless browser is a bot's, whose events are filtered."""

GREETING = {
    "event_name": "page.greeted",
    "title": "Page greeted",
    "category": "signal",
    "fields": [{"name": "word", "type": "text"}],
}


@dataclass
class Installation:
    server: Server
    site: Site
    client: Client
    shop: Shop

    def ada(self) -> int:
        """Ada's number, who is an editor of the section from now on."""
        return self.shop.store.people.invite("ada@example.com", "shop", "editor", ADMIN, clock.now())[0].id

    def token(self, event_name: str | None = None, seconds: float = LIFE_SECONDS) -> str:
        """A fresh token of Ada's for the site."""
        expires_at = clock.now() + int(seconds * SECOND)
        told = Pass("shop", self.site.url, self.ada(), event_name, expires_at)
        return make_token(told, self.shop.store.editing.seal())

    def address(self, path: str, token: str | None = None) -> str:
        """The address that "Open on your site" sends a browser to."""
        return f"{self.site.url}{path}#fieldpost=edit.{token or self.token()}"

    def open_on_site(self, person: Person, path: str) -> None:
        """As a person does it: the page of the admin, a link, and the tab that it opens."""
        page = person.page
        page.goto(f"{self.server.url}/sections/shop/on-your-site")
        if "/sign-in" in page.url:
            _, link = self.shop.store.people.invite("ada@example.com", "shop", "editor", ADMIN, clock.now())
            page.goto(f"{self.server.url}/sign-in/{link}")
            page.goto(f"{self.server.url}/sections/shop/on-your-site")
        page.get_by_label("Page").fill(f"{self.site.url}{path}")
        page.get_by_role("button", name="Make a link").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open the editor on the page").click()
        page.close()
        person.page = opened.value

    def publish(self, person: Person, name: str) -> None:
        """Publishes, and waits until the collector's own files have it."""
        person.press("Publish")
        expect(person.panel.get_by_text("Published: version 1 counts from now on.")).to_be_visible()
        assert self.client.get(f"/api/v1/events?event={name}").document["events"] == []
        bundle = f"{self.server.url}/s/shop/bundle.js"
        assert eventually(lambda: name in urllib.request.urlopen(bundle, timeout=10).read().decode())

    def until_refused(self, person: Person) -> None:
        """Saves until the collector has taken notice that its person may not any more."""
        title = person.panel.get_by_text("This editor’s hour is over, or your role has changed.")

        def try_again() -> bool:
            if person.panel.get_by_role("button", name="Save draft").is_enabled():
                person.press("Save draft")
            else:
                person.panel.get_by_role("button", name="Add: Page").click()
                person.press("Done")
            return title.is_visible()

        assert eventually(try_again)

    def stored(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """The events of a definition, once there are so many."""

        def ask() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.client.get(f"/api/v1/events?event={name}").document["events"]
            return found if len(found) >= count else []

        return eventually(ask)

    def definition(self, name: str) -> dict[str, Any]:
        return dict(self.client.get(f"/api/v1/definitions/{name}").document)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = Path(tmp_path_factory.mktemp("editor"))
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    shop = open_shop(database)
    shop.clock.moment = clock.now()
    key = shop.key()
    with serving_sites() as site:
        shop.define({**GREETING, "web_tracking": {"enabled": True, "origins": [site.url]}})
        with running(database, folder) as server:
            site.collector = server.url
            yield Installation(server, site, Client(server.url, shop.secrets[key.id]), shop)
    with suppress(Exception):
        shop.store.close()


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(user_agent=A_PERSONS, viewport={"width": 1200, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def ada(context: BrowserContext) -> Iterator[Person]:
    """Whoever makes the event."""
    person = Person(context.new_page())
    yield person
    person.page.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Person]:
    """Whoever comes to the site afterwards, with a browser that has nothing of before."""
    context = chromium.new_context(user_agent=A_PERSONS)
    yield Person(context.new_page())
    context.close()
