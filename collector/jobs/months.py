"""Making months of the change log, the rejections and many events, and dropping those that are empty."""

from __future__ import annotations

from typing import Any

from collector.jobs.job import Run


def make_months(run: Run) -> dict[str, Any]:
    """Keeps the months up. Where this role may make no tables, that is for `fieldpost database months`."""
    if not run.store.months.may_be_kept_up():
        return {"made": [], "dropped": []}
    done = run.store.months.keep_up(run.now, goes_on=run.goes_on)
    return {"made": list(done.made), "dropped": list(done.dropped)}
