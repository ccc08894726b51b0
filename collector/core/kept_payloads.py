"""What is kept of a refused payload: all that was read of it but its secrets, to be judged again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from collector.core.events import WEB_SPACE, Kept, Write
from collector.core.fields import format_timestamp
from collector.core.goals import Goal, unscale
from collector.core.payloads import (
    ID_LENGTH,
    IMPORT,
    ApiPayload,
    BeaconPayload,
    Payload,
    ToldPayload,
    VouchedPayload,
)
from collector.core.redaction import without_secrets

LONGEST = 32_768
"""In bytes; of a larger payload only what names it is kept."""

MOST_DIGITS = 4_300
"""Of an integer that Python reads (its `sys.set_int_max_str_digits`): more take it too long."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class KeptText:
    """`text` is JSON. `is_partial`: it is not all that came, so it cannot be judged in its place."""

    text: str
    event_id: str | None
    is_partial: bool


def read_kept(text: str) -> Any:
    """The document that was kept; an integer of more digits than Python reads is a text in it."""
    return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def keep(payload: Payload, is_unread: bool) -> KeptText:
    """What is kept of a payload; `is_unread`: some of what came is not in it. A token is a secret."""
    event_id = payload.id[:ID_LENGTH] if payload.id is not None else None
    shown_id = without_secrets(event_id) if event_id is not None else None
    if isinstance(payload, BeaconPayload) and payload.token is not None:
        payload = msgspec.structs.replace(payload, token=None)
    if isinstance(payload, ToldPayload):
        payload = msgspec.structs.replace(payload, received_at=None, updated_at=None, profile=None)
    raw = msgspec.json.encode(payload)
    if len(raw) > LONGEST:
        cut = {"id": shown_id, "data": None, "truncated": True}
        return KeptText(msgspec.json.encode(cut).decode(), shown_id, is_partial=True)
    # An id with a secret in it is another id without: what came under the first must not be stored twice.
    return KeptText(without_secrets(raw.decode()), shown_id, is_unread or shown_id != event_id)


def payload_of(write: Write) -> Payload:
    """A write as the payload that it came from, for what only the commit could refuse."""
    document: dict[str, Any] = {"id": write.event_id, "source": write.source}
    document |= _times_of(write)
    if write.identifiers:
        document["identifiers"] = dict(write.identifiers)
    if write.data is not None:
        document["data"] = msgspec.Raw(write.data.encode())
    if write.consent is not None:
        document["consent"] = msgspec.json.decode(write.consent)
    if write.space == WEB_SPACE and write.door != IMPORT:
        document["source"] = write.trigger or write.source
        return BeaconPayload(**document, visitor=write.visitor)
    document |= {"event": write.event_name, **_goal_of(write.given_goal)}
    if not isinstance(write.deletion, Kept):
        moment = write.deletion
        document["deleted_at"] = format_timestamp(moment) if moment is not None else None
    if write.door == IMPORT:
        return ToldPayload(**document, visitor=write.visitor, trust=write.trust)
    if write.visitor is not None:
        return VouchedPayload(**document, visitor=write.visitor)
    return ApiPayload(**document)


def sent_at_of(write: Write) -> int | None:
    """The browser's clock with which the time of the write was corrected, in microseconds."""
    return msgspec.json.decode(write.raw_times)["sent_at"] if write.raw_times else None


def _times_of(write: Write) -> dict[str, str]:
    """As they came: a corrected time is corrected again."""
    if write.raw_times:
        return {"occurred_at": msgspec.json.decode(write.raw_times)["occurred_at"]}
    return {"occurred_at": format_timestamp(write.occurred_at)}


def _goal_of(goal: Goal | None) -> dict[str, Any]:
    if goal is None:
        return {}
    members: dict[str, Any] = {
        "goal_type": goal.type,
        "goal_name": goal.name,
        "goal_currency": goal.currency,
    }
    if goal.value is not None:
        members["goal_value"] = msgspec.Raw(_ENCODER.encode(unscale(goal.value)))
    return members
