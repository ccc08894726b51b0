"""Ten times what can be carried, one section a hundred times the others: who is served, and how fast."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import pytest

from tests.faults.crowd import crowded
from tests.faults.load import loaded
from tests.faults.processes import resident_mebibytes
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import Server
from tests.servers.waiting import eventually

GREEDY = 400
"""Connections of the section that wants everything: more than it may have inside at once."""

FEW, MANY = 100, 1_000
MODEST = 4
ENOUGH = 40
FAST_SECONDS = 3.0
MOST_MEBIBYTES = 250
"""In the middle of it all, on a machine that has other things to do too; without load it is under 150."""


@pytest.fixture(scope="module")
def greedy_and_modest(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Shop, Shop, Server]]:
    folder = tmp_path_factory.mktemp("overload")
    shop = new_shop(folder, f"sqlite:///{folder / 'fieldpost.db'}", "Modest")
    server = shop.serve()
    yield shop, shop.others["Modest"], server
    server.stop()


def test_a_section_that_wants_everything_is_shed_and_the_others_are_served(
    greedy_and_modest: tuple[Shop, Shop, Server],
) -> None:
    greedy, modest, server = greedy_and_modest
    with crowded(greedy, GREEDY, "greedy") as crowd:
        assert eventually(lambda: crowd.told.statuses[503] > GREEDY)
        with loaded(modest, MODEST, name="modest") as others:
            assert eventually(lambda: len(others.told.seconds) >= ENOUGH), others.told.statuses
            memory = max(resident_mebibytes(server))
            before = crowd.told.acknowledged.total()
            assert eventually(lambda: crowd.told.acknowledged.total() > before)
    assert others.told.statuses[503] <= len(others.told.seconds) // 10
    assert statistics.median(others.told.seconds) < FAST_SECONDS
    assert statistics.median(crowd.told.seconds) < FAST_SECONDS
    assert memory < MOST_MEBIBYTES
    for told in (crowd, others):
        require_nothing_lost(greedy, told)


def test_ten_times_what_can_be_carried_is_shed(greedy_and_modest: tuple[Shop, Shop, Server]) -> None:
    """What is let in is as fast as if nobody else had come."""
    shop, _, _ = greedy_and_modest
    with crowded(shop, FEW, "few") as few:
        assert eventually(lambda: len(few.told.seconds) >= 500)
    with crowded(shop, MANY, "many") as many:
        assert eventually(lambda: many.told.statuses[503] > 1000)
        settled = len(many.told.seconds)
        assert eventually(lambda: len(many.told.seconds) >= settled + 500)
    assert few.told.statuses[503] == 0
    # Who is refused has the same way in, with the same thousand neighbours, and stays no time inside.
    inside = statistics.median(many.told.seconds[settled:]) - statistics.median(many.told.refused_seconds)
    assert inside < 4 * statistics.median(few.told.seconds) + 0.3
    for told in (few, many):
        require_nothing_lost(shop, told)
