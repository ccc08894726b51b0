"""The examples of the description: a shop that counts its orders. They work, in this order."""

from __future__ import annotations

from typing import Any

ALICE = {"email": "alice@example.com"}
BOB = {"email": "bob@example.com"}
DEFINITION: dict[str, Any] = {
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
    ],
    "web_tracking": {"enabled": True, "origins": ["https://shop.example"]},
}
SMALLEST_DEFINITION = {"event_name": "newsletter.joined", "category": "conversion"}
STRICTER_DEFINITION = {
    **DEFINITION,
    "fields": [
        DEFINITION["fields"][0],
        {**DEFINITION["fields"][1], "required": True},
        *DEFINITION["fields"][2:],
    ],
}
ORDER: dict[str, Any] = {
    "event": "order.completed",
    "id": "order-1042",
    "identifiers": ALICE,
    "data": {
        "total": 149.99,
        "currency": "SEK",
        "lines": 3,
        "gift": True,
        "deliver_on": "2026-12-24",
        "paid_at": "2026-09-21T12:00:00+02:00",
    },
}
BATCH_OF_ORDERS = {
    "events": [
        {**ORDER, "id": "order-1043", "source": "Till 3"},
        {
            "event": "order.completed",
            "id": "order-1044",
            "identifiers": {"mobile": "+46 70 123 45 67", "crm_id": "C-1042"},
            "data": {"total": "0.10"},
        },
    ]
}
GOAL = {
    "event": "order.completed",
    "id": "order-1045",
    "identifiers": ALICE,
    "data": {"total": 20},
    "goal_type": "purchase",
    "goal_value": 20,
    "goal_currency": "SEK",
}
DELETION = {
    "event": "order.completed",
    "id": "order-1046",
    "identifiers": ALICE,
    "deleted_at": "2026-09-21T12:00:00Z",
}
BEACON: dict[str, Any] = {"id": "3f0c8a52", "data": {"total": 149.99, "currency": "SEK"}}
KEY = {"name": "Till", "scopes": ["ingest"], "grants": {"email": ["write"]}, "events": ["order.completed"]}
WEBHOOK: dict[str, Any] = {
    "name": "Warehouse",
    "url": "https://warehouse.example/fieldpost",
    "types": ["event.stored", "event.updated", "event.deleted"],
    "events": ["order.completed"],
    "grants": {"crm_id": ["read"]},
}
