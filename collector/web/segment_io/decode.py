"""What a client of Segment's tracking API sends, written as events of our own API.

Values stay the text that they came as, so no digit is lost on the way. Members that mean nothing here are
passed over; null and an empty id are absence. One message that cannot be read holds up none of the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from collector.core.fields import parse_timestamp
from collector.core.foreign_words import event_name_of, visitor_of
from collector.core.payloads import VOUCHED, Read, VouchedPayload, splittable
from collector.core.problems import Fault, Problem, pointer_to
from collector.core.strict_json import Unreadable, read

MOST_MESSAGES = 2_500
TYPES = ("track", "identify", "page", "screen", "group", "alias")

Members = Mapping[str, bytes]
"""name → JSON text; of nulls none is there."""

IsDefined = Callable[[str], bool]
"""Whether the section has a definition of this name."""

Steps = list[str | int]
"""The way to a value, from member to member."""

_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_TRAITS = MappingProxyType({"email": "email", "phone": "mobile"})
_NO_NUMBERS = (b"NaN", b"Infinity")


@dataclass(frozen=True, slots=True)
class Message:
    """One call: its type, `read`: the same for our judge, and of an alias whom it was before."""

    type: str
    read: Read[VouchedPayload]
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """`sent_at` is the sender's clock in microseconds, if it was told."""

    messages: tuple[Message, ...]
    sent_at: int | None


def read_batch(body: bytes, is_defined: IsDefined) -> Batch:
    """The body of `/v1/batch`. Raises `Problem`: `body-unreadable`, `request-invalid`."""
    body, nonsense = _strict(body)
    members = _members(body)
    try:
        items = _ITEMS.decode(members["batch"])
    except (KeyError, msgspec.MsgspecError) as error:
        raise Problem("request-invalid", 'This takes {"batch": […]}.') from error
    if not 1 <= len(items) <= MOST_MESSAGES:
        raise Problem("request-invalid", f"A batch has 1 to {MOST_MESSAGES} messages.")
    messages = [_message(bytes(item), is_defined) for item in items]
    for step, place, *steps in nonsense:
        if step == "batch" and isinstance(place, int):
            messages[place].read[1].append(_not_json(steps))
    return Batch(tuple(messages), _sent_at(members))


def read_call(body: bytes, kind: str, is_defined: IsDefined) -> Batch:
    """The body of one call, `/v1/track` and the like. Raises `Problem("body-unreadable")`."""
    body, nonsense = _strict(body)
    members = _members(body)
    message = _translated(kind, members, is_defined)
    message.read[1].extend(_not_json(steps) for steps in nonsense)
    return Batch((message,), _sent_at(members))


def _message(raw: bytes, is_defined: IsDefined) -> Message:
    try:
        members = _SPLIT.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _nothing("payload-invalid", "", "A message is a JSON object.")
    told = _without_nulls(members)
    kind = _text(told.get("type"))
    if kind not in TYPES:
        return _nothing("choice-unknown", "/type", f"type is one of: {', '.join(TYPES)}.")
    return _translated(kind, told, is_defined)


def _nothing(code: str, pointer: str, sentence: str) -> Message:
    return Message("", (VouchedPayload(), [Fault(code, pointer, sentence)]))


def _translated(kind: str, members: Members, is_defined: IsDefined) -> Message:
    ours: dict[str, bytes] = dict(_common(members))
    traits = _traits(members)
    identifiers = dict(_identifiers(members, traits))
    if identifiers:
        ours["identifiers"] = _object(identifiers)
    ours |= _of_a_kind(kind, members, traits, is_defined)
    try:
        said = VOUCHED.read(_object(ours))
    except Unreadable as error:
        said = (VouchedPayload(id=_text(ours.get("id"))), [Fault(error.code, error.pointer, error.message)])
    return Message(kind, said, _text(_as_text(members.get("previousId", b'""'))))


def _common(members: Members) -> Iterator[tuple[str, bytes]]:
    """Id, time, consent and browser, under our names."""
    if "messageId" in members:
        yield "id", _as_text(members["messageId"])
    moment = members.get("timestamp", members.get("originalTimestamp"))
    if moment is not None:
        yield "occurred_at", moment
    consent = _inside(_inside(members.get("context")).get("consent")).get("categoryPreferences")
    if consent is not None:
        yield "consent", consent
    browser = _as_text(members.get("anonymousId", b'""'))
    if browser != b'""':
        yield "visitor", _encoded(visitor_of(_text(browser))) if browser[:1] == b'"' else browser


def _identifiers(members: Members, traits: Members) -> Iterator[tuple[str, bytes]]:
    user = _as_text(members.get("userId", b'""'))
    if user != b'""':
        yield "crm_id", user
    for theirs, ours in _TRAITS.items():
        value = traits.get(theirs, b'""')
        if value != b'""':
            yield ours, value


