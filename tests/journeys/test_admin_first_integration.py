"""An unknown event is refused; an admin draws its definition up from that, tries it, tests it, exports it.

The real server, a real Chromium, a real database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cast import ALICE
from tests.journeys.test_admin_people import Desk, complaints, context, enter, go, page
from tests.journeys.test_admin_rejections import is_accessible
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running

__all__ = ["complaints", "context", "page"]


@pytest.fixture
def desk(sqlite_ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A running collector of a section without any definition."""
    fieldpost(tmp_path, sqlite_ready_database_url, "section", "create", "Shop")
    key = fieldpost(tmp_path, sqlite_ready_database_url, "key", "create", "--name", "till")["key"]
    with running(sqlite_ready_database_url, tmp_path, edit_hold=0) as server:
        yield Desk(server, tmp_path, sqlite_ready_database_url, Client(server.url, key))


def test_from_an_unknown_event_to_a_file_of_it(desk: Desk, page: Page, complaints: list[str]) -> None:
    boat = {"event": "boat.rented", "identifiers": ALICE}
    desk.send(*({**boat, "id": str(day), "data": {"days": day, "boat": "Ada"}} for day in range(1, 4)))
    enter(page, desk, "Rejections")
    page.get_by_role("button", name=re.compile("^Draw up a definition")).click()
    expect(page.locator("#proposal")).to_contain_text("Drawn up from 3 samples: nothing is saved yet")
    expect(page.locator("#proposal")).to_be_focused()
    assert is_accessible(page)
    page.get_by_role("button", name="Make the definition").click()
    expect(page.get_by_text("boat.rented is made.")).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    page.get_by_label(re.compile("^Payload")).fill(json.dumps({**boat, "id": "9", "data": {"days": "many"}}))
    page.get_by_role("button", name="See the verdict").click()
    expect(page.get_by_role("alert")).to_contain_text("/data/days")
    assert is_accessible(page)
    page.get_by_label(re.compile("^Payload")).fill(json.dumps({**boat, "id": "9", "data": {"days": 2}}))
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("Somebody sent this to try the definition.")).to_be_visible()
    assert is_accessible(page)
    page.get_by_role("button", name="Erase the test event").click()
    expect(page.get_by_text("The test event is erased.")).to_be_visible()
    desk.send({**boat, "id": "4", "data": {"days": 2, "boat": "=1+1"}})
    go(page, "Files")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = Path(download.value.path()).read_text()
    assert len(text.splitlines()) == 2
    assert "'=1+1" in text
    assert complaints == []
