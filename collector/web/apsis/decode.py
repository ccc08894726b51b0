"""What a client of the APSIS One API posts for a profile, written as events of our own API.

That API's events have no id, so one is made of all that an item says: the same item again is the same event.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.payloads import VOUCHED, Read, VouchedPayload, splittable
from collector.core.problems import Fault, Problem, pointer_to
from collector.core.strict_json import Unreadable, read
from collector.web.apsis.words import WEB, Named

MOST_ITEMS = 500

Find = Callable[[str], Definition | None]
"""The definition that has a version with this id, if the section has one."""

_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_KNOWN = frozenset({"event_time", "version_id", "data"})
_ID_LENGTH = 32
_PLACES = MappingProxyType(
    {"/occurred_at": "/event_time", "/event": "/version_id", "/version": "/version_id"}
)


def read_items(body: bytes, who: Named, find: Find, received_at: int) -> list[Read[VouchedPayload]]:
    """The items of a body, `{"items": […]}`, each with its faults.

    Raises `Problem`: `body-unreadable`, `request-invalid`.
    """
    members = _members(body)
    try:
        items = _ITEMS.decode(members["items"])
    except (KeyError, msgspec.MsgspecError) as error:
        raise Problem("request-invalid", 'This takes {"items": […]}.') from error
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Problem("request-invalid", f"These are 1 to {MOST_ITEMS} items; here are {len(items)}.")
    return [_item(bytes(item), who, find, received_at) for item in items]


def place_of(pointer: str, place: int) -> str:
    """Where a place of our event is in the body."""
    return pointer_to("items", place) + _PLACES.get(pointer, pointer)


def _members(body: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        body = splittable(body)
        read(body)
        return _SPLIT.decode(body)
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    except msgspec.MsgspecError as error:
        raise Problem("request-invalid", 'This takes {"items": […]}.') from error


def _item(raw: bytes, who: Named, find: Find, received_at: int) -> Read[VouchedPayload]:
    try:
        members = {name: bytes(value) for name, value in _SPLIT.decode(raw).items()}
    except msgspec.MsgspecError:
        return VouchedPayload(), [Fault("payload-invalid", "", "An item is a JSON object.")]
    faults = [
        Fault("member-unknown", pointer_to(name[:100]), "An item has no such member.")
        for name in members
        if name not in _KNOWN
    ]
    version_id = _version_in(members.get("version_id", b"null"))
    definition = find(version_id) if version_id else None
    if definition is None:
        faults.append(Fault("version-unknown", "/event", "This section has no event with such a version."))
    event_name = definition.draft.event_name if definition is not None else ""
    kind, value = who
    ours: dict[str, Any] = {
        "id": _id_of(who, event_name, members, received_at),
        "event": event_name or None,
        "version": version_id if definition is not None else None,
        "visitor": value if kind == WEB else None,
        "identifiers": {kind: value} if kind != WEB else None,
    }
    given = {"occurred_at": members.get("event_time"), "data": members.get("data")}
    raws = {name: msgspec.Raw(text) for name, text in given.items() if text is not None}
    said, wrong = VOUCHED.read(msgspec.json.encode({**ours, **raws}))
    return said, [*faults, *wrong]


def _version_in(raw: bytes) -> str | None:
    """Our ids are texts; whoever reads them as numbers sends a number back."""
    value = msgspec.json.decode(raw) if raw[:1] == b'"' or raw.isdigit() else None
    if isinstance(value, int):
        return ids.encode(value) if value < 2**63 else None
    return value if isinstance(value, str) else None


def _id_of(who: Named, event_name: str, members: Mapping[str, bytes], received_at: int) -> str:
    """The same for the same; what says no time of its own is another one each time."""
    moment = members.get("event_time", b"null")
    when = str(received_at).encode() if moment == b"null" else moment
    said = [*who, event_name, when.decode(), members.get("data", b"null").decode()]
    digest = hashlib.sha256(msgspec.json.encode(said)).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_ID_LENGTH]
