"""Tidying: what an erasure could not do while everybody was at the database, and the log of webhooks."""

from __future__ import annotations

from typing import Any

from collector.jobs.job import Run


def tidy(run: Run) -> dict[str, Any]:
    """Empties SQLite's write-ahead log, in which pages of erased people may be left."""
    return {"log_is_empty": run.store.database.leave_nothing_behind()}


def tidy_webhooks(run: Run) -> dict[str, Any]:
    """Gives up messages that have waited for a day, or are too many, and deletes those that are over."""
    return dict(run.store.deliveries.tidy(run.now, run.goes_on))
