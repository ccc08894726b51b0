"""The format of messages: what was written comes back, old messages are read, nothing strange is."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from collector.core.events import KEPT, Decision, Filtered, Rejection, Write
from collector.core.goals import Goal
from collector.core.problems import Fault
from collector.intake.stream import messages

WRITE = Write(
    section_id="shop",
    definition_id=1_234_567_890_123_456_789,
    version_id=1_234_567_890_123_456_790,
    event_name="order.completed",
    space=0,
    event_id="e-1 “å”",
    door="api",
    occurred_at=1_790_000_000_000_000,
    received_at=1_790_000_000_000_001,
    source="till",
    trust="key",
    identifiers={"email": "alice@example.com", "crm_id": "7"},
    data='{"total":149.990000000000000000,"note":"\\u0001 å","big":9223372036854775807}',
    goal=Goal("purchase", 149_990_000, None, "SEK"),
    given_goal=Goal(None, -1),
    deletion=None,
    visitor="v-1",
    key_id=7,
    writable=frozenset({"email", "crm_id"}),
    faults_if_first=(Fault("field-missing", "/data/total", "It is required."),),
    raw_times='{"occurred_at":"2026-09-21T12:00:00Z","sent_at":1}',
    trigger=3,
    page="https://shop.example/",
    consent='{"ads":false,"analytics":true}',
)
REJECTION = Rejection(
    section_id="shop",
    door="beacon",
    received_at=5,
    faults=(Fault("total-wrong", "/data/total", "No."),),
    payload='{"id":"x","data":{"a":"\\u0000"}}',
    event_name="order.completed",
    definition_id=1,
    version_id=2,
    event_id="x",
    code="payload-invalid",
    retry_after=3,
    space=1,
    sent_at=9,
    is_partial=True,
)
FILTERED = Filtered("shop", 1, "beacon", 5, "bot")
EVERY_KIND: list[Decision] = [
    WRITE,
    replace(WRITE, deletion=KEPT, data=None, goal=None, given_goal=None),
    replace(WRITE, deletion=5),
    REJECTION,
    FILTERED,
]
OLD = Path(__file__).parent / "format_1.json"


def test_every_member_that_a_write_has_is_told() -> None:
    """What is added to it and not to the messages, a worker would store the event without."""
    unsaid = {one.name for one in fields(Write)} - set(messages._Write.__struct_fields__)
    assert unsaid == {"replayed"}  # a replay never goes through a stream
    assert [one.name for one in fields(Write) if getattr(WRITE, one.name) == one.default] == ["replayed"]


def test_every_decision_comes_back_as_it_was() -> None:
    body = messages.together([messages.encode(one) for one in EVERY_KIND])
    assert messages.read(body) == EVERY_KIND


@pytest.mark.parametrize("line", OLD.read_bytes().splitlines())
def test_messages_of_the_format_before_are_read(line: bytes) -> None:
    """Workers of today find what collectors of yesterday have published."""
    [decision] = messages.read(line)
    assert decision in (replace(WRITE, trigger=None, page=None, consent=None), REJECTION, FILTERED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format":2,"decisions":[{"type":"write"}]}',
        b'{"format":2,"decisions":[{"type":"unknown"}]}',
        b'{"format":"2","decisions":[]}',
        b'{"format":0,"decisions":[]}',
        messages.together([messages.encode(WRITE).replace(b'"key"', b'"nobody"')]),
        messages.together([messages.encode(WRITE)])[:-3],
    ],
)
def test_what_is_no_message_is_told_apart(body: bytes) -> None:
    with pytest.raises(messages.Unreadable):
        messages.read(body)


def test_a_newer_format_is_for_a_newer_worker() -> None:
    with pytest.raises(messages.TooNew):
        messages.read(b'{"format":3,"whatever":[1,2,3]}')


def test_pieces_are_packed_in_order_into_messages_that_fit() -> None:
    pieces = [messages.encode(replace(WRITE, event_id=f"{number}")) for number in range(20)]
    most = 3 * len(pieces[0]) + 100
    bodies = messages.packed(pieces, most)
    assert len(bodies) > 5
    assert max(map(len, bodies)) <= most
    read = [one for body in bodies for one in messages.read(body)]
    assert [one.event_id for one in read if isinstance(one, Write)] == [f"{number}" for number in range(20)]


def test_nothing_is_a_message_too() -> None:
    """What `/ready` publishes."""
    assert messages.packed([], 1_000) == [messages.together([])]
    assert messages.read(messages.together([])) == []
