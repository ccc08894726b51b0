"""A snippet, whole (200) and unchanged (304), 64 connections, against an empty Flask route.

python -m benchmarks.snippets [--rounds 5] [--seconds 3]
"""

from __future__ import annotations

import tempfile
import urllib.request
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.load import Plan
from benchmarks.rounds import Contestant, interleave, ratio
from benchmarks.scene import BROWSER, ORIGIN, furnish
from benchmarks.single import compared

COMMAND = "python -m benchmarks.snippets"
BROWSERS = {"User-Agent": BROWSER, "Accept-Encoding": "gzip, deflate, br", "Referer": f"{ORIGIN}/"}


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'snippets.db'}")
        with serving.fieldpost(scene.url, folder) as ours, serving.empty_route(folder) as bare:
            path = f"/s/{scene.definitions[0].id}.js"
            again = {**BROWSERS, "If-None-Match": etag_of(ours.url + path)}
            empty = Contestant("empty route", bare, Plan("/", method="GET", headers=BROWSERS))
            whole = Contestant("200", ours, Plan(path, method="GET", headers=BROWSERS))
            same = Contestant("304", ours, Plan(path, method="GET", headers=again, status=304))
            interleave([empty, whole, same], rounds, seconds)
    return [
        Figure(
            f"snippet, {one.name}, against an empty Flask route",
            ratio(one, empty),
            1,
            4,
            compared(one, empty),
            COMMAND,
            unit=" ×",
        )
        for one in (same, whole)
    ]


def etag_of(url: str) -> str:
    """The ETag of a file, as a browser would get it."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=BROWSERS)) as answer:
        return str(answer.headers["ETag"])


if __name__ == "__main__":
    run_alone(measure, __doc__)
