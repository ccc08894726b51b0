"""Reading back: by e-mail or by name, page by page, and only what the key may read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import ADMIN, NOON
from tests.web.notifuse.doors import GET, IMPORT, LIST, TIMELINE, UPSERT, Doors, at, event

ALICE, BOB = "alice@example.com", "bob@example.com"
NO_READING = (403, {"error": "Insufficient permissions: read access to contacts required"})
NO_WRITING = (
    403,
    {"error": "Insufficient permissions: write access to contacts required for custom events"},
)


def ids(heard: tuple[int, Any]) -> list[str]:
    """The ids of a list's events, in order."""
    status, answer = heard
    assert (status, answer["count"]) == (200, len(answer["events"]))
    return [one["external_id"] for one in answer["events"]]


@pytest.fixture
def filled(doors: Doors) -> Doors:
    """130 events of Alice's, the number of each its seconds after noon, and one of Bob's."""
    for start in range(0, 130, 50):
        numbers = range(start, min(start + 50, 130))
        doors.import_(*[event(f"{n:03}", occurred_at=at(n)) for n in numbers])
    doors.upsert("of-bob", email=BOB, occurred_at=at(-5))
    doors.upsert("signed-up", event_name="user/signed-up", properties={"plan": "a"}, occurred_at=at(-9))
    return doors


def test_lists_are_the_latest_first_and_bounded(filled: Doors) -> None:
    latest = [f"{n:03}" for n in range(129, -1, -1)]
    for limit, count in {
        "": 50,
        "0": 50,
        "-3": 50,
        "ten": 50,
        "1.5": 50,
        "9" * 30: 50,
        "\0": 50,
        "1": 1,
        "+2": 2,
        "007": 7,
        "100": 100,
        "101": 100,
        "5000": 100,
    }.items():
        assert ids(filled.list(email=ALICE, limit=limit)) == latest[:count], limit
    assert ids(filled.list(email=ALICE)) == latest[:50]
    everything = [*latest, "signed-up"]
    for offset, start in {"": 0, "-1": 0, "x": 0, "9" * 30: 0, "5": 5, "131": 131, "9" * 18: 10**17}.items():
        assert ids(filled.list(email=ALICE, offset=offset)) == everything[start : start + 50], offset
    assert ids(filled.list(event_name="order.completed", offset="128", limit="9")) == ["001", "000", "of-bob"]


def test_an_email_wins_over_a_name_and_is_normalised(filled: Doors) -> None:
    assert ids(filled.list(email=BOB, event_name="user/signed-up")) == ["of-bob"]
    assert ids(filled.list(email=" Bob@EXAMPLE.com ")) == ["of-bob"]
    assert ids(filled.list(event_name="user/signed-up")) == ["signed-up"]
    assert ids(filled.list(email="nobody@example.com")) == []
    assert ids(filled.list(email="no address")) == []
    assert ids(filled.list(email="a\0@example.com")) == []
    assert ids(filled.list(event_name="nope")) == []
    assert ids(filled.list(event_name="a\0")) == []


def test_deleted_events_are_in_no_list(doors: Doors) -> None:
    doors.import_(event("a"), event("b"), event("c", deleted_at=at(-1)))
    doors.upsert("a", deleted_at=at(0))
    assert ids(doors.list(email=ALICE)) == ["b"]
    assert ids(doors.list(event_name="order.completed")) == ["b"]
    assert [doors.read(one)[0] for one in "abc"] == [404, 200, 404]


def test_an_event_that_moved_is_its_new_persons_alone(doors: Doors) -> None:
    doors.import_(event("a", occurred_at=at(-9)), event("b"))
    doors.upsert("a", email=BOB)
    assert (ids(doors.list(email=ALICE)), ids(doors.list(email=BOB))) == (["b"], ["a"])


def test_unknown_words_of_an_address_are_passed_over(doors: Doors) -> None:
    doors.upsert()
    assert ids(doors.list(email=ALICE, cursor="x", foo="1")) == ["1"]
    assert (
        doors.get(GET, workspace_id=doors.section, event_name="order.completed", external_id="1", x="")[0]
        == 200
    )


# People with and without an e-mail


def test_events_of_people_without_an_email_are_not_known_here(doors: Doors) -> None:
    of_nobody = {"event": "order.completed", "id": "c", "identifiers": {"crm_id": "7"}, "data": {}}
    doors.shop.send(doors.key, of_nobody)
    doors.upsert("a")
    assert doors.read("c")[0] == 404
    assert ids(doors.list(event_name="order.completed")) == ["a"]
    # As soon as it is known which e-mail the person has, the events are that contact's.
    doors.shop.send(doors.key, {**of_nobody, "id": "d", "identifiers": {"crm_id": "7", "email": BOB}})
    assert doors.read("c")[1]["event"]["email"] == BOB
    assert sorted(ids(doors.list(email=BOB))) == ["c", "d"]
    assert sorted(ids(doors.list(event_name="order.completed"))) == ["a", "c", "d"]


