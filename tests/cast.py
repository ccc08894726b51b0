"""The fixed cast of the tests: a shop, its definitions and keys, a clock that stands still until told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.app import create_app
from collector.core.actors import of_command
from collector.core.definitions import Definition
from collector.core.documents import parse_definition
from collector.core.permissions import SCOPES, Key, parse_grants
from collector.settings import Settings
from collector.store.keys import KeyRequest
from collector.store.opening import Store
from collector.web.parts import Parts
from tests import ready

NOON = 1_790_000_000_000_000
"""A moment in September 2026, in microseconds."""

ADMIN = of_command("ada")
ALICE = {"email": "alice@example.com"}
BOB = {"email": "bob@example.com"}
EVERY_TYPE = {
    "event_name": "order.completed",
    "title": "Order completed",
    "category": "transaction",
    "fields": [
        {"name": "total", "type": "decimal", "required": True, "minimum": 0},
        {"name": "currency", "type": "text", "choices": ["SEK", "EUR"]},
        {"name": "lines", "type": "integer"},
        {"name": "gift", "type": "boolean"},
        {"name": "deliver_on", "type": "date"},
        {"name": "paid_at", "type": "timestamp"},
        {"name": "phone", "type": "text", "personal": True},
    ],
    "web_tracking": {"enabled": True, "origins": ["https://shop.example", "https://*.shop.example"]},
}
ORDER = {
    "total": 149.99,
    "currency": "SEK",
    "lines": 3,
    "gift": True,
    "deliver_on": "2026-12-24",
    "paid_at": "2026-09-21T12:00:00+02:00",
}


@dataclass
class Clock:
    """A clock that is told what time it is."""

    moment: int = NOON

    def now(self) -> int:
        return self.moment

    def tick(self) -> float:
        return self.moment / 1_000_000

    def forward(self, seconds: float) -> None:
        self.moment += int(seconds * 1_000_000)


@dataclass
class Shop:
    """A whole collector in this process, with the section `shop` in it."""

    app: Flask
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        attached: Parts = self.app.extensions["fieldpost"]
        return attached

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def define(self, document: dict[str, Any], section: str = "shop") -> Definition:
        return self.store.definitions.create(section, parse_definition(document), ADMIN, self.clock.now())

    def key(
        self,
        name: str = "till",
        *grants: str,
        scopes: tuple[str, ...] = SCOPES,
        events: frozenset[str] | None = None,
        section: str = "shop",
        rate_limit: int | None = None,
    ) -> Key:
        request = KeyRequest(section, name, frozenset(scopes), parse_grants(grants), events, rate_limit)
        key, secret = self.store.keys.create(request, ADMIN, self.clock.now())
        self.secrets[key.id] = secret
        return key

    def headers(self, key: Key) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[key.id]}"}

    def get(self, key: Key, path: str, **query: str) -> TestResponse:
        return self.client.get(path, query_string=query, headers=self.headers(key))

    def post(self, key: Key, path: str, document: Any, **headers: str) -> TestResponse:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={**self.headers(key), **{name.replace("_", "-"): text for name, text in headers.items()}},
        )

    def send(self, key: Key, *events: dict[str, Any]) -> TestResponse:
        """One event, or a batch of several."""
        document = events[0] if len(events) == 1 else {"events": list(events)}
        return self.post(key, "/api/v1/events", document)

    def beacon(self, address: str, body: Any, origin: str | None = "https://shop.example") -> TestResponse:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0"}
        if origin is not None:
            headers["Origin"] = origin
        return self.client.post(f"/b/{address}", data=text, content_type="text/plain", headers=headers)


def order(event_id: str = "1", **members: Any) -> dict[str, Any]:
    """An order of Alice's, as an integration sends it."""
    return {"event": "order.completed", "id": event_id, "identifiers": ALICE, "data": ORDER, **members}


def open_shop(database_url: str, **settings: Any) -> Shop:
    ready.begin(database_url)
    clock = Clock()
    app = create_app(Settings(database=database_url, **settings), now=clock.now, tick=clock.tick)
    shop = Shop(app, clock)
    shop.store.sections.create("Shop", "reject", ADMIN, clock.now())
    return shop
