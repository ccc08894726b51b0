"""An event is four registers: whatever the order in which its writes arrive, they end in one state.

And whatever becomes of events, the totals are what a recount of them gives. Each test runs on SQLite and on
PostgreSQL; the examples share a database and keep apart by their events' ids.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import KEPT, EventState, Write
from collector.core.goals import Goal
from collector.core.problems import Fault
from collector.store import rows
from collector.store.models import Event, Profile
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.store.people import at_once, owner, signed
from tests.store.writes import MINUTE, commit, verdicts, write

EXAMPLES = count(1)
FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(8, 25),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
OF_ARRIVAL = {"id", "event_id", "source", "received_at", "updated_at", "profile_id"}
"""What depends on which write came first, and is not of a register."""


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@dataclass(frozen=True)
class Said:
    """What one write says; its time is its place in the history."""

    data: str | None = None
    goal: Goal | None = None
    given: Goal | None = None
    who: tuple[tuple[str, str], ...] = ()
    deletion: int | str | None = "kept"


goals = st.builds(
    Goal,
    type=st.sampled_from([None, "purchase", "lead"]),
    value=st.sampled_from([None, 0, -5, 1_500_000, 10**16 - 1]),
    name=st.sampled_from([None, "spring"]),
    currency=st.sampled_from([None, "SEK"]),
).filter(lambda goal: goal != Goal(None))
people = st.sampled_from([(), tuple(ALICE.items()), tuple(BOB.items())])
said = st.one_of(
    st.builds(
        Said, data=st.sampled_from(['{"total":1}', '{"total":2}', "{}"]), goal=st.none() | goals, who=people
    ),
    st.builds(Said, given=st.none() | goals, who=people),
    st.builds(Said, deletion=st.sampled_from([None, -1, 0, 5]), who=people, given=st.none() | goals),
)
histories = st.lists(said, min_size=2, max_size=4)


def writes_of(definition: Definition, event_id: str, history: Sequence[Said]) -> list[Write]:
    """The writes of a history, a minute apart; a deletion's time lies some seconds beside its write's."""
    made = []
    for place, one in enumerate(history):
        at = NOON + place * MINUTE
        deletion: Any = KEPT if one.deletion == "kept" else one.deletion
        if isinstance(deletion, int):
            deletion = at + deletion * 1_000_000
        first = write(definition, event_id, identifiers=dict(one.who), occurred_at=at, data=one.data)
        made.append(replace(first, goal=one.goal, given_goal=one.given, deletion=deletion))
    return made


def stored(shop: Shop, event_id: str) -> EventState:
    row = shop.store.database.row(Event.select().where(Event.event_id == event_id))
    assert row is not None
    return rows.event_state(row)


def registers(state: EventState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in EventState.__slots__ if name not in OF_ARRIVAL}


@FEW
@given(history=histories)
def test_every_order_of_the_same_writes_ends_in_the_same_event(
    shop: Shop, definition: Definition, history: list[Said]
) -> None:
    ends = []
    for order in permutations(history):
        event_id = f"order-{next(EXAMPLES)}"
        by_place = dict(zip(map(id, history), writes_of(definition, event_id, history), strict=True))
        for one in order:
            commit(shop, by_place[id(one)])
        ends.append(registers(stored(shop, event_id)))
    assert all(end == ends[0] for end in ends), ends
    assert shop.store.totals.wrong("shop") == []


@FEW
@given(history=histories)
def test_one_transaction_or_many_make_no_difference(
    shop: Shop, definition: Definition, history: list[Said]
) -> None:
    together, apart = f"group-{next(EXAMPLES)}", f"group-{next(EXAMPLES)}"
    at_a_time = [commit(shop, one)[0].verdict for one in writes_of(definition, apart, history)]
    assert verdicts(commit(shop, *writes_of(definition, together, history))) == at_a_time
    assert registers(stored(shop, together)) == registers(stored(shop, apart))
    assert shop.store.totals.wrong("shop") == []


def test_writers_at_the_same_time_end_in_the_state_of_any_order(shop: Shop, definition: Definition) -> None:
    history = [
        Said(data='{"total":1}', who=tuple(ALICE.items())),
        Said(given=Goal("purchase", 5_000_000), who=tuple(ALICE.items())),
        Said(data='{"total":2}', who=tuple(BOB.items())),
        Said(deletion=0, who=tuple(BOB.items())),
        Said(deletion=None, who=tuple(BOB.items()), given=Goal(None, None, "spring")),
    ]
    commit(shop, *writes_of(definition, "in-order", history))
    writers = [
        [
            one
            for number in range(6)
            for one in writes_of(definition, f"event-{number}", history)[turn % 5 :: 2]
        ]
        for turn in range(16)
    ]
    work = [lambda those=those: [commit(shop, one) for one in those] for those in writers]
    assert at_once(*work) == []  # type: ignore[arg-type]
    expected = registers(stored(shop, "in-order"))
    assert [registers(stored(shop, f"event-{number}")) for number in range(6)] == [expected] * 6
    assert stored(shop, "event-0").profile_id == owner(shop, BOB)
    assert shop.store.totals.wrong("shop") == []


def test_a_given_goal_keeps_what_a_newer_one_leaves_out(shop: Shop, definition: Definition) -> None:
    newer = {"data": None, "occurred_at": NOON + MINUTE}
    commit(shop, write(definition, given_goal=Goal("purchase", 5_000_000, "spring", "SEK")))
    assert verdicts(commit(shop, write(definition, given_goal=Goal(None, 7_000_000), **newer))) == ["updated"]
    assert stored(shop, "1").goal == Goal("purchase", 7_000_000, "spring", "SEK")


def test_a_goal_of_the_data_comes_before_a_given_one(shop: Shop, definition: Definition) -> None:
    made = {"occurred_at": NOON + MINUTE, "goal": Goal("lead")}
    commit(shop, write(definition, given_goal=Goal("purchase", 5_000_000)))
    commit(shop, write(definition, data='{"total":3}', **made))
    assert stored(shop, "1").goal == Goal("lead")
    commit(shop, write(definition, data='{"total":4}', occurred_at=NOON + 2 * MINUTE))
    assert stored(shop, "1").goal == Goal("purchase", 5_000_000)


def test_what_has_no_data_yet_is_judged_as_if_it_had_none_at_all(shop: Shop, definition: Definition) -> None:
    missing = (Fault("field-missing", "/data/total", "This is required."),)
    deletion = write(definition, data=None, deletion=NOON, occurred_at=NOON)
    restoration = write(
        definition, data=None, deletion=None, faults_if_first=missing, occurred_at=NOON + MINUTE
    )
    assert verdicts(commit(shop, deletion, restoration)) == ["stored", "rejected"]
    assert verdicts(commit(shop, write(definition), restoration)) == ["updated", "updated"]


# Totals


def test_totals_add_up_exactly_beyond_64_bits(shop: Shop, definition: Definition) -> None:
    most = Goal("purchase", 10**16 - 1, None, "SEK")
    commit(shop, *[write(definition, str(number), goal=most) for number in range(1_000)])
    commit(shop, write(definition, "refund", goal=Goal("purchase", -1, None, "SEK")))
    (total,) = shop.store.totals.of_profile(owner(shop, ALICE))
    assert (total.events, total.sum) == (1_001, 1_000 * (10**16 - 1) - 1)
    assert (total.least, total.greatest) == (-1, 10**16 - 1)


def test_currencies_and_names_are_never_added_together(shop: Shop, definition: Definition) -> None:
    kinds = [
        Goal("purchase", 1, None, "SEK"),
        Goal("purchase", 2, None, "EUR"),
        Goal("purchase", 3, "gift"),
        None,
    ]
    commit(shop, *[write(definition, str(number), goal=goal) for number, goal in enumerate(kinds)])
    found = shop.store.totals.of_profile(owner(shop, ALICE))
    assert sorted((one.key[2:], one.sum) for one in found) == [
        (("", "", ""), 0),
        (("purchase", "", "EUR"), 2),
        (("purchase", "", "SEK"), 1),
        (("purchase", "gift", ""), 3),
    ]


def test_a_hidden_definition_has_no_totals(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, goal=Goal("lead")))
    assert shop.store.totals.of_profile(owner(shop, ALICE)) != []
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    assert shop.store.totals.of_profile(owner(shop, ALICE)) == []


def test_what_a_visitor_did_before_counts_once_it_is_known_who_it_is(
    shop: Shop, definition: Definition
) -> None:
    for number in range(3):
        commit(shop, replace(signed(definition, str(number), {}), trust="claimed", goal=Goal("lead")))
    commit(shop, signed(definition, "known", ALICE))
    counted = {one.key.goal_type: one.events for one in shop.store.totals.of_profile(owner(shop, ALICE))}
    assert counted == {"lead": 3, "": 1}
    assert shop.store.totals.wrong("shop") == []


@FEW
@given(st.lists(st.tuples(st.sampled_from("abc"), said), min_size=1, max_size=8), st.data())
def test_totals_are_what_a_recount_gives_whatever_happens(
    shop: Shop, definition: Definition, sent: list[tuple[str, Said]], data: st.DataObject
) -> None:
    prefix = f"total-{next(EXAMPLES)}-"
    for place, (event_id, one) in enumerate(sent):
        made = writes_of(definition, prefix + event_id, [Said()] * (place % 4) + [one])[-1]
        commit(shop, made)
    profiles = [
        row["id"] for row in shop.store.database.rows(Profile.select(Profile.id).order_by(Profile.id))
    ]
    if len(profiles) > 1:
        merge = shop.store.merges.make("shop", profiles[0], profiles[1], ADMIN, NOON)
        assert shop.store.totals.wrong("shop") == []
        assert shop.store.totals.of_profile(profiles[0]) == []
        commit(shop, write(definition, prefix + "during", identifiers=BOB, goal=Goal("lead")))
        shop.store.merges.undo("shop", merge.id, ADMIN, NOON)
    assert shop.store.totals.wrong("shop") == []


def test_the_recount_finds_a_total_that_is_wrong(shop: Shop, definition: Definition) -> None:
    commit(shop, write(definition, goal=Goal("lead", 3)))
    profile = owner(shop, ALICE)
    assert shop.store.totals.wrong("shop") == []
    shop.store.database.run(Event.update(goal_value=4))
    ((key, kept, right),) = shop.store.totals.wrong("shop")
    assert (key.profile, kept and kept.sum, right and right.sum) == (profile, 3, 4)
    shop.store.totals.recount([profile])
    assert shop.store.totals.wrong("shop") == []


# The timeline


def test_the_timeline_tells_each_change_and_what_the_event_was_then(
    shop: Shop, definition: Definition
) -> None:
    commit(shop, write(definition, given_goal=Goal("lead", 1_000_000)))
    commit(shop, write(definition, data='{"total":2}', occurred_at=NOON + MINUTE))
    commit(
        shop, write(definition, data='{"total":3}', occurred_at=NOON + 2 * MINUTE, given_goal=Goal("trial"))
    )
    entries = shop.store.profiles.timeline(owner(shop, ALICE), 10, None).items
    assert [(one.operation, one.state.data, one.state.occurred_at - NOON) for one in entries] == [
        ("update", '{"total":3}', 2 * MINUTE),
        ("update", '{"total":2}', MINUTE),
        ("insert", '{"total":1}', 0),
    ]
    assert [one.state.goal for one in entries] == [
        Goal("trial", 1_000_000),
        Goal("lead", 1_000_000),
        Goal("lead", 1_000_000),
    ]
    assert json.loads(json.dumps(entries[0].changes))["data"] == ['{"total":2}', '{"total":3}']


def test_a_page_of_a_timeline_tells_the_same_as_the_whole(shop: Shop, definition: Definition) -> None:
    for number in range(5):
        commit(shop, write(definition, data=f'{{"total":{number}}}', occurred_at=NOON + number * MINUTE))
    whole = shop.store.profiles.timeline(owner(shop, ALICE), 10, None).items
    paged, cursor = [], None
    for _ in range(5):
        page = shop.store.profiles.timeline(owner(shop, ALICE), 1, cursor)
        paged += page.items
        cursor = page.next_cursor
    assert paged == whole
    assert ids.encode(whole[0].id) != ids.encode(whole[1].id)