def test_events_of_pages_are_read_by_their_shown_id(doors: Doors) -> None:
    tracked = {
        "event_name": "page.seen",
        "category": "signal",
        "fields": [{"name": "place", "type": "text"}],
        "web_tracking": {"enabled": True, "origins": ["https://shop.example"]},
    }
    definition = doors.shop.define(tracked, doors.section)
    sent = {"id": "abcdefgh", "data": {}, "identifiers": {"email": ALICE}}
    assert doors.shop.beacon(definition.id, sent).status_code == 200
    assert ids(doors.list(email=ALICE)) == ["web:abcdefgh"]
    assert doors.read("web:abcdefgh", "page.seen")[1]["event"]["source"] == "Website"


def test_a_person_with_two_emails_is_read_by_either(doors: Doors) -> None:
    doors.import_(event("a", occurred_at=at(-9)), event("b", email=BOB))
    names = [{"kind": "email", "value": email} for email in (BOB, ALICE)]
    merged = doors.shop.post(doors.key, "/api/v1/profiles/merge", {"from": names[0], "into": names[1]})
    assert merged.status_code == 201
    for email in (ALICE, BOB):
        _, answer = doors.list(email=email)
        assert [(one["external_id"], one["email"]) for one in answer["events"]] == [("b", BOB), ("a", ALICE)]
        assert [one["entity_id"] for one in doors.timeline(email)[1]["timeline"]] == ["b", "a"]


# Keys


KEYS = [
    ({}, "Authorization header is required"),
    ({"Authorization": ""}, "Authorization header is required"),
    ({"Authorization": "fp_123"}, "Invalid authorization header format"),
    ({"Authorization": "Basic abc"}, "Invalid authorization header format"),
    ({"Authorization": "Bearer"}, "Invalid authorization header format"),
    ({"Authorization": "Bearer "}, "Invalid authorization header format"),
    ({"Authorization": "Bearer fp_nope"}, "Invalid token: This key is unknown or revoked."),
    (
        {"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"},
        "Invalid token: This key is unknown or revoked.",
    ),
    ({"Authorization": "Bearer " + "x" * 10_000}, "Invalid token: This key is unknown or revoked."),
    ({"Authorization": "Bearer é"}, "Invalid token: This key is unknown or revoked."),
]


def test_without_a_key_that_opens_nothing_is_read_or_written(lasting_doors: Doors) -> None:
    client = lasting_doors.shop.client
    wrong = []
    for headers, sentence in KEYS:
        answers = [client.post(path, data=b"{", headers=headers) for path in (UPSERT, IMPORT)]
        answers += [client.get(path, headers=headers) for path in (GET, LIST, TIMELINE)]
        for answer in answers:
            told = (answer.status_code, answer.content_type, answer.get_json())
            if told != (401, "application/json", {"error": sentence}):
                wrong.append((headers, told))
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert wrong == []


def test_a_revoked_key_and_one_from_a_page_are_refused(doors: Doors) -> None:
    headers = {**doors.shop.headers(doors.key), "Origin": "https://shop.example"}
    answer = doors.shop.client.get(
        LIST, query_string={"workspace_id": doors.section, "email": ALICE}, headers=headers
    )
    assert (answer.status_code, list(answer.get_json())) == (403, ["error"])
    doors.shop.store.keys.revoke(doors.key.id, ADMIN, NOON)
    doors.shop.clock.forward(3)
    assert doors.list(email=ALICE)[0] == 401


def test_other_methods_are_told_which_are_known(lasting_doors: Doors) -> None:
    client, headers = lasting_doors.shop.client, lasting_doors.shop.headers(lasting_doors.key)
    for path, known in {UPSERT: "POST", IMPORT: "POST", GET: "GET", LIST: "GET", TIMELINE: "GET"}.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - {known}:
            answer = client.open(path, method=method, headers=headers)
            assert (answer.status_code, answer.content_type) == (405, "application/json")
            assert answer.get_json() == {"error": "Method not allowed"}
            assert known in answer.headers["Allow"]
    unknown = client.post("/api/customEvents.delete", headers=headers)
    assert (unknown.status_code, list(unknown.get_json())) == (404, ["error"])


