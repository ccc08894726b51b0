"""The list of what a usual run sees on PostgreSQL too names tests that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.long_run import LONG, ON_BOTH, is_long

TESTS = Path(__file__).parent


def written(where: str) -> str:
    """Everything in a folder, or in a file; without the parts that a name of a test has."""
    path = TESTS / where.partition("::")[0]
    files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text() for file in files)


@pytest.mark.parametrize("room", ON_BOTH)
def test_every_test_that_stays_is_there(room: str) -> None:
    there = written(room)
    assert {test for test in ON_BOTH[room] if f"def {test}(" not in there} == set()


@pytest.mark.parametrize("where", sorted({where for where, _ in LONG}))
def test_every_test_that_is_for_the_long_run_is_there(where: str) -> None:
    test = where.partition("::")[2].partition("[")[0]
    assert f"def {test or 'test_'}" in written(where)


def test_the_first_turn_is_in_every_run_and_the_second_only_if_it_is_named() -> None:
    test = "tests/web/pages/test_live_pages.py::test_live_is_paged_and_shows_everything_once"
    assert not is_long(f"{test}[sqlite]")
    assert not is_long(f"{test}[postgresql]")
    other = "tests/web/pages/test_live_pages.py::test_live_says_what_the_next_step_is"
    assert not is_long(f"{other}[sqlite]")
    assert is_long(f"{other}[postgresql]")
