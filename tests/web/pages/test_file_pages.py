"""Events into files and out of them, in the pages."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cast import ALICE, EVERY_TYPE, Shop, order
from tests.web.pages.admin import Admin, admin, words

LINES = "".join(json.dumps(order(str(number))) + "\n" for number in range(3))


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """One database is enough: what is judged and read is proven on both elsewhere."""
    return sqlite_ready_database_url


@pytest.fixture
def ada(shop: Shop) -> Admin:
    shop.define(EVERY_TYPE)
    return admin(shop)


def bring(person: Admin, name: str, text: str | bytes, **form: str) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return person.send("files", file=(io.BytesIO(raw), name), **form).text  # type: ignore[arg-type]


def test_a_file_is_judged_row_by_row(shop: Shop, ada: Admin) -> None:
    told = words(bring(ada, "orders.jsonl", LINES + json.dumps(order("x", data={"total": "?"}))))
    assert "1 rejected, 3 stored" in told
    assert "Row 4: /data/total" in told
    assert len(shop.store.events.latest("shop", 9)) == 3
    assert "3 duplicate" in words(bring(ada, "orders.jsonl", LINES))


def test_a_csv_file_names_its_columns_and_the_form_its_event(shop: Shop, ada: Admin) -> None:
    text = f"id,email,total\n1,{ALICE['email']},149.90\n"
    assert "1 stored" in words(bring(ada, "orders.CSV", text, event="order.completed"))
    assert json.loads(shop.store.events.latest("shop", 1)[0].data)["total"] == 149.9


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("", "", "Choose a file first."),
        ("orders.csv", "colour\n1\n", "'colour' leads nowhere"),
        ("orders.csv", b"\xff\xfe", "not UTF-8"),
        ("orders.jsonl", "", "The file has no rows"),
        ("orders.parquet", b"PAR1" + bytes(60), "one for the command line"),
        ("orders.csv", b"PAR1" + bytes(60), "one for the command line"),
    ],
)
def test_what_cannot_be_imported_is_told(ada: Admin, name: str, text: str | bytes, sentence: str) -> None:
    assert sentence in words(bring(ada, name, text))


def test_a_file_that_is_broken_further_down_is_not_stored_by_half(shop: Shop, ada: Admin) -> None:
    rows = "".join(f"{number},{ALICE['email']},1\n" for number in range(600))
    told = bring(ada, "orders.csv", f'id,email,total\n{rows}"1\n', event="order.completed")
    assert "Nothing was imported" in words(told)
    assert shop.store.events.latest("shop", 9) == []


def test_events_are_exported_as_they_are_stored(shop: Shop, ada: Admin) -> None:
    shop.send(shop.key(), order("1"), order("2"))
    answer = ada.ask("files/events.jsonl", event="order.completed")
    assert [json.loads(one)["id"] for one in answer.text.splitlines()] == ["1", "2"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="order.completed.jsonl"'
    assert [one["id"] for one in csv.DictReader(io.StringIO(ada.read("files/events.csv")))] == ["1", "2"]
    assert ada.ask("files/events.csv", event="odd").status_code == 404


def test_viewers_get_no_files(shop: Shop, ada: Admin) -> None:
    viewer = admin(shop, "viewer")
    assert viewer.ask("files").status_code == 403
    assert viewer.ask("files/events.csv").status_code == 403
    assert viewer.send("files").status_code == 403
