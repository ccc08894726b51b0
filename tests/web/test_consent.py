"""What was known of consent is judged, kept with the event, shown where the event is, and erased with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.core.permissions import Key
from collector.store.models import Event
from tests.cast import EVERY_TYPE, Shop, order

PURPOSES = {"analytics": True, "ads": False}
SORTED = {"ads": False, "analytics": True}
ADA = {"email": "ada@example.com"}


def sent(shop: Shop, key: Key, number: str, **more: Any) -> Any:
    return shop.send(key, order(number, identifiers=ADA, **more))


@pytest.mark.parametrize(("said", "kept"), [(True, True), (False, False), (PURPOSES, SORTED)])
def test_what_was_known_is_in_every_answer_about_the_event(shop: Shop, said: Any, kept: Any) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    assert sent(shop, key, "1", consent=said).get_json()["event"]["consent"] == kept
    address = "/api/v1/profiles/email/ada@example.com"
    (event,) = shop.get(key, "/api/v1/events").get_json()["events"]
    (entry,) = shop.get(key, f"{address}/timeline").get_json()["timeline"]
    (held,) = shop.get(key, f"{address}/export").get_json()["events"]
    assert [event["consent"], entry["consent"], held["consent"]] == [kept] * 3


def test_where_nothing_was_said_nothing_is_answered(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    assert "consent" not in sent(shop, key, "1").get_json()["event"]
    assert "consent" not in sent(shop, key, "2", consent=None).get_json()["event"]


def test_the_first_write_says_what_was_known_for_good(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    sent(shop, key, "1", consent=True)
    assert sent(shop, key, "1", consent=False).get_json()["event"]["consent"] is True


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ("yes", "type-wrong", "/consent"),
        (1, "type-wrong", "/consent"),
        ([True], "type-wrong", "/consent"),
        ({"ads": "yes"}, "type-wrong", "/consent"),
        ({"ads": None}, "type-wrong", "/consent"),
        ({}, "consent-empty", "/consent"),
        ({"": True}, "name-invalid", "/consent/"),
        ({"a" * 65: True}, "name-invalid", None),
        ({"\u0000": True}, "text-invalid", None),
        ({f"p{n}": True for n in range(21)}, "too-many-members", "/consent"),
    ],
)
def test_what_is_no_consent_is_refused_with_its_place(
    shop: Shop, said: Any, code: str, pointer: str | None
) -> None:
    shop.define(EVERY_TYPE)
    answer = sent(shop, shop.key(), "1", consent=said)
    assert answer.status_code == 422
    (fault,) = answer.get_json()["errors"]
    assert fault["code"] == code
    assert pointer is None or fault["pointer"] == pointer


def test_consent_goes_with_the_person(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    sent(shop, key, "1", consent={"marked": True})
    erased = shop.client.delete("/api/v1/profiles/email/ada@example.com", headers=shop.headers(key))
    assert erased.status_code == 200
    assert shop.get(key, "/api/v1/events").get_json()["events"] == []


def test_a_refused_payload_keeps_what_was_known(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    sent(shop, key, "1", consent=PURPOSES, data={"nothing": 1})
    (kept,) = shop.get(key, "/api/v1/rejections").get_json()["rejections"]
    assert json.dumps(kept["payload"]).count("analytics") == 1


def kept(shop: Shop) -> list[str | None]:
    return [row["consent"] for row in shop.store.database.rows(Event.select().order_by(Event.id))]


@pytest.mark.parametrize("body", [[{"id": "a1", "data": {"total": 1}, "consent": True}], []])
def test_a_page_says_it_in_its_beacon(shop: Shop, body: list[Any]) -> None:
    definition = shop.define(EVERY_TYPE)
    one = {"id": "a2", "data": {"total": 1}, "consent": PURPOSES}
    assert shop.beacon(definition.id, [shop.clock.now() // 1000, *body, one]).status_code == 200
    assert kept(shop) == ["true"] * len(body) + ['{"ads":false,"analytics":true}']


@pytest.mark.parametrize(("said", "status"), [("true", 200), ("false", 200), ("maybe", 422)])
def test_a_pixel_says_it_in_its_address(shop: Shop, said: str, status: int) -> None:
    definition = shop.define(EVERY_TYPE)
    query = {"data.total": "1", "consent": said}
    headers = {"Referer": "https://shop.example/thanks", "User-Agent": "Mozilla/5.0 Firefox/153.0"}
    answer = shop.client.get(f"/b/{definition.id}.gif", query_string=query, headers=headers)
    assert answer.status_code == status
    assert kept(shop) == ([said] if status == 200 else [])


def test_segments_object_of_consent_is_read(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "event_name": "order_completed"})
    message = {"type": "track", "event": "order_completed", "messageId": "1", "userId": "7"}
    message |= {"properties": {"total": 1}, "context": {"consent": {"categoryPreferences": PURPOSES}}}
    assert shop.post(shop.key(), "/v1/batch", {"batch": [message]}).get_json()["stored"] == 1
    assert kept(shop) == ['{"ads":false,"analytics":true}']


@pytest.mark.parametrize(("said", "stored"), [(True, "true"), ("false", "false")])
def test_a_cloudevent_says_it_in_an_extension(shop: Shop, said: Any, stored: str) -> None:
    shop.define(EVERY_TYPE)
    event = {"specversion": "1.0", "id": "1", "source": "/till", "type": "order.completed", "subject": "7"}
    body = json.dumps({**event, "consent": said, "data": {"total": 1}})
    answer = shop.client.post(
        "/api/cloudevents",
        data=body,
        content_type="application/cloudevents+json",
        headers=shop.headers(shop.key()),
    )
    assert answer.status_code == 200, answer.get_json()
    assert kept(shop) == [stored]
