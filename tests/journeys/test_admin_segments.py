"""A marketer makes segments in a real browser: by the keyboard alone, from a template, from the grid.

One server and one browser for all of it; each journey makes segments of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from collector import clock
from collector.core.fields import format_timestamp
from tests.axe import violations
from tests.cast import ADMIN, ORDER, open_shop, order
from tests.core.segments.trees import branch, goal, timeline
from tests.journeys.test_admin_definitions import button, choose, press, reach, type_into
from tests.servers.fieldpost import running
from tests.web.pages.places import make_segment
from tests.web.test_segments_api import SHOP

DAY = 86_400
SERIOUS = {"serious", "critical"}
REFUSED = "the server responded with a status of"


@dataclass(frozen=True)
class Desk:
    """A running collector with seven buyers in it, and a browser that is signed in."""

    page: Page
    url: str
    complaints: list[str]

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}/sections/shop/{path}")
        return self.page


@pytest.fixture(scope="module")
def open_desk(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("segments")
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    link = _live(database)
    with running(database, Path(folder)) as server:
        context = chromium.new_context(accept_downloads=True)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda one: said.append(one.text) if REFUSED not in one.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{server.url}/sign-in/{link}")
        yield Desk(page, server.url, said)
        context.close()


def _live(database: str) -> str:
    """Seven buyers: the later the last purchase, the more of them. A link for an editor."""
    shop = open_shop(database)
    shop.clock.moment = clock.now()
    shop.define(SHOP)
    key = shop.key()
    events = []
    for number in range(7):
        for place in range(number + 1):
            moment = format_timestamp(shop.clock.now() - (70 - 10 * number + place) * DAY * 1_000_000)
            data = {**ORDER, "total": 100 * (number + 1), "gift": number == 6}
            sent = order(f"{number}-{place}", identifiers={"email": f"c{number}@example.com"}, data=data)
            events.append({**sent, "occurred_at": moment})
    assert shop.send(key, *events).get_json()["stored"] == 28
    nested = branch("and", goal(value=100), branch("or", timeline(), goal(value=2500)))
    make_segment(shop, {"name": "Nested", "tree": nested})
    _, link = shop.store.people.invite("edith@example.com", "shop", "editor", ADMIN, shop.clock.now())
    shop.store.close()
    return link


@pytest.fixture
def desk(open_desk: Desk) -> Iterator[Desk]:
    yield open_desk
    assert open_desk.complaints == []


def condition(page: Page, path: str) -> Locator:
    return page.get_by_role("group", name=f"Condition {path}", exact=True)


def counts(page: Page, count: int) -> None:
    expect(page.locator("#panel")).to_contain_text(f"{count} of 7 profiles")


def pick(page: Page, inside: Locator, label: str, words: str) -> None:
    reach(page, inside.get_by_label(label, exact=True))
    choose(page, words)


def enter(page: Page, inside: Locator, label: str, text: str) -> None:
    type_into(page, inside.get_by_label(label, exact=True), text)


def serious(page: Page) -> list[str]:
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in violations(page)
        if one["impact"] in SERIOUS
    ]


def test_a_vip_segment_is_built_from_nothing_by_the_keyboard_alone(desk: Desk) -> None:
    page = desk.go("segments")
    press(page, page.get_by_role("link", name="New segment"))
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Our best")
    press(page, button(page, "Goals and value"))
    first = condition(page, "1")
    expect(first.get_by_label("Goal", exact=True)).to_be_focused()
    enter(page, first, "Number", "1000")
    counts(page, 4)
    press(page, button(page, "Goals and value"))
    second = condition(page, "2")
    expect(second.get_by_label("Goal", exact=True)).to_be_focused()
    pick(page, second, "What is counted", "a number of")
    enter(page, second, "Number", "5")
    counts(page, 3)
    press(page, button(page, "What they did"))
    third = condition(page, "3")
    expect(third.get_by_label("Event", exact=True)).to_be_focused()
    choose(page, "Order completed")
    pick(page, third, "When", "in the last")
    enter(page, third, "Days", "15")
    counts(page, 1)
    press(page, button(page, "Only where … condition 3"))
    expect(third.get_by_label("Name of the field")).to_be_focused()
    pick(page, third, "Field", "gift")
    expect(third.get_by_label("Test")).to_have_value("string.equals")
    enter(page, third, "Value", "true")
    expect(page.locator("#panel")).to_contain_text("where gift is true")
    assert serious(page) == []
    press(page, button(page, "Make the segment"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Our best")
    expect(page.get_by_role("status")).to_have_text("Our best is made.")
    expect(page.get_by_role("link", name="c6@example.com")).to_be_visible()


def test_whoever_goes_on_typing_while_the_server_draws_is_not_interrupted(desk: Desk) -> None:
    page = desk.go("new-segment")
    press(page, button(page, "What they did"))
    first = condition(page, "1")
    expect(first.get_by_label("Event", exact=True)).to_be_focused()
    choose(page, "Order completed")
    press(page, button(page, "Only where … condition 1"))
    expect(first.get_by_label("Name of the field")).to_be_focused()
    held: list[Route] = []
    page.route("**/changed", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/changed"):
        pick(page, first, "Field", "gift")
    reach(page, first.get_by_label("Value", exact=True))
    page.keyboard.type("tr")
    with page.expect_response("**/changed"):
        held[0].continue_()
    page.locator("#panel:not(.asking)").wait_for()
    expect(first.get_by_label("Value", exact=True)).to_be_focused()
    page.keyboard.type("ue")
    expect(first.get_by_label("Value", exact=True)).to_have_value("true")
    page.unroute("**/changed")


@pytest.mark.full
def test_nested_groups_are_edited_and_say_so(desk: Desk) -> None:
    page = desk.go("segments/nested/edit")
    counts(page, 3)
    inner = page.get_by_role("group", name="Group 2", exact=True)
    expect(inner.get_by_role("group", name="Condition 2.2", exact=True)).to_be_visible()
    enter(page, condition(page, "2.2"), "Number", "1500")
    counts(page, 4)
    press(page, button(page, "Put into a group: condition 2.2"))
    expect(page.get_by_role("group", name="Group 2.2", exact=True)).to_be_visible()
    press(page, button(page, "What they did").nth(0))
    expect(condition(page, "2.2.2").get_by_label("Event", exact=True)).to_be_focused()
    choose(page, "Order completed")
    pick(page, condition(page, "2.2.2"), "Has done or has not", "has not done")
    counts(page, 0)
    press(page, button(page, "Remove condition 2.2.2"))
    counts(page, 4)
    press(page, button(page, "Move up condition 2.1"), "Tab")
    press(page, page.get_by_role("button", name="Move down condition 2.1"))
    expect(page.locator("#said")).to_have_text("It is number 2 of 2.")
    press(page, button(page, "Save").last)
    expect(page.locator(".said.any")).to_contain_text("or has not done Order completed")
    expect(page.get_by_text("Version", exact=True)).to_be_visible()


def test_what_is_wrong_stands_at_its_condition_while_it_is_typed_and_when_it_is_saved(desk: Desk) -> None:
    page = desk.go("new-segment?template=vip")
    enter(page, condition(page, "2"), "Number", "many")
    page.keyboard.press("Tab")
    box = condition(page, "2").get_by_label("Number", exact=True)
    expect(condition(page, "2").locator(".wrong")).to_have_text("Write a number.")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(condition(page, "1").locator(".wrong")).to_have_count(0)
    expect(page.locator("#panel")).to_contain_text("not filled in yet, or not right")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == [], scheme
    press(page, button(page, "Make the segment"))
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("1 place is not right")
    press(page, page.get_by_role("link", name="Condition 2"))
    expect(box).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    expect(condition(page, "2").locator(".wrong")).to_have_count(0)


def test_a_template_becomes_a_segment_with_members_and_a_file(desk: Desk) -> None:
    page = desk.go("segments")
    page.get_by_role("link", name="VIP", exact=True).click()
    counts(page, 3)
    button(page, "Make the segment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("VIP")
    people = page.get_by_role("region", name="Members").get_by_role("rowheader")
    expect(people).to_have_text([f"c{number}@example.com" for number in (4, 5, 6)])
    with page.expect_download() as download:
        page.get_by_role("link", name="Everybody as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert [re.findall(r"c\d@", line) for line in lines] == [[], ["c4@"], ["c5@"], ["c6@"]]
    people.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("c4@example.com")
    expect(page.get_by_role("row", name=re.compile("^Purchase")).first).to_contain_text("2,500 SEK")


@pytest.mark.full
def test_a_cell_of_the_heat_map_leads_to_its_people_and_becomes_a_segment(desk: Desk) -> None:
    page = desk.go("segments/rfm")
    press(page, page.get_by_role("link", name="2 with recency 4 and frequency 4, 6,100 in all"))
    expect(page.get_by_role("region", name="Who they are").get_by_role("rowheader")).to_have_text(
        ["c4@example.com", "c5@example.com"]
    )
    press(page, page.get_by_role("link", name="Make a segment of them"))
    counts(page, 2)
    press(page, button(page, "Make the segment"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Recency 4, frequency 4")
    press(page, page.get_by_role("link", name="Delete it"))
    press(page, button(page, "Delete it"))
    expect(page.get_by_role("status")).to_have_text("Recency 4, frequency 4 is deleted.")
