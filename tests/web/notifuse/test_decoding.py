"""Bodies are read as that API reads them: what it passes over, we pass over; and no digit is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.web.notifuse.doors import IMPORT, UPSERT, Doors, event, open_doors

START = b'{"workspace_id":"shop","event_name":"order.completed","external_id":"1"'


class Read(NamedTuple):
    """What follows `START` in a body, and members of the event that is made of it; None: it has none."""

    rest: bytes
    expected: dict[str, Any]


ALICE = b',"email":"alice@example.com"'

READINGS = [
    Read(ALICE + b"}", {"email": "alice@example.com", "properties": {}, "source": "api", "deleted_at": None}),
    # Names, whatever their case; the last one counts.
    Read(b',"EMAIL":"a@example.com"}', {"email": "a@example.com"}),
    Read(b',"email":"a@example.com","email":"b@example.com"}', {"email": "b@example.com"}),
    Read(b',"email":"a@example.com","Email":"b@example.com"}', {"email": "b@example.com"}),
    Read(b',"Email":"a@example.com","email":"b@example.com"}', {"email": "b@example.com"}),
    Read(
        b',"email":"a@example.com","EMAIL":"b@example.com","email":"c@example.com"}',
        {"email": "c@example.com"},
    ),
    Read(b',"email":1,"email":"b@example.com"}', {"email": "b@example.com"}),
    Read(b',"e\\u006dail":"a@example.com"}', {"email": "a@example.com"}),
    Read(ALICE + b',"Properties":{"Total":1,"total":2}}', {"properties": {"Total": 1, "total": 2}}),
    Read(ALICE + b',"properties":{"a":1,"a":2}}', {"properties": {"a": 2}}),
    # What is not known.
    Read(ALICE + b',"foo":1,"bar":{"email":"x"},"":null,"source":5}', {"source": "api"}),
    Read(ALICE + b',"contact":{"email":1},"workspaceId":[]}', {"email": "alice@example.com"}),
    # Null is absence.
    *(
        Read(
            ALICE + b',"%b":null}' % name,
            {"properties": {}, "goal_type": None, "goal_value": None, "deleted_at": None},
        )
        for name in (
            *(b"properties", b"occurred_at", b"integration_id", b"goal_name", b"goal_type", b"goal_value"),
            b"deleted_at",
        )
    ),
    # What follows the first value.
    Read(ALICE + b"} trailing", {"email": "alice@example.com"}),
    Read(ALICE + b'}{"email":"b@example.com"}', {"email": "alice@example.com"}),
    Read(ALICE + b"}\xff\xfe\x00", {"email": "alice@example.com"}),
    Read(ALICE + b',"properties":{"a":"}\\"{[","b":[{}]}}]]}}"', {"properties": {"a": '}"{[', "b": [{}]}}),
    # Texts, whatever is in them.
    Read(b',"email":" Foo@X.SE "}', {"email": "foo@x.se"}),
    Read(
        ALICE + b',"goal_name":"\xc3\xa9\\ud83d\\ude00","goal_type":"lead"}',
        {"goal_name": "é😀", "goal_type": "lead"},
    ),
    Read(ALICE + b',"goal_name":"%b"}' % ("é" * 100).encode(), {"goal_name": "é" * 100}),
    Read(ALICE + b',"integration_id":"%b"}' % (b"x" * 500), {"integration_id": None}),
    Read(
        ALICE + b',"properties":{"__proto__":1,"constructor":[null]}}',
        {"properties": {"__proto__": 1, "constructor": [None]}},
    ),
    Read(ALICE + b',"EXTERNAL_id":"%b"}' % ("é" * 255).encode(), {"external_id": "é" * 255}),
    # Moments.
    Read(ALICE + b"}", {"occurred_at": "2026-09-21T14:13:20Z"}),
    Read(ALICE + b',"occurred_at":"2023-05-15T14:30:00Z"}', {"occurred_at": "2023-05-15T14:30:00Z"}),
    Read(
        ALICE + b',"occurred_at":"2023-05-15T14:30:00.120+02:00"}', {"occurred_at": "2023-05-15T12:30:00.12Z"}
    ),
    Read(
        ALICE + b',"occurred_at":"2023-05-15T14:30:00.123456789Z"}',
        {"occurred_at": "2023-05-15T14:30:00.123456Z"},
    ),
    # Numbers, with all their digits.
    Read(ALICE + b',"goal_value":-12.50}', {"goal_value": Decimal("-12.5"), "goal_type": None}),
    Read(ALICE + b',"goal_value":0,"goal_type":"purchase"}', {"goal_value": Decimal(0)}),
    Read(ALICE + b',"goal_value":9007199254.740993}', {"goal_value": Decimal("9007199254.740993")}),
    Read(ALICE + b',"goal_value":1.5e3}', {"goal_value": Decimal(1500)}),
    Read(ALICE + b',"goal_value":0.0000005}', {"goal_value": Decimal(0)}),
    Read(ALICE + b',"goal_value":0.0000015}', {"goal_value": Decimal("0.000002")}),
    Read(
        ALICE + b',"properties":{"total":0.123456789012345678}}',
        {"properties": {"total": Decimal("0.123456789012345678")}},
    ),
    Read(ALICE + b',"properties":{"total":"12.30"}}', {"properties": {"total": Decimal("12.30")}}),
    Read(ALICE + b',"properties":{"n":9007199254740993}}', {"properties": {"n": 9007199254740993}}),
]


def answered(doors: Doors, rest: bytes) -> Any:
    """What an upsert of this body is answered, with exact numbers."""
    answer = doors.shop.client.post(UPSERT, data=START + rest, headers=doors.shop.headers(doors.key))
    return answer.status_code, json.loads(answer.get_data(), parse_float=Decimal)


def test_what_is_passed_over_and_what_counts(lasting_doors: Doors) -> None:
    wrong = []
    for number, (rest, expected) in enumerate(READINGS):
        # Every one of them is an event of its own.
        status, answer = answered(lasting_doors, b',"external_id":"%d"' % number + rest)
        shown = {name: answer.get("event", {}).get(name) for name in expected}
        wrong += [(rest, status, answer)] if (status, shown) != (200, expected) else []
    assert wrong == []


def test_an_import_is_read_in_the_same_way(lasting_doors: Doors) -> None:
    body = b"""  {"Events":[{"Email":"A@x.se","event_name":"order.completed","EXTERNAL_ID":"i1",
        "created_at":"2020-01-01T00:00:00Z","updated_at":null,"unknown":1}],"workspace_ID":"shop","events":null,
        "EVENTS":[{"email":"b@x.se","event_name":"order.completed","external_id":"i2","source":""}]} ]]]"""
    assert lasting_doors.post(IMPORT, body) == (201, {"event_ids": ["i2"], "count": 1})
    _, answer = lasting_doors.read("i2")
    assert (answer["event"]["source"], answer["event"]["email"]) == ("api", "b@x.se")


def test_decimals_come_back_with_the_digits_that_came(lasting_doors: Doors) -> None:
    rest = b',"external_id":"d","email":"d@x.se","goal_value":1e2,"properties":{"total":10.00,"list":[1.50]}}'
    answer = lasting_doors.shop.client.post(
        UPSERT, data=START + rest, headers=lasting_doors.shop.headers(lasting_doors.key)
    )
    text = answer.get_data(as_text=True)
    assert '"properties":{"total":10.00,"list":[1.50]}' in text
    assert '"goal_value":100,' in text


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "a; b"])
def test_a_body_is_json_whatever_it_says_of_itself(lasting_doors: Doors, content_type: str | None) -> None:
    answer = lasting_doors.shop.client.post(
        UPSERT,
        data=json.dumps({"workspace_id": "shop", **event()}),
        content_type=content_type,
        headers=lasting_doors.shop.headers(lasting_doors.key),
    )
    assert answer.status_code == 200


def test_an_empty_list_of_events_is_a_list(lasting_doors: Doors) -> None:
    assert lasting_doors.list(email="nobody@x.se") == (200, {"events": [], "count": 0})


@pytest.fixture
def narrow_doors(sqlite_database_url: str) -> Iterator[Doors]:
    opened = open_doors(sqlite_database_url, max_body=2_000)
    yield opened
    opened.shop.store.close()


def test_a_body_beyond_the_limit_is_413_also_when_it_is_unpacked(narrow_doors: Doors) -> None:
    large = {"workspace_id": "shop", **event(properties={"a": "x" * 3_000})}
    packed = gzip.compress(json.dumps(large).encode())
    assert len(packed) < 2_000
    refused = (413, {"error": "A body has at most 2000 bytes."})
    assert narrow_doors.post(UPSERT, large) == refused
    assert narrow_doors.post(IMPORT, large) == refused
    assert narrow_doors.post(UPSERT, packed, **{"Content-Encoding": "gzip"}) == refused
    fitting = gzip.compress(json.dumps({"workspace_id": "shop", **event()}).encode())
    assert narrow_doors.post(UPSERT, fitting, **{"Content-Encoding": "gzip"})[0] == 200
    assert narrow_doors.post(UPSERT, fitting, **{"Content-Encoding": "br"})[0] == 415
