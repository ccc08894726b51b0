"""For how long the events of a definition are kept: by when they occurred."""

from __future__ import annotations

from collector.core.events import KEPT, Write
from collector.core.fields import format_timestamp

DAY = 86_400_000_000
LONGEST = 36_500
"""A hundred years, in days."""


def kept_since(days: int, now: int) -> int:
    """What occurred before this moment is kept no longer; in microseconds, like `now`."""
    return now - days * DAY


def comes_too_late(write: Write, days: int, now: int) -> bool:
    """Whether an event, or its retry, would be deleted at once. A deletion never comes too late."""
    return write.occurred_at < kept_since(days, now) and write.deletion is KEPT


def sentence_about(days: int, events: int, now: int) -> str:
    """What keeping events for so long would delete, for whoever is about to decide it."""
    moment = format_timestamp(kept_since(days, now))
    kept = "Kept for 1 day" if days == 1 else f"Kept for {days:,} days"
    if not events:
        return f"{kept}. Nothing that is stored now is older."
    which = "1 event that is" if events == 1 else f"{events:,} events that are"
    return f"{kept}: {which} stored now occurred before {moment} and will be deleted for good."
