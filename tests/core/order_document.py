"""The document of order.completed, complete, and what the tests of documents ask about it."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from collector.core.documents import parse_definition
from collector.core.problems import Problem

ORDER: dict[str, Any] = {
    "event_name": "order.completed",
    "title": "Order completed",
    "category": "transaction",
    "description": "An order was paid",
    "owner": "Web team",
    "tags": ["checkout"],
    "fields": [
        {"name": "total", "type": "decimal", "required": True, "minimum": Decimal("0.10")},
        {"name": "currency", "type": "text", "choices": ["SEK", "EUR"]},
        {"name": "lines", "type": "integer", "maximum": 2**62 + 1},
        {"name": "gift", "type": "boolean"},
        {"name": "deliver_on", "type": "date", "minimum": "2026-01-01"},
        {"name": "paid_at", "type": "timestamp"},
        {"name": "page_url", "type": "text", "fill": "page.url", "personal": True},
    ],
    "extra_fields": "drop",
    "allowed_operations": {"email": ["read", "write"], "mobile": ["write"], "crm_id": []},
    "goal": {"type": "purchase", "value_field": "total", "currency_field": "currency", "name": "checkout"},
    "web_tracking": {
        "enabled": True,
        "source": "Checkout",
        "origins": ["https://shop.example", "https://*.shop.example"],
        "identity": "signed",
        "consent": "gpc",
        "visitor": "session",
        "invalid": "report",
        "queue": False,
        "bots": "keep",
        "trigger_numbers": False,
        "prerendered": "send",
        "debug": False,
        "triggers": [
            {
                "on": "click",
                "selector": "button.buy",
                "address": "/shop/*",
                "values": {
                    "total": {"from": "attribute", "selector": ".total", "name": "data-total"},
                    "lines": {"from": "constant", "value": 3},
                    "currency": {"from": "text"},
                },
            },
            {"on": "time", "seconds": 30},
        ],
    },
}


def order(**changes: Any) -> dict[str, Any]:
    """A copy of the document with other members."""
    return {**copy.deepcopy(ORDER), **changes}


def web(**changes: Any) -> dict[str, Any]:
    """A copy of the document with other members of its web tracking."""
    return order(web_tracking={**copy.deepcopy(ORDER["web_tracking"]), **changes})


def faults(document: object) -> set[tuple[str, str]]:
    """Code and pointer of everything that is wrong with a document."""
    with pytest.raises(Problem) as caught:
        parse_definition(document)
    assert caught.value.code == "definition-invalid"
    return {(fault.code, fault.pointer) for fault in caught.value.faults}
