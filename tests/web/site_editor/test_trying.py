"""What the judge would say of an event of a draft, on a page where nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import EVERY_TYPE, ORDER, Shop
from tests.web.site_editor.editor import Editor, opened


@pytest.fixture
def editor(shop: Shop) -> Editor:
    shop.define(EVERY_TYPE)
    return opened(shop)


def asked(editor: Editor, body: Any, name: str = "order.completed") -> tuple[str, set[tuple[str, str]]]:
    answer = editor.ask("POST", f"verdicts/{name}", body)
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert told.keys() == {"verdict", "errors"}
    return told["verdict"], {(one["code"], one["pointer"]) for one in told["errors"]}


def test_the_judge_says_what_it_would_say_of_a_beacon(shop: Shop, editor: Editor) -> None:
    assert asked(editor, {"data": ORDER, "source": "Checkout"}) == ("stored", set())
    assert asked(editor, {"data": {**ORDER, "lines": "3", "no": 1}}) == (
        "rejected",
        {("type-wrong", "/data/lines"), ("field-unknown", "/data/no")},
    )
    assert asked(editor, {"data": {}}) == ("rejected", {("field-missing", "/data/total")})
    assert asked(editor, {}) == asked(editor, {"data": None}) == asked(editor, {"data": {}})
    assert asked(editor, {"data": ORDER, "source": "x" * 300})[0] == "rejected"


def test_it_judges_the_draft_and_not_the_definition(shop: Shop, editor: Editor) -> None:
    fields = [{"name": "colour", "type": "text", "choices": ["red"]}]
    editor.keep("order.completed", category="transaction", fields=fields, triggers=[])
    assert asked(editor, {"data": {"colour": "red"}}) == ("stored", set())
    assert asked(editor, {"data": {"colour": "blue"}})[1] == {("choice-unknown", "/data/colour")}
    editor.keep("new.one")
    assert asked(editor, {"data": {"total": 1}}, "new.one") == ("stored", set())
    assert editor.ask("POST", "verdicts/nothing", {"data": {}}).status_code == 404


def test_nothing_is_stored_or_counted(shop: Shop, editor: Editor) -> None:
    asked(editor, {"data": ORDER})
    asked(editor, {"data": {}})
    assert shop.store.events.latest("shop", 5) == []
    assert shop.store.rejections.page("shop", 5, None).items == []
    hour = shop.clock.now() // 3_600_000_000
    assert list(shop.store.statistics.hourly("shop", hour - 1, hour + 1)) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b'{"data": {"total": 1e400}}', 200),
        (b'{"data": {"total": NaN}}', 400),
        (b'{"data": {"total": 1}, "id": "7"}', 400),
        (b'{"data": {"total": 1}, "identifiers": {"email": "a@b.c"}}', 400),
        (b'{"data": {"phone": "\\u0000"}}', 200),
        (b'{"data": {"phone": "\\ud800"}}', 200),
        (b'{"data": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
        (b"\xff", 400),
    ],
)
def test_whatever_is_sent_gets_a_clear_answer(editor: Editor, body: bytes, status: int) -> None:
    answer = editor.shop.client.post(
        "/b/editor/verdicts/order.completed",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {editor.token}"},
    )
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.get_json()["verdict"] == "rejected"
