"""`/api/docs` in a real browser: it shows the API, asks nobody else, and can be tried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import Shop
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import Server, running


@dataclass
class Reader:
    """The open page, what its console said, and what it asked for."""

    page: Page
    server: Server
    key: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("response", lambda answer: self._note(answer.status, answer.url))

    def _hear(self, kind: str, text: str) -> None:
        # What a browser only advises (verbose, in its tools) is no complaint, and not every one says it.
        if kind not in ("debug", "verbose"):
            self.complaints.append(text)

    def _note(self, status: int, url: str) -> None:
        self.asked.append(url)
        if status >= 400:
            self.complaints.append(f"{status}: {url}")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A running server and a key of it, for all tests of this file."""
    folder = tmp_path_factory.mktemp("reader")
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    fieldpost(folder, database, "section", "create", "Shop")
    key = fieldpost(folder, database, "key", "create", "--name", "reader")["key"]
    with running(database, folder) as server:
        yield server, key


@pytest.fixture
def scheme() -> Literal["light", "dark"]:
    """How the person likes their pages."""
    return "light"


@pytest.fixture
def reader(
    scheme: Literal["light", "dark"], chromium: Browser, installation: tuple[Server, str]
) -> Iterator[Reader]:
    server, key = installation
    context = chromium.new_context(color_scheme=scheme)
    opened = Reader(context.new_page(), server, key)
    opened.listen()
    opened.page.goto(f"{server.url}/api/docs")
    yield opened
    context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_the_page_shows_every_subject_without_a_complaint_or_another_server(
    reader: Reader, scheme: Literal["light", "dark"]
) -> None:
    page = reader.page
    expect(page.locator("#operations-events-events_create")).to_be_visible()
    expect(page.get_by_role("link", name="openapi.json", exact=True)).to_have_attribute(
        "href", "/api/openapi.json"
    )
    for operation in ("#operations-events-events_create", "#operations-pages-beacons_receive"):
        page.locator(operation).locator(".opblock-summary").click()
        expect(page.locator(operation).locator(".responses-table").first).to_be_visible()
    expect(page.locator("html")).to_have_class("dark-mode" if scheme == "dark" else "")
    assert reader.complaints == []
    assert {url for url in reader.asked if not url.startswith(f"{reader.server.url}/api/")} == set()


def test_it_can_be_tried_out_with_a_key(reader: Reader) -> None:
    page = reader.page
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".auth-container").filter(has_text="bearer").first
    dialog.locator("input").fill(reader.key)
    dialog.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()
    creation = page.locator("#operations-definitions-definitions_create")
    creation.locator(".opblock-summary").click()
    creation.get_by_role("button", name="Try it out").click()
    creation.get_by_role("button", name="Execute").click()
    expect(creation.locator(".live-responses-table td.response-col_status").last).to_contain_text("201")
    expect(creation.locator(".live-responses-table")).to_contain_text("order.completed")
    assert reader.complaints == []


def test_the_reader_has_a_strict_policy_and_only_its_own_files(shop: Shop) -> None:
    page = shop.client.get("/api/docs")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert shop.client.get("/api/docs/swagger-ui.css").status_code == 200
    for name in ("index.css", "reader.html", "..%2Freader.py", "%2e%2e", "oauth2-redirect.html"):
        answer = shop.client.get(f"/api/docs/{name}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
