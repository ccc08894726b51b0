"""What a client of the Notifuse API sends, written as events of our own API.

The API reads JSON as Go's encoding/json does: members that it does not know are passed over, names match
whatever their case, the last of two equal ones counts, null is absence, and what follows the first value
is never looked at. A member of another type makes the whole body unreadable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from collector.core.fields import parse_timestamp
from collector.core.payloads import API, ApiPayload, Read, splittable
from collector.core.problems import Problem
from collector.core.strict_json import READABLE_DEPTH, Unreadable

MOST_EVENTS = 50
ZERO_TIME = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z in microseconds: what Go calls no time at all."""
SOURCE = "api"

Members = Mapping[str, bytes]
"""name → JSON text. A null is there for `deleted_at` alone: of all others it is absence."""

A_TEXT, A_NUMBER, AN_OBJECT, A_LIST, A_MOMENT = "a text", "a number", "an object", "a list", "a moment"
_STARTS = MappingProxyType(
    {A_TEXT: b'"', A_MOMENT: b'"', A_NUMBER: b"-0123456789", AN_OBJECT: b"{", A_LIST: b"["}
)

_OF_AN_UPSERT = MappingProxyType(
    {
        "workspace_id": A_TEXT,
        "email": A_TEXT,
        "event_name": A_TEXT,
        "external_id": A_TEXT,
        "properties": AN_OBJECT,
        "occurred_at": A_MOMENT,
        "integration_id": A_TEXT,
        "goal_name": A_TEXT,
        "goal_type": A_TEXT,
        "goal_value": A_NUMBER,
        "deleted_at": A_MOMENT,
    }
)
_OF_AN_EVENT = MappingProxyType(
    {**_OF_AN_UPSERT, "source": A_TEXT, "created_at": A_MOMENT, "updated_at": A_MOMENT}
)
_OF_AN_IMPORT = MappingProxyType({"workspace_id": A_TEXT, "events": A_LIST})

