"""The server's log: lines for people at a terminal, a JSON object a line elsewhere, and nothing of a person.

A line says what we say, whatever is in the values that it tells of. What an error says of itself is left out
where it could repeat a value that somebody sent (`core/failures.py`).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from collector.core.failures import words_of
from collector.settings import Settings
from collector.web import request_ids

_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OURS = ("collector", "snippet")

log = logging.getLogger(__name__)


class _ForPeople(logging.Formatter):
    """Control characters are spelt out, and whatever follows a line's end is indented behind a bar.

    So a value with a newline or a terminal's escape codes in it can neither forge a line nor colour one.
    """

    def format(self, record: logging.LogRecord) -> str:
        name = request_ids.current()
        request = f" [{name}]" if name else ""
        first = f"{self.formatTime(record)} {record.levelname} {record.name}: {_said(record)}{request}"
        text = "\n".join([first, *_failure(record)])
        return _CONTROLS.sub(_spelt_out, text).replace("\n", "\n    | ")


class _ForPrograms(logging.Formatter):
    """One object a line, its members always in the same order; JSON escapes whatever would end the line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _said(record),
        }
        if name := request_ids.current():
            line["request_id"] = name
        line["process"] = record.process
        line.update(getattr(record, "facts", {}))
        if failure := list(_failure(record)):
            line["failure"] = failure
        return json.dumps(line)


def to_stderr(settings: Settings) -> None:
    """Sends all of this process's log to its standard error, as the settings say.

    What nobody has caught is a line of it too, in whichever thread it was.
    """
    is_for_people = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ForPeople() if is_for_people else _ForPrograms())
    level = logging.getLevelName(settings.log_level.upper())
    # Below a warning, others tell values: peewee every statement with its parameters.
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda about: _uncaught(about.exc_type, about.exc_value, about.exc_traceback)
    sys.unraisablehook = lambda about: _uncaught(about.exc_type, about.exc_value, about.exc_traceback)


def _said(record: logging.LogRecord) -> str:
    """A record's sentence; of what others log the first line: they go on with what failed, values and all."""
    text = record.getMessage()
    return text if record.name.startswith(_OURS) else text.partition("\n")[0]


def _failure(record: logging.LogRecord) -> Iterator[str]:
    """The error of a record: what kind it is, from where to where it came, and what it came of."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        yield words_of(error)
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    log.error("uncaught: %s", kind.__name__, exc_info=(kind, error, where))


def _spelt_out(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()
