"""Every refusal has the status, the shape and the sentence of that API; and nothing of it is stored."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core import ids
from collector.core.documents import parse_definition
from collector.core.problems import Problem
from collector.intake.replay import Replayer
from collector.store.definitions import Edit
from collector.store.models import Change, Event, Identifier, Profile
from collector.store.rejections import Selection
from collector.store.replays import Asked
from tests.cast import ADMIN, NOON
from tests.web.notifuse.doors import GET, IMPORT, LIST, ORDERS, TIMELINE, UPSERT, Doors, at, event
from tests.web.notifuse.refusals import (
    EVENT,
    HOSTILE_UPSERTS,
    MEMBERS,
    REFUSALS,
    REQUEST,
    UNREADABLE,
    UNREADABLE_IMPORTS,
    UNREADABLE_UPSERTS,
    Refusal,
)

NOBODY_IS_MADE = (Event, Change, Profile, Identifier)


def in_an_import(refusal: Refusal, index: int) -> str | None:
    """The whole sentence; None where an import accepts such an event."""
    sentence = refusal.sentence if refusal.in_import is None else refusal.in_import
    if not sentence:
        return None
    invalid = "" if sentence == "external_id is required" else "invalid "
    return f"validation error: {invalid}event at index {index}: {sentence}"


def stored(doors: Doors) -> list[int]:
    """How many rows there are of what a stored event makes."""
    return [len(doors.shop.store.database.rows(model.select())) for model in NOBODY_IS_MADE]


def test_an_upsert_is_refused_with_the_first_rule_that_it_breaks(lasting_doors: Doors) -> None:
    wrong, before = [], stored(lasting_doors)
    for refusal in REFUSALS:
        heard = lasting_doors.post(UPSERT, {"workspace_id": "shop", **refusal.sent})
        expected = (400, {"error": refusal.beginning + refusal.sentence})
        wrong += [(refusal.sent, heard, expected)] if heard != expected else []
    assert wrong == []
    assert stored(lasting_doors) == before


def test_one_bad_event_refuses_its_whole_import_and_its_place_is_told(lasting_doors: Doors) -> None:
    wrong, before = [], stored(lasting_doors)
    for number, refusal in enumerate(REFUSALS):
        good = [event(f"good-{n}", email=f"good{n}@example.com") for n in range(number % 3)]
        expected = in_an_import(refusal, len(good))
        if expected is None:
            continue
        heard = lasting_doors.import_(*good, refusal.sent, event("later"))
        wrong += [(refusal.sent, heard, expected)] if heard != (400, {"error": expected}) else []
    assert wrong == []
    assert stored(lasting_doors) == before


def test_of_two_bad_events_the_first_is_told(lasting_doors: Doors) -> None:
    _, answer = lasting_doors.import_(event(), event("x", properties={"lines": -1}), event(""))
    assert answer == {
        "error": "validation error: invalid event at index 1: properties.lines: This must not be less than 0."
    }


def test_a_body_that_cannot_be_read_is_told_so(lasting_doors: Doors) -> None:
    bodies = [(UPSERT, body) for body in UNREADABLE_UPSERTS] + [(IMPORT, body) for body in UNREADABLE_IMPORTS]
    heard = {(path, body): lasting_doors.post(path, body) for path, body in bodies}
    wrong = {place: answer for place, answer in heard.items() if answer != (400, {"error": UNREADABLE})}
    assert wrong == {}


def test_what_is_too_much_is_refused_at_its_place(lasting_doors: Doors) -> None:
    wrong = []
    for rest, sentence in HOSTILE_UPSERTS.items():
        status, answer = lasting_doors.post(UPSERT, b"{%b,%b}" % (MEMBERS, rest))
        right = status == 400 and answer["error"].startswith(EVENT + sentence)
        wrong += [] if right else [(rest[:60], status, answer)]
    assert wrong == []


def test_an_import_has_one_to_fifty_events(doors: Doors) -> None:
    none = (400, {"error": f"{REQUEST}events array cannot be empty"})
    many = (400, {"error": f"{REQUEST}cannot import more than 50 events at once"})
    assert doors.import_() == none
    assert doors.post(IMPORT, {"workspace_id": doors.section, "events": None}) == none
    assert doors.post(IMPORT, {"workspace_id": doors.section}) == none
    assert doors.import_(*[event(str(number)) for number in range(51)]) == many
    assert doors.counted() == {}
    status, answer = doors.import_(*[event(str(number)) for number in range(50)])
    assert (status, answer["count"], len(answer["event_ids"])) == (201, 50, 50)
    assert doors.counted() == {"received": 50, "stored": 50}


def test_every_payload_of_a_refused_import_is_counted_once_and_kept_with_its_reason(doors: Doors) -> None:
    doors.import_(event("1"), event("2", properties={"lines": -1}), event("3"))
    assert doors.counted() == {"received": 3, "rejected": 3}
    kept = doors.shop.store.rejections.page(doors.section, 10, None).items
    assert [(one.event_id, one.door, one.faults[0]["code"]) for one in reversed(kept)] == [
        ("1", "notifuse", "batch-refused"),
        ("2", "notifuse", "too-small"),
        ("3", "notifuse", "batch-refused"),
    ]
    # With the mistake put right, the client sends all of them again.
    assert doors.import_(event("1"), event("2", properties={"lines": 1}), event("3"))[0] == 201
    assert doors.counted() == {"received": 6, "rejected": 3, "stored": 3}


def test_a_replay_stores_all_of_a_refused_import_and_the_client_may_send_it_again(doors: Doors) -> None:
    batch = [event("1", goal_type="lead"), event("2", properties={"lines": -1}), event("3", deleted_at=at(0))]
    assert doors.import_(*batch)[0] == 400
    definition = doors.shop.store.definitions.find(doors.section, "order.completed")
    assert definition is not None
    fields = [{**field, "minimum": -5} if "minimum" in field else field for field in ORDERS["fields"]]
    draft = parse_definition({**ORDERS, "fields": fields}, definition.draft)
    doors.shop.store.definitions.save(definition, Edit(draft, None), 0, ADMIN, NOON)
    doors.shop.clock.forward(3)
    replayer = Replayer(doors.shop.store, doors.shop.parts.intake)
    number = ids.decode(definition.id)
    assert number is not None
    asked = Asked(doors.section, ADMIN, "order.completed")
    told = replayer.run(Selection(doors.section, [number]), asked, doors.shop.clock.now())
    assert (told.verdicts["stored"], told.checked) == (3, 3)
    assert [doors.read(one)[0] for one in "123"] == [200, 200, 404]
    assert doors.import_(*batch)[0] == 201
    assert doors.read("1")[1]["event"]["goal_type"] == "lead"
    assert doors.read("3")[0] == 404


QUERIES: list[tuple[str, dict[str, Any], int, str]] = [
    (GET, {}, 400, "workspace_id, event_name, and external_id are required"),
    (
        GET,
        {"workspace_id": "shop", "event_name": "a"},
        400,
        "workspace_id, event_name, and external_id are required",
    ),
    (
        GET,
        {"workspace_id": "shop", "external_id": "1"},
        400,
        "workspace_id, event_name, and external_id are required",
    ),
    (
        GET,
        {"event_name": "order.completed", "external_id": "1"},
        400,
        "workspace_id, event_name, and external_id are required",
    ),
    (
        GET,
        {"workspace_id": "shop", "event_name": "order.completed", "external_id": "nope"},
        404,
        "Custom event not found",
    ),
    (GET, {"workspace_id": "shop", "event_name": "nope", "external_id": "1"}, 404, "Custom event not found"),
    (GET, {"workspace_id": "shop", "event_name": "a\0", "external_id": "1"}, 404, "Custom event not found"),
    (
        GET,
        {"workspace_id": "shop", "event_name": "order.completed", "external_id": "a\0"},
        404,
        "Custom event not found",
    ),
    (
        GET,
        {"workspace_id": "shop", "event_name": "order.completed", "external_id": "x" * 300},
        404,
        "Custom event not found",
    ),
    (
        GET,
        {"workspace_id": "other", "event_name": "order.completed", "external_id": "1"},
        404,
        "Custom event not found",
    ),
    (LIST, {}, 400, "workspace_id is required"),
    (LIST, {"email": "a@example.com"}, 400, "workspace_id is required"),
    (LIST, {"workspace_id": "shop"}, 400, "either email or event_name is required"),
    (
        LIST,
        {"workspace_id": "shop", "email": "", "event_name": ""},
        400,
        "either email or event_name is required",
    ),
    (LIST, {"workspace_id": "nowhere", "email": "a@example.com"}, 404, "Workspace not found"),
    (LIST, {"workspace_id": "other", "email": "a@example.com"}, 404, "Workspace not found"),
    (TIMELINE, {}, 400, "workspace_id is required"),
    (TIMELINE, {"workspace_id": "shop"}, 400, "email is required"),
    (TIMELINE, {"workspace_id": "nowhere", "email": "a@example.com"}, 404, "Workspace not found"),
    (TIMELINE, {"workspace_id": "other", "email": "a@example.com"}, 404, "Workspace not found"),
    *(
        (TIMELINE, {"workspace_id": "shop", "email": "a@example.com", "limit": limit}, 400, sentence)
        for limit, sentence in {
            "-1": "limit must be non-negative",
            "101": "limit cannot exceed 100",
            "1.5": "invalid limit parameter: must be an integer",
            "ten": "invalid limit parameter: must be an integer",
            " 5": "invalid limit parameter: must be an integer",
            "9" * 30: "invalid limit parameter: must be an integer",
        }.items()
    ),
    *(
        (
            TIMELINE,
            {"workspace_id": "shop", "email": "a@example.com", "cursor": cursor},
            400,
            "invalid cursor",
        )
        for cursor in ("x", "\0", "é", "MjAyNg==", "fA==", "2026-05-01T12:00:00Z|1", "A" * 5000)
    ),
]


@pytest.fixture
def with_a_neighbour(lasting_doors: Doors) -> Doors:
    """The doors of one section, beside another one."""
    if lasting_doors.shop.store.sections.find("other") is None:
        lasting_doors.shop.store.sections.create("Other", "reject", ADMIN, NOON)
    return lasting_doors


def test_reading_is_refused_in_the_same_shape(with_a_neighbour: Doors) -> None:
    heard = [(path, query, *with_a_neighbour.get(path, **query)) for path, query, _, _ in QUERIES]
    expected = [(path, query, status, {"error": text}) for path, query, status, text in QUERIES]
    assert heard == expected


def test_another_section_than_the_keys_own_is_not_found(with_a_neighbour: Doors) -> None:
    missing = (404, {"error": "Workspace not found"})
    before = with_a_neighbour.counted()
    for workspace in ("nowhere", "other", "Shop", "shop ", "\0"):
        named = {"workspace_id": workspace}
        assert with_a_neighbour.post(UPSERT, {**event(), **named}) == missing
        assert with_a_neighbour.post(IMPORT, {"events": [event()], **named}) == missing
        # Before the section is known, nothing is told of what is wrong with the event.
        assert with_a_neighbour.post(UPSERT, named) == missing
    assert with_a_neighbour.counted() == before


def test_a_section_has_to_be_named(lasting_doors: Doors) -> None:
    needed = (400, {"error": "workspace_id is required"})
    for workspace in ({}, {"workspace_id": ""}, {"workspace_id": None}):
        assert lasting_doors.post(UPSERT, {**event(), **workspace}) == needed
        assert lasting_doors.post(IMPORT, {"events": [event()], **workspace}) == needed
        assert lasting_doors.post(IMPORT, {"events": [], **workspace}) == needed


def test_a_hidden_event_is_refused_and_gone(doors: Doors) -> None:
    doors.upsert()
    definition = doors.shop.store.definitions.find(doors.section, "order.completed")
    assert definition is not None
    doors.shop.store.definitions.hide(definition, ADMIN, NOON)
    doors.shop.clock.forward(3)
    refused = "validation error: invalid custom event: event_name: This event is collected no longer."
    assert doors.upsert() == (400, {"error": refused})
    assert doors.read()[0] == 404
    assert doors.list(event_name="order.completed") == (200, {"events": [], "count": 0})
    assert doors.list(email="alice@example.com") == (200, {"events": [], "count": 0})
    assert doors.timeline() == (200, {"timeline": []})


def accepting(doors: Doors) -> Doors:
    """The same, in a section that accepts every name."""
    section = doors.shop.store.sections.find(doors.section)
    assert section is not None
    doors.shop.store.sections.change(section, section.name, "accept", ADMIN, NOON)
    return doors


def test_a_name_that_nobody_defined_is_a_draft_where_the_section_accepts_it(doors: Doors) -> None:
    status, answer = accepting(doors).upsert(event_name="boat.rented", properties={"days": 3, "oars": [1, 2]})
    assert (status, answer["event"]["properties"]) == (200, {"days": 3, "oars": [1, 2]})
    assert doors.import_(event(event_name="boat.bought"), event(event_name="boat.sunk"))[0] == 201


def test_a_refused_import_leaves_no_draft_of_a_definition(doors: Doors) -> None:
    known = len(doors.shop.store.definitions.all(doors.section))
    _, answer = accepting(doors).import_(event(event_name="boat.rented"), event(email=""))
    assert answer == {"error": "validation error: invalid event at index 1: email is required"}
    assert len(doors.shop.store.definitions.all(doors.section)) == known
    kept = doors.shop.store.rejections.page(doors.section, 10, None).items
    assert [(one.event_name, one.definition_id is None) for one in reversed(kept)] == [
        ("boat.rented", True),
        ("order.completed", False),
    ]


def test_too_much_at_once_is_sent_away_in_the_same_shape(doors: Doors) -> None:
    doors.upsert()
    gate = doors.shop.app.extensions["fieldpost_gate"]
    places = 0
    while gate.inside.enter(("section", doors.section)):
        places += 1
    assert doors.upsert() == (503, {"error": "Too much is going on at once. Send it again."})
    for _ in range(places):
        gate.inside.leave(("section", doors.section))
    assert doors.upsert()[0] == 200


def test_a_fault_of_ours_is_told_in_the_same_shape(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Problem("storage-unavailable", "The database is away.", retry_after=2)

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    for failure, status, sentences in (
        (away, 503, ["The database is away."] * 2),
        (broken, 500, ["Failed to upsert custom event", "Failed to import custom events"]),
    ):
        for name in ("write", "write_whole"):
            monkeypatch.setattr(doors.shop.store.commit, name, failure)
        told = [doors.upsert(), doors.import_(event())]
        assert told == [(status, {"error": sentence}) for sentence in sentences]
