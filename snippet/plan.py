"""What a snippet is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from collector.core.fields import Field
from snippet.triggers import Trigger

EVENT_NAME = re.compile(r"[a-z0-9_./-]{1,100}")
VERSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

INHERITED = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
"""Possible names of fields that every JavaScript object has already."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where pages find the collector: its public URL, and the paths of scripts and of beacons."""

    url: str
    scripts: str = "/s"
    beacons: str = "/b"

    @property
    def for_scripts(self) -> str:
        """What the addresses of scripts begin with, such as `https://c.example/s/`."""
        return f"{self.url.rstrip('/')}{self.scripts}/"

    @property
    def for_beacons(self) -> str:
        return f"{self.url.rstrip('/')}{self.beacons}/"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a snippet is made of. `address` is the collector's public URL, such as `https://c.example`.

    With `extra_fields` the data may have members that are no fields. `attributes` are what elements say
    of themselves where clicks count; with `says_trigger` an event has the number of the trigger that made
    it. `gate` is what keeps a prerendered page waiting. Where the page's address asks for it, `debug` loads
    the tools, or writes a line for each try and loads nothing; `tried` hands events to the page's editor and
    sends none. Raises ValueError for what cannot be in the address of a beacon.
    """

    event_name: str
    version_id: str
    address: str
    fields: tuple[Field, ...]
    queue: bool = True
    visitor: Literal["page", "session", "lasting"] = "lasting"
    extra_fields: bool = False
    consent: Literal["off", "gpc", "ask"] = "off"
    invalid: Literal["drop", "report"] = "drop"
    triggers: tuple[Trigger, ...] = ()
    attributes: bool = True
    says_trigger: bool = True
    gate: bool = True
    debug: Literal["tools", "line", "tried", "off"] = "line"
    beacons: str = "/b"

    def __post_init__(self) -> None:
        url = urlsplit(self.address)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise ValueError("address must be an absolute http(s) URL without query and fragment")
        if not self.address.isascii() or re.search(r"[\s\"'`<>\\{}|^()*+$]", self.address):
            raise ValueError("address must be written in the characters of a URL")
        if not EVENT_NAME.fullmatch(self.event_name) or not VERSION_ID.fullmatch(self.version_id):
            raise ValueError("event_name and version_id must be what a definition can have")

    @property
    def beacon_url(self) -> str:
        """Where events go. Where the browser judges Global Privacy Control, the collector need not again."""
        return f"{self.address.rstrip('/')}{self.beacons}/{self.version_id}"

    @property
    def marks(self) -> bool:
        """Whether elements may name the event, and give its data, in attributes."""
        return self.attributes and any(one.on == "click" for one in self.triggers)

    @property
    def casts(self) -> bool:
        """Whether a text from the page may have to become what is no text."""
        finds_data = self.marks or any(one.values for one in self.triggers)
        return finds_data and any(field.type in ("boolean", "integer") for field in self.fields)

    @property
    def has_odd_names(self) -> bool:
        return any(field.name in INHERITED for field in self.fields)

    def behaviour(self) -> Plan:
        """The same for all plans whose files differ in nothing but names, addresses and tables."""
        return replace(self, event_name="-", version_id="-", fields=(), triggers=())
