"""The words of a list's address: `limit`, `cursor`, `from`, `to`."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from collector.core.consent import ANSWERS, PURPOSE, AskedConsent
from collector.core.fields import parse_timestamp
from collector.core.problems import Fault, Problem

LIMIT = 50
MOST = 500


def read_limit() -> int:
    """Raises `Problem("request-invalid")` unless it is 1 to 500; 50 if it is not given."""
    text = request.args.get("limit", str(LIMIT))
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST:
        return int(text)
    raise _wrong("limit", f"limit is a whole number from 1 to {MOST}.")


def read_cursor() -> str | None:
    return request.args.get("cursor") or None


def read_moment(name: str) -> int | None:
    """Microseconds since 1970. Raises `Problem("request-invalid")`."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise _wrong(name, f"{name} is a moment of RFC 3339, such as 2026-05-01T12:00:00Z.") from error


def read_consent() -> AskedConsent | None:
    """What shall be known of consent, and for which purpose. Raises `Problem("request-invalid")`."""
    answer, purpose = request.args.get("consent"), request.args.get("purpose")
    chosen = next((one for one in ANSWERS if one == answer), None)
    if answer is not None and chosen is None:
        raise _wrong("consent", f"consent is one of: {', '.join(ANSWERS)}.")
    if purpose is not None and (chosen is None or not PURPOSE.fullmatch(purpose)):
        raise _wrong("purpose", "purpose is the name of one, and comes with consent.")
    return None if chosen is None else AskedConsent(chosen, purpose)


def refuse_unknown(*known: str) -> None:
    """Raises `Problem("request-invalid")` for a word that the address does not know, and for U+0000."""
    unknown = sorted(set(request.args) - set(known))
    if unknown:
        raise _wrong(unknown[0], f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}.")
    for name, text in request.args.items():
        if "\0" in text:
            raise _wrong(name, "U+0000 is in no text that is kept here.")


def read_choice(name: str, words: Sequence[str]) -> str | None:
    """One of the words, None if it is not given. Raises `Problem("request-invalid")` for any other."""
    text = request.args.get(name)
    if text is None or text in words:
        return text
    raise _wrong(name, f"{name} is one of: {', '.join(words)}.")


def _wrong(name: str, sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault("query-invalid", f"/{name}", sentence)])
