"""A collector that writes down what it gets, and a site with pages: two origins on free loopback ports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Beacon:
    """One request to `/b/…`, and the status that it was answered with."""

    path: str
    content_type: str
    sent_at: int
    events: tuple[dict[str, Any], ...]
    status: int


@dataclass
class Server:
    """Serves `pages` (path → type, text, further headers), and answers beacons with `status` and `headers`.

    An event whose data has a member `poison` is answered with 500.
    """

    pages: dict[str, tuple[str, str, Mapping[str, str]]] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    beacons: list[Beacon] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    gets: dict[str, int] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)
    url: str = ""

    def page(self, path: str, html: str, **headers: str) -> str:
        """Puts up a page and answers its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = ("text/html; charset=utf-8", f"<!doctype html><title>page</title>{html}", named)
        return self.url + path

    def script(self, path: str, text: str) -> str:
        self.pages[path] = ("text/javascript; charset=utf-8", text, {"Access-Control-Allow-Origin": "*"})
        return self.url + path

    def stored(self) -> list[dict[str, Any]]:
        """The events that were answered with 2xx, each id once, in the order of their arrival."""
        good = (event for beacon in self.beacons if beacon.status < 300 for event in beacon.events)
        return list({event["id"]: event for event in good}.values())

    def wait_for_stored(self, count: int) -> list[dict[str, Any]]:
        """The stored events, once there are `count` of them; requests of one moment arrive in any order."""
        self._wait(lambda: len(self.stored()) >= count)
        return self.stored()

    def wait_for_beacons(self, count: int) -> list[Beacon]:
        self._wait(lambda: len(self.beacons) >= count)
        return self.beacons

    def _wait(self, enough: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(enough, PATIENCE_SECONDS), f"only these came: {self.beacons}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Quiet

    def do_GET(self) -> None:
        state = self.server.state
        state.gets[self.path] = state.gets.get(self.path, 0) + 1
        kind, text, headers = self.server.state.pages.get(self.path, ("text/plain", "", {}))
        self._answer(200 if text else 204, text, {"Content-Type": kind, **headers})

    def do_OPTIONS(self) -> None:
        self.server.state.methods.append("OPTIONS")
        self._answer(204, "", {})

    def do_POST(self) -> None:
        state: Server = self.server.state
        sent_at, *events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with state.changed:
            status = 500 if any("poison" in event["data"] for event in events) else state.status
            kind = self.headers["Content-Type"]
            state.beacons.append(Beacon(self.path, kind, sent_at, tuple(events), status))
            state.methods.append("POST")
            headers = dict(state.headers)
            state.changed.notify_all()
        shared = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        self._answer(status, '{"results": [{"verdict": "stored"}]}', {**shared, **headers})

    def _answer(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    state: Server

    def handle_error(self, *_: object) -> None:
        """A page that goes away in the middle of an answer is what the tests are about."""


@contextmanager
def serving() -> Iterator[Server]:
    http = _Quiet(("127.0.0.1", 0), _Handler)
    state = Server(url=f"http://127.0.0.1:{http.server_port}")
    http.state = state
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
