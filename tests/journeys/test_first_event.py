"""The main job, end to end: a definition, its snippet on a page of another origin, an event on disk.

The real server, a real Chromium, a real database; the command line makes what an admin would make.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cast import EVERY_TYPE, ORDER
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import Server, running
from tests.servers.pages import site
from tests.servers.waiting import eventually

FIREFOX_LIKE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"
STUB = "window.fieldpost=window.fieldpost||function(){(fieldpost.q=fieldpost.q||[]).push(arguments)}"


@dataclass(frozen=True)
class Installation:
    """A running collector with a section, a key and a definition, and a web shop elsewhere."""

    server: Server
    folder: Path
    shop: str
    key: str
    database: str

    def definition(self, name: str = "order.completed") -> dict[str, Any]:
        return self.get(f"/api/v1/definitions/{name}")

    def get(self, path: str) -> Any:
        request = urllib.request.Request(self.server.url + path)
        request.add_header("Authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/events")["events"]
        return found


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    pages = tmp_path / "shop"
    pages.mkdir()
    with site(pages) as shop:
        tracking = {"enabled": True, "origins": [shop], "source": "Web shop"}
        (tmp_path / "events.json").write_text(json.dumps({**EVERY_TYPE, "web_tracking": tracking}))
        fieldpost(tmp_path, database_url, "section", "create", "Shop")
        fieldpost(tmp_path, database_url, "definition", "apply", "events.json")
        key = fieldpost(tmp_path, database_url, "key", "create", "--name", "till")["key"]
        with running(database_url, tmp_path) as server:
            yield Installation(server, tmp_path, shop, key, database_url)


@pytest.fixture
def page(chromium: Browser, installation: Installation) -> Iterator[Page]:
    context: BrowserContext = chromium.new_context(user_agent=FIREFOX_LIKE)
    yield context.new_page()
    context.close()


def write_page(installation: Installation, name: str, *, before: str = "", after: str = "") -> str:
    """A page that embeds the snippet, calls `before` it is loaded, and `after`; its address."""
    src = f"{installation.server.url}/s/{installation.definition()['id']}.js"
    (installation.folder / "shop" / name).write_text(
        f"""<!doctype html><html lang=en><title>Shop</title>
        <script>{STUB}</script><script>{before}</script>
        <script async src="{src}" onload="loaded()"></script>
        <p id=state>waiting</p>
        <script>
          let beacons = 0
          function loaded() {{ {after}; document.querySelector('#state').textContent = 'loaded' }}
        </script>"""
    )
    return f"{installation.shop}/{name}"


def is_beacon(response: Any) -> bool:
    return "/b/" in response.url and response.request.method == "POST"


def test_a_page_of_another_origin_sends_before_and_after_the_file_has_loaded(
    installation: Installation, page: Page
) -> None:
    order = json.dumps(ORDER)
    address = write_page(
        installation,
        "index.html",
        before=f"fieldpost('order.completed', {order})",
        after=f"fieldpost.identify({{email: 'Anna@Example.com'}});"
        f"fieldpost('order.completed', {{...{order}, lines: 7}}, 'Checkout')",
    )
    answers: list[int] = []

    def is_the_second(answer: Any) -> bool:
        if is_beacon(answer):
            answers.append(answer.status)
        return len(answers) == 2

    with page.expect_event("response", is_the_second):
        page.goto(address)
    events = {event["data"]["lines"]: event for event in installation.events()}
    assert set(events) == {3, 7}
    assert answers == [200, 200]
    early, late = events[3], events[7]
    assert early["data"] == {**ORDER, "paid_at": "2026-09-21T10:00:00Z"}
    assert (early["source"], late["source"]) == ("Web shop", "Checkout")
    assert late["identifiers"] == {"email": "anna@example.com"}
    assert early["visitor"] == late["visitor"]
    line = installation.get("/api/v1/profiles/email/anna@example.com/timeline")["timeline"]
    assert [(one["type"], one["data"]["lines"]) for one in line] == [("order.completed", 7)]


@pytest.mark.full
def test_a_page_that_navigates_away_at_once_loses_nothing(installation: Installation, page: Page) -> None:
    (installation.folder / "shop" / "thanks.html").write_text("<!doctype html><title>Thanks</title>")
    order = json.dumps(ORDER)
    address = write_page(
        installation,
        "index.html",
        after=f"fieldpost('order.completed', {order}); location.href = '/thanks.html'",
    )
    page.goto(address, wait_until="commit")
    expect(page).to_have_title("Thanks")
    assert len(eventually(installation.events)) == 1


@pytest.mark.full
def test_a_developer_sees_in_the_console_what_is_wrong_and_nothing_is_sent(
    installation: Installation, page: Page
) -> None:
    warnings: list[str] = []
    beacons: list[str] = []
    page.on("console", lambda one: warnings.append(one.text) if one.type == "warning" else None)
    page.on("request", lambda request: beacons.append(request.url) if "/b/" in request.url else None)
    page.goto(write_page(installation, "index.html", after="fieldpost('order.completed', {total: 'much'})"))
    expect(page.locator("#state")).to_have_text("loaded")
    page.wait_for_load_state("networkidle")
    assert beacons == []
    assert len(warnings) == 1
    assert "order.completed" in warnings[0]
    assert "total" in warnings[0]


@pytest.mark.full
def test_what_the_browser_lets_through_the_collector_judges_again(
    installation: Installation, page: Page
) -> None:
    version = installation.definition()["current_version"]["id"]
    address = f"{installation.server.url}/b/{version}"
    page.goto(write_page(installation, "index.html"))
    body = json.dumps({"id": "1", "data": {"total": "much"}})
    send = "async ([address, body]) => (await fetch(address, {method: 'POST', body})).status"
    status = page.evaluate(send, [address, body])
    assert status == 422
    kept = installation.get("/api/v1/rejections")["rejections"]
    assert [(one["door"], one["errors"][0]["pointer"]) for one in kept] == [("beacon", "/data/total")]


@pytest.mark.full
def test_what_was_answered_is_on_disk_when_the_power_goes(database_url: str, tmp_path: Path) -> None:
    fieldpost(tmp_path, database_url, "section", "create", "Shop")
    (tmp_path / "events.json").write_text(json.dumps({**EVERY_TYPE, "web_tracking": {"enabled": True}}))
    fieldpost(tmp_path, database_url, "definition", "apply", "events.json")
    key = fieldpost(tmp_path, database_url, "key", "create", "--name", "till")["key"]
    with running(database_url, tmp_path) as server:
        installation = Installation(server, tmp_path, "", key, database_url)
        version = installation.definition()["current_version"]["id"]
        body = json.dumps({"id": "last-words", "data": ORDER}).encode()
        beacon = urllib.request.Request(
            f"{server.url}/b/{version}",
            data=body,
            headers={"User-Agent": FIREFOX_LIKE, "Content-Type": "text/plain"},
        )
        with urllib.request.urlopen(beacon, timeout=10) as answer:
            assert json.load(answer) == {"verdict": "stored"}
        server.kill()
    with running(database_url, tmp_path) as server:
        again = Installation(server, tmp_path, "", key, database_url)
        assert [event["id"] for event in again.events()] == ["web:last-words"]
