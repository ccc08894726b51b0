"""A web shop with snippets, the collector behind a gate, and what the collector has stored in the end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snippet.embed import STUB
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running
from tests.servers.gate import Gate, gate_at
from tests.servers.ports import free_port
from tests.servers.waiting import eventually
from tests.snippet.stand_in import Server as Site
from tests.snippet.stand_in import serving

FIELDS = [
    {"name": "number", "type": "integer", "required": True},
    *({"name": f"note_{n}", "type": "text"} for n in range(20)),
]


@dataclass
class Event:
    """A definition of one test's own, with what pages need of it."""

    shop: Shop
    name: str
    id: str
    versions: list[str]

    @property
    def url(self) -> str:
        return f"{self.shop.gate.url}/s/{self.id}.js"

    def call(self, number: int, **data: str) -> str:
        """JavaScript of a call."""
        members = "".join(f", {name}: {text}" for name, text in data.items())
        return f"fieldpost('{self.name}', {{number: {number}{members}}})"

    def calls(self, count: int) -> str:
        """JavaScript of calls with the numbers from 0 on, each with 1,500 characters."""
        return (
            f"for (let n = 0; n < {count}; n++)"
            f" fieldpost('{self.name}', {{number: n, note_0: 'x'.repeat(1500)}})"
        )

    def stored(self, count: int) -> list[dict[str, Any]]:
        """The stored events, once there are `count`."""
        path = f"/api/v1/events?event={self.name}&limit=500"

        def ask() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.shop.client.get(path).document["events"]
            return found if len(found) >= count else []

        return eventually(ask) or self.shop.client.get(path).document["events"]

    def numbers(self, count: int) -> list[int]:
        return sorted(one["data"]["number"] for one in self.stored(count))


@dataclass
class Shop:
    """Everything that one module's journeys share."""

    site: Site
    gate: Gate
    client: Client
    folder: Path
    database: str
    _names: Iterator[int] = field(default_factory=itertools.count)

    def event(self, **tracking: Any) -> Event:
        """A new definition with web tracking; every browser may send it, headless ones too."""
        name = f"journey.{next(self._names)}"
        settings = {"enabled": True, "bots": "keep", "origins": [self.site.url], **tracking}
        document = {"event_name": name, "category": "signal", "fields": FIELDS, "web_tracking": settings}
        made = self.client.post("/api/v1/definitions", document)
        assert made.status == 201, made.document
        versions = self.client.get(f"/api/v1/definitions/{name}/versions").document["versions"]
        return Event(self, name, made.document["id"], [one["id"] for one in versions])

    def change(self, event: Event, *fields: dict[str, Any]) -> None:
        """Publishes a new version of an event, with these fields more."""
        path = f"/api/v1/definitions/{event.name}"
        heard = self.client.get(path)
        document = {**heard.document, "fields": [*heard.document["fields"], *fields]}
        saved = self.client.put(path, document, If_Match=heard.headers["etag"])
        assert saved.status == 200, saved.document

    def sign_in_link(self) -> str:
        """Where an owner signs in, by way of the gate."""
        link: str = fieldpost(self.folder, self.database, "user", "create", "ada@example.com")["link"]
        return f"{self.gate.url}/sign-in/{link.rsplit('/', 1)[1]}"

    def page(self, path: str, *urls: str, before: str = "", html: str = "") -> str:
        """The address of a page with the stub, `before`, these scripts and this HTML."""
        tags = "".join(f'<script src="{url}"></script>' for url in urls)
        return self.site.page(path, f"{html}<script>{STUB}</script><script>{before}</script>{tags}")


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    """The shop and the real server on SQLite, with no hold after edits."""
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    fieldpost(folder, database, "section", "create", "Shop")
    key = fieldpost(folder, database, "key", "create", "--name", "reader")["key"]
    with (
        gate_at(free_port()) as gate,
        serving() as site,
        running(database, folder, edit_hold=0, public_url=gate.url) as server,
    ):
        gate.target = server.url
        yield Shop(site, gate, Client(server.url, key), folder, database)
