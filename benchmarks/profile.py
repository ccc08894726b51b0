"""Where the time of an event goes, by a profiler: the whole app without a network, SQLite.

    python -m benchmarks.profile [--events 20000]

Three ways in: single events that are judged and answered but not committed (the door alone), batches of 16
(as groups of single events form), and batches of 50. The profiler looks every few milliseconds of processor
time where the program is, so that it adds nothing and waiting for the disk does not count. What runs in C
counts for the Python function that called it.
"""

from __future__ import annotations

import argparse
import io
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from unittest.mock import patch

from flask import Flask

from benchmarks.scene import Scene, batches, furnish
from collector.app import create_app
from collector.core.events import Decision, Outcome
from collector.intake.commit import GroupCommit
from collector.settings import Settings

EVERY_SECONDS = 0.001
SQL = {"execute_sql", "commit", "begin", "many", "fetch", "rows"}
"""Functions of peewee and of `store/database.py` that call SQLite and do little else."""

ROOMS = {
    "flask": "Flask and Werkzeug",
    "werkzeug": "Flask and Werkzeug",
    "peewee": "peewee",
    "playhouse": "peewee",
    "collector/web": "collector/web",
    "collector/intake": "collector/intake",
    "collector/core": "collector/core",
    "collector/store": "collector/store",
}
SQLITE, OTHERS = "SQLite", "all else"

Shares = dict[str, float]
"""What has taken it → microseconds of processor time an event."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=20_000)
    count = asked.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        scene = furnish(f"sqlite:///{Path(name) / 'profile.db'}")
        app = create_app(Settings(database=scene.url))
        columns = [alone(app, scene, count), *(profiled(app, scene, count, size) for size in (16, 50))]
    print("| µs of processor time an event | the door alone | batch of 16 | batch of 50 |\n|---|---|---|---|")
    for room in [*dict.fromkeys([SQLITE, *ROOMS.values(), OTHERS])]:
        print(f"| {room} | {' | '.join(_cell(column, room) for column in columns)} |")
    print(f"| together | {' | '.join(f'{sum(column.values()):.0f}' for column in columns)} |")


def alone(app: Flask, scene: Scene, count: int) -> Shares:
    """Sends single events, of which the first is stored, and the others are answered as if they were."""
    outcomes: list[list[Outcome]] = []
    submit = GroupCommit.submit

    def pretended(group: GroupCommit, decisions: Sequence[Decision]) -> list[Outcome]:
        if not outcomes:
            outcomes.append(submit(group, decisions))
        return outcomes[0]

    with patch.object(GroupCommit, "submit", pretended):
        return profiled(app, scene, count, 1)


def profiled(app: Flask, scene: Scene, count: int, size: int) -> Shares:
    """Sends so many events in batches of this size; all must be stored."""
    bodies = list(batches(count, f"profile-{size}-", size))
    if size == 1:
        bodies = [body.removeprefix(b'{"events":[').removesuffix(b"]}") for body in bodies]
    send(app, scene, bodies[0].replace(b'"id":"', b'"id":"warm-'))
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _, frame: seen.update([_room_of(frame)]))
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    answers = [send(app, scene, body) for body in bodies]
    signal.setitimer(signal.ITIMER_PROF, 0)
    each = (time.process_time() - begun) / count * 1e6
    expected = b'"verdict":"stored"' if size == 1 else b'"stored":%d,' % size
    assert all(expected in answer for answer in answers)
    return {room: each * times / seen.total() for room, times in seen.items()}


def send(app: Flask, scene: Scene, body: bytes) -> bytes:
    """The answer to one request, as a server would ask for it (PEP 3333)."""
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/v1/events",
        "QUERY_STRING": "",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "shop.example",
        "HTTP_AUTHORIZATION": f"Bearer {scene.secret}",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
    }
    chunks = app(environ, lambda *_: lambda _: None)
    answer = b"".join(chunks)
    getattr(chunks, "close", lambda: None)()
    return answer


def _room_of(frame: FrameType | None) -> str:
    """The room that the program is in, or what it uses."""
    if frame is None:
        return OTHERS
    file, function = frame.f_code.co_filename, frame.f_code.co_name
    if function in SQL and ("peewee" in file or file.endswith("store/database.py")):
        return SQLITE
    return next((room for part, room in ROOMS.items() if part in file), OTHERS)


def _cell(shares: Shares, room: str) -> str:
    own = shares.get(room, 0.0)
    return f"{own:.1f} ({own / sum(shares.values()):.0%})"


if __name__ == "__main__":
    main()
