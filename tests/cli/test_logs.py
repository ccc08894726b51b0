"""The log: a value forges no line, colours no terminal, and is not in it at all where somebody sent it."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collector.cli import logs
from collector.core.problems import Problem
from collector.settings import BadSettings, Settings
from collector.web.request_ids import RequestIds

EVIL = (
    "x\n2026-01-01 00:00:00,000 ERROR collector: all keys were stolen",
    "x\r\nERROR forged",
    "x\rERROR forged",
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "\x1b]0;title\x07",
    "a\u2028ERROR forged",
    "a\x85ERROR forged",
    "a\x0bb\x0cc",
    "\u202egnp.exe",
    "\x00",
)
MARK = "mark-alice@example.com"
Start = Callable[..., io.StringIO]
log = logging.getLogger("collector.test")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the log with some settings; gives what is written."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook

    def started(is_terminal: bool = False, **settings: Any) -> io.StringIO:
        text = io.StringIO()
        text.isatty = lambda: is_terminal  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stderr", text)
        logs.to_stderr(Settings(**settings))
        return text

    yield started
    root.handlers[:], root.level = before
    for name in ("collector", "snippet"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(False)


def objects(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize("value", EVIL)
def test_a_value_stays_in_its_line(start: Start, value: str) -> None:
    written = start(log_format="text")
    log.error("refused: %s", value)
    first, *others = written.getvalue().removesuffix("\n").split("\n")
    assert " ERROR collector.test: " in first
    assert all(line.startswith("    | ") for line in others)
    assert all(character.isprintable() or character == "\n" for character in written.getvalue())


@pytest.mark.parametrize("value", EVIL)
def test_a_value_stays_in_its_object(start: Start, value: str) -> None:
    written = start()
    log.error("refused: %s", value)
    assert [line["message"] for line in objects(written)] == [f"refused: {value}"]
    assert all(" " <= character <= "~" for character in written.getvalue().removesuffix("\n"))


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("error", [ValueError, KeyError, UnicodeError, AssertionError, RuntimeError])
def test_what_an_error_says_of_a_value_is_not_told(
    start: Start, log_format: str, error: type[Exception]
) -> None:
    written = start(log_format=log_format)
    try:
        try:
            raise KeyError(MARK)
        except KeyError as cause:
            raise error(MARK) from cause
    except error:
        log.exception("unforeseen")
    assert MARK not in written.getvalue()
    assert error.__name__ in written.getvalue()
    assert "KeyError" in written.getvalue()
    assert "test_what_an_error_says_of_a_value_is_not_told" in written.getvalue()


def test_what_the_system_says_of_itself_is_told(start: Start) -> None:
    written = start()
    try:
        raise Problem("storage-unavailable", "The database takes too long.") from OSError(28, "No space left")
    except Problem:
        log.exception("failed")
    text = "\n".join(objects(written)[0]["failure"])
    assert "Problem: The database takes too long." in text
    assert "OSError: [Errno 28] No space left" in text


def test_what_nobody_caught_is_a_line_too_without_its_words(start: Start) -> None:
    written = start()

    def fail() -> None:
        raise ValueError(MARK)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [line["message"] for line in objects(written)] == ["uncaught: ValueError"]
    assert MARK not in written.getvalue()


def test_of_what_others_log_only_the_first_line_is_told(start: Start) -> None:
    written = start()
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task %s>", MARK)
    assert [line["message"] for line in objects(written)] == ["Task exception was never retrieved"]


def test_it_is_for_people_at_a_terminal_and_for_programs_elsewhere(start: Start) -> None:
    terminal = start(is_terminal=True)
    log.warning("here")
    assert terminal.getvalue().endswith(" WARNING collector.test: here\n")
    elsewhere = start()
    log.warning("there")
    (line,) = objects(elsewhere)
    assert list(line) == ["time", "level", "logger", "message", "process"]
    assert (line["level"], line["message"]) == ("warning", "there")


def test_the_level_is_a_setting(start: Start) -> None:
    written = start(log_level="error")
    log.warning("not this")
    log.error("but this")
    assert [line["message"] for line in objects(written)] == ["but this"]
    with pytest.raises(BadSettings):
        Settings.from_environment({"FIELDPOST_LOG_LEVEL": "loud"})
    with pytest.raises(BadSettings):
        Settings.from_environment({"FIELDPOST_LOG_FORMAT": "xml"})


def test_others_tell_nothing_below_a_warning(start: Start) -> None:
    written = start(log_level="debug")
    logging.getLogger("peewee").debug("SELECT … %s", MARK)
    log.debug("ours")
    assert [line["message"] for line in objects(written)] == ["ours"]


@pytest.mark.parametrize(
    ("trusted", "given", "is_taken"),
    [
        (1, "0123456789abcdef", True),
        (1, "a1b2c3d4-e5f6-7890-abcd-ef0123456789", True),
        (0, "0123456789abcdef", False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "alice@example.com-0123", False),
        (1, "0123456789abcdef\n", False),
        (1, "0123456789 abcdef", False),
        (1, "", False),
    ],
)
def test_a_requests_name_is_a_trusted_proxys_or_our_own(
    start: Start, trusted: int, given: str, is_taken: bool
) -> None:
    written = start()
    ids = RequestIds(trusted)
    environ = {"HTTP_X_REQUEST_ID": given}
    ids.begin(environ)
    log.error("in a request")
    ids.end()
    log.error("in none")
    first, second = objects(written)
    assert "request_id" not in second
    assert first["request_id"] == ids.of(environ)
    assert (first["request_id"] == given) == is_taken
    assert ids.headers(environ, "api", 200) == (("X-Request-Id", first["request_id"]),)


def test_a_page_that_is_refused_nothing_needs_no_name() -> None:
    environ: dict[str, Any] = {}
    assert RequestIds(0).headers(environ, "beacon", 200) == ()
    assert environ == {}
    assert RequestIds(0).headers(environ, "beacon", 422)[0][0] == "X-Request-Id"
