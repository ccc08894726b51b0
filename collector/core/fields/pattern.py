"""Patterns of fields: RE2, whose time grows only with the length of the text, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 1000
"""Characters of a pattern."""


class Pattern:
    """A compiled pattern that must match a whole text."""

    def __init__(self, source: str) -> None:
        """Raises ValueError, with RE2's reason, for what is not RE2 syntax."""
        options: Any = re2.Options()
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(source, options)
        except re2.error as error:
            raise ValueError(_reason(error)) from error

    def fits(self, text: str) -> bool:
        # As bytes: re2 then does not count code points, which takes longer than the match.
        return self._compiled.fullmatch(text.encode()) is not None


@lru_cache(maxsize=1024)
def compiled(source: str) -> Pattern:
    """The pattern, from memory if it was compiled before. Raises ValueError."""
    return Pattern(source)


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown"
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
