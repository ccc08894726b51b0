"""What every database must do with a group of writes: counts, dry runs, reading back, many at once.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import threading

import pytest

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import Filtered, Write
from collector.core.problems import Problem
from collector.store.commit import Unstorable
from collector.store.events import Wanted
from collector.store.ledger import sums
from collector.store.models import Change, Event, Identifier, Profile
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.store.writes import ALL, commit, count, rejection, verdicts, write


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


# The ledger, rejections, dry runs, poison


def test_received_is_the_sum_of_the_verdicts(shop: Shop, definition: Definition) -> None:
    number = ids.decode(definition.id)
    assert number is not None
    filtered = Filtered("shop", number, "beacon", NOON, "bot")
    commit(shop, write(definition), write(definition), rejection(), filtered, rejection())
    commit(shop, write(definition, data='{"total":2}', occurred_at=NOON + 1))
    counted = sums(shop.store.database, "shop")
    assert counted.pop("received") == sum(counted.values()) == 6
    assert {name: n for name, n in counted.items() if n} == {
        "stored": 1,
        "updated": 1,
        "duplicate": 1,
        "rejected": 2,
        "filtered": 1,
    }


def test_a_rehearsal_tells_the_verdict_and_leaves_nothing(shop: Shop, definition: Definition) -> None:
    outcomes = shop.store.commit.rehearse([write(definition), write(definition), rejection()], NOON)
    assert verdicts(outcomes) == ["stored", "duplicate", "rejected"]
    assert [count(shop, model) for model in (Event, Change, Profile, Identifier)] == [0, 0, 0, 0]
    assert sums(shop.store.database, "shop")["received"] == 0
    assert verdicts(commit(shop, write(definition))) == ["stored"]


def test_nothing_of_a_group_is_stored_when_a_row_cannot_be(shop: Shop, definition: Definition) -> None:
    with pytest.raises(Unstorable):
        commit(shop, write(definition), write(definition, "2", occurred_at=2**64))
    assert (count(shop, Event), sums(shop.store.database, "shop")["received"]) == (0, 0)


def test_what_is_refused_at_the_end_of_a_group_takes_all_of_it_back_too(
    shop: Shop, definition: Definition
) -> None:
    with pytest.raises(Unstorable):
        commit(shop, write(definition), rejection(received_at=2**64), rejection())
    assert [count(shop, model) for model in (Event, Change, Profile, Identifier)] == [0, 0, 0, 0]
    assert sums(shop.store.database, "shop")["received"] == 0
    assert verdicts(commit(shop, write(definition), rejection())) == ["stored", "rejected"]


def test_rejections_are_paged_newest_first(shop: Shop) -> None:
    commit(shop, *[rejection(event_id=str(number)) for number in range(5)])
    first = shop.store.rejections.page("shop", 3, None)
    second = shop.store.rejections.page("shop", 3, first.next_cursor)
    assert [one.event_id for one in first.items + second.items] == ["4", "3", "2", "1", "0"]
    assert second.next_cursor is None


# Reading back


def test_events_and_timelines_are_paged_newest_first_without_gaps(shop: Shop, definition: Definition) -> None:
    moments = [NOON, NOON + 5, NOON + 5, NOON + 3, NOON + 5, NOON + 1]
    outcomes = commit(
        shop, *[write(definition, str(n), occurred_at=moment) for n, moment in enumerate(moments)]
    )
    state = outcomes[0].state
    assert state is not None
    assert state.profile_id is not None
    seen, cursor = [], None
    for _ in range(3):
        page = shop.store.events.page(Wanted({state.definition_id: ALL}), 2, cursor)
        seen += [one.event_id for one in page.items]
        cursor = page.next_cursor
    assert seen == ["4", "2", "1", "3", "5", "0"]
    assert cursor is None
    line, cursor = [], None
    for _ in range(2):
        entries = shop.store.profiles.timeline(state.profile_id, 4, cursor)
        line += [one.state.event_id for one in entries.items]
        cursor = entries.next_cursor
    assert line == seen


# Many at once


def commit_again(shop: Shop, *writes: Write) -> None:
    """As a client does: whoever had to wait for the lock for too long hears so, and sends it once more."""
    for attempt in range(10):
        try:
            commit(shop, *writes)
            return
        except Problem as problem:
            if problem.code != "storage-unavailable" or attempt == 9:
                raise


def test_sixteen_writers_on_the_same_keys_end_in_one_row_each(shop: Shop, definition: Definition) -> None:
    failures: list[BaseException] = []

    def hammer(worker: int) -> None:
        try:
            for turn in range(10):
                batch = [
                    write(
                        definition,
                        str(key),
                        identifiers={"email": f"p{key % 5}@example.com"},
                        occurred_at=NOON + worker * 100 + turn,
                        data=f'{{"total":{worker * 100 + turn}}}',
                    )
                    for key in range(10)
                ]
                commit_again(shop, *batch[:: 1 if worker % 2 else -1])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=hammer, args=(worker,)) for worker in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    rows = shop.store.database.rows(Event.select())
    assert len(rows) == 10
    assert {row["data"] for row in rows} == {'{"total":1509}'}
    assert count(shop, Profile) == 5
    counted = sums(shop.store.database, "shop")
    assert counted["received"] == 1600
    assert counted["stored"] == 10
