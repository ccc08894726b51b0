"""A small HTTP client for the real server: what an integration would send, and what it hears."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: its status, its headers (names in lower case), its JSON (None where there is none)."""

    status: int
    headers: dict[str, str]
    document: Any


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the server at `url` with a key, or without one."""

    url: str
    key: str | None = None

    def get(self, path: str) -> Heard:
        return self.ask("GET", path)

    def post(self, path: str, document: Any, **headers: str) -> Heard:
        return self.ask("POST", path, document, **headers)

    def put(self, path: str, document: Any, **headers: str) -> Heard:
        return self.ask("PUT", path, document, **headers)

    def ask(self, method: str, path: str, document: Any = None, **headers: str) -> Heard:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("Content-Type", "application/json")
        if self.key is not None:
            request.add_header("Authorization", f"Bearer {self.key}")
        for name, text in headers.items():
            request.add_header(name.replace("_", "-"), text)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return _heard(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return _heard(error.code, error.headers, error.read())


def _heard(status: int, headers: Any, body: bytes) -> Heard:
    is_json = "json" in (headers.get("Content-Type") or "")
    told = {name.lower(): text for name, text in headers.items()}
    return Heard(status, told, json.loads(body) if body and is_json else None)
