"""Where hostile events go on a server: definitions of their own, in a section of their own, for a while."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from collector.core.identifiers import KINDS
from collector.hostile.asking import Heard, Server
from collector.hostile.json_corpus import FIELDS

PREFIX = "hostile/"
MODES = ("reject", "drop", "keep")
TILL = "till"
"""The definition that needs a total."""
ORIGINS = ["https://shop.example", "https://*.shop.example"]
SOMEBODY = "hostile-somebody"
"""The crm_id of whom all events are about that are not about somebody else."""


class Unfit(Exception):
    """This server, key or section is not for that; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """The definitions of one run: extra fields' rule, or `TILL` → the event's name, the definition's id."""

    server: Server
    run: str
    names: dict[str, str]
    ids: dict[str, str]


def prepare(server: Server, run: str) -> Place:
    """Makes the definitions. Raises `Unfit` if the key may not, or the section has definitions of others."""
    listed = server.ask("GET", "/api/v1/definitions")
    if listed.status != 200:
        raise Unfit(f"Definitions cannot be read: {_why(listed)}")
    others = [
        one["event_name"]
        for one in listed.document["definitions"]
        if not one["event_name"].startswith(PREFIX)
    ]
    if others:
        raise Unfit(f"The key's section is in use: it has {others[0]}. Make one for this alone.")
    names = {mode: f"{PREFIX}{run}/{mode}" for mode in (*MODES, TILL)}
    return Place(server, run, names, {mode: _define(server, name, mode) for mode, name in names.items()})


def clear(place: Place, people: list[tuple[str, str]]) -> list[str]:
    """Erases everybody who was made, and hides the definitions; what could not be done, in words."""
    left = []
    for kind, value in dict.fromkeys([("crm_id", SOMEBODY), *people]):
        gone = place.server.ask("DELETE", f"/api/v1/profiles/{kind}/{quote(value, safe='')}")
        if gone.status not in (200, 202, 204, 404):
            left.append(f"{kind} {value[:40]!r} was not erased: {_why(gone)}")
    for name in place.names.values():
        path = f"/api/v1/definitions/{name.replace('/', '~')}/hide"
        hidden = place.server.ask("POST", path, b'{"confirm": true}')
        if hidden.status >= 300:
            left.append(f"{name} was not hidden: {_why(hidden)}")
    return left


def _define(server: Server, name: str, mode: str) -> str:
    fields: list[dict[str, Any]] = [
        {"name": one.name, "type": one.type} | ({"pattern": one.pattern} if one.pattern else {})
        for one in FIELDS
    ]
    if mode == TILL:
        fields = [{"name": "total", "type": "decimal", "required": True}]
    document: dict[str, Any] = {
        "event_name": name,
        "title": "Hostile",
        "category": "signal",
        "fields": fields,
        "extra_fields": mode if mode in MODES else "reject",
        "allowed_operations": {kind: ["read", "write"] for kind in KINDS},
        "web_tracking": {"enabled": True, "origins": ORIGINS, "bots": "keep"},
    }
    made = server.ask("POST", "/api/v1/definitions", json.dumps(document).encode())
    if made.status != 201:
        raise Unfit(f"{name} could not be defined: {_why(made)}")
    found: str = made.document["id"]
    return found


def _why(heard: Heard) -> str:
    told = heard.document
    return str(told.get("detail", heard.status)) if isinstance(told, dict) else f"status {heard.status}"
