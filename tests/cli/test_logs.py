"""A value in the log is a value: it forges no line and colours no terminal."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from collector.cli import logs

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


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    text = io.StringIO()
    monkeypatch.setattr("sys.stderr", text)
    logs.to_stderr()
    yield text
    root.handlers[:], root.level = before


@pytest.mark.parametrize("value", EVIL)
def test_a_value_stays_in_its_line(written: io.StringIO, value: str) -> None:
    logging.getLogger("collector.test").error("refused: %s", value)
    _expect_one_entry(written.getvalue())


@pytest.mark.parametrize("value", EVIL)
def test_a_value_in_a_traceback_stays_behind_the_bar(written: io.StringIO, value: str) -> None:
    try:
        raise ValueError(value)
    except ValueError:
        logging.getLogger("collector.test").exception("unforeseen")
    _expect_one_entry(written.getvalue())


def _expect_one_entry(text: str) -> None:
    first, *others = text.removesuffix("\n").split("\n")
    assert " ERROR collector.test: " in first
    assert all(line.startswith("    | ") for line in others)
    assert all(character.isprintable() or character == "\n" for character in text)
