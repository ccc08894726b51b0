"""What a benchmark says, and the table of docs/performance.md that is made of it."""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "performance.md"
KEPT = REPOSITORY / "build" / "benchmarks.json"
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_HEAD = """\
| what | measured | at least | aim | of what, and CPU per event | repeat with |
|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `floor` is what has to be reached, `aim` what we are after.

    `more_is_better`: whether a larger figure is the better one. `detail` says what was compared.
    """

    what: str
    measured: float
    floor: float
    aim: float
    detail: str
    command: str
    more_is_better: bool = True
    unit: str = ""

    @property
    def is_reached(self) -> bool:
        return self.measured >= self.floor if self.more_is_better else self.measured <= self.floor

    def line(self) -> str:
        """The figure as a line of the table."""
        shown = [f"{value:.3g}{self.unit}" for value in (self.measured, self.floor, self.aim)]
        mark = "" if self.is_reached else " (not reached)"
        bound = "≥" if self.more_is_better else "≤"
        cells = (
            self.what,
            f"**{shown[0]}**{mark}",
            f"{bound} {shown[1]}",
            shown[2],
            self.detail,
            f"`{self.command}`",
        )
        return f"| {' | '.join(cells)} |"


Benchmark = Callable[[int, float], list[Figure]]
"""From rounds, and seconds for each turn, to figures."""


def run_alone(measure: Benchmark, description: str | None, *, seconds: float = 3.0) -> None:
    """The command line of one benchmark: prints its lines, and ends with 1 if one is not reached."""
    asked = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=seconds, help="for each turn")
    wanted = asked.parse_args()
    figures = measure(wanted.rounds, wanted.seconds)
    print(_HEAD, *(figure.line() for figure in figures), sep="\n")
    raise SystemExit(0 if all(figure.is_reached for figure in figures) else 1)


def keep(figures: Sequence[Figure]) -> list[Figure]:
    """Adds figures to those of earlier runs, newest first to count; all of them."""
    known = {figure.what: figure for figure in kept()} | {figure.what: figure for figure in figures}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps([asdict(figure) for figure in known.values()], indent=1))
    return list(known.values())


def kept() -> list[Figure]:
    """The figures of earlier runs on this machine."""
    return [Figure(**members) for members in json.loads(KEPT.read_text())] if KEPT.exists() else []


def write_table(figures: Sequence[Figure], rounds: int) -> None:
    """Puts the figures between the marks of docs/performance.md."""
    told = (
        f"Measured on {date.today()} at {_revision()}, {_machine()}; medians of {rounds} interleaved rounds."
    )
    table = "\n".join([_BEGIN, told, "", _HEAD, *(figure.line() for figure in figures), _END])
    marked = re.compile(f"{_BEGIN}.*{_END}", re.DOTALL)
    PAGE.write_text(marked.sub(lambda _: table, PAGE.read_text()))


def _revision() -> str:
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "no commit"


def _machine() -> str:
    cores = len(re.findall(r"^processor", Path("/proc/cpuinfo").read_text(), re.MULTILINE))
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"
