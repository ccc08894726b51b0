"""How rejections, their causes and replays look in answers, on pages and on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from collector.core import ids
from collector.core.events import Verdict
from collector.core.fields import format_timestamp
from collector.core.redaction import without_secrets
from collector.intake.replay import Replay
from collector.store.rejections import Cause, KeptRejection
from collector.web.api.shapes import MASK, Json

OF_A_REPLAY: tuple[Verdict, ...] = ("stored", "updated", "duplicate", "ignored", "rejected")
"""The verdicts that a replay can come to."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
# What is refused is often refused because something stands where it should not.
# It begins where a word begins, so that a long text without any is looked at once.
_SOMEBODY = re.compile(r"(?<![^@\s])[^@\s]++@[^@\s.]++\.[^@\s]++|\+[0-9][0-9 ().-]{6,24}[0-9]")
_NOT_A_LETTER = re.compile(r"[\W_]")


def rejection_json(rejection: KeptRejection, personal: frozenset[str]) -> Json:
    """A kept rejection; the values of `personal` fields and all identifiers are masked."""
    return {
        "id": ids.encode(rejection.id),
        "event": rejection.event_name,
        "event_id": rejection.event_id,
        "door": rejection.door,
        "key": _id_or_none(rejection.key_id),
        "version": _id_or_none(rejection.version_id),
        "received_at": format_timestamp(rejection.received_at),
        "code": rejection.code,
        "errors": names_shown(rejection.faults),
        "cause": ids.encode(rejection.cause),
        "replayable": not rejection.is_partial,
        "payload": masked(rejection.payload, personal),
    }


def cause_json(cause: Cause, personal: frozenset[str]) -> Json:
    """A cause with its example, masked."""
    example = cause.example
    return {
        "cause": ids.encode(cause.cause),
        "event": example.event_name,
        "code": example.code,
        "errors": names_shown(example.faults),
        "count": cause.count,
        "first_at": format_timestamp(cause.first_at),
        "last_at": format_timestamp(cause.last_at),
        "example": rejection_json(example, personal),
    }


def replay_json(told: Replay, *, is_preview: bool) -> Json:
    """What became of the rejections that were judged again, or would."""
    document: Json = {
        "preview": is_preview,
        "checked": told.checked,
        "released": told.released,
        **{verdict: told.verdicts[verdict] for verdict in OF_A_REPLAY},
        "gone": told.gone,
        "reasons": told.effect.reasons,
    }
    if told.last is not None:
        document["next_cursor"] = ids.encode(told.last)
    return document


def data_text(payload: Any) -> bytes:
    """The data of a payload that was masked, as JSON text with every digit."""
    return _ENCODER.encode(payload.get("data") if isinstance(payload, dict) else None)


def masked(payload: Any, personal: frozenset[str]) -> Any:
    """A payload as it may be shown: identifiers and personal values hidden, their places left.

    So is a value of a name that differs from a personal one in spelling alone, and one that looks like
    somebody's address or number: what was refused may stand anywhere.
    """
    if not isinstance(payload, dict):
        return payload if payload is None else MASK
    spellings = frozenset(map(_spelling, personal))
    shown = {name: _without_people(value) for name, value in payload.items()}
    identifiers = payload.get("identifiers")
    if isinstance(identifiers, dict):
        shown["identifiers"] = dict.fromkeys(map(_without_people, identifiers), MASK)
    data = shown.get("data")
    if isinstance(data, dict):
        shown["data"] = {
            name: MASK if _spelling(name) in spellings else value for name, value in data.items()
        }
    elif data is not None and personal:
        shown["data"] = MASK
    return shown


def _spelling(name: str) -> str:
    return _NOT_A_LETTER.sub("", name).casefold()


def _without_people(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(_SOMEBODY.sub(MASK, value))
    if isinstance(value, list):
        return [_without_people(one) for one in value]
    if isinstance(value, dict):
        return {_without_people(name): _without_people(one) for name, one in value.items()}
    return value


def names_shown(faults: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Faults as they may be shown: a pointer has the sender's own words in it."""
    return [{name: _without_people(text) for name, text in fault.items()} for fault in faults]


def _id_or_none(number: int | None) -> str | None:
    return None if number is None else ids.encode(number)
