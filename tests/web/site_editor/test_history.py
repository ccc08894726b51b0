"""The history of triggers: every change is told, whatever door it came in by, and can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.store.definitions import Edit
from tests.cast import ADMIN, EVERY_TYPE, Shop
from tests.web.site_editor.editor import BUY, SITE, Editor, opened

PAGE = {"on": "page"}
WITH_LINES = {**BUY, "values": {"lines": {"from": "constant", "value": 1}}}


@pytest.fixture
def order(shop: Shop) -> Definition:
    return shop.define(
        {**EVERY_TYPE, "web_tracking": {"enabled": True, "origins": [SITE], "triggers": [BUY]}}
    )


@pytest.fixture
def editor(shop: Shop, order: Definition) -> Editor:
    return opened(shop)


def changes(editor: Editor) -> list[dict[str, Any]]:
    answer = editor.ask("GET", "history/order.completed")
    assert answer.status_code == 200
    return list(answer.get_json()["changes"])


def draw(editor: Editor, *triggers: dict[str, Any], **members: Any) -> None:
    document = {
        "category": "transaction",
        "fields": EVERY_TYPE["fields"],
        "title": "Order completed",
        **members,
    }
    assert editor.keep("order.completed", triggers=list(triggers), **document).status_code == 200


def publish(editor: Editor, *triggers: dict[str, Any]) -> None:
    draw(editor, *triggers)
    assert editor.publish("order.completed").status_code == 200


def test_every_change_of_the_triggers_is_told_with_who_and_when(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    shop.clock.forward(60)
    publish(editor, BUY, PAGE)
    document = {**EVERY_TYPE, "web_tracking": {"enabled": True, "origins": [SITE], "triggers": [PAGE]}}
    headers = {**shop.headers(shop.key()), "If-Match": '"2"'}
    assert (
        shop.client.put("/api/v1/definitions/order.completed", json=document, headers=headers).status_code
        == 200
    )
    told = changes(editor)
    assert [(one["before"], one["triggers"]) for one in told] == [
        ([BUY, PAGE], [PAGE]),
        ([BUY], [BUY, PAGE]),
        ([], [BUY]),
    ]
    assert [one["by"].split()[0] for one in told] == ["key", "editor@example.com", "command"]
    assert [one["at"] for one in told[1:]] == ["2026-09-21T14:14:20Z", "2026-09-21T14:13:20Z"]
    assert {one["undoes"] for one in told} == {None}


def test_what_changes_no_trigger_is_not_in_it(shop: Shop, editor: Editor, order: Definition) -> None:
    draft = replace(order.draft, title="Another")
    shop.store.definitions.save(order, Edit(draft, 1), 3600, ADMIN, shop.clock.now())
    assert len(changes(editor)) == 1


def test_a_change_is_undone_and_the_undoing_too(shop: Shop, editor: Editor, order: Definition) -> None:
    publish(editor, PAGE)
    newest = changes(editor)[0]
    undone = editor.ask("POST", "history/order.completed/undo", {"id": newest["id"]}).get_json()
    assert undone["definition"]["web_tracking"]["triggers"] == [BUY]
    assert undone["changes"][0]["undoes"] == newest["id"]
    shop.clock.forward(3)
    assert ".buy" in shop.client.get(f"/s/{order.id}.js").text
    again = editor.ask("POST", "history/order.completed/undo", {"id": undone["changes"][0]["id"]}).get_json()
    assert again["definition"]["web_tracking"]["triggers"] == [PAGE]
    assert [one["triggers"] for one in again["changes"]] == [[PAGE], [BUY], [PAGE], [BUY]]


def test_undoing_an_older_change_takes_the_later_ones_along(editor: Editor) -> None:
    publish(editor, BUY, PAGE)
    second = changes(editor)[0]["id"]
    publish(editor, PAGE)
    publish(editor)
    undone = editor.ask("POST", "history/order.completed/undo", {"id": second}).get_json()
    assert undone["definition"]["web_tracking"]["triggers"] == [BUY]


def test_undoing_makes_no_version_and_works_while_fields_are_held(editor: Editor) -> None:
    colour = {"name": "colour", "type": "text"}
    draw(editor, PAGE, fields=[*EVERY_TYPE["fields"], colour])
    assert editor.publish("order.completed").get_json()["version"] == 2
    undone = editor.ask("POST", "history/order.completed/undo", {"id": changes(editor)[0]["id"]}).get_json()
    assert undone["definition"]["web_tracking"]["triggers"] == [BUY]
    assert len(undone["definition"]["versions"]) == 2


def test_triggers_that_do_not_fit_the_fields_of_now_are_not_put_back(shop: Shop, editor: Editor) -> None:
    publish(editor, WITH_LINES)
    draw(editor, PAGE, fields=EVERY_TYPE["fields"][:2])
    assert editor.publish("order.completed").status_code == 200
    answer = editor.ask("POST", "history/order.completed/undo", {"id": changes(editor)[0]["id"]})
    assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "field-unknown")
    assert changes(editor)[0]["triggers"] == [PAGE]


def test_a_draft_goes_on_after_an_undoing(editor: Editor) -> None:
    publish(editor, PAGE)
    draw(editor, BUY, PAGE, title="Bought")
    editor.ask("POST", "history/order.completed/undo", {"id": changes(editor)[0]["id"]})
    assert editor.publish("order.completed").get_json()["definition"]["title"] == "Bought"


def test_changes_of_others_are_not_found(shop: Shop, editor: Editor) -> None:
    other = {"event_name": "other", "title": "Other", "category": "signal"}
    shop.define({**other, "web_tracking": {"enabled": True, "origins": [SITE], "triggers": [PAGE]}})
    [foreign] = editor.ask("GET", "history/other").get_json()["changes"]
    for number in (foreign["id"], "0000000000000", "x", "", "é"):
        answer = editor.ask("POST", "history/order.completed/undo", {"id": number})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
    for body in ({}, [], {"id": 1}, {"id": foreign["id"], "more": 1}, None):
        assert editor.ask("POST", "history/order.completed/undo", body).status_code in (400, 415)
    assert editor.ask("GET", "history/nothing").status_code == 404


def test_the_audit_log_has_the_change_and_who_made_it(shop: Shop, editor: Editor) -> None:
    publish(editor, PAGE)
    editor.ask(
        "POST", "history/order.completed/undo", {"id": changes(editor)[0]["id"]}, **{"User-Agent": "Opera"}
    )
    newest = shop.store.audit.page("shop", 1, None).items[0]
    assert (newest.action, newest.subject) == ("definition.changed", "order.completed")
    assert (newest.actor.who, newest.actor.door, newest.actor.agent) == (
        "editor@example.com",
        "editor",
        "Opera",
    )
    assert newest.before["web_tracking"]["triggers"] == [PAGE]
    assert newest.after["web_tracking"]["triggers"] == [BUY]
