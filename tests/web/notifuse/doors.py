"""The Notifuse doors of a collector in this process, and the definitions that an admin made for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from collector.core.permissions import Key
from collector.store.ledger import sums
from tests.cast import ADMIN, NOON, Shop, open_shop

ORDERS: dict[str, Any] = {
    "event_name": "order.completed",
    "category": "transaction",
    "fields": [
        {"name": "total", "type": "decimal"},
        {"name": "currency", "type": "text", "max_length": 3},
        {"name": "lines", "type": "integer", "minimum": 0},
    ],
    "extra_fields": "keep",
}
"""What an integration sends beside the fields (a list of articles, say) is kept as it comes."""

SIGNUPS = {
    "event_name": "user/signed-up",
    "category": "conversion",
    "fields": [{"name": "plan", "type": "text", "required": True}],
    "goal": {"type": "signup"},
}
"""Strict: other members are refused, and its goal is its own."""

UPSERT, IMPORT = "/api/customEvents.upsert", "/api/customEvents.import"
GET, LIST, TIMELINE = "/api/customEvents.get", "/api/customEvents.list", "/api/timeline.list"

Heard = tuple[int, Any]
"""Status and JSON of an answer."""


def event(external_id: str = "1", **members: Any) -> dict[str, Any]:
    """One event of Alice's, as it is sent."""
    named = {"email": "alice@example.com", "event_name": "order.completed", "external_id": external_id}
    return {**named, **members}


@dataclass
class Doors:
    """Asks the doors with one key of one section."""

    shop: Shop
    key: Key

    @property
    def section(self) -> str:
        return self.key.section_id

    def with_key(self, *grants: str, **members: Any) -> Doors:
        return Doors(self.shop, self.shop.key("other", *grants, section=self.section, **members))

    def in_new_section(self, name: str) -> Doors:
        """The doors of another section with the same definitions, at the cast's noon."""
        self.shop.clock.moment = NOON
        section = self.shop.store.sections.create(name, "reject", ADMIN, NOON).id
        return _equipped(self.shop, section)

    def upsert(self, external_id: str = "1", **members: Any) -> Heard:
        return self.post(UPSERT, {"workspace_id": self.section, **event(external_id, **members)})

    def import_(self, *events: Any) -> Heard:
        return self.post(IMPORT, {"workspace_id": self.section, "events": list(events)})

    def read(self, external_id: str = "1", event_name: str = "order.completed") -> Heard:
        return self.get(GET, workspace_id=self.section, event_name=event_name, external_id=external_id)

    def list(self, **query: Any) -> Heard:
        return self.get(LIST, workspace_id=self.section, **query)

    def timeline(self, email: str = "alice@example.com", **query: Any) -> Heard:
        return self.get(TIMELINE, workspace_id=self.section, email=email, **query)

    def post(self, path: str, body: Any, **headers: str) -> Heard:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**self.shop.headers(self.key), **headers}
        return heard(self.shop.client.post(path, data=raw, headers=sent))

    def get(self, path: str, **query: Any) -> Heard:
        return heard(self.shop.client.get(path, query_string=query, headers=self.shop.headers(self.key)))

    def counted(self) -> dict[str, int]:
        """What the ledger has of the section, without zeros."""
        return {name: count for name, count in sums(self.shop.store.database, self.section).items() if count}


def heard(answer: TestResponse) -> Heard:
    assert answer.content_type == "application/json"
    return answer.status_code, answer.get_json()


def open_doors(database_url: str, **settings: Any) -> Doors:
    return _equipped(open_shop(database_url, **settings), "shop")


def _equipped(shop: Shop, section: str) -> Doors:
    shop.define(ORDERS, section)
    shop.define(SIGNUPS, section)
    return Doors(shop, shop.key(section=section))


def at(seconds: int) -> str:
    """The moment so many seconds after the cast's noon, as clients write it."""
    assert NOON % 60_000_000 == 20_000_000, "14:13:20"
    minute, second = divmod(20 + seconds, 60)
    return f"2026-09-21T14:{13 + minute:02}:{second:02}Z"
