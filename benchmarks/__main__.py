"""`make bench`: every benchmark in turn, and their figures into docs/performance.md.

A run with a wrong answer has no figures: the others go on, and this one ends with 1.

python -m benchmarks [--rounds 5] [--seconds 3] [--full] [NAME …]
"""

from __future__ import annotations

import argparse
import time

from benchmarks import (
    against_runlight,
    batch,
    frames,
    grouping,
    importing,
    judging,
    million,
    on_postgres,
    page_speed,
    single,
    snippets,
    wide,
)
from benchmarks.figures import Benchmark, keep, write_table
from benchmarks.load import Refused

SHORT: dict[str, Benchmark] = {
    "single": single.measure,
    "batch": batch.measure,
    "frames": frames.measure,
    "grouping": grouping.measure,
    "importing": importing.measure,
    "judging": judging.measure,
    "on_postgres": on_postgres.measure,
    "snippets": snippets.measure,
    "page_speed": page_speed.measure,
    "against_runlight": against_runlight.measure,
    "wide": wide.measure,
}
LONG: dict[str, Benchmark] = {"million": million.measure}
"""Those that take minutes: `make bench-full`."""


def main() -> None:
    every = SHORT | LONG
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", metavar="NAME", choices=[[], *every], help=", ".join(every))
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=float, default=3.0, help="for each turn")
    asked.add_argument("--full", action="store_true", help="those that take minutes too")
    wanted = asked.parse_args()
    chosen = wanted.names or (every if wanted.full else SHORT)
    refused = []
    for name in chosen:
        begun = time.monotonic()
        try:
            figures = every[name](wanted.rounds, wanted.seconds)
        except Refused as error:
            refused.append(f"{name} has no figures: {error}")
            continue
        lines = [figure.line() for figure in figures]
        print(f"{name}: {time.monotonic() - begun:.0f} s", *lines, sep="\n", flush=True)
        write_table(keep(figures), wanted.rounds)
    if refused:
        raise SystemExit("\n".join(refused))


if __name__ == "__main__":
    main()
