"""One event or one beacon per request, 64 connections, SQLite, against an empty Flask route.

    python -m benchmarks.single [--rounds 5] [--seconds 3]

The same requests go to both; the empty route answers nothing to them, on the same server with the same
threads.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks import serving
from benchmarks.figures import Figure, run_alone
from benchmarks.load import Plan
from benchmarks.rounds import Contestant, interleave, ratio, rows
from benchmarks.scene import BROWSER, DATA, EVENT, ORIGIN, Scene, furnish

COMMAND = "python -m benchmarks.single"
STORED = '"verdict":"stored"'


def measure(rounds: int, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = furnish(f"sqlite:///{folder / 'single.db'}")
        with serving.fieldpost(scene.url, folder) as ours, serving.empty_route(folder) as bare:
            event, beacon = event_plan(scene), beacon_plan(scene)
            empty = Contestant("empty route", bare, nothing_of(event))
            events = Contestant("events", ours, event, lambda: rows(scene.url))
            beacons = Contestant("beacons", ours, beacon, lambda: rows(scene.url))
            interleave([empty, events, beacons], rounds, seconds)
    return [
        _figure("one event per request, against an empty Flask route", events, empty),
        _figure("one beacon per request, against an empty Flask route", beacons, empty),
    ]


def _figure(what: str, one: Contestant, empty: Contestant) -> Figure:
    return Figure(what, ratio(one, empty), 0.5, 0.8, compared(one, empty), COMMAND)


def compared(one: Contestant, empty: Contestant) -> str:
    """The two throughputs and processor times behind a ratio."""
    database = f" (and {one.median('database_us'):.0f} of the database)" if one.server.database else ""
    return (
        f"{one.median():,.0f} against {empty.median():,.0f} a second; "
        f"CPU {one.median('cpu_us'):.0f}{database} against {empty.median('cpu_us'):.0f} µs; "
        f"answered in {one.median('median_ms'):.1f} ms, 99 % in {one.median('slow_ms'):.1f} ms"
    )


def event_plan(scene: Scene) -> Plan:
    """Single events of the API."""
    headers = {"Authorization": f"Bearer {scene.secret}", "Content-Type": "application/json"}
    return Plan("/api/v1/events", EVENT, headers=headers, expected=STORED)


def beacon_plan(scene: Scene) -> Plan:
    """What the snippet sends for one event of a visitor who is known by an e-mail address."""
    body = (
        f'[{time.time_ns() // 1_000_000},{{"id":"@N","visitor":"visitor-@P",'
        f'"identifiers":{{"email":"p@P@example.com"}},"data":{DATA}}}]'
    )
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Content-Type": "text/plain;charset=UTF-8"}
    versions = [definition.versions[-1].id for definition in scene.definitions]
    return Plan("/b/@A", body, headers=headers, expected=STORED, addresses=versions)


def nothing_of(plan: Plan) -> Plan:
    """The same requests, to a route that answers nothing."""
    return Plan("/", plan.body, headers=plan.headers)


if __name__ == "__main__":
    run_alone(measure, __doc__)
