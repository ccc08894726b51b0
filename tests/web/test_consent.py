"""What was known of consent is judged, kept with the event, shown where the event is, and erased with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.core.consent import AskedConsent, consent_text
from collector.core.permissions import Key
from collector.store.models import Event
from tests.cast import EVERY_TYPE, Shop, order
from tests.core.segments.trees import goal

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


SAID: dict[str, Any] = {
    "yes": True,
    "no": False,
    "both": PURPOSES,
    "all": {"ads": True, "a:false": True},
    "none": {"ads": False, "Analytics": False},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"consent": "true"}, {"yes", "all"}),
        ({"consent": "false"}, {"no", "none"}),
        ({"consent": "unknown"}, {"nothing"}),
        ({"consent": "true", "purpose": "ads"}, {"yes", "all"}),
        ({"consent": "false", "purpose": "ads"}, {"no", "both", "none"}),
        ({"consent": "unknown", "purpose": "ads"}, {"nothing"}),
        ({"consent": "true", "purpose": "analytics"}, {"yes", "both"}),
        ({"consent": "unknown", "purpose": "analytics"}, {"all", "none", "nothing"}),
        ({"consent": "true", "purpose": "a:false"}, {"yes", "all"}),
    ],
)
def test_events_are_asked_for_by_what_was_known(shop: Shop, query: dict[str, str], found: set[str]) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    for name, said in SAID.items():
        sent(shop, key, name, consent=said)
    events = shop.get(key, "/api/v1/events", **query).get_json()["events"]
    assert {event["id"] for event in events} == found
    asked = AskedConsent(query["consent"], query.get("purpose"))  # type: ignore[arg-type]
    kept = {name: None if said is None else consent_text(said, []) for name, said in SAID.items()}
    assert {name for name, text in kept.items() if asked.fits(text)} == found


@pytest.mark.parametrize(
    "query", [{"consent": "yes"}, {"purpose": "ads"}, {"consent": "true", "purpose": ""}]
)
def test_what_cannot_be_asked_for_is_refused(shop: Shop, query: dict[str, str]) -> None:
    answer = shop.get(shop.key(), "/api/v1/events", **query)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"consent": "true"}, 1),
        ({"consent": "true", "purpose": "analytics"}, 2),
        ({"consent": "false", "purpose": "ads"}, 1),
        ({"consent": "unknown"}, 1),
        ({"consent": "unknown", "negate": True}, 2),
        ({}, 3),
    ],
)
def test_a_segment_asks_for_events_of_which_that_was_known(
    shop: Shop, asked: dict[str, Any], found: int
) -> None:
    shop.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    key = shop.key()
    for name, said in (("yes", True), ("some", PURPOSES), ("nothing", None)):
        shop.send(key, order(name, identifiers={"crm_id": name}, consent=said))
    tree = goal(value=1, **asked)
    preview = shop.post(key, "/api/v1/segments/preview", {"tree": tree}).get_json()
    assert preview["count"] == found
