"""Retention: what is too old is gone everywhere, counted, and does not come back; the rest is untouched."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.documents import dump_document, parse_definition
from collector.core.events import Write
from collector.core.retention import DAY
from collector.jobs.expiring import expire
from collector.jobs.job import Run
from collector.store import retention
from collector.store.definitions import Edit
from collector.store.models import Change, Event, Profile, Rejection, Total
from collector.store.recount import recount
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop, open_shop, order
from tests.store.people import anonymous
from tests.store.writes import commit, count, rejection, verdicts, write

GOAL = {"goal": {"type": "purchase", "value_field": "total"}}
DAYS = 30


@pytest.fixture
def kept(shop: Shop) -> Shop:
    """Its orders are kept for thirty days."""
    shop.define({**EVERY_TYPE, **GOAL, "retention_days": DAYS})
    shop.define({**EVERY_TYPE, "event_name": "order.kept"})
    return shop


def definition(shop: Shop, name: str = "order.completed") -> Definition:
    found = shop.store.definitions.find("shop", name)
    assert found is not None
    return found


def expired(shop: Shop) -> list[dict[str, object]]:
    return expire(Run(shop.store, shop.clock.now(), lambda: True))["expired"]


def differences(shop: Shop) -> list[str]:
    return [one.sentence() for each in recount(shop.store.database) for one in each.differences]


def at(day: int) -> int:
    return NOON - day * DAY


def fill(shop: Shop, name: str = "order.completed") -> None:
    one = definition(shop, name)
    writes = [
        write(one, f"{name}-{who['email']}-{day}", event_name=name, identifiers=who, occurred_at=at(day))
        for day in range(20, 40)
        for who in (ALICE, BOB)
    ]
    writes += [anonymous_at(shop, name, day) for day in range(25, 35)]
    assert set(verdicts(commit(shop, *writes))) == {"stored"}


def anonymous_at(shop: Shop, name: str, day: int) -> Write:
    return replace(anonymous(definition(shop, name), f"a-{day}"), event_name=name, occurred_at=at(day))


def test_what_is_too_old_is_gone_and_every_sum_is_exact(kept: Shop) -> None:
    fill(kept)
    fill(kept, "order.kept")
    assert expired(kept)[0]["events"] == 2 * 9 + 4
    assert differences(kept) == []
    left = kept.store.database.rows(Event.select())
    mine = [row for row in left if row["event_id"].startswith(("order.completed", "a-"))]
    assert len(left) == 2 * (40 + 10) - 22
    assert len(mine) >= 22
    assert count(kept, Change) == len(left)
    assert count(kept, Profile) == 2
    assert expired(kept) == []


def test_totals_of_people_whose_events_are_all_gone_are_gone(kept: Shop) -> None:
    commit(kept, write(definition(kept), occurred_at=at(40)))
    assert count(kept, Total) == 1
    expired(kept)
    assert (count(kept, Event), count(kept, Change), count(kept, Total), count(kept, Profile)) == (0, 0, 0, 1)


def test_an_event_that_was_written_to_goes_with_its_whole_history(kept: Shop) -> None:
    one = definition(kept)
    commit(kept, write(one, occurred_at=at(60)))
    commit(kept, write(one, occurred_at=at(40), data='{"total":2}'))
    stranger = anonymous(one, "w")
    commit(kept, replace(stranger, occurred_at=at(60)))
    expired(kept)
    assert (count(kept, Event), count(kept, Change)) == (0, 0)
    assert differences(kept) == []


def test_a_late_retry_is_ignored_and_counted(kept: Shop) -> None:
    key = kept.key()
    moment = "2026-08-01T12:00:00Z"
    heard = kept.send(key, order("late", occurred_at=moment))
    assert (heard.status_code, heard.json["verdict"]) == (200, "ignored")
    batch = kept.send(key, order("late", occurred_at=moment), order("new")).json
    assert (batch["ignored"], batch["stored"]) == (1, 1)
    assert count(kept, Event) == 1
    assert differences(kept) == []


def test_an_event_expires_though_it_was_in_time_when_it_came(kept: Shop) -> None:
    key = kept.key()
    kept.send(key, order("1", occurred_at="2026-09-20T12:00:00Z"))
    assert expired(kept) == []
    kept.clock.forward(40 * 86_400)
    assert expired(kept)[0]["events"] == 1
    assert kept.send(key, order("1", occurred_at="2026-09-20T12:00:00Z")).json["verdict"] == "ignored"
    assert count(kept, Event) == 0


def test_a_hidden_definition_s_events_expire_too(kept: Shop) -> None:
    commit(kept, write(definition(kept), occurred_at=at(40)))
    kept.store.definitions.hide(definition(kept), ADMIN, NOON)
    assert expired(kept)[0]["events"] == 1


def test_rejections_have_the_same_bound(kept: Shop) -> None:
    number = ids.decode(definition(kept).id)
    commit(kept, rejection(definition_id=number), rejection())
    assert expired(kept) == []
    kept.clock.forward(31 * 86_400)
    assert expired(kept)[0]["rejections"] == 1
    assert count(kept, Rejection) == 1
    assert differences(kept) == []


def test_cut_off_between_two_batches_it_goes_on_later(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 5)
    fill(kept)
    turns = iter([True, False, False, False])
    run = Run(kept.store, kept.clock.now(), lambda: next(turns))
    assert expire(run)["expired"][0]["events"] == 5
    assert differences(kept) == []
    assert expired(kept)[0]["events"] == 17
    assert differences(kept) == []


def test_a_batch_that_fails_in_the_middle_leaves_everything(
    kept: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(kept)
    before = (count(kept, Event), count(kept, Change))

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept.store.retention._gone, "count", fail)
    with pytest.raises(KeyboardInterrupt):
        expired(kept)
    assert (count(kept, Event), count(kept, Change)) == before
    assert differences(kept) == []


def test_absent_in_an_edit_it_stays_and_null_takes_it_away(kept: Shop) -> None:
    one = definition(kept)
    document = {**dump_document(one.draft), "title": "Orders"}
    assert document["retention_days"] == DAYS
    del document["retention_days"]
    kept.clock.forward(4_000)
    for given, days in (({}, DAYS), ({"retention_days": None}, None)):
        one = kept.store.definitions.read_again(one)
        draft = parse_definition({**document, **given}, one.draft)
        one = kept.store.definitions.save(one, Edit(draft, one.revision), 0, ADMIN, kept.clock.now())
        assert one.draft.retention_days == days
        assert len(one.versions) == 1


def test_what_names_no_definition_goes_after_its_days_and_is_counted(shop: Shop) -> None:
    key = shop.key()
    assert shop.send(key, order("old", event="nobody.defined")).status_code == 422
    shop.clock.forward(89 * 86_400)
    assert shop.send(key, order("new", event="nobody.defined")).status_code == 422
    assert expired(shop) == []
    shop.clock.forward(2 * 86_400)
    assert expired(shop) == [{"definition": None, "events": 0, "rejections": 1}]
    left = shop.store.database.rows(Rejection.select())
    assert [row["event_id"] for row in left] == ["new"]
    assert differences(shop) == []


def test_what_names_no_definition_stays_where_the_setting_says_so(ready_database_url: str) -> None:
    shop = open_shop(ready_database_url, unnamed_days=0)
    assert shop.send(shop.key(), order("old", event="nobody.defined")).status_code == 422
    shop.clock.forward(4_000 * 86_400)
    assert expired(shop) == []
    shop.store.close()
