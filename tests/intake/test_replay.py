"""Replay: what was refused is judged again after a correction, on both databases."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from typing import Any

import pytest

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.documents import parse_definition
from collector.core.events import Write
from collector.core.fields import format_timestamp
from collector.core.permissions import Key
from collector.intake.replay import Replay, Replayer
from collector.store.definitions import Edit
from collector.store.ledger import sums
from collector.store.models import Audit, Change, Event, Ledger, Profile, Rejection
from collector.store.recount import recount
from collector.store.rejections import Selection
from collector.store.replays import Asked
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, ORDER, Shop, order
from tests.store.writes import count

HOUR = 3600


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


def everything(shop: Shop) -> Selection:
    numbers = [ids.decode(one.id) or 0 for one in shop.store.definitions.all("shop")]
    return Selection("shop", numbers)


def replayer(shop: Shop) -> Replayer:
    return Replayer(shop.store, shop.parts.intake)


def preview(shop: Shop, **chosen: Any) -> Replay:
    return replayer(shop).preview(everything(shop), shop.clock.now(), **chosen)


def replay(shop: Shop, **chosen: Any) -> Replay:
    asked = Asked("shop", ADMIN, "order.completed")
    return replayer(shop).run(everything(shop), asked, shop.clock.now(), **chosen)


def correct(shop: Shop, definition: Definition, hold: int = 0, **changes: Any) -> Definition:
    """A next version with other rules for some fields; in force at once unless it is held."""
    document: dict[str, Any] = copy.deepcopy(EVERY_TYPE)
    for field in document["fields"]:
        field |= changes.pop(field["name"], {})
    document |= changes
    edit = Edit(parse_definition(document, definition.draft), None)
    return shop.store.definitions.save(definition, edit, hold, ADMIN, shop.clock.now())


def verdicts(told: Replay) -> dict[str, int]:
    return {verdict: number for verdict, number in told.verdicts.items() if number}


def is_exact(shop: Shop) -> bool:
    """Whether nothing is missing or there twice, by every recount of the whole store."""
    return all(not one.differences for one in recount(shop.store.database))


def test_after_a_correction_what_was_refused_is_stored_as_it_came(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}))
    shop.send(till, order("2", data={**ORDER, "total": "much"}))
    shop.clock.forward(2 * HOUR)
    changed = correct(shop, definition, total={"minimum": -10})
    assert verdicts(preview(shop)) == {"stored": 1, "rejected": 1}
    assert (count(shop, Event), count(shop, Rejection)) == (0, 2)
    told = replay(shop)
    assert verdicts(told) == {"stored": 1, "rejected": 1}
    assert told.effect.reasons == [
        {"code": "type-wrong", "pointer": "/data/total", "count": 1, "example": "2"}
    ]
    [stored] = shop.store.database.rows(Event.select())
    assert stored["occurred_at"] == stored["received_at"] == NOON
    assert stored["updated_at"] == shop.clock.now()
    assert (stored["door"], stored["source"], stored["trust"]) == ("api", "till", "key")
    assert stored["version"] == ids.decode(changed.versions[-1].id)
    assert is_exact(shop)


def test_a_second_replay_finds_nothing_to_do(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, *(order(str(number), data={**ORDER, "total": -5}) for number in range(3)))
    correct(shop, definition, total={"minimum": -10})
    assert verdicts(replay(shop)) == {"stored": 3}
    assert verdicts(replay(shop)) == {}
    assert (count(shop, Event), count(shop, Change), count(shop, Rejection)) == (3, 3, 0)
    assert is_exact(shop)


def test_replays_at_the_same_moment_store_everything_once(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, *(order(str(number), data={**ORDER, "total": -5}) for number in range(300)))
    correct(shop, definition, total={"minimum": -10})
    told: list[Replay] = []
    threads = [threading.Thread(target=lambda: told.append(replay(shop))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum((one.verdicts for one in told), Counter[str]())
    assert total == {"stored": 300}
    assert (count(shop, Event), count(shop, Rejection)) == (300, 0)
    assert is_exact(shop)


def test_what_fails_half_way_has_changed_nothing(
    shop: Shop, definition: Definition, till: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}))
    correct(shop, definition, total={"minimum": -10})

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shop.store.replays, "_revise", dies)  # after the event was written
        with pytest.raises(KeyboardInterrupt):
            replay(shop)
    assert (count(shop, Event), count(shop, Rejection), count(shop, Profile)) == (0, 1, 0)
    assert is_exact(shop)
    assert verdicts(replay(shop)) == {"stored": 1}


def test_the_replay_is_a_door_of_its_own_in_the_ledger(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}), order("2", data={}))
    shop.clock.forward(3 * HOUR)
    correct(shop, definition, total={"minimum": -10})
    replay(shop)
    rows = shop.store.database.rows(Ledger.select().where(Ledger.door == "replay"))
    assert [(row["received"], row["stored"], row["rejected"]) for row in rows] == [(1, 1, 0)]
    assert rows[0]["hour"] == shop.clock.now() // (HOUR * 1_000_000)
    assert sums(shop.store.database, "shop")["rejected"] == 2
    entries = shop.store.database.rows(Audit.select().order_by(Audit.id))
    assert entries[-1]["action"] == "rejections.replayed"


def test_what_is_refused_again_keeps_its_place_and_tells_what_is_wrong_now(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5, "currency": "USD"}))
    correct(shop, definition, total={"minimum": -10})
    replay(shop)
    [kept] = shop.store.rejections.page("shop", 5, None).items
    assert [fault["pointer"] for fault in kept.faults] == ["/data/currency"]
    [cause] = shop.store.rejections.causes(everything(shop), 5).items
    assert (cause.count, cause.example.id) == (1, kept.id)
    assert is_exact(shop)


def test_a_late_correction_does_not_overtake_what_is_newer(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}))
    shop.send(till, order("2", data={**ORDER, "total": -5}))
    shop.clock.forward(60)
    shop.send(till, order("1"))
    correct(shop, definition, total={"minimum": -10})
    assert verdicts(preview(shop)) == {"ignored": 1, "stored": 1}
    assert verdicts(replay(shop)) == {"ignored": 1, "stored": 1}
    assert shop.get(till, "/api/v1/events/order.completed/1").get_json()["data"]["total"] == 149.99
    assert is_exact(shop)


def test_the_preview_says_exactly_what_the_replay_does_with_one_event_many_times(
    shop: Shop, definition: Definition, till: Key
) -> None:
    for lines in (1, 2, 2, 3):
        shop.clock.forward(1)
        shop.send(till, order("1", data={**ORDER, "total": -5, "lines": lines}))
        shop.send(till, *(order(f"{lines}-{n}", data={**ORDER, "total": -5}) for n in range(150)))
    correct(shop, definition, total={"minimum": -10})
    told = preview(shop)
    assert verdicts(told) == {"stored": 451, "updated": 2, "duplicate": 151}
    assert verdicts(replay(shop)) == verdicts(told)
    assert is_exact(shop)


def test_a_name_that_nobody_had_defined_is_released_once_it_is(shop: Shop, till: Key) -> None:
    event = {"event": "newsletter.joined", "id": "1", "identifiers": ALICE}
    shop.send(till, event)
    assert verdicts(preview(shop)) == {"rejected": 1}
    shop.define({"event_name": "newsletter.joined", "title": "Joined", "category": "conversion"})
    assert verdicts(replay(shop)) == {"stored": 1}
    assert is_exact(shop)


def test_a_section_that_takes_unknown_names_now_makes_a_draft_by_the_replay_alone(
    shop: Shop, till: Key
) -> None:
    for number in range(3):
        shop.send(till, {"event": "newsletter.joined", "id": str(number), "identifiers": ALICE})
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, "Shop", "accept", ADMIN, shop.clock.now())
    shop.clock.forward(3)
    assert verdicts(preview(shop)) == {"stored": 3}
    assert shop.store.definitions.find("shop", "newsletter.joined") is None
    assert verdicts(replay(shop)) == {"stored": 3}
    assert shop.store.definitions.find("shop", "newsletter.joined") is not None
    assert is_exact(shop)


def test_a_version_that_is_retired_or_unknown_does_not_count_any_more(
    shop: Shop, definition: Definition, till: Key
) -> None:
    first = definition.versions[0].id
    changed = correct(shop, definition, hold=HOUR, gift={"required": True})
    shop.send(till, order("1", version=changed.versions[-1].id))
    shop.send(till, order("2", version=ids.encode(5)))
    shop.clock.forward(2 * HOUR)
    shop.store.definitions.retire(changed, 1, ADMIN, shop.clock.now())
    shop.send(till, order("3", version=first))
    assert count(shop, Rejection) == 3
    assert verdicts(replay(shop)) == {"stored": 3}
    assert is_exact(shop)


def test_a_next_version_tells_what_it_will_let_in(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}), order("2", data={}))
    changed = correct(shop, definition, hold=HOUR, total={"minimum": -10})
    assert verdicts(preview(shop)) == {"rejected": 2}
    fit = replayer(shop).fit(everything(shop), changed, shop.clock.now())
    assert (fit.number, fit.current_from, fit.accepted) == (2, NOON + HOUR * 1_000_000, 1)
    shop.clock.forward(HOUR)
    assert replayer(shop).fit(everything(shop), changed, shop.clock.now()) == fit
    assert verdicts(replay(shop)) == {"stored": 1, "rejected": 1}


def test_the_rights_of_now_count(shop: Shop, definition: Definition) -> None:
    till, other = shop.key(), shop.key("other", "mobile:read,write")
    shop.send(till, order("1", data={**ORDER, "total": -5}))
    shop.send(other, order("2"))
    shop.store.keys.revoke(till.id, ADMIN, shop.clock.now())
    correct(shop, definition, total={"minimum": -10})
    told = replay(shop)
    assert verdicts(told) == {"rejected": 2}
    assert {reason["code"] for reason in told.effect.reasons} == {"key-revoked", "identifier-not-allowed"}
    assert (count(shop, Event), count(shop, Profile)) == (0, 0)


def test_a_replay_brings_nobody_back_who_was_erased(shop: Shop, definition: Definition, till: Key) -> None:
    low = {**ORDER, "total": -5}
    shop.send(till, order("1"), order("2", data=low), order("3", data=low, identifiers=BOB))
    answer = shop.client.delete("/api/v1/profiles/email/alice@example.com", headers=shop.headers(till))
    assert answer.status_code < 300
    assert [row["event_id"] for row in shop.store.database.rows(Rejection.select())] == ["3"]
    shop.clock.forward(60)
    shop.send(till, order("4", data=low, occurred_at=format_timestamp(NOON - 1)))
    correct(shop, definition, total={"minimum": -10})
    assert verdicts(preview(shop)) == {"ignored": 1, "stored": 1}
    assert verdicts(replay(shop)) == {"ignored": 1, "stored": 1}
    assert [row["event_id"] for row in shop.store.database.rows(Event.select())] == ["3"]
    assert (count(shop, Profile), count(shop, Rejection), is_exact(shop)) == (1, 0, True)


def test_a_hidden_definition_lets_nothing_in(shop: Shop, definition: Definition, till: Key) -> None:
    shop.send(till, order("1", data={**ORDER, "total": -5}))
    chosen = everything(shop)
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    told = replayer(shop).run(chosen, Asked("shop", ADMIN, ""), shop.clock.now())
    assert [reason["code"] for reason in told.effect.reasons] == ["definition-hidden"]


@pytest.mark.parametrize(
    "event",
    [
        order("1", occured_at="2026-09-21T10:00:00Z"),
        order("1", occurred_at=5),
        order("1", data={**ORDER, "currency": "x" * 33_000}),
        order("1", source="a\0b"),
        order("fp_02spwwpmg4000" + "x" * 32, data={**ORDER, "lines": "x"}),
    ],
    ids=["misspelt", "unreadable", "huge", "nul", "secret"],
)
def test_what_was_not_kept_whole_is_never_let_in(
    shop: Shop, definition: Definition, till: Key, event: dict[str, Any]
) -> None:
    shop.send(till, event)
    correct(shop, definition, lines={"type": "text"}, currency={"type": "text", "choices": None})
    told = replay(shop)
    assert [reason["code"] for reason in told.effect.reasons] == ["payload-partial"]
    assert (count(shop, Event), count(shop, Rejection)) == (0, 1)
    [kept] = shop.store.rejections.page("shop", 5, None).items
    assert kept.faults[0]["code"] != "payload-partial"


def test_what_only_the_commit_refused_is_let_in_whole_once_it_may(
    shop: Shop, definition: Definition, till: Key
) -> None:
    shop.send(till, order("1", occurred_at="2026-09-20T10:00:00Z"))
    shop.send(shop.key("other", "mobile:write"), order("1", identifiers={"mobile": "+46701234567"}))
    assert count(shop, Rejection) == 1
    told = replay(shop)
    assert [reason["code"] for reason in told.effect.reasons] == ["identifier-not-allowed"]
    assert (count(shop, Rejection), is_exact(shop)) == (1, True)


def test_a_row_that_the_database_refuses_stays_alone(
    shop: Shop, definition: Definition, till: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.send(till, *(order(str(number), data={**ORDER, "total": -5}) for number in range(5)))
    correct(shop, definition, total={"minimum": -10})
    real = shop.store.commit.write_within

    def refuses(decisions: Any, now: int) -> Any:
        if any(one.event_id == "3" for one in decisions):
            raise OverflowError
        return real(decisions, now)

    monkeypatch.setattr(shop.store.commit, "write_within", refuses)
    assert verdicts(replay(shop)) == {"stored": 4, "rejected": 1}
    assert [row["event_id"] for row in shop.store.database.rows(Rejection.select())] == ["3"]


def test_what_the_database_could_not_keep_is_never_let_in(
    shop: Shop, definition: Definition, till: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shop.store.commit.write_within

    def refuses(decisions: Any, now: int) -> Any:
        if any(isinstance(one, Write) for one in decisions):
            raise OverflowError
        return real(decisions, now)

    with monkeypatch.context() as patched:
        patched.setattr(shop.store.commit, "write_within", refuses)
        assert shop.send(till, order("1")).status_code == 422
    told = replay(shop)
    assert [reason["code"] for reason in told.effect.reasons] == ["payload-partial"]
    assert (count(shop, Event), count(shop, Rejection), is_exact(shop)) == (0, 1, True)


def test_a_long_replay_goes_on_where_it_ended(
    shop: Shop, definition: Definition, till: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.intake.replay.MOST", 4)
    shop.send(till, *(order(str(n), data={**ORDER, "total": -5 if n % 2 else "x"}) for n in range(10)))
    correct(shop, definition, total={"minimum": -10})
    told, ends = replay(shop), [0]
    while told.last is not None:
        assert told.last > ends[-1]
        ends.append(told.last)
        told = replay(shop, so_far=told)
    assert (len(ends), told.checked, verdicts(told)) == (3, 10, {"stored": 5, "rejected": 5})
    assert (count(shop, Event), count(shop, Rejection)) == (5, 5)
