"""Sites that are made in different ways: the files of `pages/`, served from an origin of their own."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from snippet.embed import STUB

PAGES = Path(__file__).with_name("pages")
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
STUB_HASH = base64.b64encode(hashlib.sha256(STUB.encode()).digest()).decode()


@dataclass
class Site:
    """`collector` is where tags lead. `/seeds/carrot` is the file `seeds.html`, like all under it."""

    url: str = ""
    collector: str = ""

    def tags(self) -> str:
        return f'<script>{STUB}</script>\n<script async src="{self.collector}/s/shop/bundle.js"></script>'

    def policy(self) -> str:
        """As strict as Fieldpost asks for, and no looser."""
        return (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
            f"script-src 'self' 'sha256-{STUB_HASH}' {self.collector}/s/ {self.collector}/b/; "
            f"connect-src {self.collector}/b/"
        )

    def file(self, path: str) -> tuple[str, str] | None:
        """The kind and text of a page; nothing for what there is not."""
        found = re.fullmatch(r"/(\w+)(\.js|\.css)?(?:/[\w./-]*)?", path)
        place = PAGES / f"{found[1]}{found[2] or '.html'}" if found else None
        if place is None or not place.exists():
            return None
        text = place.read_text("utf-8").replace("<!-- tags -->", self.tags()).replace("{path}", path)
        return KINDS[place.suffix], text


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        found = site.file(self.path.partition("?")[0])
        kind, text = found or ("text/plain", "")
        body = text.encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.path.startswith("/strict"):
            self.send_header("Content-Security-Policy", site.policy())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, *_: object) -> None:
        """A page that goes away in the middle of an answer."""


@contextmanager
def serving_sites() -> Iterator[Site]:
    http = _Server(("127.0.0.1", 0), _Handler)
    http.site = Site(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield http.site
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