def _of_a_kind(kind: str, members: Members, traits: Members, is_defined: IsDefined) -> dict[str, bytes]:
    """The event's name and data, as each call has them."""
    match kind:
        case "track":
            name = event_name_of(_text(members.get("event")))
            return _named(name, members.get("properties"))
        case "page" | "screen":
            return _visited(kind, members, is_defined)
        case "group":
            group = {"group_id": _as_text(members["groupId"])} if "groupId" in members else {}
            return _named(kind, _object({**_inside(members.get("traits")), **group}))
        case "identify":
            known = {name: value for name, value in traits.items() if name not in _TRAITS}
            return _named(kind, _object(known))
    return _named(kind, None)


def _visited(kind: str, members: Members, is_defined: IsDefined) -> dict[str, bytes]:
    """An event of the page's own name where that is defined, else one that is called `page` or `screen`."""
    name = event_name_of(_text(members.get("name")))
    if name and is_defined(name):
        return _named(name, members.get("properties"))
    told = {member: members[member] for member in ("name", "category") if member in members}
    properties = members.get("properties", b"{}")
    is_object = properties[:1] == b"{"
    return _named(kind, _object({**_inside(properties), **told}) if is_object else properties)


def _named(name: str, data: bytes | None) -> dict[str, bytes]:
    named = {"event": _encoded(name)} if name else {}
    return named if data is None else {**named, "data": data}


def _traits(members: Members) -> Members:
    """What is said of the person: by the message, or by its context."""
    return {**_inside(_inside(members.get("context")).get("traits")), **_inside(members.get("traits"))}


def _inside(raw: bytes | None) -> Members:
    """The members of an object; none of what is no object."""
    if raw is None or raw[:1] != b"{":
        return {}
    return _without_nulls(_SPLIT.decode(raw))


def _without_nulls(members: Mapping[str, msgspec.Raw]) -> Members:
    return {name: bytes(value) for name, value in members.items() if bytes(value) != b"null"}


def _members(body: bytes) -> Members:
    try:
        return _without_nulls(_SPLIT.decode(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("body-unreadable", "The body is a JSON object.") from error


def _strict(body: bytes) -> tuple[bytes, list[Steps]]:
    """The body as JSON (RFC 8259), and where Python's libraries have put NaN or Infinity, now null."""
    try:
        body = splittable(body)
        try:
            read(body)
        except Unreadable as error:
            if error.code != "json-invalid" or not any(word in body for word in _NO_NUMBERS):
                raise
            return _without_nonsense(body)
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    return body, []


def _without_nonsense(body: bytes) -> tuple[bytes, list[Steps]]:
    """Only the messages that have such a number are refused, not those that came with them."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=Decimal)
    except ValueError as error:
        raise Problem("body-unreadable", "The body is no JSON.") from error
    found: list[Steps] = []
    return _ENCODER.encode(_numbers_of_json(value, [], found)), found


def _numbers_of_json(value: Any, steps: Steps, found: list[Steps]) -> Any:
    if isinstance(value, dict):
        return {name: _numbers_of_json(one, [*steps, name], found) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers_of_json(one, [*steps, place], found) for place, one in enumerate(value)]
    if isinstance(value, Decimal) and not value.is_finite():
        found.append(steps)
        return None
    return value


def _not_json(steps: Sequence[str | int]) -> Fault:
    return Fault("json-invalid", pointer_to(*steps), "JSON has no NaN and no Infinity.")


def _as_text(raw: bytes) -> bytes:
    """A number as the text of its digits; all else as it is."""
    return b'"%b"' % raw if raw[:1] in b"-0123456789" else raw


def _text(raw: bytes | None) -> str:
    """The text in `raw`; empty where there is none, or something else."""
    try:
        return msgspec.json.decode(raw, type=str) if raw is not None else ""
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _encoded(text: str) -> bytes:
    return msgspec.json.encode(text)


def _object(members: Mapping[str, bytes]) -> bytes:
    return b"{%b}" % b",".join(b"%b:%b" % (_encoded(name), value) for name, value in members.items())


def _sent_at(members: Members) -> int | None:
    """One that cannot be read corrects nothing."""
    try:
        return parse_timestamp(_text(members.get("sentAt")))
    except ValueError:
        return None


def place_of(pointer: str, kind: str) -> str:
    """Where a place of our event is in the message."""
    of_data = "/traits" if kind in ("identify", "group") else "/properties"
    for ours, theirs in (*_PLACES.items(), ("/data", of_data)):
        if pointer == ours or pointer.startswith(f"{ours}/"):
            return theirs + pointer[len(ours) :]
    return pointer


_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "/id": "/messageId",
        "/occurred_at": "/timestamp",
        "/consent": "/context/consent/categoryPreferences",
        "/visitor": "/anonymousId",
        "/identifiers/crm_id": "/userId",
        "/identifiers/email": "/traits/email",
        "/identifiers/mobile": "/traits/phone",
        "/identifiers": "/userId",
        "/previous": "/previousId",
    }
)
