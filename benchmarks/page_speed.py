"""What a call costs the page: 100 events in one task in Chromium, beside two other scripts.

A page on another origin than the collector, with a clock of 5 µs; a server that answers at once and
counts what arrives. Everybody takes a turn in each round, with a page of its own. A turn counts only if all
100 events have arrived, once each. The length of a task is the processor time that Chromium's own trace
tells of it: what else the machine does meanwhile does not lengthen it.

python -m benchmarks.page_speed [--rounds 5]
"""

from __future__ import annotations

import json
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

from playwright.sync_api import Browser, sync_playwright

from benchmarks.figures import Figure, run_alone
from benchmarks.load import Refused
from benchmarks.peer_scripts import AHOY, PLAUSIBLE, script_of
from collector.core.fields import Field
from snippet.build import build
from snippet.embed import STUB
from snippet.plan import Plan
from tests.environment import browser

COMMAND = "python -m benchmarks.page_speed"
EVENTS = 100
MOST_CALL_MS, MOST_TASK_MS = 1.0, 50.0
PATIENCE_MS = 15_000
FIELDS = (Field("number", "integer", required=True), Field("currency", "text"))
EXACT_CLOCK = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
MEASURE = """count => new Promise(done => setTimeout(async () => {
  const calls = [];
  for (let number = 0; number < count; number++) {
    const before = performance.now();
    send(number);
    calls.push(performance.now() - before);
  }
  done({calls, exact: crossOriginIsolated});
}))"""
"""The 100 calls in one task, each with its milliseconds."""


@dataclass
class Desk:
    """A server with pages and scripts, that remembers the number of each event that arrives."""

    url: str = ""
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    arrived: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Turn:
    """Milliseconds: the median call, the slowest one, the processor time of the longest task."""

    call: float
    slowest: float
    task: float


def measure(rounds: int, seconds: float) -> list[Figure]:
    """Raises `Refused` where an event did not arrive, or there is no Chromium or npm."""
    found = browser.installed()
    if found is None:
        raise Refused(browser.MISSING)
    with serving() as site, serving() as desk, sync_playwright() as playwright:
        put_up(site, desk)
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        turns: dict[str, list[Turn]] = {name: [] for name in site.pages}
        for _ in range(rounds):
            for path in turns:
                turns[path].append(take_turn(started, site, desk, path))
        started.close()
    return figures_of(turns)


def put_up(site: Desk, desk: Desk) -> None:
    """A page for each, in which `send(number)` sends an event."""
    ours = build(Plan("order.completed", "v1", desk.url, FIELDS))
    data = "{number, currency: 'SEK'}"
    desk.pages = {
        "/s/v1.js": ("text/javascript", ours),
        "/plausible.js": ("text/javascript", script_of(PLAUSIBLE)),
        "/ahoy.js": ("text/javascript", script_of(AHOY)),
    }
    start_plausible = f"{{domain: 'shop.example', endpoint: '{desk.url}/api/event', captureOnLocalhost: true"
    site.pages = {
        "/fieldpost": _page(
            f"<script>{STUB}</script><script src='{desk.url}/s/v1.js' crossorigin></script>"
            f"<script>send = number => fieldpost('order.completed', {data})</script>"
        ),
        "/plausible": _page(
            f"<script type=module>import {{init, track}} from '{desk.url}/plausible.js';"
            f"init({start_plausible}, autoCapturePageviews: false}});"
            f"send = number => track('order.completed', {{props: {data}}})</script>"
        ),
        "/ahoy": _page(
            f"<script src='{desk.url}/ahoy.js' crossorigin></script>"
            f"<script>ahoy.configure({{urlPrefix: '{desk.url}', trackVisits: false, cookies: false}});"
            f"send = number => ahoy.track('order.completed', {data})</script>"
        ),
    }


def _page(html: str) -> tuple[str, str]:
    return "text/html", f"<!doctype html><title>shop</title><script>let send</script>{html}"


