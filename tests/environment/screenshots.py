"""`make screenshots`: every page of a living installation, in light, dark and on a phone.

The real server on a SQLite file in which a small shop has lived for a week, looked at with a real Chromium.
The pictures go to build/screenshots; those that the documents use are named in `IN_THE_DOCS`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from collector import clock
from tests.cast import ADMIN, open_shop
from tests.environment import browser
from tests.environment.editor_pictures import take_the_editor
from tests.environment.little_acre import A_DAY, HOUR, HOURS, Week
from tests.servers.fieldpost import Server, running
from tests.servers.waiting import eventually
from tests.web.pages.places import PLACES

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "build" / "screenshots"
PICTURES = REPOSITORY / "docs" / "pictures"
Scheme = Literal["light", "dark"]
WIDE, PHONE = (1280, 860), (390, 844)
LOOKS: dict[str, tuple[Scheme, tuple[int, int]]] = {
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
    "phone": ("light", PHONE),
}
IN_THE_DOCS = {
    "overview-7-days-light": "overview",
    "definitions-editor-fields-light": "editor",
    "definitions-snippet-light": "snippet",
    "profiles-show-dark": "profile",
    "segments-builder-conditions-light": "segment-builder",
    "segments-rfm-index-light": "segment-grid",
}
"""Picture → its name in docs/pictures."""
TALLEST = 6000


@dataclass(frozen=True)
class Camera:
    """Takes what a page shows in every look, and again with a name for the documents where they use it."""

    page: Page

    def take(self, name: str) -> None:
        self.page.wait_for_function("document.querySelector('[data-uncounted]') === null")
        for look, (scheme, (width, height)) in LOOKS.items():
            self.page.emulate_media(color_scheme=scheme)
            self.page.set_viewport_size({"width": width, "height": height})
            if in_the_docs := IN_THE_DOCS.get(f"{name}-{look}"):
                self.page.screenshot(path=PICTURES / f"{in_the_docs}.png")
            tall = self.page.evaluate("document.documentElement.scrollHeight")
            self.page.set_viewport_size({"width": width, "height": max(min(tall, TALLEST), height)})
            self.page.screenshot(path=FOLDER / f"{name}-{look}.png")


def _refused(page: Page) -> None:
    page.get_by_label("Name", exact=True).first.fill("not a name")
    page.get_by_role("button", name="Make the definition").click()


def _at_the_fields(page: Page) -> None:
    width, height = WIDE
    page.set_viewport_size({"width": width, "height": height})
    page.locator("#fields").evaluate("one => one.scrollIntoView()")


def _previewed(page: Page) -> None:
    page.locator("#title").fill("Product seen")
    page.get_by_label("Required").nth(1).check()
    page.get_by_role("button", name="Preview the effect").click()


def _key_made(page: Page) -> None:
    page.get_by_label(re.compile("^Name")).fill("Warehouse")
    page.get_by_role("button", name="Make the key").click()


def _invited(page: Page) -> None:
    page.get_by_label("E-mail").fill("vera@example.com")
    page.get_by_role("button", name="Make a sign-in link").click()


def _secret_shown(page: Page) -> None:
    page.get_by_role("button", name="Show it").click()


def _replay_previewed(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Preview a replay")).first.click()


def _drawn_up(page: Page) -> None:
    page.get_by_label(re.compile("^Event name")).fill("bike.rented")
    page.get_by_label(re.compile("^Samples")).fill(
        '{"days": 3, "bike": "Ada", "zip": "01234", "price": 149.9}\n{"days": 1, "extras": ["lock"]}'
    )
    page.get_by_role("button", name="Draw it up", exact=True).click()


def _tried(page: Page) -> None:
    page.get_by_label(re.compile("^Payload")).fill('{"id": "1001", "data": {"price": "much"}}')
    page.get_by_role("button", name="See the verdict").click()


def _test_sent(page: Page) -> None:
    page.get_by_role("button", name="Send a test event").click()


def _at_the_conditions(page: Page) -> None:
    width, height = WIDE
    page.set_viewport_size({"width": width, "height": height})
    page.locator(".built").evaluate("one => one.scrollIntoView()")


def _a_number_taken_away(page: Page) -> None:
    page.get_by_label("Number", exact=True).first.fill("much")
    page.get_by_label("Number", exact=True).nth(1).focus()
    page.locator(".wrongs p").wait_for()


def _nothing(page: Page) -> None:
    """The page as it comes."""


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "empty-overview": ("/sections/seed-club/overview", _nothing),
    "empty-definitions": ("/sections/seed-club/definitions", _nothing),
    "empty-live": ("/sections/seed-club/live", _nothing),
    "empty-rejections": ("/sections/seed-club/rejections", _nothing),
    "empty-profiles": ("/sections/seed-club/profiles", _nothing),
    "empty-conflicts": ("/sections/seed-club/conflicts", _nothing),
    "empty-merges": ("/sections/seed-club/merges", _nothing),
    "empty-segments": ("/sections/seed-club/segments", _nothing),
    "empty-segments-rfm": ("/sections/seed-club/segments/rfm", _nothing),
    "empty-segment-builder": ("/sections/shop/new-segment", _nothing),
    "segments-builder-conditions": ("/sections/shop/segments/best_customers/edit", _at_the_conditions),
    "segments-builder-faulty": ("/sections/shop/new-segment?template=vip", _a_number_taken_away),
    "empty-keys": ("/sections/seed-club/keys", _nothing),
    "rejections-previewed": ("/sections/shop/rejections", _replay_previewed),
    "overview-7-days": ("/sections/shop/overview?period=7d", _nothing),
    "definitions-snippet": ("/sections/shop/definitions/product.viewed/snippet", _nothing),
    "definitions-editor-fields": ("/sections/shop/definitions/product.viewed/edit", _at_the_fields),
    "definitions-editor-refused": ("/sections/shop/new-definition", _refused),
    "definitions-editor-previewed": ("/sections/shop/definitions/product.viewed/edit", _previewed),
    "proposals-drawn-up": ("/sections/shop/draw-up", _drawn_up),
    "trying-refused": ("/sections/shop/definitions/product.viewed/try", _tried),
    "trying-sent": ("/sections/shop/definitions/product.viewed/try", _test_sent),
    "keys-made": ("/sections/shop/keys", _key_made),
    "members-invited": ("/sections/shop/members", _invited),
    "settings-secret": ("/sections/shop/settings", _secret_shown),
    "problem": ("/nothing", _nothing),
}
"""Name → address, and what is done there before the picture."""


def main() -> None:
    found = browser.installed()
    if found is None:
        raise SystemExit(browser.MISSING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        _take_the_first_minute(started, Path(folder) / "empty")
        _take_all(started, Path(folder) / "living")
        take_the_editor(started, Path(folder) / "demo", PICTURES, FOLDER)
        started.close()
    print(f"The pictures are in {FOLDER.relative_to(REPOSITORY)}.")


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, Server]]:
    folder.mkdir(exist_ok=True)
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    with running(database, folder) as server:
        yield database, server


def _take_the_first_minute(started: Browser, folder: Path) -> None:
    """What whoever has just installed it sees."""
    with _serving(folder) as (_, server):
        found = eventually(lambda: re.search(r"/welcome/\S+", server.log.read_text()))
        assert found is not None
        page = started.new_page()
        camera = Camera(page)
        page.goto(f"{server.url}/sign-in")
        camera.take("first-sign-in")
        page.goto(server.url + found[0])
        camera.take("first-welcome")
        page.get_by_label("Your e-mail").fill("ada@example.com")
        page.get_by_role("button", name="Begin").click()
        camera.take("first-home")


def _take_all(started: Browser, folder: Path) -> None:
    folder.mkdir()
    made, link = _live(f"sqlite:///{folder / 'fieldpost.db'}")
    with _serving(folder) as (_, server):
        page = started.new_page()
        camera = Camera(page)
        page.goto(f"{server.url}/sign-in/{link}")
        for endpoint, pattern in PLACES.items():
            page.goto(server.url + pattern.format(**made))
            camera.take(endpoint.removeprefix("pages_").replace(".", "-").replace("_", "-"))
        for name, (address, act) in STATES.items():
            page.goto(server.url + address)
            act(page)
            page.wait_for_load_state("load")
            camera.take(name)


def _live(database: str) -> tuple[dict[str, str], str]:
    """The week; what addresses need, and a link for Ada, who owns every section."""
    shop = open_shop(database)
    shop.clock.moment = clock.now()
    shop.clock.forward(-(HOURS + A_DAY) * HOUR)
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, "Little Acre", "reject", ADMIN, shop.clock.now())
    shop.store.sections.create("Seed club", "reject", ADMIN, shop.clock.now())
    week = Week(shop)
    week.before()
    week.pass_by()
    made = week.end()
    for email, role in (("bob@example.com", "editor"), ("vera@example.com", "viewer")):
        shop.store.people.invite(email, "shop", role, ADMIN, shop.clock.now())
    ada, link = shop.store.people.invite("ada@example.com", "*", "owner", ADMIN, shop.clock.now())
    shop.store.passwords.set(ada.id, "a sentence is better than a puzzle")
    shop.store.close()
    return made, link


if __name__ == "__main__":
    main()
