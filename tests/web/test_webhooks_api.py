"""`/api/v1/webhooks`: made, shown, changed, tried out, deleted; what is wrong with one; whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from collector.core.permissions import Key
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop, open_shop, order
from tests.delivery.hooks import deliver
from tests.servers.receiver import answer, receiver

PATH = "/api/v1/webhooks"
WANTED: dict[str, Any] = {"name": "Warehouse", "url": "https://warehouse.example/in"}


@pytest.fixture
def shop_that_reaches_this_machine(ready_database_url: str) -> Iterator[Shop]:
    opened = open_shop(ready_database_url, webhook_networks="127.0.0.0/8")
    yield opened
    opened.store.close()


def patch(shop: Shop, key: Key, path: str, document: Any) -> TestResponse:
    return shop.client.patch(path, json=document, headers=shop.headers(key))


def make(shop: Shop, key: Key, **members: Any) -> dict[str, Any]:
    answered = shop.post(key, PATH, {**WANTED, **members})
    assert answered.status_code == 201, answered.get_data(as_text=True)
    made: dict[str, Any] = answered.get_json()
    return made


def test_the_secret_is_in_the_answer_that_makes_it_and_in_no_other(shop: Shop) -> None:
    key = shop.key()
    made = make(shop, key)
    assert made["secret"].startswith("whsec_")
    shown = shop.get(key, f"{PATH}/{made['id']}")
    listed = shop.get(key, PATH)
    changed = patch(shop, key, f"{PATH}/{made['id']}", {"name": "Other"})
    audit = shop.get(key, "/api/v1/audit")
    rotated = shop.post(key, f"{PATH}/{made['id']}/rotate", {})
    assert rotated.get_json()["secret"] != made["secret"]
    for answered in (shown, listed, changed, audit):
        assert answered.status_code == 200
        assert "whsec_" not in answered.get_data(as_text=True)


def test_what_is_left_out_is_what_the_guide_says(shop: Shop) -> None:
    made = make(shop, shop.key())
    assert made["types"] == ["event.deleted", "event.stored", "event.updated"]
    assert (made["events"], made["goals"], made["segments"]) == (None, None, None)
    assert made["grants"] == {"crm_id": ["read"], "email": ["read"], "mobile": ["read"]}
    assert (made["active"], made["state"], made["waiting"], made["failures"]) == (True, "on", 0, 0)


def test_a_change_says_only_what_shall_be_another(shop: Shop) -> None:
    key = shop.key()
    made = make(shop, key, events=["order.completed"], grants={"email": ["read"]})
    changed = patch(shop, key, f"{PATH}/{made['id']}", {"active": False}).get_json()
    assert (changed["active"], changed["state"]) == (False, "off")
    assert (changed["events"], changed["grants"]["mobile"]) == (["order.completed"], [])
    assert patch(shop, key, f"{PATH}/{made['id']}", {"events": None}).get_json()["events"] is None


@pytest.mark.parametrize(
    ("members", "pointer", "code"),
    [
        ({"name": ""}, "/name", "name-invalid"),
        ({"name": "x" * 201}, "/name", "name-invalid"),
        ({"url": "ftp://x.example/"}, "/url", "address-invalid"),
        ({"url": "https://a:b@x.example/"}, "/url", "address-invalid"),
        ({"url": 1}, "/url", "address-invalid"),
        ({"url": "http://127.0.0.1:8000/"}, "/url", "address-not-public"),
        ({"url": "http://[::ffff:169.254.169.254]/"}, "/url", "address-not-public"),
        ({"types": []}, "/types", "member-invalid"),
        ({"types": ["event.read"]}, "/types", "choice-unknown"),
        ({"types": "event.stored"}, "/types", "type-wrong"),
        ({"goals": ["money"]}, "/goals", "choice-unknown"),
        ({"events": ["A b"]}, "/events", "value-invalid"),
        ({"segments": ["../x"]}, "/segments", "value-invalid"),
        ({"grants": {"email": ["write"]}}, "/grants", "grant-invalid"),
        ({"grants": {"phone": ["read"]}}, "/grants", "grant-invalid"),
        ({"grants": []}, "/grants", "grant-invalid"),
        ({"types": ["segment.joined"], "grants": {"email": ["read"]}}, "/grants", "identifier-not-allowed"),
        ({"active": "yes"}, "/active", "type-wrong"),
        ({"events": []}, "/events", "member-invalid"),
        ({"goals": []}, "/goals", "member-invalid"),
        ({"segments": []}, "/segments", "member-invalid"),
        ({"secret": "whsec_mine"}, "/secret", "member-unknown"),
        ({"name": "a\0b"}, "/name", "text-invalid"),
    ],
)
def test_what_is_wrong_with_one_is_said_at_its_place(
    shop: Shop, members: dict[str, Any], pointer: str, code: str
) -> None:
    answered = shop.post(shop.key(), PATH, {**WANTED, **members})
    assert answered.status_code == 422
    told = answered.get_json()
    assert told["code"] == "webhook-invalid"
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_what_is_no_object_is_no_webhook(shop: Shop, document: Any) -> None:
    assert shop.post(shop.key(), PATH, document).status_code == 422


def test_a_key_that_may_not_read_cannot_have_itself_told(shop: Shop) -> None:
    key = shop.key("only admin", scopes=("admin",))
    refused = shop.post(key, PATH, WANTED)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope-missing")
    narrow = shop.key("narrow", "email:read,write")
    refused = shop.post(narrow, PATH, WANTED)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "identifier-not-allowed")
    made = make(shop, shop.key())
    assert patch(shop, key, f"{PATH}/{made['id']}", {"url": "https://mine.example/"}).status_code == 403


def test_those_of_another_section_are_not_there(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    made = make(shop, shop.key())
    stranger = shop.key(section="other")
    assert shop.get(stranger, PATH).get_json() == {"webhooks": []}
    assert shop.get(stranger, f"{PATH}/{made['id']}").status_code == 404
    assert patch(shop, stranger, f"{PATH}/{made['id']}", {"name": "x"}).status_code == 404
    for word in ("test", "rotate"):
        assert shop.post(stranger, f"{PATH}/{made['id']}/{word}", {}).status_code == 404
    assert shop.get(stranger, f"{PATH}/{made['id']}/deliveries").status_code == 404


def test_a_test_and_its_log_and_sending_it_again(shop_that_reaches_this_machine: Shop) -> None:
    shop = shop_that_reaches_this_machine
    key = shop.key()
    with receiver(answer(500, b"no"), answer(204)) as one:
        made = make(shop, key, url=one.url)
        sent = shop.post(key, f"{PATH}/{made['id']}/test", {})
        assert (sent.status_code, sent.get_json()["state"]) == (202, "waiting")
        deliver(shop)
        log = shop.get(key, f"{PATH}/{made['id']}/deliveries").get_json()["deliveries"]
        assert [(tried["status"], tried["answer"]) for tried in log[0]["tries"]] == [(500, "no")]
        assert shop.get(key, f"{PATH}/{made['id']}").get_json()["failures"] == 1
        again = shop.post(key, f"{PATH}/{made['id']}/deliveries/{log[0]['id']}/again", {})
        assert again.status_code == 202
        deliver(shop)
    shown = shop.get(key, f"{PATH}/{made['id']}/deliveries/{log[0]['id']}").get_json()
    assert (shown["state"], len(shown["tries"])) == ("delivered", 2)
    assert {request.id for request in one.received} == {shown["message_id"]}
    waiting = shop.get(key, f"{PATH}/{made['id']}/deliveries", state="waiting").get_json()
    assert waiting == {"deliveries": []}


def test_a_deleted_one_is_gone_with_its_log_and_what_it_had_to_tell(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    made = make(shop, key)
    shop.send(key, order(identifiers=ALICE))
    assert shop.get(key, f"{PATH}/{made['id']}").get_json()["waiting"] == 1
    answered = shop.client.delete(f"{PATH}/{made['id']}", headers=shop.headers(key))
    assert answered.status_code == 204
    assert shop.get(key, f"{PATH}/{made['id']}").status_code == 404
    actions = [one["action"] for one in shop.get(key, "/api/v1/audit").get_json()["audit"]]
    assert [one for one in actions if one.startswith("webhook.")] == ["webhook.deleted", "webhook.created"]


def test_there_are_not_more_than_a_commit_can_bear(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.store.webhooks.kept.MOST", 2)
    key = shop.key()
    make(shop, key)
    make(shop, key)
    refused = shop.post(key, PATH, WANTED)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too-many")
    page = shop.get(key, PATH, limit="1").get_json()
    assert len(page["webhooks"]) == 1
    assert len(shop.get(key, PATH, cursor=page["next_cursor"]).get_json()["webhooks"]) == 1
