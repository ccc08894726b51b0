"""Deleting what definitions keep no longer."""

from __future__ import annotations

from typing import Any

from collector.core import ids
from collector.core.retention import kept_since
from collector.jobs.job import Run


def expire(run: Run) -> dict[str, Any]:
    """Deletes events and rejections that are older than their definitions keep them, in short batches.

    Rejections without a definition are kept for as long as the setting says.
    """
    told: list[dict[str, Any]] = []
    for one in run.store.retention.bounded():
        events, rejections = run.store.retention.expire(one, kept_since(one.days, run.now), run.goes_on)
        if events or rejections:
            told.append(
                {"definition": ids.encode(one.definition), "events": events, "rejections": rejections}
            )
    days = run.store.retention.unnamed_days
    if days and (unnamed := run.store.retention.expire_unnamed(kept_since(days, run.now), run.goes_on)):
        told.append({"definition": None, "events": 0, "rejections": unnamed})
    return {"expired": told}
