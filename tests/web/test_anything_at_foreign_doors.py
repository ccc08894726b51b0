"""Anything at the doors of other APIs: a clear answer, never a 5xx, and one count for each payload."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.core.permissions import Key
from collector.hostile.json_corpus import CORPUS
from collector.store.ledger import sums
from tests.cast import Shop, open_shop
from tests.generated import examples
from tests.web.segment_io.messages import define_all

GENERATED = settings(
    max_examples=examples(12, 40),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BATCH, CLOUDEVENTS = "/v1/batch", "/api/cloudevents"
AUDIENCE = "/audience/keyspaces/com.apsis1.keyspaces.{}/profiles/{}/sections/shop/events"
OF_PEOPLE = ("identify", "alias")


@dataclass
class Doors:
    shop: Shop
    key: Key
    version_id: str

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
        headers = {**self.shop.headers(self.key), "Content-Type": content_type}
        answer = self.shop.client.post(path, data=body, headers=headers)
        assert answer.status_code < 500
        return answer.status_code, answer.get_json()

    def received(self) -> int:
        return sums(self.shop.store.database, "shop").get("received", 0)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def doors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path_factory.mktemp('doors') / 'f.db'}")
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield from opened(url)


def opened(url: str) -> Iterator[Doors]:
    shop = open_shop(url)
    define_all(shop)
    definition = shop.store.definitions.find("shop", "order_completed")
    assert definition is not None
    yield Doors(shop, shop.key(), definition.versions[0].id)
    shop.store.close()


texts = st.text(max_size=20) | st.sampled_from(
    ["", "\0", "\ud800", "null", "é" * 101, "x" * 256, "web:1", "a@example.com", "+46701234567", "7"]
)
numbers = st.integers() | st.floats() | st.sampled_from([2**63, 10**400, 1e308, -0.0])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
moments = st.sampled_from(["2026-05-01T12:00:00Z", "9999-12-31T23:59:59-23:59", "now", ""])
objects = st.dictionaries(texts | st.sampled_from(["total", "email", "phone", "traits"]), values, max_size=4)

messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "group", *OF_PEOPLE]) | values},
    optional={
        "event": st.just("Order Completed") | values,
        "userId": texts | values,
        "previousId": texts | values,
        "anonymousId": texts | values,
        "messageId": texts | values,
        "timestamp": moments | values,
        "properties": objects | values,
        "traits": objects | values,
        "context": objects | values,
        "name": texts | values,
        "groupId": values,
    },
)
cloudevents = st.fixed_dictionaries(
    {"specversion": st.just("1.0") | values, "source": st.just("/till") | values},
    optional={
        "id": texts | values,
        "type": st.just("order_completed") | values,
        "subject": texts | values,
        "visitor": values,
        "email": values,
        "time": moments | values,
        "data": objects | values,
        "data_base64": texts | values,
        "datacontenttype": st.just("application/json") | values,
    },
)
items = st.fixed_dictionaries(
    {},
    optional={"event_time": moments | values, "version_id": values, "data": objects | values, "more": values},
)


@GENERATED
@given(sent=st.lists(messages | values, min_size=1, max_size=4), sent_at=moments | values)
def test_every_message_of_a_batch_gets_a_verdict(doors: Doors, sent: list[Any], sent_at: Any) -> None:
    before = doors.received()
    status, told = doors.post(BATCH, json.dumps({"batch": sent, "sentAt": sent_at}).encode())
    if status == 400:
        assert told["code"] == "body-unreadable"
        return
    assert status == 200
    results = told["results"]
    assert len(results) == len(sent)
    done = [
        one["verdict"] != "rejected" and isinstance(message, dict) and message["type"] in OF_PEOPLE
        for message, one in zip(sent, results, strict=True)
    ]
    assert doors.received() - before == len(sent) - sum(done)


@GENERATED
@given(sent=st.lists(cloudevents | values, min_size=1, max_size=4))
def test_every_cloudevent_of_a_batch_gets_a_verdict(doors: Doors, sent: list[Any]) -> None:
    before = doors.received()
    body = json.dumps(sent).encode()
    status, told = doors.post(CLOUDEVENTS, body, "application/cloudevents-batch+json")
    if status == 400:
        assert told["code"] == "body-unreadable"
        return
    assert (status, len(told["results"])) == (200, len(sent))
    assert doors.received() - before == len(sent)


@GENERATED
@given(
    sent=st.lists(items | values, min_size=1, max_size=4),
    who=st.sampled_from(
        [("email", "a@example.com"), ("crm-id", "7"), ("web", "some-visitor-1"), ("sms", "7")]
    ),
)
def test_every_item_of_a_profile_gets_a_verdict(doors: Doors, sent: list[Any], who: tuple[str, str]) -> None:
    before = doors.received()
    named = [{"version_id": doors.version_id, **one} if isinstance(one, dict) else one for one in sent]
    status, told = doors.post(AUDIENCE.format(*who), json.dumps({"items": named}).encode())
    if status in (400, 404):
        assert told["code"] == ("not-found" if status == 404 else "body-unreadable")
        return
    assert status in (201, 422)
    assert len(told["items"]) == len(sent)
    assert doors.received() - before == len(sent)


@GENERATED
@given(body=st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_a_body_of_anything_is_answered(doors: Doors, body: bytes) -> None:
    for path in (
        BATCH,
        "/v1/track",
        "/v1/identify",
        AUDIENCE.format("email", "a@example.com"),
        "/oauth/token",
    ):
        assert 400 <= doors.post(path, body)[0] < 500
    for content_type in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        assert doors.post(CLOUDEVENTS, body, content_type)[0] in (200, 400, 422)


def test_the_corpus_of_json_holds_up_no_good_message(doors: Doors) -> None:
    """Whatever the data is: the body is unreadable as a whole, or what came with it is stored."""
    for number, case in enumerate(CORPUS):
        good = b'{"type":"track","event":"Order Completed","userId":"7","messageId":"g%d"}' % number
        bad = b'{"type":"track","event":"Order Completed","userId":"7","messageId":"b%d","properties":%b}'
        status, told = doors.post(BATCH, b'{"batch":[%b,%b]}' % (bad % (number, case.raw), good))
        assert (status, told.get("code")) == (400, "body-unreadable") or (
            (status, told["results"][1]["verdict"]) == (200, "stored")
        ), case.name
