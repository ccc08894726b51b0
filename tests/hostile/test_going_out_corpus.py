"""What goes out: the corpus of texts in webhooks, in files and in snippets is text there and nothing else.

On pages: `test_texts_corpus.py`; in the log: `tests/cli/test_logs.py`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from collector.hostile.texts_corpus import TEXTS
from tests.cast import ALICE, Shop
from tests.delivery.hooks import deliver, make_hook
from tests.servers.receiver import receiver
from tests.web.pages.signing_in import signed_in

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("//evil.example")', "＝1")
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
EVERY = [*TEXTS, *FORMULAS, "*/ alert(1) /*", "\u0085\u009b31m", "\ufeffx", "a\\", "-->"]
SAID = {
    "event_name": "said",
    "category": "signal",
    "fields": [{"name": "words", "type": "text"}],
    "extra_fields": "keep",
}
HEADERS = {
    *("host", "content-type", "content-length", "user-agent", "accept-encoding", "connection"),
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
}


def say_everything(shop: Shop) -> None:
    shop.define(SAID)
    events = [
        {
            "event": "said",
            "id": f"{number} {text}",
            "identifiers": {**ALICE, "crm_id": f"x{text}"} if number == 0 else ALICE,
            "source": text,
            "data": {"words": text, f"more {text}": [text]},
        }
        for number, text in enumerate(EVERY)
    ]
    verdicts = shop.send(shop.key(), *events).get_json()
    assert verdicts["stored"] == len(EVERY), verdicts


def by_number(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(documents, key=lambda one: int(one["id"].split(" ")[0]))


def test_webhooks_tell_them_as_they_are_and_forge_no_header(shop: Shop) -> None:
    with receiver() as one:
        make_hook(shop, one.url)
        say_everything(shop)
        deliver(shop)
    events = by_number([request.told["data"]["event"] for request in one.received])
    assert [event["source"] for event in events] == EVERY
    assert [event["data"] for event in events] == [{"words": text, f"more {text}": [text]} for text in EVERY]
    assert {frozenset(request.headers) for request in one.received} == {frozenset(HEADERS)}


def test_no_cell_of_a_file_for_spreadsheets_is_computed(shop: Shop) -> None:
    say_everything(shop)
    answered = signed_in(shop).get("/sections/shop/files/events.csv?event=said")
    rows = list(csv.reader(io.StringIO(answered.get_data(as_text=True), newline="")))
    header, cells = rows[0], rows[1:]
    assert len(cells) == len(EVERY)
    assert [cell for row in rows for cell in row if cell.startswith(COMPUTED)] == []
    found = by_number([dict(zip(header, row, strict=True)) for row in cells])
    expected = [f"'{text}" if text.startswith(COMPUTED) else text for text in EVERY]
    assert [row["source"] for row in found] == expected
    assert [row["data.words"] for row in found] == expected


def test_a_file_of_json_lines_has_a_line_for_each(shop: Shop) -> None:
    say_everything(shop)
    answered = signed_in(shop).get("/sections/shop/files/events.jsonl?event=said")
    lines = answered.get_data().removesuffix(b"\n").split(b"\n")
    assert [event["source"] for event in by_number([json.loads(line) for line in lines])] == EVERY


@pytest.mark.parametrize("text", EVERY)
def test_a_snippet_holds_them_as_texts(shop: Shop, text: str) -> None:
    made = shop.define(
        {
            **SAID,
            **dict.fromkeys(("title", "description", "owner"), text),
            "fields": [{"name": "words", "type": "text", "choices": [text], "description": text}],
            "web_tracking": {"enabled": True, "source": text},
        }
    )
    script = shop.client.get(f"/s/{made.id}.js").get_data(as_text=True)
    assert script.isascii()
    assert script.replace("\n", "").isprintable()
    assert "</" not in script
    assert "<!" not in script
    types = shop.client.get(f"/s/{made.id}.d.ts").get_data(as_text=True)
    code = re.sub(r"/\*.*?\*/", "", re.sub(r'"(\\.|[^"\\])*"', "", types), flags=re.DOTALL)
    assert "alert" not in code
    assert not set(types) & {"\u2028", "\u2029", "\u202e", "\x1b", "\x9b"}
