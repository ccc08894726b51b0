"""A person's timeline: every change with what was there before and after, page by page."""

from __future__ import annotations

import base64
import uuid
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.web.notifuse.cursors import entry_uuid, number_in
from tests.web.notifuse.doors import Doors, at, event

BOB = "bob@example.com"


def entries(doors: Doors, **query: Any) -> list[dict[str, Any]]:
    status, answer = doors.timeline(**query)
    assert status == 200
    shown: list[dict[str, Any]] = answer["timeline"]
    return shown


def pages(doors: Doors, limit: int) -> list[list[dict[str, Any]]]:
    """All pages, each by the cursor of the one before."""
    found, cursor = [], ""
    while True:
        _, answer = doors.timeline(limit=limit, cursor=cursor)
        found.append(answer["timeline"])
        if "next_cursor" not in answer:
            return found
        cursor = answer["next_cursor"]


def test_a_first_write_is_an_insert_with_what_it_brought(doors: Doors) -> None:
    doors.upsert(
        occurred_at=at(-60), goal_type="purchase", goal_value=99.9, goal_name="x", properties={"a": 1}
    )
    (entry,) = entries(doors)
    assert uuid.UUID(entry.pop("id")).version == 8
    assert entry == {
        "email": "alice@example.com",
        "operation": "insert",
        "entity_type": "custom_event",
        "kind": "custom_event.order.completed",
        "changes": {
            "event_name": {"new": "order.completed"},
            "external_id": {"new": "1"},
            "goal_name": {"new": "x"},
            "goal_type": {"new": "purchase"},
            "goal_value": {"new": 99.9},
        },
        "entity_id": "1",
        "entity_data": doors.read()[1]["event"],
        "created_at": at(-60),
        "db_created_at": at(0),
    }


def test_an_update_has_the_old_and_the_new_of_what_it_changed(doors: Doors) -> None:
    properties = {"total": 1, "lines": 2, "list": [1], "same": {"a": 1}}
    doors.upsert(occurred_at=at(-60), properties=properties, goal_type="purchase", goal_value=5)
    doors.shop.clock.forward(1)
    changed = {"total": 1.5, "list": [1, 2], "same": {"a": 1}, "new": None, "more": "x"}
    doors.upsert(
        occurred_at=at(-30), properties=changed, goal_type="purchase", goal_value=-5.25, goal_name="n"
    )
    update, insert = entries(doors)
    assert update["changes"] == {
        "properties": {
            "total": {"old": 1, "new": 1.5},
            "lines": {"old": 2, "new": None},
            "list": {"old": [1], "new": [1, 2]},
            "more": {"old": None, "new": "x"},
        },
        "occurred_at": {"old": at(-60), "new": at(-30)},
        "goal_value": {"old": 5, "new": -5.25},
        "goal_name": {"old": None, "new": "n"},
    }
    assert (update["operation"], update["created_at"], update["db_created_at"]) == ("update", at(-30), at(1))
    # What the first write brought stays what it was, and so does the event of that time.
    assert insert["changes"]["goal_value"] == {"new": 5}
    assert "goal_name" not in insert["changes"]
    first = {"properties": properties, "occurred_at": at(-60), "goal_value": 5, "updated_at": at(0)}
    unchanged = {name: value for name, value in update["entity_data"].items() if name != "goal_name"}
    assert insert["entity_data"] == unchanged | first
    assert update["entity_data"] == doors.read()[1]["event"]


def test_a_goal_that_came_later_is_not_in_the_insert(doors: Doors) -> None:
    doors.upsert(occurred_at=at(-60), properties={})
    doors.upsert(goal_type="lead", goal_value=1)
    doors.upsert(goal_type="lead", goal_value=2, occurred_at=at(60))
    later, first, insert = entries(doors)
    assert set(insert["changes"]) == {"event_name", "external_id"}
    assert first["changes"] == {
        "properties": {},
        "occurred_at": {"old": first["created_at"], "new": first["created_at"]},
        "goal_type": {"old": None, "new": "lead"},
        "goal_value": {"old": None, "new": 1},
    }
    assert later["changes"]["goal_value"] == {"old": 1, "new": 2}