_OURS = MappingProxyType(
    {
        "event_name": "event",
        "external_id": "id",
        "occurred_at": "occurred_at",
        "properties": "data",
        "goal_type": "goal_type",
        "goal_value": "goal_value",
        "goal_name": "goal_name",
        "deleted_at": "deleted_at",
    }
)
"""Their member → ours."""

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]', re.DOTALL)
_NULL = re.compile(rb"[ \t\r\n]*null(?![A-Za-z0-9_])")
_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as it was sent, for the sentences of that API, and `read`: the same for our judge.

    What is absent is empty here. `occurred_at` is in microseconds.
    """

    email: str
    event_name: str
    external_id: str
    goal_type: str | None
    goal_name: str | None
    has_goal_value: bool
    occurred_at: int | None
    read: Read[ApiPayload]


@dataclass(frozen=True, slots=True)
class Upsert:
    workspace_id: str
    event: SentEvent


@dataclass(frozen=True, slots=True)
class Import:
    """`count` events were sent; they are read if there are no more than `MOST_EVENTS`."""

    workspace_id: str
    count: int
    events: tuple[SentEvent, ...]


def read_upsert(body: bytes) -> Upsert:
    """The body of `customEvents.upsert`. Raises `Problem("body-unreadable")`; so does `read_import`."""
    try:
        members = read_object(body, _OF_AN_UPSERT)
        return Upsert(text_in(members, "workspace_id"), _sent(members, SOURCE))
    except Unreadable as error:
        raise Problem("body-unreadable", error.message) from error


def read_import(body: bytes) -> Import:
    """The body of `customEvents.import`. A time of zero is now; a source of its own counts."""
    try:
        members = read_object(body, _OF_AN_IMPORT)
        raws = _ITEMS.decode(members.get("events", b"[]"))
        events = tuple(_imported(bytes(raw)) for raw in raws) if len(raws) <= MOST_EVENTS else ()
        return Import(text_in(members, "workspace_id"), len(raws), events)
    except Unreadable as error:
        raise Problem("body-unreadable", error.message) from error


def _imported(raw: bytes) -> SentEvent:
    members = dict(_split(raw, _OF_AN_EVENT))
    if "occurred_at" in members and _moment(members["occurred_at"]) == ZERO_TIME:
        del members["occurred_at"]
    return _sent(members, text_in(members, "source") or SOURCE)


def _sent(members: Members, source: str) -> SentEvent:
    goal_type, goal_name = members.get("goal_type"), members.get("goal_name")
    return SentEvent(
        email=text_in(members, "email"),
        event_name=text_in(members, "event_name"),
        external_id=text_in(members, "external_id"),
        goal_type=_decoded(goal_type) if goal_type is not None else None,
        goal_name=_decoded(goal_name) if goal_name is not None else None,
        has_goal_value="goal_value" in members,
        occurred_at=_moment(members["occurred_at"]) if "occurred_at" in members else None,
        read=API.read(_as_ours(members, source)),
    )


def _as_ours(members: Members, source: str) -> bytes:
    """An event of our API. Values stay the text that they came as, so no digit is lost on the way."""
    ours = {ours: members[theirs] for theirs, ours in _OURS.items() if theirs in members}
    ours["source"] = msgspec.json.encode(source)
    if text_in(members, "email"):
        ours["identifiers"] = b'{"email":%b}' % members["email"]
    return b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), value) for name, value in ours.items())


def read_object(body: bytes, known: Mapping[str, str]) -> Members:
    """The known members of the object that the body begins with. Raises `Unreadable`."""
    if _NULL.match(body):
        return {}
    try:
        return _split(splittable(body), known)
    except Unreadable:
        value = _first_value(body)
        if len(value) == len(body):
            raise
        return _split(splittable(value), known)


def _first_value(body: bytes) -> bytes:
    """The object or list that a text begins with, whatever follows it; all of it if that has no end."""
    depth = 0
    for token in _TOKEN.finditer(body):
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
        if depth > READABLE_DEPTH:
            break
        if depth <= 0:
            return body[: token.end()]
    return body


def _split(raw: bytes, known: Mapping[str, str]) -> Members:
    """The known members of an object, under the names that we know them by."""
    try:
        members = _SPLIT.decode(raw)
        spellings = _in_order(raw, members)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json-invalid", "This is no JSON object.") from error
    found: dict[str, bytes] = {}
    for spelling in spellings:
        name = spelling.casefold()
        if name in known:
            found[name] = bytes(members[spelling])
    for name, value in found.items():
        _require(value, known[name])
    return {name: value for name, value in found.items() if value != b"null" or name == "deleted_at"}


def _in_order(raw: bytes, members: Mapping[str, msgspec.Raw]) -> list[str]:
    """The names as they came: where one comes in several spellings, it counts which came last."""
    if len({name.casefold() for name in members}) == len(members):
        return list(members)
    # Numbers are not read here: those of 5,000 digits would be refused.
    names: list[str] = json.loads(
        raw, object_pairs_hook=lambda pairs: [name for name, _ in pairs], parse_int=str, parse_float=str
    )
    return names


def _require(value: bytes, expected: str) -> None:
    if value != b"null" and value[:1] not in _STARTS[expected]:
        raise Unreadable("type-wrong", f"This is {expected}.")
    if value != b"null" and expected is A_MOMENT:
        _moment(value)


def _moment(value: bytes) -> int:
    try:
        return parse_timestamp(_decoded(value))
    except ValueError as error:
        raise Unreadable("timestamp-invalid", "A moment is RFC 3339: 2026-05-01T12:00:00Z.") from error


def text_in(members: Members, name: str) -> str:
    """A text; empty where it is absent."""
    return _decoded(members[name]) if name in members else ""


def _decoded(value: bytes) -> str:
    try:
        return msgspec.json.decode(value, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable("json-invalid", "A text is UTF-8.") from error
