"""One event per request, 64 connections, SQLite, against runlight 0.3.2 mounted in Flask on the same server.

    python -m benchmarks.against_runlight [--rounds 5] [--seconds 3]

runlight gets custom events with the same eight values as properties, of the same 2,000 people (told apart
by their addresses), without its limit per address. Its answer is the same whether it stored anything or
not, so the rows are counted; its database is not synced at every commit (`synchronous=NORMAL`), ours is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.load import Plan
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import BROWSER, DATA, ORIGIN, furnish
from benchmarks.single import compared, event_plan

COMMAND = "python -m benchmarks.against_runlight"


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'ours.db'}")
        with serving.fieldpost(scene.url, folder) as ours, serving.runlight(folder) as other:
            theirs = f"sqlite:///{folder / 'runlight.db'}"
            events = Contestant("events", ours, event_plan(scene), lambda: rows(scene.url))
            custom = Contestant(
                "runlight", other, custom_event_plan(), lambda: rows(theirs, "rl_events"), is_believed=False
            )
            interleave([events, custom], rounds, seconds)
    what = "one event per request, against runlight 0.3.2"
    return [Figure(what, ratio(events, custom), 3.5, 6, compared(events, custom), COMMAND, unit=" ×")]


def custom_event_plan() -> Plan:
    """What runlight's script sends for a custom event."""
    body = f'{{"k":"event","s":"default","u":"{ORIGIN}/checkout","n":"event.@D","p":{DATA}}}'
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Content-Type": "text/plain;charset=UTF-8"}
    # A number for the unique id is drawn in the query, which runlight passes over.
    return Plan("/runlight/e?@N", body, headers=headers, forwarded="@I", status=202)


if __name__ == "__main__":
    run_alone(measure, __doc__)
