"""Who may do what with a key."""

from __future__ import annotations

import pytest

from collector.store.models import ApiKey, Identifier
from tests.cast import ADMIN, ALICE, EVERY_TYPE, NOON, Shop, order


@pytest.fixture(autouse=True)
def _defined(shop: Shop) -> None:
    shop.define(EVERY_TYPE)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic Zm9v",
        "Bearer fp_",
        "Bearer fp_" + "0" * 60,
        "Bearer " + "x" * 10_000,
        "Bearer fp_é",
        "fp_0000000000000",
    ],
)
def test_without_a_key_of_ours_nothing_opens(shop: Shop, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in (
        "/api/v1/events",
        "/api/v1/definitions",
        "/api/v1/rejections",
        "/api/v1/profiles/email/a@b.se",
    ):
        answer = shop.client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.get_json()["code"] in ("key-missing", "key-invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("ingest", {"POST /api/v1/events", "POST /api/v1/events/validate"}),
        ("read", {"GET /api/v1/events", "GET /api/v1/rejections", "GET /api/v1/definitions"}),
        ("admin", {"GET /api/v1/definitions", "POST /api/v1/definitions"}),
    ],
)
def test_a_scope_opens_its_own_routes_and_no_others(shop: Shop, scope: str, allowed: set[str]) -> None:
    key = shop.key(scopes=(scope,))
    every = {
        "POST /api/v1/events",
        "POST /api/v1/events/validate",
        "GET /api/v1/events",
        "GET /api/v1/rejections",
        "GET /api/v1/definitions",
        "POST /api/v1/definitions",
    }
    opened = set()
    for route in every:
        method, path = route.split()
        answer = shop.client.open(path, method=method, json={}, headers=shop.headers(key))
        if answer.status_code != 403:
            opened.add(route)
    assert opened == allowed


def test_a_revoked_key_opens_nothing(shop: Shop) -> None:
    till = shop.key()
    assert shop.send(till, order()).status_code == 200
    shop.store.keys.revoke(till.id, ADMIN, NOON)
    answer = shop.send(till, order())
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-invalid")


def test_only_a_hash_of_a_secret_is_stored(shop: Shop) -> None:
    till = shop.key()
    row = shop.store.database.row(ApiKey.select())
    assert row is not None
    assert shop.secrets[till.id] not in str(row)
    assert shop.secrets[till.id][16:] not in str(row)


def test_a_key_that_arrives_from_a_web_page_is_refused(shop: Shop) -> None:
    till = shop.key()
    for origin in ("https://shop.example", "null", "http://localhost:1"):
        answer = shop.post(till, "/api/v1/events", order(), Origin=origin)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "key-exposed")
    listed = shop.get(till, "/api/v1/keys").get_json()["keys"]
    assert [one["exposed_at"] for one in listed] == ["2026-09-21T14:13:20Z"]
    assert shop.post(till, "/api/v1/events", order(), Origin="http://localhost").status_code == 200


def test_a_key_for_some_events_is_for_no_others(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "event_name": "other"})
    till = shop.key(events=frozenset({"other"}))
    refused = shop.send(till, order())
    assert (refused.status_code, refused.get_json()["code"]) == (403, "event-not-allowed")
    assert shop.send(till, order(event="other")).status_code == 200
    shop.send(shop.key("all"), order())
    assert [one["event"] for one in shop.get(till, "/api/v1/events").get_json()["events"]] == ["other"]
    assert shop.get(till, "/api/v1/events/order.completed/1").status_code == 404


def test_writing_needs_the_right_on_every_identifier(shop: Shop) -> None:
    mail = shop.key("mail", "email:read,write")
    both = order(identifiers={**ALICE, "crm_id": "7"})
    refused = shop.send(mail, both)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "identifier-not-allowed")
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/identifiers/crm_id"]
    assert shop.send(mail, order()).status_code == 200
    batch = shop.send(mail, order("2"), both).get_json()
    assert [one["verdict"] for one in batch["results"]] == ["stored", "rejected"]


def test_what_a_definition_does_not_allow_no_key_may(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "event_name": "secret", "allowed_operations": {"crm_id": ["write"]}})
    till = shop.key()
    assert shop.send(till, order(event="secret")).status_code == 403
    sent = shop.send(till, order(event="secret", identifiers={"crm_id": "7"}))
    assert (sent.status_code, sent.get_json()["verdict"]) == (200, "stored")
    assert shop.get(till, "/api/v1/events/secret/1").status_code == 404
    assert shop.get(till, "/api/v1/profiles/crm_id/7/timeline").status_code == 404


def test_identifiers_that_may_not_be_read_are_in_no_answer(shop: Shop) -> None:
    shop.send(shop.key(), order(identifiers={**ALICE, "crm_id": "7"}))
    reader = shop.key("reader", "email:read")
    event = shop.get(reader, "/api/v1/events/order.completed/1").get_json()
    assert event["identifiers"] == ALICE
    profile = shop.get(reader, f"/api/v1/profiles/email/{ALICE['email']}").get_json()
    assert profile["identifiers"] == {"email": [ALICE["email"]]}


def test_a_writer_who_may_not_read_hears_its_own_words(shop: Shop) -> None:
    shop.send(shop.key(), order(identifiers={**ALICE, "crm_id": "7"}))
    blind = shop.key("blind", "email:write", scopes=("ingest",))
    answer = shop.send(blind, order(data={"total": 1}, occurred_at="2026-01-01T00:00:00Z")).get_json()
    assert answer["verdict"] == "ignored"
    assert answer["event"]["data"] == {"total": 1}
    assert "crm_id" not in answer["event"]["identifiers"]
    assert "profile" not in answer["event"]


def test_whoever_may_not_read_by_an_identifier_learns_nothing_from_asking(shop: Shop) -> None:
    shop.send(shop.key(), order())
    blind = shop.key("blind", "crm_id:read")
    answers = [
        shop.get(blind, f"/api/v1/profiles/email/{email}{tail}")
        for email in (ALICE["email"], "nobody@example.com", "nonsense")
        for tail in ("", "/timeline")
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.get_data() for answer in answers}) == 1


def test_another_sections_events_are_not_there(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    shop.define(EVERY_TYPE, section="other")
    shop.send(shop.key(), order())
    spy = shop.key("spy", section="other")
    assert shop.get(spy, "/api/v1/events").get_json() == {"events": []}
    assert shop.get(spy, "/api/v1/events/order.completed/1").status_code == 404
    assert shop.get(spy, f"/api/v1/profiles/email/{ALICE['email']}").status_code == 404
    assert len(shop.store.database.rows(Identifier.select())) == 1


def test_rejections_need_every_read_right(shop: Shop) -> None:
    answer = shop.get(shop.key("some", "email:read", "mobile:read"), "/api/v1/rejections")
    assert answer.status_code == 403
