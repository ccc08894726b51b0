"""The collector of a test behind a real socket, for clients that speak HTTP and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.serving import make_server


class Wire:
    """The collector behind a real socket; what it answers first can be made a refusal of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.url = ""
        self.statuses: list[str] = []
        self.refused_at_first = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        def noted(status: str, *rest: Any) -> Any:
            self.statuses.append(status[:3])
            return start_response(status, *rest)

        inside = self._app.extensions["fieldpost_gate"].inside
        if len(self.statuses) < self.refused_at_first:
            inside.enter("others", inside.places)
            try:
                return self._app.wsgi_app(environ, noted)
            finally:
                inside.leave("others", inside.places)
        return self._app.wsgi_app(environ, noted)


@contextmanager
def listening(wire: Wire) -> Iterator[Wire]:
    server = make_server("127.0.0.1", 0, wire, threaded=True)
    wire.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
