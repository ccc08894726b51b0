"""Events that are packed in columns: they answer what SQL answers, whatever became of them since.

What a tree means is proven against plain Python in `test_exact.py`; here is more of it, of more people.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks import bulk, crowd
from collector.core.events import Write
from collector.core.segments.reading import read_tree
from collector.core.segments.tree import Node
from collector.jobs.job import Run
from collector.jobs.timetable import JOBS
from collector.store.models import Profile
from collector.store.models_segments import Block, Part, Touched
from collector.store.opening import Store, open_store
from collector.store.segments import evaluating, packs
from collector.store.segments.compiling import Scope
from collector.store.segments.evaluating import Evaluation
from collector.store.segments.packs import Packer
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, NOON, Shop, open_shop
from tests.store.people import anonymous, owner, signed
from tests.store.writes import commit, write

EVENTS, PEOPLE, SIZE = 1_600, 40, 100
SCOPE = Scope("shop", NOON)
FIELDS = {kind.name: dict(kind.fields) for kind in crowd.KINDS_OF_EVENTS}
TEXTS = ("shoes", "HATS 1", "autumn", "år", "true", "SEK", "sku-1", "https://shop.example/bags/7")
SECRET = "what only alice wrote"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two years of forty people, packed; some of it was changed, deleted or merged since."""
    path = tmp_path_factory.mktemp("past") / "past.db"
    bulk.build(str(path), EVENTS, PEOPLE)
    with closing(open_store(f"sqlite:///{path}", lambda: NOON, lambda: 0.0)) as store:
        pack_all(store)
        change_some(store)
        yield store


def pack_all(store: Store) -> None:
    packer = Packer(store.database, SIZE)
    while packer.pack_new():
        pass


def change_some(store: Store) -> None:
    """Through the commit, as everything that becomes of an event."""
    definitions = store.definitions.all("shop")
    for chunk in crowd.pasts(definitions, EVENTS, PEOPLE):
        for number, (first, *_) in enumerate(chunk):
            if number % 23 == 0:
                store.commit.write([afterwards(first, number)], NOON)
    profiles = store.database.rows(Profile.select().order_by(Profile.id).limit(3))
    for one in profiles[1:]:
        store.merges.make("shop", one["id"], profiles[0]["id"], ADMIN, NOON)
    assert len(store.database.rows(Touched.select())) > EVENTS // 23


def afterwards(first: Write, number: int) -> Write:
    changed = {
        0: {"data": None, "goal": None, "deletion": NOON},
        1: {"data": first.data[:-1] + ',"more":{"a":[1]}}' if first.data else None},
        2: {"occurred_at": NOON - number * 3_600_000_000, "data": '{"seconds":299}'},
    }[number % 3]
    return replace(first, **{"occurred_at": NOON, "received_at": NOON, **changed})


