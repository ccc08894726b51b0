"""The server's log: a line starts with what we say, whatever is in the values that it tells of."""

from __future__ import annotations

import logging
import re
import sys

_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class _Harmless(logging.Formatter):
    """Control characters are spelt out, and whatever follows a line's end is indented behind a bar.

    So a value with a newline or a terminal's escape codes in it can neither forge a line nor colour one.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = _CONTROLS.sub(_spelt_out, super().format(record))
        return text.replace("\n", "\n    | ")


def _spelt_out(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def to_stderr() -> None:
    """Sends all of this process's log to its standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Harmless("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
