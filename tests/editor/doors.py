"""A collector that has the editor's doors and nothing else, in memory: what docs/editor.md says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from collector.core.fields import FIELD_TYPES, FILLS, parse_fields
from snippet.overlay import overlay, tried
from snippet.plan import Plan
from snippet.triggers import Trigger

TOKEN = "t0.k-e_n"
CATEGORIES = ("transaction", "conversion", "signal")


@dataclass
class Doors:
    """`refusals` are answered once each: (method, first step of the path) → status and problem."""

    url: str = ""
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[tuple[str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    health: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    event_name: str | None = None

    @property
    def script(self) -> str:
        return f"{self.url}/b/editor/{TOKEN}.js"

    def module(self) -> str:
        return overlay(
            {
                "doors": f"{self.url}/b/editor/",
                "token": TOKEN,
                "origin": "",
                "expires_at": "2099-01-01T00:00:00Z",
                "section": {"id": "shop", "name": "Little Acre"},
                "event_name": self.event_name,
                "words": {
                    "types": [{"name": one.name, "label": one.label} for one in FIELD_TYPES.values()],
                    "fills": list(FILLS),
                    "categories": list(CATEGORIES),
                },
            }
        )

    def revision(self, name: str) -> str:
        return json.dumps([self.definitions.get(name), self.drafts.get(name)])

    def tried(self, name: str) -> str:
        draft = self.drafts[name]
        fields, _ = parse_fields(draft["fields"], "")
        return tried(Plan(name, "v1", self.url, fields, triggers=tuple(map(Trigger.of, draft["triggers"]))))

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        door, _, rest = path.partition("/")
        refusal = self.refusals.pop((method, door), None)
        if refusal:
            return refusal
        name = rest.split("/")[0].replace("~", "/")
        match method, door:
            case "GET", "definitions" if not rest:
                return 200, {"event_name": self.event_name, "definitions": list(self._list())}
            case "GET", "definitions":
                known = self.definitions.get(name), self.drafts.get(name)
                return 200, {"definition": known[0], "draft": known[1], "revision": self.revision(name)}
            case "PUT", "drafts":
                self.drafts[name] = body["definition"]
                number = len(self.asked)
                tried = f"{self.url}/b/editor/{TOKEN}/tried/{name.replace('/', '~')}.{number}.js"
                return 200, {"draft": self.drafts[name], "revision": self.revision(name), "tried": tried}
            case "POST", "verdicts":
                self.judged.append(body["data"])
                return 200, {"verdict": "stored", "errors": []}
            case "POST", "publish":
                return 200, self._publish(name)
            case "GET", "health":
                return 200, {"triggers": self.health}
            case "GET", "history":
                return 200, {"changes": self.history, "revision": self.revision(name)}
            case "POST", "history":
                change = next(one for one in self.history if one["id"] == body["id"])
                self.definitions[name]["web_tracking"]["triggers"] = change["before"]
                return 200, {"definition": self.definitions[name], "changes": self.history}
        return 404, {"code": "not-found", "detail": "There is nothing here."}

    def _list(self) -> Iterator[dict[str, Any]]:
        for name in self.definitions | self.drafts:
            one = self.definitions.get(name) or self.drafts[name]
            triggers = one.get("triggers", one.get("web_tracking", {}).get("triggers", []))
            yield {
                "event_name": name,
                "title": one["title"],
                "category": one["category"],
                "triggers": len(triggers),
                "has_draft": name in self.drafts,
                "is_new": name not in self.definitions,
            }

    def _publish(self, name: str) -> dict[str, Any]:
        draft = self.drafts.pop(name)
        before = self.definitions.get(name, {}).get("web_tracking", {}).get("triggers", [])
        rest = {key: value for key, value in draft.items() if key != "triggers"}
        self.definitions[name] = {**rest, "web_tracking": {"triggers": draft["triggers"]}}
        self.published.append(name)
        self.history.insert(
            0,
            {
                "id": str(len(self.history) + 1),
                "at": "2026-05-01T12:00:00Z",
                "by": "ada@example.com",
                "triggers": draft["triggers"],
                "before": before,
                "undoes": None,
            },
        )
        return {
            "definition": self.definitions[name],
            "version": 1,
            "state": "current",
            "revision": self.revision(name),
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Quiet

    def do_GET(self) -> None:
        doors = self.server.doors
        path = self.path.partition("?")[0].removeprefix("/b/editor/")
        if path == f"{TOKEN}.js":
            return self._send(200, doors.module(), "text/javascript")
        found = re.fullmatch(rf"{re.escape(TOKEN)}/tried/(.+)\.\d+\.js", path)
        if found:
            return self._send(200, doors.tried(found[1].replace("~", "/")), "text/javascript")
        return self._ask("GET", path)

    def do_PUT(self) -> None:
        self._ask("PUT", self.path.removeprefix("/b/editor/"))

    def do_POST(self) -> None:
        self._ask("POST", self.path.removeprefix("/b/editor/"))

    def do_OPTIONS(self) -> None:
        self._send(204, "", "text/plain")

    def _ask(self, method: str, path: str) -> None:
        doors = self.server.doors
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        doors.asked.append(f"{method} {path}")
        doors.bodies += [body] if body is not None else []
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, json.dumps({"code": "editor-closed", "detail": "No."}), "application/json")
        status, told = doors.answer(method, path, body)
        return self._send(status, json.dumps(told), "application/json")

    def _send(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        headers: Mapping[str, str] = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Access-Control-Allow-Origin": self.headers.get("Origin") or "*",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Allow-Methods": "GET, PUT, POST, DELETE",
        }
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    doors: Doors

    def handle_error(self, *_: object) -> None:
        """A page that goes away in the middle of an answer."""


@contextmanager
def serving_doors() -> Iterator[Doors]:
    http = _Quiet(("127.0.0.1", 0), _Handler)
    doors = Doors(url=f"http://127.0.0.1:{http.server_port}")
    http.doors = doors
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield doors
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
