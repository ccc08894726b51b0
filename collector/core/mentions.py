"""Whether a document names somebody: by an identifier in any spelling, or by the id of their browser."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from collector.core.identifiers import KINDS, normalise

Name = tuple[str, str]
"""identifier kind, normalised value"""

_WRITTEN_OUT = ("email", "mobile")
"""The kinds that can be told from any other text: a crm_id counts as one only where identifiers stand."""


class Person:
    """Somebody to look for. `visitors` are the ids of their browsers."""

    def __init__(self, names: Collection[Name], visitors: Collection[str]) -> None:
        self._names = frozenset(names)
        self._visitors = frozenset(visitors)
        written = sorted(value for kind, value in self._names if kind in _WRITTEN_OUT)
        self._written = _standing_alone(written) if written else None

    def is_named_in(self, payload: Any) -> bool:
        """Whether a decoded payload, or anything like one, names the person anywhere."""
        if isinstance(payload, dict):
            identifiers = _texts(payload.get("identifiers"), and_numbers=True)
            if any(self._is(kind, value) for value in identifiers for kind in KINDS):
                return True
        return any(self._is_in(text) for text in _texts(payload))

    def _is(self, kind: str, value: str) -> bool:
        return (kind, normalise(kind, value, "")) in self._names

    def _is_in(self, text: str) -> bool:
        if text in self._visitors or (self._written is not None and self._written.search(text.lower())):
            return True
        return any(self._is(kind, text) for kind in _WRITTEN_OUT)


def _standing_alone(values: Collection[str]) -> re.Pattern[str]:
    """One of the values in a longer text, but not as a part of another address or number."""
    one_of = "|".join(map(re.escape, values))
    return re.compile(rf"(?<![\w.+-])(?:{one_of})(?![\w-]|\.\w)")


def _texts(document: Any, and_numbers: bool = False) -> Iterator[str]:
    """Every text in a document, the names of members left out; a number as its digits, if wanted."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif and_numbers and type(one) is int:
            yield str(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
