"""Who is who, as pages, integrations and admins meet it: tokens, conflicts, merges, secrets."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.permissions import Key
from collector.core.tokens import make_token
from collector.store.models import Event
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, ORDER, Shop, order

HOUR = 3_600_000_000
CARL = {"crm_id": "7"}
AT = {"occurred_at": "2026-09-21T13:00:00Z"}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def strict(shop: Shop) -> Definition:
    """A definition that believes signed identities only."""
    tracking = {"enabled": True, "identity": "signed"}
    return shop.define({**EVERY_TYPE, "event_name": "strict", "web_tracking": tracking})


@pytest.fixture
def admin(shop: Shop) -> Key:
    return shop.key("admin")


def secret(shop: Shop) -> bytes:
    return shop.store.secrets.show("shop", ADMIN, NOON)[0].text.encode()


def page_event(event_id: str, **members: Any) -> dict[str, Any]:
    return {"id": event_id, "data": ORDER, "visitor": "visitor-1", **members}


def signed(shop: Shop, event_id: str, who: dict[str, str], seconds: int = 3600) -> dict[str, Any]:
    token = make_token(secret(shop), who, NOON + seconds * 1_000_000)
    return page_event(event_id, identifiers=who, token=token)


def row(shop: Shop, event_id: str) -> dict[str, Any]:
    found = shop.store.database.row(Event.select().where(Event.event_id == event_id))
    assert found is not None
    return found


def timeline(shop: Shop, key: Key, who: dict[str, str]) -> list[str]:
    ((kind, value),) = who.items()
    answer = shop.get(key, f"/api/v1/profiles/{kind}/{value}/timeline").get_json()
    return sorted(entry["event_id"] for entry in answer["timeline"])


# Tokens


def test_a_token_makes_an_event_signed_and_brings_the_visitors_earlier_ones(
    shop: Shop, definition: Definition, admin: Key
) -> None:
    shop.beacon(definition.id, page_event("1"))
    assert shop.beacon(definition.id, signed(shop, "2", ALICE)).get_json() == {"verdict": "stored"}
    shop.beacon(definition.id, page_event("3"))
    assert [row(shop, name)["trust"] for name in "123"] == ["claimed", "signed", "claimed"]
    assert timeline(shop, admin, ALICE) == ["web:1", "web:2", "web:3"]


@pytest.mark.parametrize("signs", ["what the page sends", "the normalised form"])
def test_a_site_may_sign_what_it_has_or_the_normalised_form(
    shop: Shop, definition: Definition, signs: str
) -> None:
    sent = {"email": " Alice@EXAMPLE.com", "mobile": "+46 70-123 45 67"}
    form = {"email": "alice@example.com", "mobile": "+46701234567"}
    token = make_token(secret(shop), sent if signs == "what the page sends" else form, NOON + HOUR)
    shop.beacon(definition.id, page_event("1", identifiers=sent, token=token))
    assert (row(shop, "1")["trust"], row(shop, "1")["identifiers"]) == (
        "signed",
        '{"email":"alice@example.com","mobile":"+46701234567"}',
    )


def test_a_token_that_does_not_count_is_no_error_and_the_event_is_claimed(
    shop: Shop, definition: Definition
) -> None:
    for name, one in {
        "late": signed(shop, "late", ALICE, seconds=0),
        "other": {**signed(shop, "other", BOB), "identifiers": ALICE},
        "nonsense": page_event("nonsense", identifiers=ALICE, token="nonsense"),
        "null": page_event("null", identifiers=ALICE, token=None),
    }.items():
        assert shop.beacon(definition.id, one).get_json() == {"verdict": "stored"}
        assert (row(shop, name)["trust"], row(shop, name)["identifiers"]) == (
            "claimed",
            '{"email":"alice@example.com"}',
        )
    shop.beacon(definition.id, page_event("after"))
    assert row(shop, "after")["profile"] is None


def test_where_signatures_are_demanded_the_unsigned_stay_with_their_visitor(
    shop: Shop, strict: Definition
) -> None:
    shop.beacon(strict.id, [NOON // 1000, page_event("1", identifiers=ALICE), page_event("2", token="x")])
    shop.beacon(strict.id, {**signed(shop, "3", BOB), "identifiers": ALICE})
    shop.beacon(strict.id, page_event("4", identifiers={"email": "no address", "x": None}, token="x"))
    for name in "1234":
        found = row(shop, name)
        assert (found["identifiers"], found["profile"], found["trust"], found["visitor"]) == (
            "{}",
            None,
            "claimed",
            "visitor-1",
        )
    shop.beacon(strict.id, signed(shop, "5", ALICE))
    shop.beacon(strict.id, page_event("6", identifiers=BOB))
    profiles = {row(shop, name)["profile"] for name in "123456"}
    assert len(profiles) == 1
    assert None not in profiles


def test_a_rotation_leaves_the_old_secret_for_a_day(shop: Shop, definition: Definition, admin: Key) -> None:
    token = make_token(secret(shop), ALICE, NOON + 1000 * HOUR)
    assert shop.post(admin, "/api/v1/secret/rotate", {}).status_code == 200
    shop.clock.forward(2)
    shop.beacon(definition.id, page_event("1", identifiers=ALICE, token=token))
    shop.clock.forward(24 * 3600)
    shop.beacon(definition.id, page_event("2", identifiers=ALICE, token=token))
    assert [row(shop, name)["trust"] for name in "12"] == ["signed", "claimed"]


def test_a_token_of_another_section_does_not_count(shop: Shop, definition: Definition) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    theirs = shop.store.secrets.show("other", ADMIN, NOON)[0].text.encode()
    secret(shop)
    token = make_token(theirs, ALICE, NOON + HOUR)
    shop.beacon(definition.id, page_event("1", identifiers=ALICE, token=token))
    assert row(shop, "1")["trust"] == "claimed"


# The secret


def test_the_secret_is_shown_and_rotated_by_those_who_manage_it_alone(shop: Shop, admin: Key) -> None:
    first = shop.get(admin, "/api/v1/secret")
    assert first.get_json() == shop.get(admin, "/api/v1/secret").get_json()
    assert first.headers["Cache-Control"] == "no-store"
    second = shop.post(admin, "/api/v1/secret/rotate", {}).get_json()["secrets"]
    assert [one["number"] for one in second] == [2, 1]
    assert [one["good_until"] for one in second] == [None, "2026-09-22T14:13:20Z"]
    for scope in ("ingest", "read"):
        other = shop.key(scope, scopes=(scope,))
        for answer in (shop.get(other, "/api/v1/secret"), shop.post(other, "/api/v1/secret/rotate", {})):
            assert (answer.status_code, answer.get_json()["code"]) == (403, "scope-missing")
            assert "fps_" not in answer.get_data(as_text=True)


# Conflicts and merges


def quarrel(shop: Shop, admin: Key) -> dict[str, Any]:
    """Bob and Carl are two, and one event says that they are one: the conflict, as it is listed."""
    shop.send(admin, order("1", identifiers=BOB, **AT), order("2", identifiers=CARL, **AT))
    shop.send(admin, order("3", identifiers={**BOB, **CARL}, **AT))
    (found,) = shop.get(admin, "/api/v1/conflicts").get_json()["conflicts"]
    conflict: dict[str, Any] = found
    return conflict


def test_a_conflict_is_listed_with_both_and_the_event(shop: Shop, definition: Definition, admin: Key) -> None:
    found = quarrel(shop, admin)
    assert [one["identifiers"] for one in found["profiles"]] == [
        {"email": ["bob@example.com"]},
        {"crm_id": ["7"]},
    ]
    assert (found["state"], found["count"]) == ("open", 1)
    assert found["event"] == {"event": "order.completed", "id": "3"}
    assert timeline(shop, admin, CARL) == ["2", "3"]


def test_an_event_that_is_deleted_is_not_named_by_its_conflict(
    shop: Shop, definition: Definition, admin: Key
) -> None:
    quarrel(shop, admin)
    gone = {"event": "order.completed", "id": "3", "identifiers": BOB, "deleted_at": "2026-09-21T14:00:00Z"}
    shop.send(admin, gone)
    assert "event" not in shop.get(admin, "/api/v1/conflicts").get_json()["conflicts"][0]


def test_a_conflict_is_dismissed(shop: Shop, definition: Definition, admin: Key) -> None:
    number = quarrel(shop, admin)["id"]
    answer = shop.post(admin, f"/api/v1/conflicts/{number}/dismiss", {})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "dismissed")
    assert shop.get(admin, "/api/v1/conflicts").get_json() == {"conflicts": []}
    assert len(shop.get(admin, "/api/v1/conflicts", state="dismissed").get_json()["conflicts"]) == 1


@pytest.mark.parametrize("into", [None, 0, 1])
def test_a_conflict_is_merged_into_the_older_or_the_one_that_is_named(
    shop: Shop, definition: Definition, admin: Key, into: int | None
) -> None:
    found = quarrel(shop, admin)
    profiles = [one["id"] for one in found["profiles"]]
    body = {} if into is None else {"into": profiles[into]}
    answer = shop.post(admin, f"/api/v1/conflicts/{found['id']}/merge", body)
    assert (answer.status_code, answer.get_json()["into"]) == (201, profiles[into or 0])
    assert timeline(shop, admin, BOB) == timeline(shop, admin, CARL) == ["1", "2", "3"]
    assert shop.get(admin, "/api/v1/conflicts").get_json() == {"conflicts": []}
    for action in ("merge", "dismiss"):
        again = shop.post(admin, f"/api/v1/conflicts/{found['id']}/{action}", {})
        assert (again.status_code, again.get_json()["code"]) == (409, "conflict-merged")


def test_two_profiles_are_merged_by_their_identifiers_and_the_merge_is_undone(
    shop: Shop, definition: Definition, admin: Key
) -> None:
    shop.send(admin, order("1", **AT), order("2", identifiers=BOB, **AT))
    named = {
        "from": {"kind": "email", "value": " BOB@example.com"},
        "into": {"kind": "email", "value": "alice@example.com"},
    }
    made = shop.post(admin, "/api/v1/profiles/merge", named)
    assert (made.status_code, made.get_json()["events"]) == (201, 1)
    assert timeline(shop, admin, BOB) == timeline(shop, admin, ALICE) == ["1", "2"]
    assert shop.post(admin, "/api/v1/profiles/merge", named).get_json()["code"] == "same-profile"
    number = made.get_json()["id"]
    assert shop.get(admin, "/api/v1/merges").get_json() == {"merges": [made.get_json()]}
    undone = shop.post(admin, f"/api/v1/merges/{number}/undo", {})
    assert (undone.status_code, undone.get_json()["undone_at"]) == (200, "2026-09-21T14:13:20Z")
    assert (timeline(shop, admin, ALICE), timeline(shop, admin, BOB)) == (["1"], ["2"])
    again = shop.post(admin, f"/api/v1/merges/{number}/undo", {})
    assert (again.status_code, again.get_json()["code"]) == (409, "merge-undone")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ({}, "/from"),
        ({"from": {"kind": "email", "value": "a@b.se"}}, "/into"),
        ({"from": "a@b.se", "into": "b@b.se"}, "/from"),
        ({"from": {"kind": ["email"], "value": "a@b.se"}, "into": {}}, "/from"),
        ({"from": {"kind": "email", "value": "null"}, "into": {}}, "/from/value"),
        ({"from": {"kind": "visitor", "value": "x"}, "into": {}}, "/from"),
        ({"from": {"kind": "email", "value": "a@b.se", "x": 1}, "into": {}}, "/from"),
        ({"from": {}, "into": {}, "x": 1}, "/x"),
    ],
)
def test_a_merge_that_cannot_be_understood_says_where(
    shop: Shop, admin: Key, document: Any, pointer: str
) -> None:
    named = {"kind": "email", "value": "b@b.se"}
    if isinstance(document, dict) and document.get("into") == {} and pointer != "/x":
        document = {**document, "into": named}
    answer = shop.post(admin, "/api/v1/profiles/merge", document)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")
    assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_nobody_is_merged_with_somebody_who_is_not_there(
    shop: Shop, definition: Definition, admin: Key
) -> None:
    shop.send(admin, order())
    alice, nobody = {"kind": "email", "value": "alice@example.com"}, {"kind": "crm_id", "value": "x"}
    for document, pointer in (
        ({"from": nobody, "into": alice}, "/from"),
        ({"from": alice, "into": nobody}, "/into"),
    ):
        answer = shop.post(admin, "/api/v1/profiles/merge", document)
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (404, pointer)


def test_what_belongs_to_another_section_is_not_there(shop: Shop, definition: Definition, admin: Key) -> None:
    found = quarrel(shop, admin)
    made = shop.post(admin, f"/api/v1/conflicts/{found['id']}/merge", {}).get_json()
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    stranger = shop.key("stranger", section="other")
    for path in (
        f"conflicts/{found['id']}/dismiss",
        f"conflicts/{found['id']}/merge",
        f"merges/{made['id']}/undo",
    ):
        assert shop.post(stranger, f"/api/v1/{path}", {}).status_code == 404
    assert shop.get(stranger, "/api/v1/conflicts", state="merged").get_json() == {"conflicts": []}
    assert shop.get(stranger, "/api/v1/merges").get_json() == {"merges": []}


def test_only_who_may_read_everybody_sees_conflicts_and_merges(
    shop: Shop, definition: Definition, admin: Key
) -> None:
    number = quarrel(shop, admin)["id"]
    half = shop.key("half", "email:read,write", "mobile:read,write")
    reader = shop.key("reader", scopes=("read", "ingest"))
    for key, code in ((half, "identifier-not-allowed"), (reader, "scope-missing")):
        for answer in (
            shop.get(key, "/api/v1/conflicts"),
            shop.get(key, "/api/v1/merges"),
            shop.post(key, f"/api/v1/conflicts/{number}/dismiss", {}),
            shop.post(key, f"/api/v1/conflicts/{number}/merge", {}),
            shop.post(key, "/api/v1/profiles/merge", {}),
        ):
            assert (answer.status_code, answer.get_json()["code"]) == (403, code)


@pytest.mark.parametrize("path", ["conflicts/x/dismiss", "conflicts/0000000000000/merge", "merges/~/undo"])
def test_a_number_of_nothing_is_a_404(shop: Shop, admin: Key, path: str) -> None:
    assert shop.post(admin, f"/api/v1/{path}", {}).status_code == 404


def test_an_unknown_state_of_conflicts_is_refused(shop: Shop, admin: Key) -> None:
    assert shop.get(admin, "/api/v1/conflicts", state="every").status_code == 400
