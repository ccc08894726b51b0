"""CloudEvents (version 1.0 of the specification, its HTTP binding and its JSON format) as events of our own.

Values stay the text that they came as. Extensions that mean nothing here are passed over, as the
specification wants.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import unquote

import msgspec

from collector.core.foreign_words import event_name_of, visitor_of
from collector.core.payloads import VOUCHED, Read, VouchedPayload, splittable
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable, read

MOST_EVENTS = 500
SPECVERSION = "1.0"
PREFIX = "ce-"

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"

Attributes = Mapping[str, bytes]
"""name → JSON text; nulls are absence. `data` and `data_base64` are among them."""

_SPLIT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])

_OURS = MappingProxyType({"id": "id", "source": "source", "time": "occurred_at"})
_EXTENSIONS = MappingProxyType({"crmid": "crm_id", "email": "email", "mobile": "mobile"})
_WORDS = MappingProxyType({b'"true"': b"true", b'"false"': b"false"})
_PLACES = MappingProxyType(
    {
        "/event": "/type",
        "/occurred_at": "/time",
        "/identifiers/crm_id": "/subject",
        "/identifiers/email": "/subject",
        "/identifiers/mobile": "/mobile",
        "/identifiers": "/subject",
    }
)


def read_structured(body: bytes) -> Read[VouchedPayload]:
    """The one event that is the body. Raises `Problem("body-unreadable")`, as the other readers do."""
    return _from_json(_readable(body))


def read_batch(body: bytes) -> list[Read[VouchedPayload]]:
    """The events of a list; each that cannot be read has its faults.

    Raises `Problem("request-invalid")` where there are none or too many.
    """
    try:
        items = _ITEMS.decode(_readable(body))
    except msgspec.MsgspecError as error:
        raise Problem("request-invalid", "A batch is a JSON array of CloudEvents.") from error
    if not 1 <= len(items) <= MOST_EVENTS:
        raise Problem("request-invalid", f"A batch has 1 to {MOST_EVENTS} events; this one has {len(items)}.")
    return [_from_json(bytes(item)) for item in items]


def read_binary(headers: Mapping[str, str], content_type: str, body: bytes) -> Read[VouchedPayload]:
    """The event whose attributes are the `ce-` headers, and whose data is the body.

    Values of headers are percent-encoded (HTTP binding, 3.1.3.2). Without a content type, data is JSON.
    """
    told = {
        name[len(PREFIX) :]: msgspec.json.encode(unquote(value))
        for name, value in headers.items()
        if name.startswith(PREFIX)
    }
    if content_type:
        told["datacontenttype"] = msgspec.json.encode(content_type)
    if body:
        if is_json(content_type):
            body = _readable(body)
        told["data"] = body
    return _translated(told)


def is_json(content_type: str) -> bool:
    """Whether data of this type is JSON (RFC 8259, RFC 6839); that of none is."""
    plain = content_type.partition(";")[0].strip().lower()
    return plain in ("", "application/json", "text/json") or plain.endswith("+json")


def place_of(pointer: str) -> str:
    """Where a place of our event is in the CloudEvent."""
    return _PLACES.get(pointer, pointer)


def _from_json(raw: bytes) -> Read[VouchedPayload]:
    try:
        members = _SPLIT.decode(raw)
    except msgspec.MsgspecError:
        return VouchedPayload(), [Fault("payload-invalid", "", "A CloudEvent is a JSON object.")]
    return _translated({name: bytes(value) for name, value in members.items() if bytes(value) != b"null"})


def _translated(told: Attributes) -> Read[VouchedPayload]:
    faults = list(_faults_of(told))
    ours = {our: told[theirs] for theirs, our in _OURS.items() if theirs in told}
    ours |= {"event": msgspec.json.encode(event_name_of(_text(told.get("type"))))} if "type" in told else {}
    identifiers = dict(_identifiers(told))
    if identifiers:
        ours["identifiers"] = _object(identifiers)
    if "visitor" in told:
        ours["visitor"] = msgspec.json.encode(visitor_of(_text(told["visitor"])))
    if "consent" in told:
        # Attributes are texts in headers, and have no objects anywhere.
        ours["consent"] = _WORDS.get(told["consent"], told["consent"])
    ours |= _data_of(told, faults)
    try:
        payload, wrong = VOUCHED.read(_object(ours))
    except Unreadable as error:
        payload = VouchedPayload(id=_text(told.get("id")))
        wrong = [Fault(error.code, error.pointer, error.message)]
    return payload, [*faults, *wrong]


def _faults_of(told: Attributes) -> Iterator[Fault]:
    """What the specification wants of every CloudEvent. A missing id or type is for the judge to say."""
    if _text(told.get("specversion")) != SPECVERSION:
        yield Fault("specversion-unknown", "/specversion", f"specversion is {SPECVERSION!r}.")
    if not _text(told.get("source")):
        yield Fault("member-missing", "/source", "A CloudEvent says its source.")


def _identifiers(told: Attributes) -> Iterator[tuple[str, bytes]]:
    """Whom the extensions name; where they name nobody, whom the subject does."""
    named = {ours: told[theirs] for theirs, ours in _EXTENSIONS.items() if theirs in told}
    yield from named.items()
    if not named and "subject" in told:
        yield "email" if b"@" in told["subject"] else "crm_id", told["subject"]


def _data_of(told: Attributes, faults: list[Fault]) -> dict[str, bytes]:
    """The data as JSON; what is no JSON is no data of ours."""
    if "data" not in told and "data_base64" not in told:
        return {}
    if not is_json(_text(told.get("datacontenttype"))):
        faults.append(Fault("type-wrong", "/datacontenttype", "Data is JSON here."))
        return {}
    if "data" in told:
        return {"data": told["data"]}
    try:
        raw = base64.b64decode(_text(told["data_base64"]), validate=True)
        return {"data": _readable(raw)}
    except (ValueError, Problem):
        faults.append(Fault("json-invalid", "/data_base64", "This is no JSON in base64."))
        return {}


def _readable(body: bytes) -> bytes:
    """The same JSON with `\\u0000` for lone surrogates. Raises `Problem("body-unreadable")`."""
    try:
        body = splittable(body)
        read(body)
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    return body


def _text(raw: bytes | None) -> str:
    """The text in `raw`; empty where there is none, or something else."""
    try:
        return msgspec.json.decode(raw, type=str) if raw is not None else ""
    except msgspec.MsgspecError:
        return ""


def _object(members: Mapping[str, bytes]) -> bytes:
    return b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), value) for name, value in members.items())
