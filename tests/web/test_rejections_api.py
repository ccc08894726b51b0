"""`/api/v1/rejections`: what was refused, by cause, masked; and judged again."""

from __future__ import annotations

import json
import timeit
from typing import Any

import pytest

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.permissions import Key
from collector.store.models import Event, Rejection
from collector.web.api.rejection_shapes import masked
from tests.cast import ADMIN, ALICE, EVERY_TYPE, NOON, ORDER, Shop, order
from tests.intake.test_replay import correct
from tests.store.writes import count

KEY = "fp_02spwwpmg4000" + "Ab-_" * 8
CAUSES = "/api/v1/rejections/causes"
REPLAY = "/api/v1/rejections/replay"
SECONDS = 0.5
LOW = {**ORDER, "total": -5}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


def causes(shop: Shop, key: Key, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get(key, CAUSES, **query).get_json()["causes"]
    return found


def test_rejections_are_grouped_by_what_was_wrong_with_the_last_as_example(shop: Shop, till: Key) -> None:
    shop.send(till, *(order(str(number), data=LOW) for number in range(3)))
    shop.clock.forward(60)
    shop.send(till, order("last", data={**LOW, "total": -9}), order("other", data={"total": "x", "odd": 1}))
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    found = causes(shop, till)
    assert (found[0]["event"], found[0]["count"]) == ("order.completed", 4)
    assert {one["event"] for one in found[1:]} == {"order.completed", "never.defined"}
    first = found[0]
    assert (first["first_at"], first["last_at"]) == ("2026-09-21T14:13:20Z", "2026-09-21T14:14:20Z")
    assert first["example"]["event_id"] == "last"
    assert first["example"]["payload"]["data"]["total"] == -9
    assert [one["pointer"] for one in first["errors"]] == ["/data/total"]
    example = first["example"]
    assert (example["door"], example["key"], example["replayable"]) == ("api", till.id, True)
    assert example["version"] is not None


def test_causes_and_rejections_are_chosen_by_event_and_cause_and_come_in_pages(shop: Shop, till: Key) -> None:
    for number in range(5):
        shop.send(till, *(order(str(n), data={"total": 1, f"odd{number}": 1}) for n in range(number + 1)))
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    assert len(causes(shop, till, event="order.completed")) == 5
    assert [one["event"] for one in causes(shop, till, event="never.defined")] == ["never.defined"]
    assert causes(shop, till, event="odd") == []
    page = shop.get(till, CAUSES, limit="4").get_json()
    rest = shop.get(till, CAUSES, limit="4", cursor=page["next_cursor"]).get_json()
    counts = [one["count"] for one in page["causes"] + rest["causes"]]
    assert counts == [5, 4, 3, 2, 1, 1]
    assert "next_cursor" not in rest
    top = page["causes"][0]["cause"]
    chosen = shop.get(till, "/api/v1/rejections", cause=top).get_json()["rejections"]
    assert {one["cause"] for one in chosen} == {top}
    assert len(chosen) == 5


def test_a_preview_changes_nothing_and_a_replay_does_what_it_said(
    shop: Shop, till: Key, definition: Definition
) -> None:
    shop.send(till, order("1", data=LOW), order("2", data=LOW), order("3", data={"total": "x"}))
    correct(shop, definition, total={"minimum": -10})
    wanted = {"event": "order.completed"}
    told = shop.post(till, REPLAY, {**wanted, "preview": True}).get_json()
    assert (told["preview"], told["checked"], told["released"], told["stored"]) == (True, 3, 2, 2)
    assert told["reasons"] == [{"code": "type-wrong", "pointer": "/data/total", "count": 1, "example": "3"}]
    assert (count(shop, Event), count(shop, Rejection)) == (0, 3)
    done = shop.post(till, REPLAY, wanted).get_json()
    assert {**done, "preview": True} == told
    again = shop.post(till, REPLAY, wanted).get_json()
    assert (again["checked"], again["released"], again["rejected"]) == (1, 0, 1)
    assert (count(shop, Event), count(shop, Rejection)) == (2, 1)


def test_one_cause_alone_is_released(shop: Shop, till: Key, definition: Definition) -> None:
    shop.send(till, order("1", data=LOW), order("2", data={**LOW, "odd": 1}))
    correct(shop, definition, total={"minimum": -10}, extra_fields="drop")
    chosen = next(one for one in causes(shop, till) if len(one["errors"]) == 1)
    assert shop.post(till, REPLAY, {"cause": chosen["cause"]}).get_json()["stored"] == 1
    assert [one["example"]["event_id"] for one in causes(shop, till)] == ["2"]


def test_a_preview_tells_of_the_version_that_waits(shop: Shop, till: Key, definition: Definition) -> None:
    shop.send(till, order("1", data=LOW))
    correct(shop, definition, hold=3600, total={"minimum": -10})
    told = shop.post(till, REPLAY, {"event": "order.completed", "preview": True}).get_json()
    assert told["pending"] == {"version": 2, "current_from": "2026-09-21T15:13:20Z", "accepted": 1}
    assert told["released"] == 0


@pytest.mark.parametrize(
    "document",
    [[], {"events": 1}, {"event": 1}, {"cause": "x"}, {"cause": 1}, {"preview": "yes"}, {"cursor": "x"}],
)
def test_a_replay_that_is_asked_for_strangely_is_refused(shop: Shop, till: Key, document: Any) -> None:
    answer = shop.post(till, REPLAY, document)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request-invalid")


def test_only_admins_with_every_read_right_replay(shop: Shop, definition: Definition) -> None:
    for scopes in (("ingest",), ("read",), ("ingest", "read")):
        answer = shop.post(shop.key("some", scopes=scopes), REPLAY, {})
        assert answer.get_json()["code"] == "scope-missing"
    some = shop.key("some", "email:read,write")
    assert shop.post(some, REPLAY, {}).get_json()["code"] == "identifier-not-allowed"


def test_a_key_for_some_events_replays_and_sees_those_alone(
    shop: Shop, till: Key, definition: Definition
) -> None:
    shop.define({**EVERY_TYPE, "event_name": "order.returned", "title": "Returned"})
    shop.send(till, order("1", data=LOW), order("2", event="order.returned", data=LOW))
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    correct(shop, definition, total={"minimum": -10})
    limited = shop.key("limited", events=frozenset({"order.completed"}))
    assert {one["event"] for one in causes(shop, limited)} == {"order.completed"}
    assert shop.post(limited, REPLAY, {}).get_json()["checked"] == 1
    answer = shop.post(limited, REPLAY, {"event": "order.returned"})
    assert answer.get_json()["code"] == "event-not-allowed"
    assert shop.get(limited, CAUSES, event="never.defined").status_code == 403
    assert count(shop, Rejection) == 2


def test_another_section_has_nothing_of_it(shop: Shop, till: Key) -> None:
    shop.send(till, order("1", data=LOW))
    cause = causes(shop, till)[0]["cause"]
    shop.store.sections.create("Other", "reject", ADMIN, NOON)
    stranger = shop.key("stranger", section="other")
    assert causes(shop, stranger) == []
    assert shop.post(stranger, REPLAY, {"cause": cause}).get_json()["checked"] == 0
    assert shop.get(stranger, "/api/v1/rejections", cause=cause).get_json() == {"rejections": []}


HOSTILE: list[tuple[str, Any]] = [
    ("markup", '"<script>alert(1)</script>"'),
    ("control", '"\\u0007\\u001b[31m\\u202e"'),
    ("nul", '"a\\u0000b"'),
    ("surrogate", '"\\ud800"'),
    ("long-integer", "9" * 5000),
    ("wide-integer", "99999999999999999999"),
    ("big-exponent", "1e400"),
    ("deep", "[" * 90 + "]" * 90),
    ("huge", '"' + "x" * 100_000 + '"'),
    ("key", f'"{KEY}"'),
    ("mail", '"eve@example.com"'),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_whatever_was_refused_can_be_listed_and_judged_again(
    shop: Shop, till: Key, definition: Definition, name: str, value: str
) -> None:
    body = (
        '{"event": "order.completed", "id": "1", "identifiers": {"email": "alice@example.com"}, '
        f'"data": {{"total": {value}, "phone": "0701111111", "Pho_ne": "0702222222", "odd": {value}}}}}'
    )
    assert shop.post(till, "/api/v1/events", body.encode()).status_code == 422
    beacon = f'{{"id": "12345678", "data": {{"total": {value}, "odd": {value}}}}}'
    assert shop.beacon(definition.id, beacon).status_code == 422
    for path in ("/api/v1/rejections", CAUSES):
        answer = shop.get(till, path)
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        for hidden in ("alice@example.com", "eve@example.com", "070111", "070222", KEY):
            assert hidden not in text
    [kept, _] = shop.store.database.rows(Rejection.select(Rejection.payload).order_by(Rejection.id))
    assert KEY not in kept["payload"]
    told = shop.post(till, REPLAY, {"preview": True}).get_json()
    assert (told["checked"], told["rejected"]) == (2, 2)
    assert shop.post(till, REPLAY, {}).get_json()["rejected"] == 2


def test_an_unknown_name_with_a_secret_in_it_is_kept_without(shop: Shop, till: Key) -> None:
    shop.send(till, {"event": f"a.{KEY}", "id": KEY, "identifiers": ALICE, "source": f"Bearer {'x' * 20}"})
    rows = shop.store.database.rows(Rejection.select())
    assert KEY not in json.dumps(rows)
    assert "x" * 20 not in json.dumps(rows)
    assert KEY not in shop.get(till, CAUSES).get_data(as_text=True)


def test_what_was_kept_before_causes_were_known_is_shown_and_never_replayed(
    shop: Shop, till: Key, definition: Definition
) -> None:
    shop.send(till, order("1", data=LOW))
    shop.store.database.run(Rejection.update(partial=1))
    correct(shop, definition, total={"minimum": -10})
    told = shop.post(till, REPLAY, {}).get_json()
    assert [one["code"] for one in told["reasons"]] == ["payload-partial"]
    assert ids.decode(causes(shop, till)[0]["cause"]) is not None


@pytest.mark.parametrize("part", ["a", "a@", "@", "a@b.", "+1", "a@b", "+ ", "1 "])
def test_masking_a_long_text_takes_no_time(part: str) -> None:
    text = (part * 32_000)[:32_000]
    assert timeit.timeit(lambda: masked({"data": {"a": text}}, frozenset()), number=3) / 3 < SECONDS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eve@example.com", "•••"),
        ("mail to eve@mail.example.com today", "mail to ••• today"),
        ("+46 70-123 45 67", "•••"),
        ("at 5 @ home, 1.5 + 2", "at 5 @ home, 1.5 + 2"),
        ("0701234567", "0701234567"),
    ],
)
def test_what_looks_like_somebody_is_masked_wherever_it_stands(text: str, shown: str) -> None:
    payload = {"source": text, "data": {"note": text, "list": [{"inner": text}]}}
    assert masked(payload, frozenset()) == {
        "source": shown,
        "data": {"note": shown, "list": [{"inner": shown}]},
    }
