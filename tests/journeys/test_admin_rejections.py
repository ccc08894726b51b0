"""An admin finds why orders are refused, corrects the definition and releases them, in a real browser.

The real server, a real Chromium, a real database; by the keyboard where the way goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.cast import EVERY_TYPE, ORDER, order
from tests.journeys.test_admin_people import (
    SERIOUS,
    Desk,
    complaints,
    context,
    enter,
    go,
    page,
    press_on,
)
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running

__all__ = ["complaints", "context", "page"]

SCRIPT = "<script>document.title = 'broken'</script>"


@pytest.fixture
def desk(sqlite_ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A running collector without a hold, so that a correction counts at once."""
    (tmp_path / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(tmp_path, sqlite_ready_database_url, "section", "create", "Shop")
    fieldpost(tmp_path, sqlite_ready_database_url, "definition", "apply", "events.json")
    key = fieldpost(tmp_path, sqlite_ready_database_url, "key", "create", "--name", "till")["key"]
    with running(sqlite_ready_database_url, tmp_path, edit_hold=0) as server:
        yield Desk(server, tmp_path, sqlite_ready_database_url, Client(server.url, key))


def is_accessible(page: Page) -> bool:
    return [one["id"] for one in violations(page) if one["impact"] in SERIOUS] == []


def test_what_was_refused_is_released_after_the_definition_was_corrected(
    desk: Desk, page: Page, complaints: list[str]
) -> None:
    desk.send(*(order(f"low-{number}", data={**ORDER, "total": -5}) for number in range(3)))
    desk.send(order(SCRIPT, data={"total": SCRIPT, SCRIPT: SCRIPT}))
    enter(page, desk, "Rejections")
    cause = page.locator(".cause", has_text="3 kept")
    expect(cause).to_contain_text("/data/total")
    page.locator("details summary").last.click()
    expect(page.locator("details[open] pre")).to_contain_text(SCRIPT)
    assert is_accessible(page)
    press_on(page, cause.get_by_role("link", name="Change the definition"))
    total = page.locator("li.field-row", has=page.get_by_role("group", name="Field total"))
    total.locator("summary").click()
    total.get_by_label("Minimum").fill("-10")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("3 of its rejections fit version 2")).to_be_visible()
    assert is_accessible(page)
    go(page, "Rejections")
    press_on(page, page.get_by_role("button", name="Preview a replay of all 4"))
    expect(page.locator("[data-count=stored]")).to_have_text("3")
    assert is_accessible(page)
    press_on(page, page.get_by_role("button", name="Release 3"))
    expect(page.get_by_role("heading", level=1)).to_have_text("3 released")
    press_on(page, page.get_by_role("link", name="To the rejections"))
    expect(page.locator(".cause")).to_have_count(1)
    stored = desk.till.get("/api/v1/events?event=order.completed").document["events"]
    assert sorted(one["id"] for one in stored) == ["low-0", "low-1", "low-2"]
    assert complaints == []
