"""Definitions, their differences and effects, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from collector import clock
from collector.core.definitions import Definition, Draft
from collector.core.differences import differences
from collector.core.documents import dump_document
from collector.core.effects import Effect
from collector.core.versions import current
from collector.store.statistics import DefinitionStatistics

HEADINGS = (
    "EVENT",
    "CATEGORY",
    "VERSION",
    "WEB",
    "LAST EVENT",
    "24 H",
    "7 DAYS",
    "REFUSED 24 H",
    "7 DAYS",
    "TITLE",
)
_CONTENT = ("fields", "extra_fields", "goal")


def row(one: Definition, statistics: DefinitionStatistics) -> tuple[str, ...]:
    """A line of the list, in the order of `HEADINGS`."""
    draft = one.draft
    version = current(one.versions, clock.now())
    return (
        draft.event_name,
        draft.category,
        str(version.number) if version else "–",
        "yes" if draft.web_tracking.enabled else "no",
        _minute(statistics.last_event_at),
        str(statistics.events_24h),
        str(statistics.events_7d),
        str(statistics.rejections_24h),
        str(statistics.rejections_7d),
        draft.title,
    )


def difference_lines(stored: Draft, draft: Draft) -> Iterator[str]:
    """What is different in a draft: a sentence for each field and rule, then the other members."""
    old, new = dump_document(stored), dump_document(draft)
    # A goal and a retention that there is not are no members.
    changed = [member for member in {**old, **new} if old.get(member) != new.get(member)]
    if any(member in _CONTENT for member in changed):
        yield from (one.sentence for one in differences(stored.content, draft.content))
    others = [member for member in changed if member not in _CONTENT]
    if others:
        yield f"Also changed, without a new version: {', '.join(others)}."


def effect_lines(what: str, effect: Effect) -> Iterator[str]:
    """What a draft would accept and refuse of what came."""
    bounded = "" if effect.is_complete else " (the newest ones only)"
    yield f"{what}: {effect.checked} judged{bounded}, {effect.accepted} accepted, {effect.refused} refused."
    for reason in effect.as_json()["reasons"]:
        place = reason["pointer"] or "/"
        yield f"  {reason['count']} × {reason['code']} at {place}, such as {reason['example']}"


def _minute(micros: int | None) -> str:
    if micros is None:
        return "never"
    return datetime.fromtimestamp(micros / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M")
