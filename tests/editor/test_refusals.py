"""What the collector refuses is said where it belongs, and nothing that was made is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.editor.conftest import Desk
from tests.editor.person import Person

HELD = {
    "code": "held",
    "detail": "This definition was edited a moment ago.",
    "held_until": "2026-05-01T12:00:00Z",
}


@pytest.fixture
def made(desk: Desk) -> Desk:
    """Somebody with a new event and a click on it."""
    desk.open('<button class="buy">Buy</button>')
    desk.make()
    desk.pick("Click", ".buy")
    desk.press("Done")
    return desk


def refuse(desk: Desk, method: str, door: str, status: int, **problem: Any) -> None:
    desk.doors.refusals[method, door] = (status, problem)


def test_a_fault_of_a_field_is_at_the_field(made: Desk) -> None:
    errors = [
        {
            "code": "selector-invalid",
            "pointer": "/triggers/0/selector",
            "message": "This is no CSS selector.",
        },
        {"code": "name-invalid", "pointer": "/fields/0/name", "message": "This is no name."},
    ]
    refuse(made, "PUT", "drafts", 422, code="definition-invalid", detail="Two things.", errors=errors)
    made.press("Save draft")
    expect(made.panel.get_by_text("2 things to put right")).to_be_visible()
    expect(made.panel.locator("#field-0-wrong")).to_have_text("This is no name.")
    made.panel.locator("#trigger-0").click()
    expect(made.panel.get_by_label("Selector")).to_have_attribute("aria-invalid", "true")
    expect(made.panel.locator("#selector-wrong")).to_have_text("This is no CSS selector.")
    made.press("Done")
    made.press("Save draft")
    expect(made.panel.get_by_text("The draft is saved.")).to_be_visible()


def test_a_token_that_has_run_out_says_how_to_come_back_and_takes_nothing_away(made: Desk) -> None:
    refuse(made, "PUT", "drafts", 401, code="editor-closed", detail="Closed.")
    made.press("Save draft")
    expect(made.panel.get_by_text("This editor’s hour is over")).to_be_visible()
    expect(made.panel.get_by_text("it takes up what you made here")).to_be_visible()
    expect(made.panel.get_by_role("link", name="To Fieldpost")).to_have_attribute(
        "href", f"{made.doors.url}/"
    )
    made.page.reload()
    expect(made.panel.get_by_text("You go on where you were.")).to_be_visible()
    expect(made.panel.get_by_text("A click on .buy")).to_be_visible()
    made.press("Save draft")
    expect(made.panel.get_by_text("The draft is saved.")).to_be_visible()
    assert made.doors.drafts["product.added"]["triggers"] == [{"on": "click", "selector": ".buy"}]


def test_a_newer_tab_takes_up_what_one_can_save_no_more(made: Desk, context: BrowserContext) -> None:
    other = Person(context.new_page())
    other.page.goto(made.page.url)
    expect(other.panel.get_by_text("There is no event for this site yet.")).to_be_visible()
    refuse(made, "PUT", "drafts", 401, code="editor-closed", detail="Closed.")
    made.press("Save draft")
    expect(made.panel.get_by_text("This editor’s hour is over")).to_be_visible()
    other.page.reload()
    expect(other.panel.get_by_text("You go on where you were.")).to_be_visible()
    expect(other.panel.get_by_text("A click on .buy")).to_be_visible()
    other.page.close()


def test_a_hold_is_explained_and_the_triggers_alone_can_be_published(made: Desk) -> None:
    refuse(made, "POST", "publish", 409, **HELD)
    made.press("Publish")
    expect(made.panel.get_by_text("cannot be changed again before")).to_be_visible()
    made.press("Publish the triggers alone")
    expect(made.panel.get_by_text("The triggers are published: they count from now on.")).to_be_visible()
    assert made.doors.bodies[-1]["only"] == "triggers"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"state": "current", "version": 3}, "Published: version 3 counts from now on."),
        (
            {"state": "pending", "version": 2, "current_from": "2026-05-01T12:00:00Z"},
            "the fields (version 2) from",
        ),
        ({"state": "unchanged", "version": 2}, "The fields are as they were."),
    ],
)
def test_what_publishing_did_is_said(made: Desk, answer: dict[str, Any], words: str) -> None:
    refuse(made, "POST", "publish", 200, **answer)
    made.press("Publish")
    expect(made.panel.get_by_text(words)).to_be_visible()


def test_what_somebody_else_changed_is_not_overwritten_unasked(made: Desk) -> None:
    refuse(made, "PUT", "drafts", 412, code="stale", detail="Changed.", revision="theirs")
    made.press("Save draft")
    expect(made.panel.get_by_text("Somebody else changed this in the meantime.")).to_be_visible()
    made.press("Keep mine")
    made.press("Save draft")
    expect(made.panel.get_by_text("The draft is saved.")).to_be_visible()
    assert made.doors.bodies[-1]["revision"] == "theirs"


def test_a_collector_that_is_away_is_said_and_can_be_asked_again(made: Desk) -> None:
    made.page.context.set_offline(True)
    made.press("Save draft")
    expect(made.panel.get_by_text("The collector cannot be reached at the moment.")).to_be_visible()
    made.page.context.set_offline(False)
    made.press("Save draft")
    expect(made.panel.get_by_text("The draft is saved.")).to_be_visible()


def test_the_history_of_triggers_can_be_undone(made: Desk) -> None:
    made.press("Publish")
    expect(made.panel.get_by_text("Published: version 1")).to_be_visible()
    made.panel.get_by_role("button", name="Add: Page").click()
    made.press("Done")
    made.press("Publish")
    expect(made.panel.get_by_text("Published: version 1")).to_be_visible()
    expect(made.panel.get_by_text("Every page")).to_be_visible()
    made.press("History")
    expect(made.panel.get_by_role("listitem").filter(has_text="in force")).to_contain_text("Every page")
    made.panel.get_by_role("button", name="Undo this change").first.click()
    expect(made.panel.get_by_text("Undone: the triggers are as they were")).to_be_visible()
    made.panel.get_by_role("button", name="Back to the event").click()
    expect(made.panel.get_by_text("Every page")).to_be_hidden()


def test_leaving_with_something_unsaved_asks_first(made: Desk) -> None:
    made.press("Leave the editor")
    expect(made.panel.get_by_text("There are changes that are not saved.")).to_be_visible()
    made.press("Save and leave")
    made.page.wait_for_event("load")
    assert "product.added" in made.doors.drafts
    assert made.page.evaluate("Object.keys(sessionStorage)") == []
