"""Bytes into payloads. A request whose JSON or shape cannot be read at all is a 400."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from collector.core.payloads import API, BEACON, ApiPayload, BeaconPayload, Read, is_suspicious, splittable
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable, read

BATCH = 500
BEACON_BATCH = 100


class _Events(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


class _EventsWhole(msgspec.Struct, forbid_unknown_fields=True):
    events: list[ApiPayload]


T = TypeVar("T")

_EVENTS = msgspec.json.Decoder(_Events)
_EVENTS_WHOLE = msgspec.json.Decoder(_EventsWhole)
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


def read_events(body: bytes) -> tuple[list[Read[ApiPayload]], bool]:
    """The events in the body of `POST /api/v1/events`, and whether it was a batch.

    Raises `Problem("body-unreadable")` for what is no JSON, `Problem("request-invalid")` for another shape.
    """
    try:
        body = splittable(body)
        single = API.read_usual(body)
        if single is not None:
            return [(single, [])], False
        whole = _quick_batch(body)
        if whole is not None:
            return [(payload, []) for payload in _bounded(whole, BATCH)], True
        if body.lstrip()[:1] != b"{":
            read(body)
            raise _wrong_shape('The body is an event, or {"events": […]}.')
        raws = _batch(body)
        if raws is None:
            return [API.read(body)], False
        return [API.read(bytes(raw)) for raw in _bounded(raws, BATCH)], True
    except Unreadable as error:
        raise _unreadable(error) from error


def read_beacon(body: bytes) -> tuple[list[Read[BeaconPayload]], int | None]:
    """The events of a beacon, and `sent_at` in microseconds if it was told.

    Raises `Problem("body-unreadable")` or `Problem("request-invalid")`.
    """
    try:
        body = splittable(body)
        if body.lstrip()[:1] != b"[":
            if body.lstrip()[:1] != b"{":
                read(body)
                raise _wrong_shape("A beacon is an event, or [sent_at, event, …].")
            return [BEACON.read(body)], None
        raws = _raws(body)
        if len(raws) < 2:
            raise _wrong_shape("A beacon is [sent_at, event, …] with at least one event.")
        sent_at = _sent_at(bytes(raws[0]))
        return [BEACON.read(bytes(raw)) for raw in _bounded(raws[1:], BEACON_BATCH)], sent_at
    except Unreadable as error:
        raise _unreadable(error) from error


def _quick_batch(body: bytes) -> list[ApiPayload] | None:
    if is_suspicious(body):
        return None
    try:
        return _EVENTS_WHOLE.decode(body).events
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _batch(body: bytes) -> list[msgspec.Raw] | None:
    """The raw events of a batch; None for a body that has no member `events`."""
    try:
        return _EVENTS.decode(body).events
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        value = read(body)
    if not isinstance(value, dict) or "events" not in value:
        return None
    raise _wrong_shape("A batch has one member, events: a list.")


def _raws(body: bytes) -> list[msgspec.Raw]:
    try:
        return _RAWS.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        read(body)
        raise Unreadable("body-unreadable", "The JSON cannot be read.", "") from error


def _sent_at(raw: bytes) -> int:
    try:
        milliseconds = msgspec.json.decode(raw, type=int)
    except msgspec.MsgspecError:
        milliseconds = -1
    if not 0 <= milliseconds < 2**43:
        raise _wrong_shape("sent_at, the first of a beacon's list, is whole milliseconds since 1970.")
    return milliseconds * 1000


def _bounded(items: list[T], most: int) -> list[T]:
    if not 1 <= len(items) <= most:
        raise _wrong_shape(f"One request brings 1 to {most} events; this one has {len(items)}.")
    return items


def _unreadable(error: Unreadable) -> Problem:
    fault = Fault(error.code, error.pointer, error.message)
    return Problem("body-unreadable", error.message, faults=[fault])


def _wrong_shape(sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault("shape-wrong", "", sentence)])
