"""Tidying at night: what an erasure could not do while everybody was at the database."""

from __future__ import annotations

from typing import Any

from collector.jobs.job import Run


def tidy(run: Run) -> dict[str, Any]:
    """Empties SQLite's write-ahead log, in which pages of erased people may be left."""
    return {"log_is_empty": run.store.database.leave_nothing_behind()}
