"""The nightly recount: every sum against the rows that it is of."""

from __future__ import annotations

import logging
from typing import Any

from collector.jobs.job import Run
from collector.store.recount import Recounted, recount

log = logging.getLogger(__name__)


def recount_everything(run: Run) -> dict[str, Any]:
    """Recounts all sections; what differs is in the log as well as in the report."""
    found = recount(run.store.database)
    for one in found:
        for difference in one.differences:
            log.error("Recount: %s", difference.sentence())
    return {"recounts": [recounted_json(one) for one in found]}


def recounted_json(one: Recounted) -> dict[str, Any]:
    """A recount for reports: `differences` is empty where every sum is exact."""
    return {
        "name": one.name,
        "about": one.about,
        "differences": [
            {
                "section": difference.section_id,
                "definition": difference.definition,
                "event": difference.event_name,
                "what": difference.what,
                "expected": difference.expected,
                "found": difference.found,
            }
            for difference in one.differences
        ],
    }
