"""The preview of an edit: how a draft differs, and what it would have said to what came already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from collector.core import ids
from collector.core.definitions import Content, Definition
from collector.core.differences import Difference, differences
from collector.core.effects import Effect, effect_on
from collector.core.judge import Rules
from collector.core.retention import kept_since, sentence_about
from collector.store.opening import Store
from collector.store.statistics import recent_data, rejected_data

LOOKED_BACK = 30 * 86_400_000_000
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Preview:
    """How a draft differs from the latest version, and its effect on the stored events and the rejections.

    Both effects are of the newest 10,000 at most; the events are those that occurred in the last 30 days.
    """

    differences: list[Difference]
    events: Effect
    rejections: Effect
    retention: str | None = None
    """A sentence on what a shorter retention deletes, where that is changed."""

    def as_json(self) -> dict[str, Any]:
        return {
            "difference": [one.as_json() for one in self.differences],
            "events": self.events.as_json(),
            "rejections": self.rejections.as_json(),
            **({} if self.retention is None else {"retention": self.retention}),
        }


def too_old(store: Store, definition: Definition, days: int | None, now: int) -> int | None:
    """How many events keeping them for so many days deletes at once; None where that is no shorter."""
    before = definition.draft.retention_days
    if days is None or (before is not None and days >= before):
        return None
    number = ids.decode(definition.id)
    assert number is not None
    return store.retention.older(number, kept_since(days, now))


def shorter_retention(store: Store, definition: Definition, days: int | None, now: int) -> str | None:
    """The same as a sentence."""
    events = too_old(store, definition, days, now)
    return None if days is None or events is None else sentence_about(days, events, now)


def preview(store: Store, definition: Definition, draft: Content, now: int) -> Preview:
    """What saving `draft` at `now` (microseconds) would mean. Nothing is written.

    Raises `Problem("storage-unavailable")`.
    """
    latest = max(definition.versions, key=lambda version: version.number)
    rules = Rules(definition.draft.event_name, replace(latest, content=draft))
    stored = recent_data(store.database, rules.definition_number, now - LOOKED_BACK)
    rejected = rejected_data(store.database, definition.section_id, rules.definition_number)
    return Preview(
        differences=differences(latest.content, draft),
        events=effect_on(rules, stored, MOST),
        rejections=effect_on(rules, rejected, MOST),
    )
