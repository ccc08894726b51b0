"""Numbers about definitions, and their data read back to be judged again, on both databases."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.effects import Sample
from collector.core.events import VERDICTS, Filtered
from collector.core.goals import Goal
from collector.core.problems import Fault
from collector.store.ledger import HOUR
from collector.store.models import Event as EventRow
from collector.store.models import Rejection as RejectionRow
from collector.store.opening import open_store
from collector.store.statistics import (
    PAGE,
    DefinitionStatistics,
    HourlyCounts,
    Statistics,
    recent_data,
    rejected_data,
)
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.store.writes import MINUTE, commit, rejection, write

NOON_HOUR = NOON // HOUR
DAY = 24 * HOUR


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def statistics(shop: Shop) -> Statistics:
    return Statistics(shop.store.database)


def number_of(definition: Definition) -> int:
    number = ids.decode(definition.id)
    assert number is not None
    return number


def received(definition: Definition, event_id: str, ago: int, **members: Any) -> Any:
    """A write that came, and happened, so long ago."""
    return write(definition, event_id, occurred_at=NOON - ago, received_at=NOON - ago, **members)


def samples(shop: Shop, definition: Definition, since: int = 0) -> list[Sample]:
    return list(recent_data(shop.store.database, number_of(definition), since))


def rejected(shop: Shop, definition: Definition) -> list[Sample]:
    return list(rejected_data(shop.store.database, "shop", number_of(definition)))


# A definition's last event and its counts


def test_a_definition_without_events_has_zeros(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    assert statistics.of_definitions("shop", NOON) == {number_of(definition): DefinitionStatistics()}
    assert statistics.of_definitions("other", NOON) == {}


def test_events_and_rejections_are_counted_over_a_day_and_a_week(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    number = number_of(definition)
    hours_ago = (0, 24, 25, 168, 169)
    writes = [received(definition, str(hours), hours * HOUR) for hours in hours_ago]
    refused = [rejection(definition_id=number, received_at=NOON - hours * HOUR) for hours in (1, 100)]
    commit(shop, *writes, *refused, rejection())
    assert statistics.of_definitions("shop", NOON)[number] == DefinitionStatistics(
        last_event_at=NOON, events_24h=2, events_7d=4, rejections_24h=1, rejections_7d=2
    )


def test_updates_and_duplicates_are_no_further_events(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    first = write(definition)
    later = write(definition, data='{"total":2}', occurred_at=NOON + MINUTE, received_at=NOON + MINUTE)
    commit(shop, first)
    commit(shop, first, later)
    found = statistics.of_definitions("shop", NOON)[number_of(definition)]
    assert (found.events_24h, found.last_event_at) == (1, NOON + MINUTE)


def test_a_deleted_event_is_not_the_last_one(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    commit(shop, write(definition, "1"), received(definition, "2", DAY))
    deletion = write(definition, "1", data=None, deletion=NOON + MINUTE, occurred_at=NOON + MINUTE)
    commit(shop, deletion)
    assert statistics.of_definitions("shop", NOON)[number_of(definition)].last_event_at == NOON - DAY


def test_every_definition_of_the_section_has_its_own_numbers(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    other = shop.define({**EVERY_TYPE, "event_name": "order.returned"})
    commit(
        shop, write(definition), write(other, "1", occurred_at=NOON - MINUTE), received(other, "2", 2 * DAY)
    )
    found = statistics.of_definitions("shop", NOON)
    assert found[number_of(definition)] == DefinitionStatistics(NOON, 1, 1)
    assert found[number_of(other)] == DefinitionStatistics(NOON - MINUTE, 1, 2)


# Hour by hour, day by day


def test_hours_are_counted_per_definition_and_door_over_all_nodes(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    number = number_of(definition)
    commit(shop, write(definition), Filtered("shop", number, "beacon", NOON, "bot"), rejection())
    elsewhere = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    elsewhere.commit.write([write(definition, "2"), received(definition, "3", HOUR)], NOON)
    elsewhere.close()
    none = dict.fromkeys(("received", *VERDICTS), 0)
    assert statistics.hourly("shop", NOON_HOUR - 1, NOON_HOUR + 1) == [
        HourlyCounts(number, "api", NOON_HOUR - 1, {**none, "received": 1, "stored": 1}),
        HourlyCounts(0, "api", NOON_HOUR, {**none, "received": 1, "rejected": 1}),
        HourlyCounts(number, "api", NOON_HOUR, {**none, "received": 2, "stored": 2}),
        HourlyCounts(number, "beacon", NOON_HOUR, {**none, "received": 1, "filtered": 1}),
    ]


def test_hours_can_be_asked_for_of_one_definition_and_to_before_an_hour(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    commit(shop, write(definition), received(definition, "2", HOUR), received(definition, "3", 2 * HOUR))
    commit(shop, rejection(received_at=NOON - HOUR))
    [row] = statistics.hourly("shop", NOON_HOUR - 1, NOON_HOUR, number_of(definition))
    assert (row.hour, row.counts["stored"]) == (NOON_HOUR - 1, 1)
    assert statistics.hourly("other", 0, NOON_HOUR + 1) == []


def test_days_are_counted_in_utc_and_the_empty_ones_are_zeros(
    shop: Shop, statistics: Statistics, definition: Definition
) -> None:
    other = shop.define({**EVERY_TYPE, "event_name": "order.returned"})
    midnight = NOON % DAY
    ago = {"now": 0, "midnight": midnight, "yesterday": midnight + 1, "first": midnight + 6 * DAY}
    too_old = {"too old": midnight + 6 * DAY + 1}
    commit(shop, *(received(definition, name, micros) for name, micros in {**ago, **too_old}.items()))
    number, silent = number_of(definition), number_of(other)
    assert statistics.daily_counts("shop", [number, silent], NOON) == {
        number: [1, 0, 0, 0, 0, 1, 2],
        silent: [0] * 7,
    }
    assert statistics.daily_counts("shop", [number], NOON, days=1) == {number: [2]}
    assert statistics.daily_counts("shop", [], NOON) == {}


# Data to be judged again


def test_recent_data_is_what_was_stored_since_a_moment_the_newest_first(
    shop: Shop, definition: Definition
) -> None:
    commit(
        shop,
        received(definition, "old", DAY + 1),
        received(definition, "edge", DAY, data='{"total":1.50}'),
        write(definition, "web", space=1),
        received(definition, "goal", HOUR, given_goal=Goal("lead")),
    )
    assert samples(shop, definition, NOON - DAY) == [
        Sample("web:web", b'{"total":1}'),
        Sample("goal", b'{"total":1}', brings_goal=True),
        Sample("edge", b'{"total":1.50}'),
    ]


def test_deleted_events_and_other_definitions_are_left_out(shop: Shop, definition: Definition) -> None:
    other = shop.define({**EVERY_TYPE, "event_name": "order.returned"})
    commit(shop, write(definition, "1"), write(definition, "2"), write(other, "3"))
    commit(shop, write(definition, "2", data=None, deletion=NOON + 1, occurred_at=NOON + 1))
    assert [sample.event_id for sample in samples(shop, definition)] == ["1"]


def test_many_events_are_read_in_pages_without_a_gap_or_a_repeat(shop: Shop, definition: Definition) -> None:
    count = 2 * PAGE + 1
    commit(shop, *(received(definition, str(n), n // 7) for n in range(count)))
    found = [sample.event_id for sample in samples(shop, definition)]
    assert (len(found), set(found)) == (count, {str(n) for n in range(count)})


def test_only_the_pages_that_are_asked_for_are_read(shop: Shop, definition: Definition) -> None:
    commit(shop, *(write(definition, str(n)) for n in range(PAGE + 1)))
    started = recent_data(shop.store.database, number_of(definition), 0)
    assert len(list(islice(started, PAGE))) == PAGE
    shop.store.database.run(EventRow.delete())
    assert list(started) == []


def test_rejections_come_with_their_data_and_their_faults(shop: Shop, definition: Definition) -> None:
    number = number_of(definition)
    payload = '{"event":"order.completed","id":"7","data":{"total":1.50},"goal_type":"lead"}'
    commit(shop, rejection(definition_id=number, payload=payload, event_id="7"))
    assert rejected(shop, definition) == [
        Sample(
            "7",
            b'{"total":1.50}',
            brings_goal=True,
            faults=(Fault("type-wrong", "/data/total", "This is a number."),),
        )
    ]


@pytest.mark.parametrize(
    ("payload", "data", "is_cut"),
    [
        ('{"id":"1"}', b"{}", False),
        ('{"id":"1","data":null}', b"{}", False),
        ('{"id":"1","deleted_at":"2026-05-01T12:00:00Z"}', None, False),
        ('{"id":"1","data":"not an object"}', b'"not an object"', False),
        ('{"id":"1","data":null,"truncated":true}', b"{}", True),
    ],
)
def test_a_rejection_without_usual_data_is_read_as_the_judge_would_read_it(
    shop: Shop, definition: Definition, payload: str, data: bytes | None, is_cut: bool
) -> None:
    commit(shop, rejection(definition_id=number_of(definition), payload=payload))
    [sample] = rejected(shop, definition)
    assert (sample.data, sample.is_cut) == (data, is_cut)


def test_rejections_of_the_definition_alone_are_read_the_newest_first_in_pages(
    shop: Shop, definition: Definition
) -> None:
    number = number_of(definition)
    commit(shop, rejection(), *(rejection(definition_id=number, event_id=str(n)) for n in range(PAGE + 2)))
    found = [sample.event_id for sample in rejected(shop, definition)]
    assert found == [str(n) for n in reversed(range(PAGE + 2))]
    assert len(shop.store.database.rows(RejectionRow.select())) == PAGE + 3
