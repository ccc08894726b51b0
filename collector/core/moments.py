"""When an event happened. Times are microseconds since 1970, UTC."""

from __future__ import annotations

from collector.core.fields import Refused, parse_timestamp
from collector.core.problems import Fault

SECOND = 1_000_000
EARLIEST = 946_684_800 * SECOND  # 2000-01-01T00:00:00Z
FARTHEST_AHEAD = 24 * 3600 * SECOND
TOLERATED_SKEW = 5 * 60 * SECOND


def judge_occurred_at(text: object, now: int, pointer: str = "/occurred_at") -> int | Fault:
    """The moment that an RFC 3339 text names, or what is wrong with it.

    Codes: `type-wrong`, `timestamp-invalid`, `out-of-range` (before 2000, or more than 24 hours after `now`).
    """
    if not isinstance(text, str):
        return Fault("type-wrong", pointer, "A moment is a text, such as 2026-05-01T12:00:00Z.")
    try:
        moment = parse_timestamp(text)
    except Refused as refused:
        code = "out-of-range" if refused.code == "out-of-range" else "timestamp-invalid"
        return Fault(code, pointer, refused.message)
    return judge_moment(moment, now, pointer)


def judge_moment(moment: int, now: int, pointer: str) -> int | Fault:
    """The moment itself if an event may have happened then, else `out-of-range`."""
    if moment < EARLIEST:
        return Fault("out-of-range", pointer, "An event cannot have happened before the year 2000.")
    if moment > now + FARTHEST_AHEAD:
        return Fault("out-of-range", pointer, "An event cannot be more than 24 hours ahead.")
    return moment


def corrected(occurred_at: int, sent_at: int, received_at: int) -> int:
    """`occurred_at` by our clock, where a browser's clock was wrong by more than five minutes when it sent.

    Smaller differences are left alone: they are mostly the way of the message. Everything that was sent
    together moves by the same difference, so its order stays.
    """
    skew = received_at - sent_at
    return occurred_at + skew if abs(skew) > TOLERATED_SKEW else occurred_at
