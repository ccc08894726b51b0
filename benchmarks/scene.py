"""The scene of the benchmarks: a shop with all of the product's logic on.

Twenty definitions of eight typed fields with a goal, an older version and a list of origins; a key with
grants of its own; two thousand people who are known already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collector import clock
from collector.core.actors import of_command
from collector.core.definitions import Definition
from collector.core.documents import parse_definition
from collector.core.judge import Caller
from collector.core.permissions import SCOPES, Key, parse_grants
from collector.intake.accept import Intake
from collector.intake.decode import read_events
from collector.store.definitions import Edit
from collector.store.keys import KeyRequest
from collector.store.opening import Store, open_store

SECTION = "shop"
DEFINITIONS = 20
PEOPLE = 2_000
ORIGIN = "https://shop.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
BENCH = of_command("bench")
DAY = 24 * 3600 * 1_000_000

FIELDS: list[dict[str, Any]] = [
    {"name": "total", "type": "decimal", "required": True, "minimum": 0},
    {"name": "currency", "type": "text", "choices": ["SEK", "EUR"]},
    {"name": "lines", "type": "integer", "minimum": 1},
    {"name": "gift", "type": "boolean"},
    {"name": "deliver_on", "type": "date"},
    {"name": "paid_at", "type": "timestamp"},
    {"name": "page_url", "type": "text", "fill": "page.url"},
    {"name": "campaign", "type": "text", "max_length": 100},
]
DATA = (
    '{"total":@P.25,"currency":"SEK","lines":3,"gift":true,"deliver_on":"2026-12-24",'
    '"paid_at":"2026-09-21T12:00:00Z","page_url":"https://shop.example/checkout","campaign":"autumn"}'
)
"""Eight values; the load generator puts a number in for @P."""

EVENT = f'{{"event":"event.@D","id":"@N","identifiers":{{"email":"p@P@example.com"}},"data":{DATA}}}'
"""One event of the API, with @N an id used once, @P one of the people and @D a definition."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a load needs to know of a database that was furnished."""

    url: str
    secret: str
    key: Key
    definitions: tuple[Definition, ...]


def furnish(url: str) -> Scene:
    """Makes the scene in the empty database at `url`."""
    store = open_store(url, clock.now, clock.tick)
    now = clock.now()
    store.sections.create("Shop", "reject", BENCH, now)
    definitions = tuple(define(store, number, now) for number in range(DEFINITIONS))
    grants = parse_grants(["email:read,write", "mobile:write", "crm_id:read,write"])
    key, secret = store.keys.create(KeyRequest(SECTION, "bench", frozenset(SCOPES), grants, None), BENCH, now)
    scene = Scene(url, secret, key, definitions)
    stored = store_events(store, scene, PEOPLE, tag="known")
    assert stored == PEOPLE, f"only {stored} of {PEOPLE} were stored"
    store.close()
    return scene


def define(store: Store, number: int, now: int) -> Definition:
    """A definition that was edited once: its first version had a field less."""
    wanted = document(number)
    first = parse_definition({**wanted, "fields": FIELDS[:-1]})
    definition = store.definitions.create(SECTION, first, BENCH, now - DAY)
    edit = Edit(parse_definition(wanted), None)
    return store.definitions.save(definition, edit, 0, BENCH, now - DAY // 2)


def document(number: int) -> dict[str, Any]:
    """The definition with this number, as an admin writes it."""
    return {
        "event_name": f"event.{number}",
        "title": f"Event {number}",
        "category": "transaction",
        "fields": FIELDS,
        "goal": {"type": "purchase", "value_field": "total", "currency_field": "currency"},
        "allowed_operations": {"email": ["read", "write"], "mobile": ["write"], "crm_id": ["read", "write"]},
        "web_tracking": {"enabled": True, "origins": [ORIGIN, "https://*.shop.example"]},
    }


def store_events(store: Store, scene: Scene, count: int, tag: str, group: int = 500) -> int:
    """Stores so many events through the judge and the commit, in groups; how many were `stored`."""
    intake = Intake(store, clock.now)
    stored = 0
    for bodies in batches(count, tag, group):
        reads, _ = read_events(bodies)
        caller = Caller(SECTION, "api", 0, clock.now(), "bench", scene.key)
        stored += sum(outcome.verdict == "stored" for outcome in intake.accept(reads, caller))
    return stored


def batches(count: int, tag: str, size: int) -> Iterator[bytes]:
    """The bodies of batches with so many events in all."""
    for start in range(0, count, size):
        events = [event(id_of(tag, number), number) for number in range(start, min(start + size, count))]
        yield b'{"events":[' + ",".join(events).encode() + b"]}"


def event(event_id: str, number: int) -> str:
    """An event as JSON: of the person and the definition that its number leads to."""
    text = EVENT.replace("@N", event_id).replace("@P", str(person_of(number)))
    return text.replace("@D", str(number % DEFINITIONS))


def id_of(tag: str, number: int) -> str:
    """Ids come in no order, as those that browsers and other systems make."""
    return f"{number * 2654435761 % 2**32:08x}-{tag}{number}"


def person_of(number: int) -> int:
    """Whose event it is: in time, everybody has events of every definition (`load.lua` does the same)."""
    return (number + number // DEFINITIONS * 37) % PEOPLE


def decoded(event_id: str, number: int) -> dict[str, Any]:
    """The same event as a Python dict."""
    read: dict[str, Any] = json.loads(event(event_id, number))
    return read
