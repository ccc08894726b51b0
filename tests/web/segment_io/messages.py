"""What the tests of the Segment doors send: one definition, and messages as the libraries make them."""

from __future__ import annotations

from typing import Any

from tests.cast import Shop

ORDERS = {
    "event_name": "order_completed",
    "category": "transaction",
    "fields": [{"name": "total", "type": "decimal"}, {"name": "currency", "type": "text"}],
}
PRICING = {"event_name": "pricing", "category": "signal", "fields": [{"name": "plan", "type": "text"}]}
PAGES = {"event_name": "page", "category": "signal", "fields": [], "extra_fields": "keep"}


def track(message_id: str = "m-1", **members: Any) -> dict[str, Any]:
    """An order of user 7's."""
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "7",
        "messageId": message_id,
        "properties": {"total": 149.99, "currency": "SEK"},
        "context": {"library": {"name": "some", "version": "1"}},
        "integrations": {},
        **members,
    }


def define_all(shop: Shop) -> None:
    for document in (ORDERS, PRICING, PAGES):
        shop.define(document)
