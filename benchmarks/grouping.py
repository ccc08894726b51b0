"""Group commit against one commit per request: single events, 64 connections, SQLite.

    python -m benchmarks.grouping [--rounds 5] [--seconds 3]

The same server twice; in the second every request has a transaction of its own.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import furnish
from benchmarks.single import compared, event_plan

COMMAND = "python -m benchmarks.grouping"


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, other = (furnish(f"sqlite:///{folder / file}") for file in ("grouped.db", "each.db"))
        with (
            serving.fieldpost(one.url, folder) as grouped,
            serving.one_commit_each(other.url, folder) as each,
        ):
            groups = Contestant("groups", grouped, event_plan(one), lambda: rows(one.url))
            singles = Contestant("one commit each", each, event_plan(other), lambda: rows(other.url))
            interleave([groups, singles], rounds, seconds)
    what = "group commit against one commit per request, 64 connections"
    return [Figure(what, ratio(groups, singles), 2, 3, compared(groups, singles), COMMAND, unit=" ×")]


if __name__ == "__main__":
    run_alone(measure, __doc__)