def test_packed_events_answer_what_sql_answers(past: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [tree_of(random.Random(seed)) for seed in range(110)]
    finder = past.segments.finder
    packed = [finder.between(node, SCOPE) for node in asked]
    shares = [finder.share(node, SCOPE).count for node in asked]
    first = [finder.members(node, SCOPE, 3, after=2) for node in asked]
    monkeypatch.setattr(Evaluation, "is_worth_it", lambda *_: False)
    for node, found, share, page in zip(asked, packed, shares, first, strict=True):
        assert found == finder.between(node, SCOPE), node
        assert share == len(found)
        assert page == found[:3]
    halves = [found for found in packed if 0 < len(found) < PEOPLE - 2]
    assert len(halves) > len(packed) / 3, "the questions tell nobody from anybody"


def test_two_trees_are_compared_over_packed_events(past: Store) -> None:
    one, other = tree_of(random.Random(3)), tree_of(random.Random(8))
    found = past.segments.finder.overlap((one, SCOPE), (other, SCOPE))
    mine, others = ({*past.segments.finder.between(node, SCOPE)} for node in (one, other))
    assert (found.both, found.only_first, found.only_second) == (
        len(mine & others),
        len(mine - others),
        len(others - mine),
    )


def test_blocks_are_packed_anew_until_few_of_their_events_are_touched(past: Store) -> None:
    packer, asked = Packer(past.database, SIZE), [tree_of(random.Random(seed)) for seed in range(160, 190)]
    before = [past.segments.finder.between(node, SCOPE) for node in asked]
    blocks = past.database.rows(Block.select())
    while packer.pack_stale(most=0):
        pass
    assert past.database.rows(Touched.select()) == []
    assert past.database.rows(Block.select()) == blocks
    assert [past.segments.finder.between(node, SCOPE) for node in asked] == before


def tree_of(chance: random.Random) -> Node:
    """A leaf, or a few of them; about the events of the crowd."""
    make: list[Callable[[random.Random], Any]] = [goal_leaf, goal_leaf, timeline_leaf]
    leaves = [chance.choice(make)(chance) for _ in range(chance.choice([1, 1, 1, 3]))]
    branch = {"operator": chance.choice(["and", "or"]), "leaves": leaves}
    node = read_tree(leaves[0] if len(leaves) == 1 else {"kind": "branch", "branch": branch})
    assert not isinstance(node, list), node
    return node


def goal_leaf(chance: random.Random) -> Any:
    name = chance.choice(["", "order.completed", "order.refunded", "plan.started"])
    leaf = {
        "goal_type": chance.choice(["*", "purchase", "subscription", "lead"]),
        "aggregate_operator": chance.choice(["sum", "count", "avg", "min", "max"]),
        "operator": chance.choice(["gte", "lte"]),
        "value": chance.choice([1, 2, 60, 90, 400]),
        "negate": chance.random() < 0.2,
        "pick": chance.choice(["all", "first", "last"]),
        **when(chance),
    }
    optional = {"event_name": name, "currency": "SEK", "trust": "signed"}
    leaf |= {key: value for key, value in optional.items() if value and chance.random() < 0.4}
    if leaf.get("event_name") and chance.random() < 0.5:
        leaf |= {"version": 1, "filters": [filter_on(chance, leaf["event_name"])]}
    return {"kind": "leaf", "leaf": {"source": "custom_events_goals", "custom_events_goal": leaf}}


def timeline_leaf(chance: random.Random) -> Any:
    kind = chance.choice([*FIELDS, "page.viewed", "nothing.such"])
    filters = [filter_on(chance, kind)] if kind in FIELDS and chance.random() < 0.6 else []
    leaf = {
        "kind": kind,
        "count_operator": chance.choice(["at_least", "at_most", "exactly"]),
        "count_value": chance.choice([0, 1, 2, 5, 15]),
        "filters": filters,
        **when(chance),
    }
    return {"kind": "leaf", "leaf": {"source": "contact_timeline", "contact_timeline": leaf}}


def when(chance: random.Random) -> Any:
    return chance.choice(
        [
            {"timeframe_operator": "anytime"},
            {
                "timeframe_operator": "in_the_last_days",
                "timeframe_values": [chance.choice(["30", "200", "500"])],
            },
            {"timeframe_operator": "before_date", "timeframe_values": ["2025-09-01"]},
            {"timeframe_operator": "in_date_range", "timeframe_values": ["2025-03-01", "2026-02-01"]},
        ]
    )


def filter_on(chance: random.Random, kind: str) -> Any:
    name, type_ = chance.choice([*FIELDS[kind].items()])
    if type_ in ("integer", "decimal") and chance.random() < 0.8:
        operator = chance.choice(["gt", "gte", "lt", "lte", "equals", "not_equals"])
        number = chance.choice([0, 3, 40, 90, 290, -20])
        return {"field_name": name, "field_type": "number", "operator": operator, "number_values": [number]}
    if type_ == "date":
        test = chance.choice([("before_date", ["2026-07-01"]), ("not_in_the_last_days", ["90"])])
        return {"field_name": name, "field_type": "time", "operator": test[0], "string_values": test[1]}
    operator = chance.choice(["contains", "not_contains", "in_array", "not_equals", "is_set"])
    values = chance.sample(TEXTS, 1 if operator == "not_equals" else 2) if operator != "is_set" else []
    return {"field_name": name, "field_type": "string", "operator": operator, "string_values": values}


ANYBODY = {
    "kind": "leaf",
    "leaf": {
        "source": "contact_timeline",
        "contact_timeline": {"kind": "order.completed", "count_operator": "at_least", "count_value": 1},
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Alice and Bob with two events each, all of them packed. Packing is for SQLite."""
    shop = open_shop(f"sqlite:///{tmp_path / 'packs.db'}")
    made = shop.define(EVERY_TYPE)
    data = f'{{"total":1,"phone":"{SECRET}"}}'
    commit(shop, write(made, "a-1", data=data), write(made, "a-2", data=data))
    commit(shop, write(made, "b-1", identifiers=BOB), write(made, "b-2", identifiers=BOB))
    assert Packer(shop.store.database, 4).turn(lambda: True) == {"packed": 1, "packed_anew": 0}
    yield shop
    shop.store.close()


def entries_at_least(shop: Shop, number: int) -> list[int]:
    leaf = ANYBODY["leaf"]["contact_timeline"] | {"count_value": number}  # type: ignore[index, operator]
    node = read_tree({"kind": "leaf", "leaf": {"source": "contact_timeline", "contact_timeline": leaf}})
    assert not isinstance(node, list)
    return shop.store.segments.finder.between(node, SCOPE)


def touched(shop: Shop) -> int:
    return len(shop.store.database.rows(Touched.select()))


def test_what_comes_after_packing_counts_at_once(shop: Shop) -> None:
    made = shop.store.definitions.all("shop")[0]
    alice, bob = owner(shop, ALICE), owner(shop, BOB)
    assert entries_at_least(shop, 2) == [alice, bob]
    commit(shop, write(made, "b-3", identifiers=BOB))
    assert entries_at_least(shop, 3) == [bob]
    commit(shop, write(made, "a-1", data='{"total":2}', occurred_at=NOON + 1))
    assert entries_at_least(shop, 3) == [alice, bob]
    commit(shop, write(made, "b-1", identifiers=BOB, data=None, deletion=NOON, occurred_at=NOON + 1))
    assert entries_at_least(shop, 3) == [alice]
    assert touched(shop) == 2


def test_a_visitors_events_count_once_it_is_known_who_that_is(shop: Shop) -> None:
    made = shop.store.definitions.all("shop")[0]
    commit(shop, *[anonymous(made, f"v-{number}", "visitor") for number in range(4)])
    assert Packer(shop.store.database, 4).pack_new()
    commit(shop, signed(made, "v-9", ALICE, "visitor"))
    assert entries_at_least(shop, 7) == [owner(shop, ALICE)]


def test_an_event_with_an_id_from_before_is_noticed(shop: Shop) -> None:
    """That of a process whose clock is an hour behind."""
    made = shop.store.definitions.all("shop")[0]
    behind = shop.clock.now() - 3_600_000_000
    with closing(open_store(shop.store.database.url, lambda: behind, lambda: 0.0)) as other:
        other.commit.write([write(made, "late-1"), write(made, "late-2")], NOON)
        commit(shop, write(made, "b-3", identifiers=BOB))
        assert touched(shop) == 2
        assert entries_at_least(shop, 4) == [owner(shop, ALICE)]
        other.commit.write([write(made, "late-2", data='{"total":2}', occurred_at=NOON + 1)], NOON)
    assert touched(shop) == 2
    assert entries_at_least(shop, 5) == [owner(shop, ALICE)]


def test_nothing_of_an_erased_person_stays_packed(shop: Shop) -> None:
    shop.clock.forward(3600)
    assert any(SECRET.encode() in row["content"] for row in packed_parts(shop))
    shop.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, shop.clock.now())
    assert not any(SECRET.encode() in row["content"] for row in packed_parts(shop))
    assert SECRET.encode() not in Path(shop.store.database.url.removeprefix("sqlite:///")).read_bytes()
    assert entries_at_least(shop, 1) == [owner(shop, BOB)]
    assert Packer(shop.store.database, 4).pack_stale(most=0)
    assert touched(shop) == 0
    assert entries_at_least(shop, 1) == [owner(shop, BOB)]


def test_what_is_erased_while_it_is_packed_is_not_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.clock.forward(3600)
    made = shop.store.definitions.all("shop")[0]
    commit(shop, write(made, "b-1", identifiers=BOB, data='{"total":2}', occurred_at=NOON + 1))
    pack = packs.pieces.pack

    def pack_and_erase(*of: Any) -> Any:
        found = pack(*of)
        shop.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, shop.clock.now())
        return found

    monkeypatch.setattr(packs.pieces, "pack", pack_and_erase)
    assert not Packer(shop.store.database, 4).pack_stale(most=0)
    assert packed_parts(shop) == []
    monkeypatch.undo()
    assert Packer(shop.store.database, 4).pack_stale(most=0)
    assert entries_at_least(shop, 1) == [owner(shop, BOB)]


def packed_parts(shop: Shop) -> list[dict[str, Any]]:
    return shop.store.database.rows(Part.select())


def test_too_many_events_from_their_rows_are_left_to_sql(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.store.definitions.all("shop")[0]
    commit(shop, write(made, "b-3", identifiers=BOB), write(made, "b-4", identifiers=BOB))
    monkeypatch.setattr(evaluating, "MOST_UNPACKED", 1)
    monkeypatch.setattr(Evaluation, "members", lambda *_: pytest.fail("not worth it"))
    assert entries_at_least(shop, 3) == [owner(shop, BOB)]


def test_the_timetable_packs_and_leaves_postgresql_alone(
    shop: Shop, postgresql_ready_database_url: str
) -> None:
    (job,) = [job for job in JOBS if job.name == "pack"]
    assert job.work(Run(shop.store, NOON, lambda: True)) == {"packed": 0, "packed_anew": 0}
    other = open_shop(postgresql_ready_database_url)
    assert job.work(Run(other.store, NOON, lambda: True)) == {"packed": 0, "packed_anew": 0}
    other.store.close()
