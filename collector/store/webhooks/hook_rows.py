"""A webhook as a row, and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from collector.core import ids
from collector.core.webhooks.hooks import Hook, HookDraft, as_reader


def hook_of(row: Mapping[str, Any]) -> Hook:
    """The webhook in a row that was read as a dict."""
    draft = HookDraft(
        name=row["name"],
        url=row["url"],
        types=frozenset(json.loads(row["types"])),
        events=_set(row["events"]),
        goals=_set(row["goals"]),
        segments=_set(row["segments"]),
        reads=frozenset(json.loads(row["reads"])),
        is_on=row["state"] == "on",
    )
    asking = as_reader(row["section"], ids.encode(row["id"]), draft)
    return Hook(row["id"], row["section"], draft, asking)


def columns_of(draft: HookDraft) -> dict[str, Any]:
    """What a draft says, but for whether it is on."""
    return {
        "name": draft.name,
        "url": draft.url,
        "types": _text(draft.types),
        "events": _text(draft.events),
        "goals": _text(draft.goals),
        "segments": _text(draft.segments),
        "reads": _text(draft.reads),
    }


def _set(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def _text(words: Collection[str] | None) -> str | None:
    return None if words is None else json.dumps(sorted(words))
