"""Ids: they grow, whoever takes however many, and tell when they were made."""

from __future__ import annotations

from itertools import pairwise

import pytest

from collector.core.ids import IdSource, decode, encode, first_of, made_at
from tests.cast import NOON

MILLISECOND = 1_000
OF_A_MILLISECOND = 4_096


@pytest.mark.parametrize("count", [1, 50, OF_A_MILLISECOND - 1, OF_A_MILLISECOND, 3 * OF_A_MILLISECOND + 7])
def test_ids_grow_however_many_are_taken_at_once(count: int) -> None:
    source = IdSource(37, lambda: NOON)
    taken = [*source.take(3), *source.take(count), source.next(), *source.take(count)]
    assert len(taken) == 2 * count + 4
    assert all(one < other for one, other in pairwise(taken))
    assert taken[0] >= first_of(NOON)


def test_what_is_too_much_for_a_millisecond_is_of_the_next() -> None:
    *first, last = IdSource(1, lambda: NOON).take(OF_A_MILLISECOND + 1)
    assert {made_at(one) for one in first} == {NOON}
    assert made_at(last) == NOON + MILLISECOND


def test_two_nodes_never_make_the_same_id() -> None:
    sources = [IdSource(node, lambda: NOON) for node in (1, 2)]
    one, other = ({*source.take(2 * OF_A_MILLISECOND)} for source in sources)
    assert one.isdisjoint(other)


def test_an_id_is_written_and_read() -> None:
    number = IdSource(1023, lambda: NOON).next()
    assert decode(encode(number)) == number
