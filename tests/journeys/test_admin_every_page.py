"""Every page in a real Chromium, with hostile texts on each: every role, every look, the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from collector import clock
from collector.core.rights import ROLES
from collector.hostile.texts_corpus import OWNED, TEXTS
from tests.axe import VIOLATIONS, violations
from tests.cast import ADMIN, Shop, open_shop
from tests.servers.fieldpost import Server, running
from tests.web.pages.places import PLACES, fill, roles_of

SERIOUS = {"serious", "critical"}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
REFUSED = "the server responded with a status of"
"""What the console says of an answer that a page was refused with."""
HARMLESS = {
    *("/sign-out", "/account", "/sections/shop/profiles/search"),
    "/sections/shop/definitions/a~..~b/snippet/check",
}
"""Where forms go that everybody has: they change nothing but one's own account."""
MARK = "marked"
REACHABLE = f"""() => {{
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')
  const seen = [...all].filter(one => one.checkVisibility({{visibilityProperty: true}}) && !one.disabled
    && one.type !== 'hidden' && one.tabIndex >= 0 && (one.type !== 'radio' || one.checked))
  seen.forEach((one, number) => {{ one.{MARK} = number }})
  return seen.length
}}"""
FOCUSED = f"""() => {{
  const one = document.activeElement
  const around = getComputedStyle(one).opacity === '0' ? one.nextElementSibling : one
  const style = getComputedStyle(around)
  const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  return one.{MARK} === undefined ? null : [one.{MARK}, shown, one.outerHTML.slice(0, 120)]
}}"""


@dataclass(frozen=True)
class Desk:
    """A running collector with something on every page, and one-time links by role."""

    server: Server
    app: Flask
    made: Mapping[str, str]
    links: Mapping[str, str]

    def address(self, endpoint: str) -> str:
        return self.server.url + PLACES[endpoint].format(**self.made)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("every-page")
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    shop = open_shop(database)
    shop.clock.moment = clock.now()
    made = fill(shop, hostile(), "a/../b")
    links = {role: link(shop, role) for role in ROLES} | {"elsewhere": link(shop, "owner", "second-shop")}
    shop.store.close()
    with running(database, Path(folder)) as server:
        yield Desk(server, shop.app, made, links)


CONTRAST = "color-contrast"
LOOKS: tuple[tuple[Any, Any, dict[str, Any]], ...] = (
    ("light", WIDE, VIOLATIONS),
    ("dark", WIDE, {**VIOLATIONS, "runOnly": [CONTRAST]}),
    ("light", NARROW, {**VIOLATIONS, "rules": {CONTRAST: {"enabled": False}}}),
)
"""Scheme, size, and what axe looks at: other colours change the contrast alone, another size all but that."""


def hostile() -> str:
    """As many of the corpus as fit into a name."""
    chosen = [text for text in TEXTS if "<" in text or "\u202e" in text]
    text = ""
    for one in chosen:
        text += f" {one}" if len(text) + len(one) < 100 else ""
    return text.strip()


def link(shop: Shop, role: str, section: str = "shop") -> str:
    email = f"{role}@{section}.example"
    return shop.store.people.invite(email, section, role, ADMIN, shop.clock.now())[1]


@pytest.fixture(scope="module")
def contexts(desk: Desk, chromium: Browser) -> Iterator[Mapping[str, BrowserContext]]:
    """A browser for each role, signed in; and one of a stranger."""
    made = {role: chromium.new_context(viewport=WIDE) for role in (*desk.links, "stranger")}
    for role, secret in desk.links.items():
        made[role].new_page().goto(f"{desk.server.url}/sign-in/{secret}")
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


def opened(context: BrowserContext, complaints: list[str]) -> Page:
    """A page whose console and dialogs are heard."""
    page = context.new_page()
    page.on("console", lambda one: complaints.append(one.text) if REFUSED not in one.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.accept()))
    return page


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_others(
    desk: Desk, contexts: Mapping[str, BrowserContext], complaints: list[str], role: str
) -> None:
    page = opened(contexts[role], complaints)
    for endpoint in PLACES:
        answer = page.goto(desk.address(endpoint))
        roles = roles_of(desk.app, endpoint)
        assert answer is not None
        if roles:
            assert answer.status == (200 if role in roles else 403), endpoint
        if role == "viewer":
            forms = page.locator("form[method=post]").evaluate_all("all => all.map(one => one.action)")
            paths = {one.removeprefix(desk.server.url) for one in forms}
            assert {path.partition("#")[0] for path in paths} <= HARMLESS, endpoint
        assert page.evaluate(f"window.{OWNED}") is None, endpoint
    assert complaints == []


