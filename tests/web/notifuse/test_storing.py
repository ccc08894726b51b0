"""What becomes of writes for the same event, by e-mail and by name: a patch, whatever the order of arrival.

Every row is what a client sends, one after the other, and what is stored in the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from collector.store.models import Profile
from tests.web.notifuse.doors import Doors, at, event

EARLY, LATE, LATER = at(-600), at(600), at(1200)
GONE = "gone"

Step = dict[str, Any]


class Story(NamedTuple):
    """Upserts of one event, and members of it in the end: None is a member that it has not."""

    told: str
    steps: list[Step]
    end: dict[str, Any] | str


PAID = {"goal_type": "purchase", "goal_value": 100, "goal_name": "spring", "occurred_at": EARLY}

STORIES = [
    Story(
        "a newer write replaces the properties as a whole",
        [{"properties": {"total": 1, "a": 1}, "occurred_at": EARLY}, {"properties": {"total": 2}}],
        {"properties": {"total": 2}, "occurred_at": at(0)},
    ),
    Story(
        "an older write changes nothing",
        [{"properties": {"total": 1}}, {"properties": {"total": 2}, "occurred_at": EARLY}],
        {"properties": {"total": 1}, "occurred_at": at(0)},
    ),
    Story(
        "of two at the same moment the first stays",
        [
            {"properties": {"total": 1}, "occurred_at": LATE},
            {"properties": {"total": 2}, "occurred_at": LATE},
        ],
        {"properties": {"total": 1}},
    ),
    Story(
        "absent properties keep what is stored",
        [{"properties": {"total": 1}, "occurred_at": EARLY}, {"goal_type": "lead"}],
        {"properties": {"total": 1}, "goal_type": "lead", "occurred_at": EARLY},
    ),
    Story(
        "null properties keep what is stored",
        [{"properties": {"total": 1}, "occurred_at": EARLY}, {"properties": None, "goal_type": "lead"}],
        {"properties": {"total": 1}},
    ),
    Story(
        "empty properties clear",
        [{"properties": {"total": 1}, "occurred_at": EARLY}, {"properties": {}}],
        {"properties": {}},
    ),
    Story(
        "an absent or null goal keeps the stored one",
        [PAID, {"properties": {"total": 1}}, {"goal_type": None, "goal_value": None, "goal_name": None}],
        {"goal_type": "purchase", "goal_value": 100, "goal_name": "spring"},
    ),
    Story(
        "of a goal only what is named changes",
        [PAID, {"goal_value": 80.5}],
        {"goal_type": "purchase", "goal_value": 80.5, "goal_name": "spring"},
    ),
    Story(
        "each part of a goal has its own time",
        [PAID, {"goal_name": "summer", "occurred_at": LATE}, {"goal_value": 90, "goal_name": "late"}],
        {"goal_type": "purchase", "goal_value": 90, "goal_name": "summer"},
    ),
    Story(
        "an older goal changes nothing",
        [{**PAID, "occurred_at": LATE}, {**PAID, "goal_value": 7}],
        {"goal_value": 100},
    ),
    Story(
        "a refund is a negative value",
        [PAID, {"goal_type": "purchase", "goal_value": -100.000001}],
        {"goal_type": "purchase", "goal_value": -100.000001},
    ),
    Story(
        "a value without a type is kept without one",
        [{"goal_value": 3}],
        {"goal_value": 3, "goal_type": None},
    ),
    Story(
        "the source of a stored event is never rewritten by an upsert",
        [{"source": "ignored"}, {"source": "ignored", "properties": {"a": 1}, "occurred_at": LATE}],
        {"source": "api", "properties": {"a": 1}},
    ),
    Story("a deletion takes the event away", [{}, {"deleted_at": LATE}], GONE),
    Story(
        "a deletion of what was never there stays in force",
        [{"deleted_at": LATE}, {"properties": {"a": 1}, "occurred_at": EARLY}],
        GONE,
    ),
    Story(
        "absence of a deletion restores nothing", [{}, {"deleted_at": LATE}, {"properties": {"a": 1}}], GONE
    ),
    Story(
        "a late retry restores nothing",
        [{"occurred_at": EARLY}, {"deleted_at": at(0)}, {"occurred_at": EARLY}, {"occurred_at": LATE}],
        GONE,
    ),
    Story(
        "an explicit null restores, with what was stored",
        [
            {"properties": {"total": 1}, "occurred_at": EARLY},
            {"deleted_at": at(0), "occurred_at": at(0)},
            {"deleted_at": None, "occurred_at": LATE},
        ],
        {"properties": {"total": 1}, "occurred_at": EARLY, "deleted_at": None},
    ),
    Story(
        "an older restoration does not undo a later deletion",
        [{}, {"deleted_at": LATER}, {"deleted_at": None, "occurred_at": LATE}],
        GONE,
    ),
    Story(
        "an older deletion does not undo a later restoration",
        [{}, {"deleted_at": None, "occurred_at": LATER}, {"deleted_at": LATE}],
        {"properties": {}},
    ),
    Story(
        "a deletion without properties wipes none",
        [
            {"properties": {"total": 1}, "occurred_at": EARLY},
            {"deleted_at": EARLY, "occurred_at": EARLY},
            {"deleted_at": None},
        ],
        {"properties": {"total": 1}},
    ),
    Story(
        "the e-mail is normalised",
        [{"email": " Alice@Example.COM "}],
        {"email": "alice@example.com"},
    ),
    Story(
        "a newer write with another e-mail moves the event",
        [{"occurred_at": EARLY}, {"email": "bob@example.com"}],
        {"email": "bob@example.com"},
    ),
    Story(
        "an older write with another e-mail does not",
        [{}, {"email": "bob@example.com", "occurred_at": EARLY}],
        {"email": "alice@example.com"},
    ),
]


def test_what_is_stored_in_the_end(lasting_doors: Doors) -> None:
    wrong = []
    for number, story in enumerate(STORIES):
        statuses = [lasting_doors.upsert(f"story-{number}", **step)[0] for step in story.steps]
        status, answer = lasting_doors.read(f"story-{number}")
        if story.end == GONE:
            right = status == 404
        else:
            assert isinstance(story.end, dict)
            shown = {name: answer.get("event", {}).get(name) for name in story.end}
            right = (status, shown) == (200, story.end)
        wrong += [] if right and set(statuses) == {200} else [(story.told, statuses, answer)]
    assert wrong == []


def test_an_answer_shows_the_stored_event_and_not_what_was_sent(doors: Doors) -> None:
    doors.upsert(properties={"total": 1}, occurred_at=LATE, goal_type="lead")
    status, answer = doors.upsert(properties={"total": 2}, occurred_at=EARLY, email="bob@example.com")
    assert (status, answer) == doors.read()
    assert answer["event"] == {
        "external_id": "1",
        "email": "alice@example.com",
        "event_name": "order.completed",
        "properties": {"total": 1},
        "occurred_at": LATE,
        "source": "api",
        "goal_type": "lead",
        "created_at": at(0),
        "updated_at": at(0),
    }
    doors.shop.clock.forward(5.5)
    _, answer = doors.upsert(deleted_at=at(3))
    assert (answer["event"]["deleted_at"], answer["event"]["updated_at"]) == (at(3), "2026-09-21T14:13:25.5Z")


def test_the_same_id_under_two_names_is_two_events(doors: Doors) -> None:
    doors.upsert(properties={"total": 1})
    doors.upsert(event_name="user/signed-up", properties={"plan": "free"})
    assert doors.read()[1]["event"]["properties"] == {"total": 1}
    _, answer = doors.read(event_name="user/signed-up")
    assert (answer["event"]["properties"], answer["event"]["goal_type"]) == ({"plan": "free"}, "signup")


def test_an_import_goes_by_the_order_of_its_events(doors: Doors) -> None:
    status, answer = doors.import_(
        event("a", properties={"total": 1}),
        event("a", properties={"total": 2}),
        event("b", properties={"total": 1}, occurred_at=EARLY),
        event("b", properties={"total": 2}, occurred_at=LATE),
        event("b", properties={"total": 3}, occurred_at=EARLY),
    )
    assert (status, answer) == (201, {"event_ids": ["a", "a", "b", "b", "b"], "count": 5})
    assert [doors.read(one)[1]["event"]["properties"]["total"] for one in "ab"] == [1, 2]
    assert doors.counted() == {"received": 5, "stored": 2, "updated": 1, "ignored": 2}


def test_an_import_makes_profiles_and_keeps_its_source(doors: Doors) -> None:
    doors.import_(event("a", email="new@example.com", source="integration"), event("b"))
    doors.upsert("a", email="new@example.com", properties={"total": 1}, occurred_at=LATE)
    _, answer = doors.list(email="new@example.com")
    assert [(one["external_id"], one["source"]) for one in answer["events"]] == [("a", "integration")]
    assert answer["events"][0]["properties"] == {"total": 1}
    assert doors.read("b")[1]["event"]["source"] == "api"
    its_own = Profile.select().where(Profile.section == doors.section)
    assert len(doors.shop.store.database.rows(its_own)) == 2


def test_doors_share_their_events(doors: Doors) -> None:
    from_api = {
        "event": "order.completed",
        "id": "1",
        "identifiers": {"email": "alice@example.com"},
        "data": {"total": 1},
        "source": "till",
        "occurred_at": EARLY,
    }
    doors.shop.send(doors.key, from_api)
    _, answer = doors.upsert(properties={"total": 2})
    assert (answer["event"]["source"], answer["event"]["properties"]) == ("till", {"total": 2})
    shown = doors.shop.get(doors.key, "/api/v1/events/order.completed/1").get_json()
    assert (shown["data"], shown["source"]) == ({"total": 2}, "till")


def test_the_ledger_and_the_rejections_know_the_door(doors: Doors) -> None:
    doors.upsert()
    doors.upsert()
    doors.upsert(properties={"lines": -1})
    stats = doors.shop.get(doors.key, "/api/v1/stats").get_json()["stats"]
    assert {(row["event"], row["door"]) for row in stats} == {("order.completed", "notifuse")}
    assert doors.counted() == {"received": 3, "stored": 1, "duplicate": 1, "rejected": 1}
    refused = doors.shop.get(doors.key, "/api/v1/rejections").get_json()["rejections"]
    assert [(one["door"], one["errors"][0]["pointer"]) for one in refused] == [("notifuse", "/data/lines")]


def test_an_event_says_through_which_door_it_came(doors: Doors) -> None:
    doors.upsert()
    (state,) = doors.shop.store.events.latest(doors.section, 10)
    assert (state.door, state.trust) == ("notifuse", "key")
