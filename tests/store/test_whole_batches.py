"""Batches that are stored together or not at all. Each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading

import pytest

from collector.core.definitions import Definition
from collector.core.events import Outcome, Write
from collector.core.events import Rejection as Refused
from collector.core.problems import Fault, Problem
from collector.intake.commit import GroupCommit
from collector.store.commit import Unstorable
from collector.store.ledger import sums
from collector.store.models import Change, Event, Identifier, Profile, Rejection
from tests.cast import ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.store.writes import MINUTE, commit, count, rejection, verdicts, write

HELD_BACK = Fault("batch-refused", "", "Another one was refused.")
TABLES = (Event, Change, Profile, Identifier)


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def instead(*writes: Write) -> list[Refused]:
    return [rejection(event_id=one.event_id, faults=(HELD_BACK,)) for one in writes]


def foreign(definition: Definition, event_id: str) -> Write:
    """A write that may not touch what Alice's event carries."""
    crm_id = {"crm_id": "7"}
    return write(
        definition, event_id, identifiers=crm_id, writable=frozenset(crm_id), occurred_at=NOON + MINUTE
    )


def whole(shop: Shop, *writes: Write) -> list[Outcome]:
    return shop.store.commit.write_whole(writes, instead(*writes), NOON)


def test_a_batch_without_a_refusal_is_stored(shop: Shop, definition: Definition) -> None:
    first, second = write(definition), write(definition, "2", identifiers=BOB)
    assert verdicts(whole(shop, first, second, first)) == ["stored", "stored", "duplicate"]
    assert [count(shop, model) for model in (*TABLES, Rejection)] == [2, 2, 2, 2, 0]


def test_what_only_the_stored_event_tells_refuses_the_whole_batch(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    before = [shop.store.database.rows(model.select()) for model in TABLES]
    batch = [
        write(definition, "2", identifiers=BOB),
        foreign(definition, "1"),
        write(definition, data='{"total":9}', occurred_at=NOON + MINUTE),
    ]
    outcomes = whole(shop, *batch)
    assert verdicts(outcomes) == ["rejected"] * 3
    assert [outcome.faults[0].code for outcome in outcomes] == [
        "batch-refused",
        "identifier-not-allowed",
        "batch-refused",
    ]
    assert [shop.store.database.rows(model.select()) for model in TABLES] == before
    counted = sums(shop.store.database, "shop")
    assert (counted["received"], counted["stored"], counted["rejected"]) == (4, 1, 3)
    kept = shop.store.rejections.page("shop", 10, None).items
    assert [(one.event_id, one.code) for one in reversed(kept)] == [
        ("2", "payload-invalid"),
        ("1", "identifier-not-allowed"),
        ("1", "payload-invalid"),
    ]


def test_what_was_refused_whole_can_be_sent_again(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    whole(shop, write(definition, "2", identifiers=BOB), foreign(definition, "1"))
    assert verdicts(whole(shop, write(definition, "2", identifiers=BOB))) == ["stored"]
    assert count(shop, Profile) == 2


def test_a_row_that_cannot_be_stored_refuses_its_batch_and_no_other(
    shop: Shop, definition: Definition
) -> None:
    batch = [write(definition), write(definition, "2", occurred_at=2**64)]
    with pytest.raises(Unstorable):
        whole(shop, *batch)
    group = GroupCommit(shop.store.commit, shop.clock.now)
    outcomes = group.submit_whole(batch, instead(*batch))
    assert [outcome.faults[0].code for outcome in outcomes] == ["batch-refused", "row-refused"]
    assert [count(shop, model) for model in (*TABLES, Rejection)] == [0, 0, 0, 0, 2]
    assert verdicts(group.submit([write(definition, "3")])) == ["stored"]


def test_what_fails_only_together_is_to_be_sent_again(
    shop: Shop, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unstorable("two at the same moment")

    batch = [write(definition), write(definition, "2")]
    group = GroupCommit(shop.store.commit, shop.clock.now)
    with monkeypatch.context() as patch:
        patch.setattr(shop.store.commit, "write_whole", fail)
        with pytest.raises(Problem) as refusal:
            group.submit_whole(batch, instead(*batch))
    assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
    assert sums(shop.store.database, "shop")["received"] == 0
    assert verdicts(group.submit_whole(batch, instead(*batch))) == ["stored", "stored"]


def test_whole_batches_and_others_at_once_hear_each_of_their_own(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition))
    group = GroupCommit(shop.store.commit, shop.clock.now)
    heard: dict[int, list[str]] = {}

    def send(number: int) -> None:
        own = write(definition, f"own-{number}", identifiers=ALICE)
        if number % 3 == 0:
            batch = [own, foreign(definition, "1")]
            heard[number] = verdicts(group.submit_whole(batch, instead(*batch)))
        elif number % 3 == 1:
            heard[number] = verdicts(group.submit_whole([own], instead(own)))
        else:
            heard[number] = verdicts(group.submit([own, foreign(definition, "1")]))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    expected = (["rejected", "rejected"], ["stored"], ["stored", "rejected"])
    assert heard == {number: expected[number % 3] for number in range(24)}
    stored = {row["event_id"] for row in shop.store.database.rows(Event.select())}
    assert stored == {"1"} | {f"own-{number}" for number in range(24) if number % 3}
