"""The shop that is put under load: its database, its key, and how its events look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from collector import clock
from collector.core.documents import parse_definition
from collector.core.permissions import SCOPES, parse_grants
from collector.store.database import Database
from collector.store.keys import KeyRequest
from collector.store.models import Event
from collector.store.opening import Store, open_store
from collector.store.recount import recount
from collector.store.totals import Totals
from tests.cast import ADMIN, EVERY_TYPE
from tests.servers.fieldpost import Server, start
from tests.servers.ports import free_port

WEB = 1
WITH_A_GOAL = {
    **EVERY_TYPE,
    "goal": {"type": "purchase", "value_field": "total", "currency_field": "currency"},
}
PEOPLE = 20


@dataclass(frozen=True)
class Shop:
    """One section of an installation; `address` is that of its beacons, `others` are the other sections."""

    folder: Path
    database: str
    port: int
    key: str
    address: str
    others: dict[str, Shop] = field(default_factory=dict)

    @property
    def sections(self) -> list[str]:
        """The ids of all sections: their names, as slugs."""
        return ["shop", *(name.lower() for name in self.others)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, database: str | None = None, **settings: Any) -> Server:
        """The server, ready. Whoever starts it has to end it."""
        return start(database or self.database, self.folder, port=self.port, **settings)

    def event(self, event_id: str) -> dict[str, Any]:
        """An order of one of a few people, so that the same rows are written over and over."""
        who = {"email": f"person{hash(event_id) % PEOPLE}@example.com"}
        data = {"total": 149.99, "currency": "SEK", "lines": 3}
        return {"event": "order.completed", "id": event_id, "identifiers": who, "data": data}

    def beacon(self, event_id: str) -> dict[str, Any]:
        return {"id": event_id, "visitor": f"visitor-{hash(event_id) % PEOPLE}", "data": {"total": 1}}

    def stored(self) -> set[str]:
        """The ids of all events in the database, as the API shows them. Each is there once: it is the key."""
        database = Database(self.database)
        rows = database.rows(Event.select(Event.space, Event.event_id))
        database.close()
        ids = {("web:" if row["space"] == WEB else "") + row["event_id"] for row in rows}
        assert len(ids) == len(rows)
        return ids

    def require_exact_books(self) -> None:
        """Every event began once in the change log; every sum in ledger and totals is that of its rows."""
        database = Database(self.database)
        # As of one moment: requests whose clients have gone may still be on their way to the disk.
        with database.snapshot():
            found = [one.sentence() for recounted in recount(database) for one in recounted.differences]
            totals = [one for name in self.sections for one in Totals(database).wrong(name)]
        database.close()
        assert (found, totals) == ([], [])


def new_shop(folder: Path, database: str, *others: str) -> Shop:
    """An installation with the section `shop` and its definition; `others` are further sections, alike."""
    store = open_store(database, clock.now, clock.tick)
    made = {name: _section(store, name) for name in ("Shop", *others)}
    store.close()
    shop = Shop(folder, database, free_port(), *made.pop("Shop"))
    shop.others.update(
        {name: replace(shop, key=key, address=address) for name, (key, address) in made.items()}
    )
    return shop


def _section(store: Store, name: str) -> tuple[str, str]:
    section = store.sections.create(name, "reject", ADMIN, clock.now())
    definition = store.definitions.create(section.id, parse_definition(WITH_A_GOAL), ADMIN, clock.now())
    request = KeyRequest(section.id, "till", frozenset(SCOPES), parse_grants([]), None)
    _, secret = store.keys.create(request, ADMIN, clock.now())
    return secret, definition.id
