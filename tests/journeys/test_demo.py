"""A person's first minutes: `fieldpost demo`, a click in the shop, the printed curl line, the live timeline.

The shop is another origin than the collector, so its events are those of a real page.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.servers.fieldpost import COMMAND, environment
from tests.servers.processes import ended_within

A_PERSONS = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
"""The user agent of a headless browser is a bot's, whose events are filtered."""

STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Demo:
    """A running demo, by what it printed."""

    printed: str

    def line(self, label: str) -> str:
        found = re.search(rf"^  {label} +(\S+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1]

    @property
    def curls(self) -> list[str]:
        return [line for line in self.printed.splitlines() if line.startswith("curl ")]


def _said(output: IO[bytes]) -> str:
    """What the demo prints when it is ready, up to the last line of it, or all if it ends before."""
    said = ""
    for line in iter(output.readline, b""):
        said += line.decode()
        if "Ctrl-C" in said:
            break
    return said


@contextmanager
def running_demo(folder: Path, port: int, *words: str) -> Iterator[Demo]:
    """`fieldpost demo`, started in `folder`; SIGTERM must end it cleanly."""
    process = subprocess.Popen(
        [*COMMAND, "demo", "--port", str(port), *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        yield Demo(_said(process.stdout))
    finally:
        process.terminate()
        clean = ended_within(process, STOP_SECONDS)
        if not clean:
            process.kill()
        process.stdout.close()
    assert clean
    assert process.returncode == 0


@pytest.fixture
def demo(tmp_path: Path, free_port: int) -> Iterator[Demo]:
    with running_demo(tmp_path, free_port) as started:
        yield started


@pytest.fixture
def person(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(user_agent=A_PERSONS)
    yield context
    context.close()


@pytest.fixture
def live(demo: Demo, person: BrowserContext) -> Page:
    page = person.new_page()
    page.goto(demo.line("Live timeline"))
    expect(page.get_by_text("Waiting for the first event.")).to_be_visible()
    return page


@pytest.fixture
def shop(demo: Demo, person: BrowserContext) -> Page:
    page = person.new_page()
    page.goto(demo.line("Shop"))
    return page


def entry(live: Page, event: str, verdict: str) -> Locator:
    """The newest entry of the timeline with this event and verdict."""
    entries = live.get_by_role("listitem").filter(has=live.get_by_text(event, exact=True))
    return entries.filter(has=live.get_by_text(verdict, exact=True)).first


def run(curl: str) -> Any:
    """What a printed curl line is answered; where there is no curl, the request that it stands for."""
    if shutil.which("curl"):
        done = subprocess.run(["sh", "-c", curl], capture_output=True, check=True, timeout=30)
        return json.loads(done.stdout)
    words = shlex.split(curl)
    pairs = list(pairwise(words))
    request = urllib.request.Request(
        words[1], headers=dict(value.split(": ", 1) for option, value in pairs if option == "-H")
    )
    request.data = next((value.encode() for option, value in pairs if option == "-d"), None)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_a_click_in_the_shop_is_on_the_live_timeline(shop: Page, live: Page) -> None:
    shop.get_by_role("button", name="Say who I am").click()
    shop.get_by_role("button", name="Add Sunflower to the basket").click()
    shop.get_by_role("button", name="Add Carrot to the basket").click()
    shop.get_by_label("It is a gift").check()
    shop.get_by_role("button", name="Pay").click()
    order = entry(live, "order.completed", "stored")
    for value in ("68.50", "SEK", "true", "Checkout", "ada@example.com (claimed)"):
        expect(order).to_contain_text(value)
    expect(entry(live, "cart.updated", "stored")).to_be_visible()


@pytest.mark.full
def test_the_first_event_of_a_page_is_there_although_one_leaves_at_once(shop: Page, live: Page) -> None:
    shop.get_by_role("button", name="Sign up").click()
    shop.get_by_role("link", name="Cherry tomato").click()
    expect(entry(live, "newsletter.signed_up", "stored")).to_be_visible()
    expect(entry(live, "product.viewed", "stored").get_by_text("Cherry tomato")).to_be_visible()


def test_the_printed_curl_line_works_when_pasted(demo: Demo, live: Page) -> None:
    send, read_back = demo.curls
    assert run(send)["verdict"] == "stored"
    expect(entry(live, "order.completed", "stored").get_by_text("149.90")).to_be_visible()
    assert run(send)["verdict"] == "duplicate"
    assert [item["type"] for item in run(read_back)["timeline"]] == ["order.completed"]
    expect(live.get_by_role("listitem").filter(has_text="order.completed")).to_have_count(1)


@pytest.mark.full
def test_wrong_events_say_why(shop: Page, live: Page) -> None:
    with shop.expect_console_message(lambda message: message.text.startswith("fieldpost")) as warned:
        shop.get_by_role("button", name="A word for a total").click()
    assert "total" in warned.value.text
    expect(shop.get_by_text(warned.value.text)).to_be_visible()
    shop.get_by_role("button", name="A voucher that is none").click()
    expect(entry(live, "order.completed", "rejected").get_by_text("/data/voucher")).to_be_visible()
    expect(live.get_by_role("listitem").filter(has_text="order.completed")).to_have_count(1)


@pytest.mark.full
def test_the_pages_work_under_their_own_strict_policy(shop: Page, live: Page) -> None:
    said: list[str] = []
    for page in (shop, live):
        page.on("console", lambda message: said.append(message.text))
        answer = page.reload()
        assert answer is not None
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in answer.headers["content-security-policy"]
    shop.get_by_role("button", name="Add Sunflower to the basket").click()
    expect(entry(live, "cart.updated", "stored")).to_be_visible()
    assert said == []


@pytest.mark.full
def test_the_shop_can_be_used_with_the_keyboard_alone(shop: Page, live: Page) -> None:
    button = shop.get_by_role("button", name="Add Beetroot to the basket")
    for _ in range(40):
        shop.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    shop.keyboard.press("Enter")
    expect(entry(live, "cart.updated", "stored").get_by_text("Beetroot")).to_be_visible()


@pytest.mark.full
def test_without_its_token_the_live_timeline_is_nowhere(demo: Demo, person: BrowserContext) -> None:
    page = person.new_page()
    address = demo.line("Live timeline").rsplit("/", 1)[0]
    answers = [page.goto(f"{address}/{guess}") for guess in ("x", "é", "%00")]
    assert [answer.status for answer in answers if answer] == [404, 404, 404]


@pytest.mark.full
def test_a_second_start_keeps_the_events_and_the_key(
    tmp_path: Path, free_port: int, person: BrowserContext
) -> None:
    with running_demo(tmp_path, free_port) as first:
        run(first.curls[0])
    with running_demo(tmp_path, free_port) as second:
        assert second.line("Key") == first.line("Key")
        assert second.line("Live timeline") == first.line("Live timeline")
        page = person.new_page()
        page.goto(second.line("Live timeline"))
        expect(entry(page, "order.completed", "stored")).to_be_visible()
    with running_demo(tmp_path, free_port, "--reset") as third:
        assert third.line("Key") != first.line("Key")
        page.goto(third.line("Live timeline"))
        expect(page.get_by_text("Waiting for the first event.")).to_be_visible()
    secrets = tmp_path / "fieldpost-demo" / f"shop-{free_port}.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_the_printed_link_leads_into_the_admin_s_pages_once(demo: Demo, person: BrowserContext) -> None:
    found = re.search(r"^  Admin pages +(\S+)", demo.printed, re.MULTILINE)
    assert found
    page = person.new_page()
    page.goto(found[1])
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    expect(page.get_by_role("link", name="Copy the snippet")).to_be_visible()
    page.context.clear_cookies()
    page.goto(found[1])
    expect(page.get_by_text("This link was used or is too old")).to_be_visible()