def test_stale_writes_and_repetitions_make_no_entry(doors: Doors) -> None:
    doors.upsert(properties={"a": 1})
    doors.upsert(properties={"a": 1}, occurred_at=at(60))
    doors.upsert(properties={"a": 2}, occurred_at=at(-60))
    assert [entry["operation"] for entry in entries(doors)] == ["insert"]


def test_a_deletion_and_a_restoration_are_plain_updates(doors: Doors) -> None:
    doors.upsert(occurred_at=at(-60), properties={"a": 1})
    doors.upsert(deleted_at=at(0))
    assert entries(doors) == []
    doors.upsert(deleted_at=None, occurred_at=at(60))
    restored, deleted, inserted = entries(doors)
    assert [one["operation"] for one in (restored, deleted, inserted)] == ["update", "update", "insert"]
    unmoved = {"old": restored["created_at"], "new": restored["created_at"]}
    assert restored["changes"] == deleted["changes"] == {"properties": {}, "occurred_at": unmoved}


def test_an_event_that_moved_takes_its_past_along(doors: Doors) -> None:
    doors.upsert(occurred_at=at(-60), properties={"a": 1})
    doors.upsert(email=BOB, properties={"a": 2})
    assert entries(doors) == []
    assert [(one["operation"], one["email"]) for one in entries(doors, email=" Bob@Example.com")] == [
        ("update", BOB),
        ("insert", BOB),
    ]


def test_pages_follow_each_other_without_gaps_whatever_arrives_meanwhile(doors: Doors) -> None:
    moments = [0, 5, 5, 3, 5, 1, 5, 0, 7, 2]
    doors.import_(*[event(str(n), occurred_at=at(moment)) for n, moment in enumerate(moments)])
    whole = entries(doors)
    assert [entry["entity_id"] for entry in whole] == ["8", "6", "4", "2", "1", "3", "9", "5", "7", "0"]
    assert all((a["created_at"], a["id"]) > (b["created_at"], b["id"]) for a, b in pairwise(whole))
    for limit in (1, 3, 10, 100):
        assert [entry for page in pages(doors, limit) for entry in page] == whole
    _, first = doors.timeline(limit=4)
    doors.upsert("new", occurred_at=at(90))
    _, second = doors.timeline(limit=100, cursor=first["next_cursor"])
    assert first["timeline"] + second["timeline"] == whole
    assert "next_cursor" not in second


def test_a_cursor_is_the_time_and_the_id_of_the_last_entry(doors: Doors) -> None:
    doors.import_(event("1", occurred_at="2026-05-01T12:00:00.120Z"), event("2", occurred_at=at(0)))
    _, answer = doors.timeline(limit=1)
    (last,) = answer["timeline"]
    assert base64.b64decode(answer["next_cursor"]).decode() == f"{last['created_at']}|{last['id']}"
    last = entries(doors)[1]
    assert last["created_at"] == "2026-05-01T12:00:00.12Z"
    made = base64.b64encode(f"{last['created_at']}|{last['id']}".encode()).decode()
    assert entries(doors, cursor=made) == []


def test_a_limit_of_zero_is_fifty_and_nobody_has_no_entries(doors: Doors) -> None:
    for start in range(0, 60, 30):
        doors.import_(*[event(str(n), occurred_at=at(n)) for n in range(start, start + 30)])
    assert [len(entries(doors, limit=limit)) for limit in ("", "0", "+7", "100")] == [50, 50, 7, 60]
    assert doors.timeline("nobody@example.com") == (200, {"timeline": []})
    assert doors.timeline("no address") == (200, {"timeline": []})


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_an_entrys_uuid_holds_its_number_and_keeps_the_order(one: int, other: int) -> None:
    made = entry_uuid(one)
    assert (made.version, made.variant, number_in(made)) == (8, uuid.RFC_4122, one)
    assert (str(made) < str(entry_uuid(other))) == (one < other)
