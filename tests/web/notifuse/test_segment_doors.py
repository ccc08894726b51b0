"""The doors of segments, as a client of that API knows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.segments.trees import branch, contact, goal, timeline
from tests.web.notifuse.doors import Doors, Heard

BOB, CARL = "bob@example.com", "carl@example.com"
AT_LEAST_ONE = timeline(count_operator="at_least", count_value=1)
MADE = {"id": "buyers", "name": "Buyers", "color": "#aa0000", "timezone": "Europe/Stockholm"}


def call(doors: Doors, method: str, **members: Any) -> Heard:
    return doors.post(f"/api/segments.{method}", {"workspace_id": doors.section, **members})


def ask(doors: Doors, method: str, **query: Any) -> Heard:
    return doors.get(f"/api/segments.{method}", workspace_id=doors.section, **query)


def create(doors: Doors, **members: Any) -> Any:
    status, answer = call(doors, "create", **{**MADE, "tree": AT_LEAST_ONE, **members})
    assert status == 201, answer
    return answer["segment"]


def follow(doors: Doors) -> None:
    follower = doors.shop.store.new_follower()
    while follower.turn(doors.shop.clock.now):
        pass


def test_a_segment_is_created_and_found(doors: Doors) -> None:
    made = create(doors)
    assert {**made, "db_created_at": "", "db_updated_at": ""} == {
        **MADE,
        "tree": AT_LEAST_ONE,
        "version": 1,
        "status": "building",
        "users_count": 0,
        "db_created_at": "",
        "db_updated_at": "",
    }
    assert made["db_created_at"] == "2026-09-21T14:13:20Z"
    assert ask(doors, "get", id="buyers") == (200, {"segment": made})
    assert ask(doors, "list") == (200, {"segments": [made]})


def test_people_with_an_email_are_counted_and_listed_by_it(doors: Doors) -> None:
    doors.upsert("2", email=BOB)
    doors.upsert("1")
    doors.shop.send(
        doors.key,
        {"event": "order.completed", "id": "3", "identifiers": {"crm_id": "no mail"}, "data": {}},
    )
    create(doors)
    for _ in range(2):  # before the segment is followed, and after
        shown = ask(doors, "list", with_count="true")[1]["segments"][0]
        assert shown["users_count"] == 2
        assert ask(doors, "contacts", segment_id="buyers") == (
            200,
            {"emails": ["alice@example.com", BOB], "limit": 50, "offset": 0},
        )
        page = ask(doors, "contacts", segment_id="buyers", limit="1", offset="1")
        assert page == (200, {"emails": [BOB], "limit": 1, "offset": 1})
        follow(doors)
    assert ask(doors, "get", id="buyers")[1]["segment"]["status"] == "active"
    status, found = call(doors, "preview", tree=AT_LEAST_ONE)
    assert (status, found["total_count"], found["emails"], found["limit"]) == (200, 2, [], 10)


def test_somebody_with_two_addresses_is_one_person(doors: Doors) -> None:
    doors.shop.send(
        doors.key,
        *(
            {
                "event": "order.completed",
                "id": one,
                "identifiers": {"crm_id": "1", "email": one},
                "data": {},
            }
            for one in (CARL, BOB)
        ),
    )
    create(doors)
    assert ask(doors, "get", id="buyers")[1]["segment"]["users_count"] == 1
    assert len(ask(doors, "contacts", segment_id="buyers")[1]["emails"]) == 1


@pytest.mark.parametrize(("sent", "limit"), [(0, 10), (-1, 20), (101, 20), (100, 100), (7, 7)])
def test_a_preview_says_the_limit_that_it_would_keep(doors: Doors, sent: int, limit: int) -> None:
    assert call(doors, "preview", tree=AT_LEAST_ONE, limit=sent)[1]["limit"] == limit


def test_an_update_with_another_tree_is_the_next_version(doors: Doors) -> None:
    create(doors)
    follow(doors)
    recent = timeline(timeframe_operator="in_the_last_days", timeframe_values=["30"])
    status, answer = call(doors, "update", **{**MADE, "name": "Others", "tree": recent})
    assert (status, answer["segment"]["version"], answer["segment"]["name"]) == (200, 2, "Others")
    follow(doors)
    shown = ask(doors, "get", id="buyers")[1]["segment"]
    assert (shown["status"], shown["recompute_after"]) == ("active", "2026-09-22T03:00:00Z")


def test_a_rebuild_is_the_next_version(doors: Doors) -> None:
    create(doors)
    assert call(doors, "rebuild", segment_id="buyers") == (
        200,
        {"success": True, "message": "Segment rebuild has been queued"},
    )
    assert ask(doors, "get", id="buyers")[1]["segment"]["version"] == 2


def test_a_deleted_segment_is_shown_as_such_and_its_id_is_not_given_again(doors: Doors) -> None:
    doors.upsert()
    create(doors)
    follow(doors)
    assert call(doors, "delete", id="buyers") == (200, {"success": True})
    shown = ask(doors, "get", id="buyers")[1]["segment"]
    assert (shown["status"], shown["users_count"]) == ("deleted", 0)
    assert ask(doors, "list") == (200, {"segments": []})
    assert call(doors, "create", **MADE, tree=AT_LEAST_ONE)[0] == 400
    for method, word in (("delete", "id"), ("rebuild", "segment_id")):
        assert call(doors, method, **{word: "buyers"}) == (404, {"error": "Segment not found"})
    follow(doors)
    kinds = [one["kind"] for one in doors.timeline()[1]["timeline"]]
    assert sorted(kinds) == ["custom_event.order.completed", "segment.joined", "segment.left"]


def test_joining_and_leaving_are_entries_of_the_timeline(doors: Doors) -> None:
    doors.upsert()
    create(doors)
    follow(doors)
    doors.shop.clock.forward(10)
    doors.upsert(deleted_at="2026-09-21T14:13:21Z")
    follow(doors)
    left, joined = doors.timeline()[1]["timeline"]
    assert (left["kind"], left["operation"], left["entity_type"]) == (
        "segment.left",
        "delete",
        "contact_segment",
    )
    assert left["changes"] == {
        "segment_id": {"old": "buyers"},
        "version": {"old": 1},
        "matched_at": {"old": "2026-09-21T14:13:30Z"},
    }
    assert (joined["kind"], joined["operation"]) == ("segment.joined", "insert")
    assert (joined["entity_id"], joined["email"]) == ("buyers", "alice@example.com")
    assert joined["changes"]["segment_id"] == {"new": "buyers"}
    first = doors.timeline(limit=1)[1]
    second = doors.timeline(cursor=first["next_cursor"])[1]
    assert [*first["timeline"], *second["timeline"]] == [left, joined]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"id": ""}, "id is required"),
    ({"id": "Buyers"}, "id must contain only lowercase letters, numbers, and underscores"),
    ({"id": "x" * 33}, "id length must be between 1 and 32"),
    ({"name": ""}, "name is required"),
    ({"name": "x" * 256}, "name length must be between 1 and 255"),
    ({"color": None}, "color is required"),
    ({"color": "x" * 51}, "color length must be between 1 and 50"),
    ({"timezone": ""}, "timezone is required"),
    ({"timezone": "Mars/Olympus"}, "invalid timezone: Mars/Olympus"),
    ({"tree": None}, "tree is required"),
    ({"tree": {}}, "invalid tree: tree node must have 'kind' field"),
    (
        {"tree": branch("and", AT_LEAST_ONE, goal(goal_type="x"))},
        "invalid tree: branch leaf 1: invalid goal_type: x (must be one of: purchase, subscription, lead, "
        "signup, booking, trial, other, or '*')",
    ),
    ({"tree": contact()}, "invalid tree: contact condition must have at least one filter"),
    ({"id": "", "name": "", "tree": {}}, "id is required"),
    ({"name": "", "tree": {}}, "name is required"),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED, ids=lambda one: str(one)[:50])
def test_what_is_wrong_is_told_in_that_apis_words(
    lasting_doors: Doors, wrong: dict[str, Any], sentence: str
) -> None:
    sent = {**MADE, "tree": AT_LEAST_ONE, **wrong}
    for verb in ("create", "update"):
        told = {"error": f"invalid {verb} segment request: {sentence}"}
        assert call(lasting_doors, verb, **sent) == (400, told)


def test_what_is_missing_or_nobodys_is_told(lasting_doors: Doors) -> None:
    doors = lasting_doors
    told = {"error": "Segment not found"}
    assert ask(doors, "get", id="nobody") == (404, told)
    assert ask(doors, "contacts", segment_id="nobody") == (404, told)
    assert call(doors, "update", **{**MADE, "id": "nobody"}, tree=AT_LEAST_ONE) == (404, told)
    assert ask(doors, "get") == (400, {"error": "invalid get segment request: id is required"})
    assert ask(doors, "contacts") == (400, {"error": "segment_id is required"})
    assert call(doors, "rebuild") == (400, {"error": "segment_id is required"})
    assert call(doors, "preview") == (400, {"error": "tree is required"})
    assert doors.get("/api/segments.list") == (400, {"error": "workspace_id is required"})
    assert doors.get("/api/segments.list", workspace_id="other") == (404, {"error": "Workspace not found"})
    assert doors.get("/api/segments.create") == (405, {"error": "Method not allowed"})


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tree": 1}', b'{"limit": 1.5}', b'{"name": 1}', b"{"])
def test_what_cannot_be_read_is_an_invalid_body(lasting_doors: Doors, body: bytes) -> None:
    for method in ("create", "preview", "rebuild"):
        heard = lasting_doors.post(f"/api/segments.{method}", body)
        assert heard == (400, {"error": "Invalid request body"})


def test_a_key_without_the_right_hears_so(lasting_doors: Doors) -> None:
    reader = lasting_doors.with_key(scopes=("read",))
    assert call(reader, "create", **MADE, tree=AT_LEAST_ONE)[0] == 403
    some = lasting_doors.with_key("email:read")
    assert ask(some, "list") == (
        403,
        {"error": "Insufficient permissions: read access to segments required"},
    )
