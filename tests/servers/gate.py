"""What stands between a browser and the collector and can be made to fail: down, gone, busy, slow."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
DROP = 0
"""The status of an answer that never comes: the connection is closed."""


@dataclass
class Gate:
    """Passes requests on to the server at `target`. Those to `/b/` are answered here while `status` is set.

    Scripts wait until `scripts` is set. `passed` and `stopped` count beacons.
    """

    target: str = ""
    url: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    scripts: threading.Event = field(default_factory=threading.Event)
    passed: int = 0
    stopped: int = 0

    def stop(self, status: int, **headers: str) -> None:
        """From now on, beacons get this answer."""
        self.headers = {name.replace("_", "-"): text for name, text in headers.items()}
        self.status = status

    def open(self) -> None:
        """From now on, everything is passed on."""
        self.status = None
        self.scripts.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Quiet

    def _pass(self) -> None:
        gate = self.server.gate
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_beacon = self.path.startswith("/b/") and self.command == "POST"
        if self.path.startswith("/s/"):
            gate.scripts.wait(20)
        if is_beacon and gate.status is not None:
            gate.stopped += 1
            self._stop(gate.status, gate.headers)
            return
        gate.passed += is_beacon
        host = urlsplit(gate.target)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=20)
        connection.request(self.command, self.path, body or None, dict(self.headers))
        answer = connection.getresponse()
        self._answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()

    do_GET = do_POST = do_OPTIONS = _pass  # noqa: N815 - the base class's words

    def _stop(self, status: int, headers: Mapping[str, str]) -> None:
        if status == DROP:
            self.close_connection = True
            return
        shared = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        self._answer(status, {**shared, **headers}, b"{}")

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        """Says nothing: the tests' output is not a proxy's log."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    gate: Gate

    def handle_error(self, *_: object) -> None:
        """A page that goes away in the middle of an answer is what the tests are about."""


@contextmanager
def gate_at(port: int) -> Iterator[Gate]:
    """A gate on this port of 127.0.0.1; `target` is to be set before anybody comes."""
    server = _Quiet(("127.0.0.1", port), _Handler)
    server.gate = Gate(url=f"http://127.0.0.1:{port}")
    server.gate.scripts.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.gate
    finally:
        server.gate.open()
        server.shutdown()
        thread.join()
        server.server_close()