def test_scopes_say_who_reads_and_who_writes(doors: Doors) -> None:
    writer, reader = doors.with_key(scopes=("ingest",)), doors.with_key(scopes=("read",))
    assert writer.upsert()[0] == 200
    assert writer.import_(event("2"))[0] == 201
    assert (writer.read(), writer.list(email=ALICE), writer.timeline()) == (NO_READING,) * 3
    assert (reader.upsert(), reader.import_(event())) == (NO_WRITING,) * 2
    assert ids(reader.list(email=ALICE)) == ["2", "1"]


def test_a_key_that_may_not_write_by_email_writes_nothing(doors: Doors) -> None:
    reader = doors.with_key("email:read")
    assert reader.upsert() == NO_WRITING
    assert reader.import_(event()) == NO_WRITING
    assert reader.list(email=ALICE) == (200, {"events": [], "count": 0})


def test_a_key_that_may_not_read_by_email_hears_its_own_words(doors: Doors) -> None:
    doors.upsert(properties={"total": 1}, goal_type="lead")
    writer = doors.with_key("email:write", "crm_id:read,write")
    status, answer = writer.upsert(properties={"total": 2}, occurred_at=at(-60), email="Bob@example.com")
    assert status == 200
    assert answer["event"] == {
        "external_id": "1",
        "email": BOB,
        "event_name": "order.completed",
        "properties": {"total": 2},
        "occurred_at": at(-60),
        "source": "api",
        "created_at": at(0),
        "updated_at": at(0),
    }
    assert writer.read() == (404, {"error": "Custom event not found"})
    assert writer.list(email=ALICE) == writer.list(event_name="order.completed") == NO_READING
    assert writer.timeline() == NO_READING


def test_what_the_definition_does_not_allow_to_be_read_is_not_there(doors: Doors) -> None:
    secret = {
        "event_name": "secret",
        "category": "signal",
        "fields": [{"name": "place", "type": "text"}],
        "allowed_operations": {"email": ["write"]},
    }
    doors.shop.define(secret, doors.section)
    assert doors.upsert("s", event_name="secret", goal_type="lead")[1]["event"]["external_id"] == "s"
    doors.upsert("1")
    assert doors.read("s", "secret")[0] == 404
    assert ids(doors.list(email=ALICE)) == ["1"]
    assert ids(doors.list(event_name="secret")) == []
    assert [entry["entity_id"] for entry in doors.timeline()[1]["timeline"]] == ["1"]


def test_a_key_for_some_events_knows_no_others(doors: Doors) -> None:
    doors.upsert("1")
    doors.upsert("2", event_name="user/signed-up", properties={"plan": "a"})
    narrow = doors.with_key(events=frozenset({"user/signed-up"}))
    assert narrow.upsert() == NO_WRITING
    assert narrow.import_(event()) == NO_WRITING
    assert narrow.read()[0] == 404
    assert ids(narrow.list(email=ALICE)) == ["2"]
    assert ids(narrow.list(event_name="order.completed")) == []
    assert [entry["entity_id"] for entry in narrow.timeline()[1]["timeline"]] == ["2"]


def test_rights_on_the_stored_event_refuse_a_whole_import(doors: Doors) -> None:
    only_crm = {"event": "order.completed", "id": "c", "identifiers": {"crm_id": "7"}, "data": {"total": 1}}
    doors.shop.send(doors.key, only_crm)
    narrow = doors.with_key("email:read,write")
    assert narrow.upsert("c") == NO_WRITING
    before = doors.counted()
    assert narrow.import_(event("a", email="new@example.com"), event("c"), event("b")) == NO_WRITING
    assert doors.read("a")[0] == 404
    assert doors.shop.store.profiles.find(doors.section, "email", "new@example.com") is None
    assert doors.counted() == {
        **before,
        "received": before["received"] + 3,
        "rejected": before["rejected"] + 3,
    }


def test_nobody_is_looked_up_before_the_rights_are_checked(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.upsert()
    blind = doors.with_key("crm_id:read,write")
    asked: list[str] = []
    database = doors.shop.store.database.peewee
    execute = database.execute_sql

    def listen(sql: str, *args: Any, **options: Any) -> object:
        asked.append(sql)
        return execute(sql, *args, **options)

    monkeypatch.setattr(database, "execute_sql", listen)
    for email in (ALICE, "nobody@example.com"):
        assert blind.list(email=email) == blind.timeline(email) == NO_READING
        assert blind.upsert(email=email) == NO_WRITING
    assert asked != []
    assert [sql for sql in asked if '"identifier"' in sql or '"profile"' in sql.split("FROM")[-1]] == []
