"""The rows of imported files: JSON Lines as they are, CSV with columns that lead somewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from collector.core.fields import Field
from collector.intake import bulk_rows
from collector.intake.bulk_rows import BadMapping, csv_rows, json_lines

FIELDS = {
    "total": Field("total", "decimal"),
    "count": Field("count", "integer"),
    "gift": Field("gift", "boolean"),
    "word": Field("word", "text"),
}


def fields_of(event: str, version_id: str | None) -> Mapping[str, Field]:
    return FIELDS if event == "order.completed" else {}


def rows(text: str, event: str | None = "order.completed", **mapping: str) -> list[Any]:
    """The payload of each row, or the code of what is wrong with it."""
    found = csv_rows(io.BytesIO(text.encode()), mapping, fields_of, event)
    return [one.fault.code if one.fault else json.loads(one.raw) for one in found]


def test_lines_come_as_they_are_with_their_numbers() -> None:
    found = list(json_lines(io.BytesIO(b'{"a": 1.50}\n\n  \n{"b":\n{"c": 2}')))
    assert [(one.number, one.raw.strip()) for one in found] == [
        (1, b'{"a": 1.50}'),
        (4, b'{"b":'),
        (5, b'{"c": 2}'),
    ]


def test_a_line_beyond_bounds_is_told_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_rows, "LONGEST", 10)
    found = list(json_lines(io.BytesIO(b"x" * 35 + b"\n{}\n" + b"y" * 11)))
    assert [(one.number, one.fault.code if one.fault else one.raw) for one in found] == [
        (1, "too-long"),
        (2, b"{}\n"),
        (3, "too-long"),
    ]


def test_a_row_of_a_table_has_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_rows, "LONGEST", 60)
    text = f"id,word\n1,{'x' * 60}\n2,short\n"
    assert rows(text) == ["too-long", {"event": "order.completed", "id": "2", "data": {"word": "short"}}]


def test_columns_go_where_their_names_say() -> None:
    text = (
        "id,email,crm_id,data.total,count,occurred_at,goal_type\n"
        "1,a@x.example,7,149.90,3,2026-05-01T12:00:00Z,lead\n"
    )
    assert rows(text) == [
        {
            "event": "order.completed",
            "id": "1",
            "occurred_at": "2026-05-01T12:00:00Z",
            "goal_type": "lead",
            "identifiers": {"email": "a@x.example", "crm_id": "7"},
            "data": {"total": "149.90", "count": 3},
        }
    ]


def test_a_mapping_leads_a_column_elsewhere_or_nowhere() -> None:
    text = "order no,sum,remark\n1,5,hush\n"
    found = rows(text, **{"order no": "id", "sum": "data.total", "remark": ""})
    assert found == [{"event": "order.completed", "id": "1", "data": {"total": "5"}}]


def test_cells_are_cast_to_the_types_of_their_fields_and_what_does_not_fit_is_left_to_the_judge() -> None:
    text = 'count,gift,word\n007,1,"a, ""b""\nc"\n1.5,maybe,=x\n'
    assert [one["data"] for one in rows(text)] == [
        {"count": 7, "gift": True, "word": 'a, "b"\nc'},
        {"count": "1.5", "gift": "maybe", "word": "=x"},
    ]


def test_an_empty_cell_is_absence_and_an_empty_row_is_none() -> None:
    assert rows("id,email,total\n1,,\n,,\n") == [{"event": "order.completed", "id": "1", "data": {}}]


def test_what_an_export_neutralised_is_as_it_was() -> None:
    [found] = rows("id,mobile,word\n1,'+46701234567,'=1+1\n")
    assert (found["identifiers"], found["data"]) == ({"mobile": "+46701234567"}, {"word": "=1+1"})
    assert rows("id,word\n1,'tis\n")[0]["data"] == {"word": "'tis"}


def test_each_row_may_name_its_event() -> None:
    found = rows("event,id,data.total\ncart.viewed,1,5\n,2,5\n")
    assert [(one["event"], one["data"]["total"]) for one in found] == [
        ("cart.viewed", "5"),
        ("order.completed", "5"),
    ]


def test_an_uneven_row_is_told_and_the_others_are_read() -> None:
    assert rows("id,total\n1\n2,5\n3,5,6\n")[1]["id"] == "2"
    assert [one for one in rows("id,total\n1\n2,5\n3,5,6\n") if isinstance(one, str)] == ["row-uneven"] * 2


@pytest.mark.parametrize(
    ("text", "mapping", "sentence"),
    [
        ("colour,id\n", {}, "'colour' leads nowhere"),
        ("id,data.\n", {}, "leads nowhere"),
        ("id,no\n", {"no": "id"}, "Two columns lead to id"),
        ("id\n", {"no": "id"}, "There is no column 'no'. There is: id."),
        ('id\n"1\n', {}, "is no CSV"),
    ],
)
def test_columns_that_lead_nowhere_are_told(text: str, mapping: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadMapping, match=sentence):
        rows(text, **mapping)


def test_a_file_that_is_not_utf_8_is_told() -> None:
    with pytest.raises(BadMapping, match="not UTF-8"):
        list(csv_rows(io.BytesIO(b"id\n\xff\n"), {}, fields_of, None))


def test_an_empty_file_has_no_rows() -> None:
    assert rows("") == []
