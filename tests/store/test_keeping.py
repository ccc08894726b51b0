"""Keeping rejections: what is needed to judge them again, the newest only, and every loss counted.

Each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from peewee import Table
from playhouse.migrations import Runner

from collector.core import ids
from collector.core.causes import cause_of
from collector.core.problems import Fault
from collector.store.database import MIGRATIONS, Database
from collector.store.keeping import Keeper, Kept, gone
from collector.store.ledger import sums
from collector.store.models import Ledger, Rejection
from collector.store.opening import Store, open_store
from collector.store.rejections import Rejections, Selection
from tests.cast import EVERY_TYPE, NOON, Shop, open_shop
from tests.store.writes import commit, rejection

BOUND = 20
OLD_COLUMNS = (
    *("id", "section", "definition", "version", "event_name", "event_id", "door", "key", "received_at"),
    *("code", "faults", "payload"),
)


@pytest.fixture
def number(shop: Shop) -> int:
    found = ids.decode(shop.define(EVERY_TYPE).id)
    assert found is not None
    return found


def bounded(shop: Shop, bound: int = BOUND) -> None:
    """The shop as if it had been opened with this bound."""
    shop.store.commit._keeper = Keeper(
        shop.store.database, shop.store.commit._take_ids, shop.store.commit.node, bound
    )


def kept(shop: Shop) -> list[dict[str, object]]:
    return shop.store.database.rows(Rejection.select().order_by(Rejection.id))


def balance(shop: Shop) -> Counter[int]:
    """By definition: what the ledger counted as rejected, less the rows, less what is counted as gone."""
    left: Counter[int] = Counter()
    for row in shop.store.database.rows(Ledger.select(Ledger.definition, Ledger.rejected)):
        left[row["definition"]] += row["rejected"]
    for kept_row in shop.store.database.rows(Rejection.select(Rejection.definition)):
        left[kept_row["definition"] or 0] -= 1
    for definition, fates in gone(shop.store.database, "shop").items():
        left[definition] -= sum(fates.values())
    return Counter({definition: count for definition, count in left.items() if count})


def test_the_newest_of_each_definition_are_kept_and_the_others_are_counted(shop: Shop, number: int) -> None:
    bounded(shop)
    for start in range(0, 60, 5):
        commit(shop, *(rejection(definition_id=number, event_id=str(start + one)) for one in range(5)))
        commit(shop, rejection(event_id=str(start)))
    of_it = [row["event_id"] for row in kept(shop) if row["definition"] == number]
    assert of_it == [str(one) for one in range(60 - len(of_it), 60)]
    assert BOUND <= len(of_it) < BOUND + 5
    assert len([row for row in kept(shop) if row["definition"] is None]) == 12
    assert gone(shop.store.database, "shop")[number]["dropped"] == 60 - len(of_it)
    assert balance(shop) == Counter()


def test_unknown_names_share_one_bound_in_their_section(shop: Shop, number: int) -> None:
    bounded(shop)
    commit(shop, *(rejection(event_name=f"odd.{one}") for one in range(50)), rejection(definition_id=number))
    assert Counter(row["definition"] for row in kept(shop)) == {None: BOUND, number: 1}
    assert gone(shop.store.database, "shop") == {0: {"dropped": 30, "released": 0, "erased": 0}}
    assert balance(shop) == Counter()


def test_a_bound_of_nothing_keeps_nothing_and_counts_it(shop: Shop, number: int) -> None:
    bounded(shop, 0)
    commit(shop, *(rejection(definition_id=number) for _ in range(7)))
    assert kept(shop) == []
    assert gone(shop.store.database, "shop")[number]["dropped"] == 7


def test_a_process_that_has_just_started_looks_at_once(shop: Shop, number: int) -> None:
    commit(shop, *(rejection(definition_id=number) for _ in range(50)))
    bounded(shop)
    commit(shop, rejection(definition_id=number))
    assert len(kept(shop)) == BOUND
    assert balance(shop) == Counter()


def test_dry_runs_do_not_put_the_bound_off(shop: Shop, number: int) -> None:
    bounded(shop)
    for one in range(60):
        commit(shop, rejection(definition_id=number, event_id=str(one)))
        shop.store.commit.rehearse([rejection(definition_id=number)] * 10, NOON)
    assert len(kept(shop)) <= BOUND + BOUND // 10
    assert balance(shop) == Counter()
    assert sums(shop.store.database, "shop")["received"] == 60


def test_processes_that_drop_at_the_same_moment_count_each_loss_once(shop: Shop, number: int) -> None:
    url, clock = shop.store.database.url, shop.clock
    others = [open_store(url, clock.now, clock.tick, Kept(BOUND)) for _ in range(3)]

    def arrive(store: Store) -> None:
        for _ in range(25):
            store.commit.write([rejection(definition_id=number)] * 4, NOON)

    threads = [threading.Thread(target=arrive, args=(store,)) for store in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert BOUND <= len(kept(shop)) <= BOUND + 3 * 5
    assert balance(shop) == Counter()
    for store in others:
        store.close()


def test_what_is_let_go_is_counted_once_by_what_became_of_it(shop: Shop, number: int) -> None:
    commit(shop, *(rejection(definition_id=number) for _ in range(3)), rejection())
    first, second, *_ = [row["id"] for row in kept(shop)]
    keeper = shop.store.commit._keeper
    with shop.store.database.writing():
        assert keeper.let_go([first, second, first], "released") == 2
        assert keeper.let_go([first, 1], "erased") == 0
    assert gone(shop.store.database, "shop")[number] == {"dropped": 0, "released": 2, "erased": 0}
    assert len(kept(shop)) == 2
    assert balance(shop) == Counter()


def test_one_cause_is_one_number_whatever_the_sentences_and_values(shop: Shop, number: int) -> None:
    said = [Fault("type-wrong", "/data/total", "This is a number."), Fault("too-small", "/data/lines", "No.")]
    other = [replace(said[0], message="Not a number."), said[1]]
    for faults in (said, other[::-1], said[:1]):
        commit(shop, rejection(definition_id=number, faults=tuple(faults)))
    commit(shop, rejection(definition_id=number, faults=tuple(said), code="version-pending"))
    commit(shop, rejection(faults=tuple(said)))
    causes = [row["cause"] for row in kept(shop)]
    assert causes[0] == causes[1]
    assert len(set(causes)) == 4


def test_causes_are_counted_over_an_index_alone(tmp_path: Path) -> None:
    shop = open_shop(f"sqlite:///{tmp_path / 'f.db'}")
    asked: list[tuple[str, tuple[object, ...]]] = []
    execute = shop.store.database.peewee.execute_sql

    def listen(sql: str, params: tuple[object, ...] = ()) -> object:
        asked.append((sql, params))
        return execute(sql, params)

    shop.store.database.peewee.execute_sql = listen
    for chosen in (
        Selection("shop", [1, 2]),
        Selection("shop", [1], ()),
        Selection("shop", [1], (), cause=5),
    ):
        asked.clear()
        shop.store.rejections.causes(chosen, 25)
        plan = [str(row) for sql, params in asked for row in execute(f"EXPLAIN QUERY PLAN {sql}", params)]
        assert "USING COVERING INDEX rejection_section_definition_cause_id" in plan[0]
    shop.store.close()


def test_what_was_kept_before_causes_were_known_has_one_and_is_never_judged_again(database_url: str) -> None:
    database = Database(database_url)
    with database.connected():
        Runner(database.peewee, directory=str(MIGRATIONS)).up("0009_totals")
    old = Table("rejection", OLD_COLUMNS)
    faults = '[{"code": "too-small", "pointer": "/data/total", "message": "No."}]'
    told = ("shop", None, None, "odd", "1", "api", None, NOON, "payload-invalid", faults, '{"id": "1"}')
    rows = [(number, *told) for number in range(1, 1_200)]
    database.run(old.insert(rows, columns=[getattr(old, name) for name in OLD_COLUMNS]))
    assert "0010_rejections" in database.migrate()
    [cause] = Rejections(database).causes(Selection("shop", []), 5).items
    assert (cause.count, cause.example.is_partial) == (len(rows), True)
    fault = Fault("too-small", "/data/total", "No.")
    assert cause.cause == cause_of(None, "odd", "payload-invalid", [fault])
    database.close()
