"""How many examples are generated: a few in a usual run; the long run has these tests again, with many."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

_is_long: list[bool] = []


def begin(config: pytest.Config) -> None:
    """Whether this is the long run, which `make test-full` adds; to be told before any test is read."""
    _is_long[:] = [config.getoption("markexpr") == "full"]


def examples(few: int, many: int) -> int:
    return many if _is_long[0] else few


def made_long(items: Iterable[pytest.Item]) -> None:
    """Makes what hypothesis generates a part of the long run, if this is it."""
    for item in items:
        if _is_long[0] and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.full)
