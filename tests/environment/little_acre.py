"""A week of a small seed shop's life, for pictures: what it defined, who came, what was refused."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.documents import dump_document, parse_definition
from collector.core.segments.templates import TEMPLATES
from collector.store.definitions import Edit
from tests.cast import ADMIN, Shop
from tests.core.segments.trees import branch, goal, timeline
from tests.web.pages.places import a_cell, make_segment

DEFINITIONS = Path(__file__).resolve().parents[2] / "templates" / "demo" / "definitions.yaml"
HOUR = 3600
HOURS = 7 * 24
A_DAY = 24
HOLD = 3600
ADA, BOB = "ada@example.com", "bob@example.com"
ADAS_CRM, BOBS_PHONE = "C-1042", "+46701234567"
NAMES = ("bob", "charlie", "dana", "eve", "finn", "greta", "hugo")
PEOPLE = (ADA, *(f"{name}@example.com" for name in NAMES))
PLANTS = ("Carrot Nantes", "Beetroot Bolivar", "Kale Halbhoher", "Pea Kelvedon", "Leek Blaugrüner")
CUSTOMERS = 64
A_GIFT = {"field_name": "gift", "field_type": "string", "operator": "equals", "string_values": ["true"]}
BEST = {
    "name": "Best customers",
    "color": "#b3541e",
    "timezone": "Europe/Stockholm",
    "tree": branch(
        "and",
        goal(value=1500),
        branch(
            "or",
            timeline(
                kind="order.completed",
                count_operator="at_least",
                count_value=2,
                timeframe_operator="in_the_last_days",
                timeframe_values=["60"],
                filters=[A_GIFT],
            ),
            goal(aggregate_operator="count", value=5),
        ),
    ),
}
SHOP = "https://shop.little-acre.example"


class Week:
    """Lives through the week that ends now, on a shop whose clock stands at its beginning."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.chance = random.Random(7)
        self.count = 0
        self.segments: list[str] = []
        self.follower = shop.store.new_follower()
        self.definitions = {one.draft.event_name: one for one in map(self._define, _documents())}
        self.till = shop.key("Till")
        self.crm = shop.key("CRM", "email:read", "crm_id:read,write", scopes=("ingest", "read"))

    def before(self) -> None:
        """A day in which the orders of the months before are brought in, some often and some long ago."""
        orders = []
        for number in range(CUSTOMERS):
            last = self.chance.choice((2, 5, 9, 15, 24, 38, 60, 90, 130))
            for place in range(1 + min(int(self.chance.expovariate(0.45)), 11)):
                order = self._order()
                moment = self.shop.clock.now() / 1e6 - (last + place * self.chance.randint(4, 30)) * 24 * HOUR
                order["occurred_at"] = datetime.fromtimestamp(moment, UTC).isoformat()
                orders.append({**order, "identifiers": {"email": f"customer-{number + 1}@example.com"}})
        for start in range(0, len(orders), 400):
            self.shop.send(self.till, *orders[start : start + 400])
        self.segments = [make_segment(self.shop, {"name": one.name, "tree": one.tree}) for one in TEMPLATES]
        self.segments.append(make_segment(self.shop, BEST))
        self.shop.clock.forward(A_DAY * HOUR)

    def pass_by(self) -> None:
        """Hour by hour, more by day than by night; on the fourth day somebody puts a wrong till into use."""
        for hour in range(HOURS):
            by_day = 7 <= hour % 24 <= 21
            for _ in range(self.chance.randint(6, 16) if by_day else self.chance.randint(0, 3)):
                self._visit()
            if 80 <= hour < 86:
                self._send(self._order(), total="149,99 kr")
            self.shop.clock.forward(HOUR)
            if hour % A_DAY == 0:
                self._follow()

    def end(self) -> dict[str, str]:
        """Two that are one person, two of whom that is asked, a definition just edited."""
        shop, store = self.shop, self.shop.store
        order = self._order()
        for name, person in (
            ("crm", {"crm_id": ADAS_CRM}),
            ("both", {"crm_id": ADAS_CRM, "email": ADA}),
            ("phone", {"mobile": BOBS_PHONE}),
            ("his", {"mobile": BOBS_PHONE, "email": BOB}),
        ):
            self._send({**order, "id": name, "identifiers": person})
        ada, crm = self._profile("email", ADA), self._profile("crm_id", ADAS_CRM)
        store.merges.make("shop", crm, ada, ADMIN, shop.clock.now())
        self._edit()
        self._follow()
        self._visit()
        self._send({**order, "id": "last", "identifiers": {"email": ADA}})
        self._send({**order, "id": "wrong", "identifiers": {"email": ADA}}, total="149,99 kr", lines=0)
        [event], [rejection] = store.events.latest("shop", 1), store.rejections.page("shop", 1, None).items
        numbers = {"profile": ada, "event": event.id, "rejection": rejection.id}
        pair = {"profile": self._profile("email", BOB), "other": self._profile("mobile", BOBS_PHONE)}
        made = {name: ids.encode(number) for name, number in {**pair, **numbers}.items()}
        divided = {"segment": self.segments[-1], "compared": self.segments[0], **a_cell(shop)}
        return {**made, **divided, "name": "order.completed", "welcome": "used"}

    def _follow(self) -> None:
        """What the server does all the time: moves people in and out of segments."""
        while self.follower.turn(self.shop.clock.now):
            pass

    def _profile(self, kind: str, value: str) -> int:
        found = self.shop.store.profiles.find("shop", kind, value)
        assert found is not None
        return found.id

    def _define(self, document: dict[str, Any]) -> Definition:
        return self.shop.define(document)

    def _edit(self) -> None:
        stored = self.definitions["order.completed"]
        document = dump_document(stored.draft)
        document["fields"] = [
            *({**one, "minimum": 1} if one["name"] == "total" else one for one in document["fields"]),
            {
                "name": "delivery",
                "type": "text",
                "choices": ["post", "pick-up"],
                "description": "How it gets there",
            },
        ]
        self.shop.clock.forward(-600)
        now = self.shop.clock.now()
        self.shop.store.definitions.save(stored, Edit(parse_definition(document), None), HOLD, ADMIN, now)
        self.shop.clock.forward(600)

    def _visit(self) -> None:
        """Somebody looks at some seeds in the shop, and perhaps buys them."""
        chance, plant = self.chance, self.chance.choice(PLANTS)
        data = {"product": plant, "price": chance.randint(20, 60), "in_stock": chance.random() < 0.9}
        self._beacon("product.viewed", data)
        if chance.random() < 0.4:
            self._beacon("cart.updated", {"action": "add", "product": plant, "quantity": 1, "value": 45})
        if chance.random() < 0.25:
            order = self._order()
            self._send(order)
            if chance.random() < 0.1:
                self._send(order)
        if chance.random() < 0.04:
            self._beacon("newsletter.signed_up", {"form": "footer"})

    def _order(self) -> dict[str, Any]:
        self.count += 1
        total = f"{self.chance.randint(20, 900)}.{self.chance.choice((0, 25, 50, 90)):02}"
        data = {
            "total": total,
            "currency": "SEK",
            "lines": self.chance.randint(1, 9),
            "gift": self.chance.random() < 0.2,
        }
        person = {"email": self.chance.choice(PEOPLE)}
        return {"event": "order.completed", "id": f"order-{self.count}", "identifiers": person, "data": data}

    def _send(self, event: dict[str, Any], **data: Any) -> None:
        moment = datetime.fromtimestamp(self.shop.clock.now() / 1e6, UTC).isoformat()
        self.shop.send(self.till, {**event, "occurred_at": moment, "data": {**event["data"], **data}})

    def _beacon(self, name: str, data: dict[str, Any]) -> None:
        self.count += 1
        visitor = f"browser-{self.chance.randint(1, 40)}"
        body = {"id": f"page-{self.count}", "data": data, "visitor": visitor}
        assert self.shop.beacon(self.definitions[name].id, body, SHOP).status_code == 200


def _documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(DEFINITIONS.read_text()))
