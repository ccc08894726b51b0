"""What the APSIS One API calls our things: keyspaces, discriminators of events, what may be done."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from collector.core.definitions import AllowedOperations, Definition
from collector.core.fields import format_timestamp
from collector.core.foreign_words import visitor_of
from collector.core.identifiers import normalise
from collector.core.problems import Fault, Problem

WEB = "web"
"""The keyspace of browsers, whose keys are visitors."""

_PREFIX = "com.apsis1.keyspaces."
KEYSPACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        f"{_PREFIX}email": ("email", "Email"),
        f"{_PREFIX}mobile": ("mobile", "Mobile"),
        f"{_PREFIX}crm-id": ("crm_id", "CRM ID"),
        f"{_PREFIX}web": (WEB, "Web"),
    }
)
"""Discriminator → our kind of identifier, or `web`, and what it is called."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTERS_OF_AN_ID = 10
_PERMISSIONS = {
    frozenset[str](): "none",
    frozenset({"read"}): "read",
    frozenset({"write"}): "write",
    frozenset({"read", "write"}): "read_write",
}

Named = tuple[str, str]
"""kind of identifier or `web`, normalised value"""


def kind_of(keyspace: object) -> str:
    """Raises `Problem("not-found")`."""
    if not isinstance(keyspace, str) or keyspace not in KEYSPACES:
        raise Problem("not-found", f"The keyspaces are {', '.join(KEYSPACES)}.")
    return KEYSPACES[keyspace][0]


def named(keyspace: object, key: object, pointer: str) -> Named:
    """Whom a keyspace and a key name. Raises `Problem`: `not-found`, `request-invalid`."""
    kind = kind_of(keyspace)
    if kind == WEB and isinstance(key, str):
        return WEB, visitor_of(key)
    value = normalise(kind, key, pointer)
    if isinstance(value, Fault):
        raise Problem("request-invalid", value.message, faults=[value])
    return kind, value


def discriminator_of(definition: Definition) -> str:
    """The event's name in that API: made of what never changes, so it never does."""
    slug = re.sub(r"[^a-z0-9]+", "-", definition.draft.event_name).strip("-")
    number = int.from_bytes(hashlib.sha256(definition.id.encode()).digest()[:8])
    letters = ""
    for _ in range(_LETTERS_OF_AN_ID):
        number, digit = divmod(number, len(_DIGITS))
        letters += _DIGITS[digit]
    return f"com.apsis1.events.{definition.draft.category}.custom-{slug}-{letters}"


def event_json(definition: Definition, ends: Mapping[str, int | None]) -> dict[str, Any]:
    """A definition as that API lists it; `ends`: id of each version → since when it is not current."""
    draft = definition.draft
    return {
        "name": draft.title or draft.event_name,
        "discriminator": discriminator_of(definition),
        "description": draft.description,
        "versions": [
            {"id": number, "deprecated_at": format_timestamp(end) if end is not None else None}
            for number, end in ends.items()
        ],
    }


def permissions_json(allowed: AllowedOperations) -> list[dict[str, str]]:
    """What a key and a definition allow by each keyspace; browsers are written and never read."""
    return [
        {
            "keyspace_discriminator": keyspace,
            "allowed_operations": "write" if kind == WEB else _PERMISSIONS[allowed[kind]],
        }
        for keyspace, (kind, _) in KEYSPACES.items()
    ]
