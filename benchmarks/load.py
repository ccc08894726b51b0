"""The load: wrk with a plan, and what it counted."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.scene import DEFINITIONS, PEOPLE
from tests.environment import debian

SCRIPT = Path(__file__).with_name("load.lua")
MISSING = "The benchmarks send their load with wrk and could not get it: `apt-get install wrk`."


@dataclass(frozen=True, slots=True)
class Plan:
    """One kind of request, over and over. `expected` is in the body of every right answer.

    In `path`, `body` and `forwarded` (an address for X-Forwarded-For), @N is an id used once, @P one of
    the people, @I an address of theirs, @D one of the definitions, @A one of `addresses`.
    """

    path: str
    body: str = ""
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    expected: str = ""
    status: int = 200
    addresses: Sequence[str] = ("",)
    forwarded: str = ""

    def as_lua(self, tag: str) -> str:
        """The plan as `load.lua` reads it; `tag` sets the ids of this run apart from all others."""
        members = {
            "path": _text(self.path),
            "body": _text(self.body),
            "method": _text(self.method),
            "expected": _text(self.expected),
            "status": str(self.status),
            "tag": _text(tag),
            "people": str(PEOPLE),
            "definitions": str(DEFINITIONS),
            "headers": _table(f"[ {_text(name)} ]={_text(value)}" for name, value in self.headers.items()),
            "addresses": _table(_text(one) for one in self.addresses),
            "forwarded": _text(self.forwarded) if self.forwarded else "nil",
        }
        return f"return {_table(f'{name}={value}' for name, value in members.items())}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a load: right answers, seconds; milliseconds that half and all but 1 % of them took."""

    right: int
    seconds: float
    median_ms: float
    slow_ms: float


class Refused(Exception):
    """Some of the answers were not what the plan expects: such a run has no figures."""


def wrk() -> str:
    """The program, installed from Debian if need be. Raises `SystemExit`."""
    found = shutil.which("wrk")
    if found is None and debian.install("wrk"):
        found = shutil.which("wrk")
    if found is None:
        raise SystemExit(MISSING)
    return found


def send(url: str, plan: Plan, seconds: float, tag: str, connections: int = 64) -> Heard:
    """Sends the plan's requests for so long. Raises `Refused` if a single answer was not right."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(plan.as_lua(tag))
        file.flush()
        command = [wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
        done = subprocess.run(
            [*command, "-s", str(SCRIPT), url, "--", file.name], capture_output=True, text=True, check=False
        )
    return _heard(done.stdout, done.stderr)


def _heard(said: str, complained: str) -> Heard:
    lines = said.splitlines()
    counts = next((line[2:].split() for line in lines if line.startswith("@@")), None)
    example = next((line[2:] for line in lines if line.startswith("@!")), "")
    if counts is None:
        raise Refused(f"wrk said nothing to count: {said} {complained}")
    right, wrong, errors, duration, median, slow = (float(count) for count in counts)
    if wrong or errors or not right:
        raise Refused(f"{wrong:.0f} wrong answers, {errors:.0f} errors, {right:.0f} right; {example[:500]}")
    return Heard(int(right), duration / 1e6, median / 1e3, slow / 1e3)


def _text(text: str) -> str:
    return f"[==[{text}]==]"


def _table(members: Iterable[str]) -> str:
    return "{" + ",".join(members) + "}"
