"""docs/operations.md multiplies right what docs/scaling.md says was measured."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
A_DAY = 1_000_000_000
SECONDS = 86_400
AVERAGE = A_DAY / SECONDS
PEAK = 3 * AVERAGE
BUSY = 0.7
"""What a process has to do, of a core of its own."""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def rows(name: str, heading: str) -> dict[str, list[str]]:
    """The tables under a heading: a line's first cell → its others."""
    text = (DOCS / name).read_text()
    part = text[text.index(f"\n## {heading}\n") + 4 :].split("\n## ")[0]
    return {cells(line)[0]: cells(line)[1:] for line in part.splitlines() if line.startswith("| ")}


def numbers(cell: str) -> list[float]:
    """`4.5 cores, 7 collectors` has 4.5 and 7."""
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", cell)]


@pytest.fixture(scope="module")
def measured() -> dict[str, list[str]]:
    return rows("scaling.md", "What an event costs")


@pytest.fixture(scope="module")
def reckoned() -> dict[str, list[str]]:
    return rows("operations.md", "To a thousand million events a day")


def dearest(measured: dict[str, list[str]], kind: str, column: int) -> float:
    return max(
        numbers(line[column])[0] for name, line in measured.items() if kind in name and numbers(line[column])
    )


def require(cell: str, *expected: float) -> None:
    """As far as the digits of a cell go."""
    found = numbers(cell)
    assert len(found) == len(expected), cell
    for number, wanted in zip(found, expected, strict=True):
        assert number == pytest.approx(wanted, rel=0.005, abs=0.051), cell


def test_what_an_event_costs_is_the_dearest_that_was_measured(
    measured: dict[str, list[str]], reckoned: dict[str, list[str]]
) -> None:
    require(reckoned["collectors"][0], dearest(measured, "collector", 1))
    require(reckoned["workers"][0], dearest(measured, "worker", 1))
    nats = dearest(measured, "collector", 2) + dearest(measured, "worker", 2)
    require(reckoned["NATS, each of three nodes"][0], nats)
    require(reckoned["PostgreSQL's backends"][0], dearest(measured, "worker", 3))
    fewest = min(numbers(line[0])[0] for name, line in measured.items() if "of each" in name)
    require(reckoned["messages, each an `fsync` of the stream"][0], 1 / fewest)
    for part, column in (
        ("stream, into each node's disk", 1),
        ("PostgreSQL's tables and indexes", 2),
        ("PostgreSQL's log", 3),
    ):
        require(reckoned[part][0], dearest(measured, "of each", column))


def test_cores_and_processes_are_multiplied_right(reckoned: dict[str, list[str]]) -> None:
    for part in ("collectors", "workers"):
        for cell, rate in zip(reckoned[part][1:3], (AVERAGE, PEAK), strict=True):
            cores = numbers(reckoned[part][0])[0] * rate / 1e6
            require(cell, cores, math.ceil(cores / BUSY))
    for part in ("NATS, each of three nodes", "PostgreSQL's backends"):
        for cell, rate in zip(reckoned[part][1:3], (AVERAGE, PEAK), strict=True):
            require(cell, numbers(reckoned[part][0])[0] * rate / 1e6)


def test_bytes_and_rows_are_multiplied_right(reckoned: dict[str, list[str]]) -> None:
    for part, unit in (
        ("stream, into each node's disk", 1e6),
        ("messages, each an `fsync` of the stream", 1),
        ("rows of PostgreSQL: events and changes", 1),
        ("PostgreSQL's tables and indexes", 1e6),
        ("PostgreSQL's log", 1e6),
    ):
        for cell, rate in zip(reckoned[part][1:3], (AVERAGE, PEAK), strict=True):
            require(cell, numbers(reckoned[part][0])[0] * rate / unit)
    month = {part: numbers(line[3]) for part, line in reckoned.items() if numbers(line[3])}
    size, log = (numbers(reckoned[f"PostgreSQL's {part}"][0])[0] for part in ("tables and indexes", "log"))
    a_day = size * A_DAY / 1e12
    assert month["PostgreSQL's tables and indexes"] == pytest.approx([30 * a_day, a_day], rel=0.005)
    assert month["PostgreSQL's log"] == pytest.approx([30 * log * A_DAY / 1e12], rel=0.005)
    assert month["rows of PostgreSQL: events and changes"] == [30 * 2 * A_DAY / 1e6]


def test_the_sentences_around_the_table_have_its_figures(reckoned: dict[str, list[str]]) -> None:
    text = (DOCS / "operations.md").read_text()
    assert f"are {AVERAGE:,.0f} a second" in text
    assert f"at the peak, {PEAK:,.0f}." in text
    hour = numbers(reckoned["stream, into each node's disk"][0])[0] * AVERAGE * 3600 / 1e9
    assert f"is {hour:.1f} GB on each node" in text