def test_strangers_and_people_of_other_sections_get_nothing(
    desk: Desk, contexts: Mapping[str, BrowserContext]
) -> None:
    for endpoint, pattern in PLACES.items():
        if not pattern.startswith("/sections/"):
            continue
        stranger = contexts["stranger"].request.get(desk.address(endpoint), max_redirects=0)
        assert stranger.status == 303, endpoint
        assert stranger.headers["location"].startswith("/sign-in?next="), endpoint
        other = contexts["elsewhere"].request.get(desk.address(endpoint))
        assert (other.status, "There is no such section." in other.text()) == (404, True), endpoint


def test_nothing_stands_in_the_way_of_anybody(
    desk: Desk, contexts: Mapping[str, BrowserContext], complaints: list[str]
) -> None:
    page = opened(contexts["owner"], complaints)
    wrong = []
    for address in [*map(desk.address, PLACES), f"{desk.server.url}/nothing"]:
        page.goto(address)
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        for scheme, size, options in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{address} is wider than {size['width']}")
            found = violations(page, options)
            wrong += [
                f"{address} {scheme} {one['id']}: {unescape(one['nodes'][0]['html'])[:160]}"
                for one in found
                if one["impact"] in SERIOUS
            ]
    assert wrong == []
    assert complaints == []


@pytest.mark.full
def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(
    desk: Desk, contexts: Mapping[str, BrowserContext], complaints: list[str]
) -> None:
    page = opened(contexts["owner"], complaints)
    wrong = []
    for endpoint in PLACES:
        page.goto(desk.address(endpoint))
        wanted = page.evaluate(REACHABLE)
        reached = set()
        page.locator("body").evaluate("() => document.activeElement.blur()")
        for _ in range(wanted + 5):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is not None:
                number, is_shown, html = focused
                reached.add(number)
                if not is_shown:
                    wrong.append(f"{endpoint} does not show the focus on {html}")
        if len(reached) < wanted:
            wrong.append(f"{endpoint}: {wanted - len(reached)} of {wanted} are out of reach")
    assert wrong == []
    assert complaints == []


def test_times_are_the_reader_s_own_and_exact_on_hover(
    desk: Desk, contexts: Mapping[str, BrowserContext], chromium: Browser
) -> None:
    signed_in = contexts["owner"].storage_state()
    tokyo = chromium.new_context(storage_state=signed_in, timezone_id="Asia/Tokyo", locale="en-GB")
    page = tokyo.new_page()
    for endpoint in ("pages_live.index", "pages_definitions.index", "pages_audit.index", "pages_keys.index"):
        page.goto(desk.address(endpoint))
        shown = page.locator("main time").evaluate_all(
            "all => all.map(one => [one.dateTime, one.title, one.textContent])"
        )
        assert shown, endpoint
        for machine, hover, text in shown:
            moment = datetime.fromisoformat(machine)
            assert hover == f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            assert text.endswith(f"{moment.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}"), endpoint
    tokyo.close()


def test_an_editor_changes_definitions_and_nothing_of_the_section(
    desk: Desk, contexts: Mapping[str, BrowserContext], complaints: list[str]
) -> None:
    page = opened(contexts["editor"], complaints)
    page.goto(desk.address("pages_definitions.show"))
    expect(page.get_by_role("link", name="Hide this definition")).to_have_count(0)
    places = page.get_by_role("navigation", name="Section").get_by_role("link")
    names = ["Overview", "Definitions", "Live", "Rejections", "Profiles", "Segments", "Files"]
    expect(places).to_have_text(names)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Owner").fill("Edith")
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.get_by_role("region", name="What saving would do")).to_contain_text("owner")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status")).to_have_text("Saved. It counts at once and makes no new version.")
    expect(page.get_by_text("Edith")).to_be_visible()
    page.goto(desk.address("pages_profiles_conflicts.index"))
    page.get_by_role("button", name="They are two people").click()
    expect(page.get_by_role("status")).to_contain_text("They stay two people")
    assert complaints == []
