"""The recount: nothing to say while every sum is exact, and the place and both numbers when one is not."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import Filtered
from collector.store.events_gone import FATES, Fate, GoneWriter
from collector.store.models import Change, Event, Identifier, Ledger, Profile, Rejection, Total, Visitor
from collector.store.recount import RECOUNTS, Difference, recount
from collector.store.totals import Totals
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.store.people import anonymous, owner, signed
from tests.store.writes import commit, rejection, write


@pytest.fixture
def definition(shop: Shop) -> Definition:
    """An event with a bit of everything in it."""
    made = shop.define(EVERY_TYPE)
    filtered = Filtered("shop", number_of(made), "beacon", NOON, "bot")
    commit(shop, write(made), write(made), write(made, "2", identifiers=BOB), filtered, rejection())
    commit(
        shop, write(made, data='{"total":2}', occurred_at=NOON + 1), rejection(definition_id=number_of(made))
    )
    commit(shop, anonymous(made, "3"), anonymous(made, "4", "visitor-2"), signed(made, "5", {"crm_id": "7"}))
    return made


def number_of(definition: Definition) -> int:
    number = ids.decode(definition.id)
    assert number is not None
    return number


def differences(shop: Shop, section: str | None = None) -> dict[str, list[Difference]]:
    found = recount(shop.store.database, section)
    assert [one.name for one in found] == [one.name for one in RECOUNTS]
    return {one.name: list(one.differences) for one in found if one.differences}


def test_an_empty_store_has_no_difference(shop: Shop) -> None:
    assert differences(shop) == {}


def test_exact_books_have_no_difference(shop: Shop, definition: Definition) -> None:
    assert differences(shop) == {}


def test_exact_books_have_no_difference_after_a_merge_and_its_undoing(
    shop: Shop, definition: Definition
) -> None:
    merge = shop.store.merges.make(
        "shop", owner(shop, {"crm_id": "7"}), owner(shop, BOB), ADMIN, shop.clock.now()
    )
    assert differences(shop) == {}
    shop.store.merges.undo("shop", merge.id, ADMIN, shop.clock.now())
    assert differences(shop) == {}


TAMPERED: dict[str, tuple[Any, dict[str, tuple[str, int, int]]]] = {
    "a payload that was counted and has no verdict": (
        Ledger.update(received=Ledger.received + 1).where(Ledger.definition == 0),
        {"verdicts": ("payloads received", 2, 1)},
    ),
    "an event that is gone": (
        Event.delete().where(Event.event_id == "3"),
        {
            "events": ("events", 5, 4),
            "timelines": ("beginnings of events", 4, 5),
            "totals": ("wrong totals of profiles", 0, 1),
        },
    ),
    "a rejection that is gone": (
        Rejection.delete().where(Rejection.definition.is_null()),
        {"rejections": ("rejections", 1, 0)},
    ),
    "an entry that is gone": (
        Change.delete().where(Change.occurred_at == NOON + 1),
        {},
    ),
    "an entry on the timeline of nobody": (
        Change.update(profile=None).where(Change.occurred_at == NOON + 1),
        {"timelines": ("entries on another timeline than their event", 0, 1)},
    ),
    "a total that is another": (
        Total.update(events=Total.events + 1).where(Total.last_at == NOON + 1),
        {"totals": ("wrong totals of profiles", 0, 1)},
    ),
    "a total that is gone": (
        Total.delete().where(Total.last_at == NOON + 1),
        {"totals": ("wrong totals of profiles", 0, 1)},
    ),
    "a profile that is gone": (
        Profile.delete().where(
            Profile.id.in_(Identifier.select(Identifier.profile).where(Identifier.value == BOB["email"]))
        ),
        {"people": ("events of no profile", 0, 1)},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_each_difference_is_told_with_its_place_and_both_numbers(
    shop: Shop, definition: Definition, what: str
) -> None:
    query, expected = TAMPERED[what]
    shop.store.database.run(query)
    found = differences(shop)
    assert {name: (told[0].what, told[0].expected, told[0].found) for name, told in found.items()} == expected
    assert all(one.section_id == "shop" for told in found.values() for one in told)


def test_a_difference_is_a_sentence(shop: Shop, definition: Definition) -> None:
    shop.store.database.run(Event.delete().where(Event.event_id == "3"))
    told = differences(shop)["events"][0]
    assert told.sentence() == "shop, order.completed: 4 events, by the books 5."


def test_identifiers_and_visitors_of_nobody_are_found(shop: Shop, definition: Definition) -> None:
    shop.store.database.run(Profile.delete())
    assert [(one.what, one.found) for one in differences(shop)["people"]] == [
        ("events of no profile", 4),
        ("identifiers of no profile", 3),
        ("visitors of no profile", 1),
    ]
    shop.store.database.run(Visitor.delete())
    assert len(differences(shop)["people"]) == 2


def test_only_the_section_that_was_asked_for_is_told(shop: Shop, definition: Definition) -> None:
    shop.store.sections.create("Lab", "reject", ADMIN, NOON)
    shop.store.database.run(Event.delete().where(Event.event_id == "3"))
    assert differences(shop, "lab") == {}
    assert set(differences(shop, "shop")) == {"events", "timelines", "totals"}


@pytest.mark.parametrize("fate", FATES)
def test_events_that_left_for_a_reason_are_no_difference(
    shop: Shop, definition: Definition, fate: Fate
) -> None:
    place = {("shop", number_of(definition)): 1}
    lost = Event.select(Event.id).where(Event.event_id == "3")
    with shop.store.database.writing():
        shop.store.database.run(Change.delete().where(Change.event.in_(lost)))
        shop.store.database.run(Event.delete().where(Event.event_id == "3"))
        shop.store.database.run(Total.delete())
        Totals(shop.store.database).recount(
            [owner(shop, ALICE), owner(shop, BOB), owner(shop, {"crm_id": "7"})]
        )
        GoneWriter(shop.store.database, 1).count(fate, place)
    assert differences(shop) == {}
    with shop.store.database.writing():
        for node in (1, 2):
            GoneWriter(shop.store.database, node).count(fate, place)
    assert [(one.expected, one.found) for one in differences(shop)["events"]] == [(2, 4)]