def take_turn(started: Browser, site: Desk, desk: Desk, path: str) -> Turn:
    """Raises `Refused` unless each of the events arrives once."""
    desk.arrived.clear()
    context = started.new_context()
    page = context.new_page()
    page.goto(site.url + path, wait_until="networkidle")
    started.start_tracing(page=page, categories=["toplevel"])
    found: dict[str, Any] = page.evaluate(MEASURE, EVENTS)
    for _ in range(PATIENCE_MS // 50):
        if len(desk.arrived) >= EVENTS:
            break
        page.wait_for_timeout(50)
    longest = longest_task(started.stop_tracing())
    context.close()
    if sorted(desk.arrived) != list(range(EVENTS)) or not found["exact"]:
        raise Refused(f"{path}: {len(set(desk.arrived))} of {EVENTS} events have arrived.")
    return Turn(statistics.median(found["calls"]), max(found["calls"]), longest)


def longest_task(trace: bytes) -> float:
    """Milliseconds of processor time of the longest task on a page's main thread. Raises `Refused`."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        one["tdur"] / 1000
        for one in events
        if one["name"].endswith("RunTask") and "tdur" in one and (one["pid"], one["tid"]) in mains
    ]
    if not tasks:
        raise Refused("Chromium's trace tells of no task.")
    return float(max(tasks))


def figures_of(turns: dict[str, list[Turn]]) -> list[Figure]:
    ours = turns["/fieldpost"]
    names = {"/plausible": PLAUSIBLE, "/ahoy": AHOY}
    calls = [f"{_median(turns[path], 'call'):.3f} of {peer}" for path, peer in names.items()]
    tasks = [f"{_median(turns[path], 'task'):.1f} of {peer}" for path, peer in names.items()]
    slowest = f"the slowest call of a round {_median(ours, 'slowest'):.2f}"
    longest = max(one.task for one in ours)
    everything = f"{EVENTS} of {EVENTS} arrived in each of {3 * len(ours)} turns"
    return [
        Figure(
            "a call of the snippet in Chromium, 100 in one task",
            _median(ours, "call"),
            MOST_CALL_MS,
            0.1,
            f"median, against {' and '.join(calls)}; {slowest}; {everything}",
            COMMAND,
            more_is_better=False,
            unit=" ms",
        ),
        Figure(
            "the longest task of a page with 100 events in one, Chromium",
            _median(ours, "task"),
            MOST_TASK_MS,
            25,
            f"CPU, against {' and '.join(tasks)}; the longest of all rounds {longest:.1f}",
            COMMAND,
            more_is_better=False,
            unit=" ms",
        ),
    ]


def _median(turns: list[Turn], member: str) -> float:
    return float(statistics.median(getattr(one, member) for one in turns))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Quiet

    def do_GET(self) -> None:
        kind, text = self.server.desk.pages.get(self.path, ("text/plain", ""))
        self._answer(200 if text else 204, text, {"Content-Type": f"{kind}; charset=utf-8"} | EXACT_CLOCK)

    def do_OPTIONS(self) -> None:
        self._answer(204, "", {"Access-Control-Allow-Headers": "*"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(200, "{}", {})
        self.server.desk.arrived += _numbers(unquote_plus(body) if self.path.startswith("/ahoy") else body)

    def _answer(self, status: int, text: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**SHARED, **headers, "Content-Length": str(len(text.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        """Says nothing: what is measured is the page."""


def _numbers(body: str) -> list[int]:
    """The numbers in a body, whoever's form it has: each event has one member of that name."""
    return [int(part.partition(",")[0].partition("}")[0]) for part in body.split('"number":')[1:]]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    desk: Desk

    def handle_error(self, *_: object) -> None:
        """A page that is closed before it has read an answer is none of our concern."""


@contextmanager
def serving() -> Iterator[Desk]:
    server = _Quiet(("127.0.0.1", 0), _Handler)
    server.desk = Desk(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    run_alone(measure, __doc__)
