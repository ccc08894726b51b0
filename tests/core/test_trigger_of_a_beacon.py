"""A beacon's `source` is a text of the page, or the number of the trigger that made the event."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from collector.core.definitions import Content, Version
from collector.core.events import WEB_SPACE, Rejection, Write
from collector.core.fields import Field
from collector.core.ids import encode
from collector.core.judge import Caller, Rules, judge
from collector.core.kept_payloads import keep, payload_of
from collector.core.payloads import BEACON, LARGEST_TRIGGER
from collector.core.permissions import EVERY_KIND
from tests.cast import NOON

VERSION = Version(encode(2), encode(1), 1, Content((Field("total", "decimal"),)), NOON, NOON)
PAGE = Caller("shop", "beacon", WEB_SPACE, NOON, "Website")


def judged(raw: bytes) -> Write | Rejection:
    payload, faults = BEACON.read(raw)
    return judge(payload, faults, Rules("order.completed", VERSION), EVERY_KIND, PAGE)


def of(source: str) -> bytes:
    return b'{"id": "a1", "source": %s}' % source.encode()


@pytest.mark.parametrize(
    ("source", "named", "trigger"),
    [
        ("4711", "Website", 4711),
        (str(LARGEST_TRIGGER), "Website", LARGEST_TRIGGER),
        ('"Checkout"', "Checkout", None),
        ('"4711"', "4711", None),
        ("null", "Website", None),
    ],
)
def test_a_number_names_the_trigger_and_the_definitions_source_stays(
    source: str, named: str, trigger: int | None
) -> None:
    write = judged(of(source))
    assert isinstance(write, Write)
    assert (write.source, write.trigger) == (named, trigger)


@pytest.mark.parametrize("source", ["0", "-1", "2147483648", "5.0", "1e3", "true", "[1]", "{}"])
def test_what_is_neither_a_text_nor_such_a_number_is_refused(source: str) -> None:
    refused = judged(of(source))
    assert isinstance(refused, Rejection)
    assert [(fault.code, fault.pointer) for fault in refused.faults] == [("type-wrong", "/source")]


@pytest.mark.parametrize("source", ["1", "4711", "null", '"x"', "0", "5.0", "false", "2147483648", "[]"])
def test_both_roads_read_it_alike(source: str) -> None:
    def told(payload: Any) -> tuple[object, object]:
        return payload.source, payload.trigger

    slow, faults = BEACON._slowly(of(source))
    fast = BEACON.read_usual(of(source))
    assert (fast is None) == bool(faults)
    assert fast is None or told(fast) == told(slow)


def test_what_is_kept_of_one_that_is_refused_still_says_it() -> None:
    write = judged(of("4711"))
    assert isinstance(write, Write)
    again, faults = BEACON.read(keep(payload_of(write), is_unread=False).text.encode())
    assert (again.trigger, faults) == (4711, [])
    refused = judged(b'{"id": "a1", "source": 4711, "data": {"total": true}}')
    assert isinstance(refused, Rejection)
    assert msgspec.json.decode(refused.payload)["source"] == 4711
