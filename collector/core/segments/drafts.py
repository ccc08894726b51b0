"""What a segment is made of, as it is sent: a name, a colour, a time zone and a tree."""

from __future__ import annotations

import datetime
import re
import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from collector.core.problems import Fault
from collector.core.segments.members import Members
from collector.core.segments.reading import read_tree
from collector.core.segments.tree import Node
from collector.core.strict_json import faults_in

MEMBERS = ("id", "name", "color", "timezone", "tree")
LONGEST_ID = 32
LONGEST_NAME = 255
LONGEST_COLOR = 50
LONGEST_ZONE = 100
COLOR, ZONE = "#64748b", "UTC"

RESERVED = frozenset({"preview", "rfm", "templates"})
"""In the place of an id, addresses mean something else by these."""

_ID = re.compile(r"[a-z0-9_]+")
_DEEPEST = 90


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment that is right. `document` is its tree as it was sent, `node` the same as it was read."""

    id: str
    name: str
    color: str
    timezone: str
    document: Mapping[str, Any]
    node: Node


def read_draft(sent: object, before: Draft | None = None) -> Draft | list[Fault]:
    """The segment that a request describes, or everything that is wrong with it.

    What is absent is that of the segment `before` it, which keeps its id; of a new one the id is made of the
    name, the colour is grey, and days begin in UTC.
    """
    faults = faults_in(sent, max_depth=_DEEPEST)
    if faults:
        return faults
    if not isinstance(sent, dict):
        return [Fault("type-wrong", "", "A segment is described by an object.")]
    members = Members(sent, "", faults, datetime.UTC)
    members.refuse_unknown(MEMBERS)
    name = _text(members, "name", LONGEST_NAME, before.name if before else None)
    segment_id = _id(members, name, before)
    color = _text(members, "color", LONGEST_COLOR, before.color if before else COLOR)
    timezone = _text(members, "timezone", LONGEST_ZONE, before.timezone if before else ZONE)
    zone = _zone(members, timezone)
    document = members.get("tree")
    if document is None and before is not None:
        document = before.document
    node = _tree(members, document, zone)
    if faults or node is None:
        return faults
    return Draft(segment_id or "", name or "", color or "", timezone or "", document, node)


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """The names of time zones in the IANA database."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}


def zone_named(name: str) -> datetime.tzinfo | None:
    """The time zone of this name in the IANA database."""
    if name == ZONE:
        return datetime.UTC
    return zoneinfo.ZoneInfo(name) if name in known_zones() else None


def id_of(name: str) -> str:
    """An id made of a name: lower-case letters without accents, digits and `_`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_ID].strip("_")


def _text(members: Members, name: str, most: int, otherwise: str | None) -> str | None:
    value = members.get(name)
    if value is None and otherwise is not None:
        return otherwise
    if value in (None, ""):
        members.fault("member-missing", name, f"{name} is required")
        return None
    if isinstance(value, str) and len(value) > most:
        members.fault("too-long", name, f"{name} length must be between 1 and {most}")
        return None
    return members.text(name)


def _id(members: Members, name: str | None, before: Draft | None) -> str | None:
    given = members.text("id")
    if before is not None:
        if given not in (None, before.id):
            members.fault("member-unfit", "id", "The id of a segment never changes.")
        return before.id
    if given is None:
        made = id_of(name or "")
        if name and (not made or made in RESERVED):
            members.fault("member-missing", "id", "No id can be made of this name: give one.")
        return made
    if not _ID.fullmatch(given):
        words = "id must contain only lowercase letters, numbers, and underscores"
        members.fault("value-invalid", "id", words)
    elif given in RESERVED:
        members.fault("name-reserved", "id", "This id means something else already.")
    elif len(given) > LONGEST_ID:
        members.fault("too-long", "id", f"id length must be between 1 and {LONGEST_ID}")
    return given


def _tree(members: Members, document: object, zone: datetime.tzinfo) -> Node | None:
    if document is None:
        members.fault("member-missing", "tree", "tree is required")
        return None
    node = read_tree(document, zone)
    if isinstance(node, list):
        members.faults.extend(fault.under("/tree") for fault in node)
        return None
    return node


def read_trial(sent: object) -> tuple[Node, datetime.tzinfo] | list[Fault]:
    """A tree to try out and the time zone in which its days begin, or everything that is wrong with them."""
    faults = faults_in(sent, max_depth=_DEEPEST)
    if faults:
        return faults
    if not isinstance(sent, dict):
        return [Fault("type-wrong", "", "This takes an object with a tree.")]
    members = Members(sent, "", faults, datetime.UTC)
    members.refuse_unknown(("tree", "timezone"))
    zone = _zone(members, _text(members, "timezone", LONGEST_ZONE, ZONE))
    node = _tree(members, members.get("tree"), zone)
    return faults if faults or node is None else (node, zone)


def _zone(members: Members, name: str | None) -> datetime.tzinfo:
    zone = zone_named(name) if name else None
    if name and zone is None:
        members.fault("value-invalid", "timezone", f"invalid timezone: {name}")
    return zone or datetime.UTC
