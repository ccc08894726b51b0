"""Waiting for what another process does, without guessing how long it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_ATTEMPTS = 1_000
_PAUSE = 0.02


def eventually(ask: Callable[[], T]) -> T:
    """The first answer of `ask` that is true; the last one after twenty seconds, for an assertion to show."""
    answer = ask()
    for _ in range(_ATTEMPTS):
        if answer:
            break
        threading.Event().wait(_PAUSE)
        answer = ask()
    return answer
