"""Whether the process lives, and whether it can store.

The first is for whoever would start it anew, the second for whoever sends it requests.
"""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow
from collector.web.answers import json_answer
from collector.web.openapi import about_pages as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@allow(ANYBODY)
@documented(about.Health)
def health() -> Response:
    """200 while the process lives."""
    return json_answer({"status": "alive"})


@blueprint.get("/ready")
@allow(ANYBODY)
@documented(about.Health, codes="shutting-down")
def ready() -> Response:
    """200 while it can store and is not about to stop, else 503."""
    if parts().is_stopping():
        raise Problem("shutting-down", "This server takes no more requests in a moment.", retry_after=1)
    parts().store.readiness.check()
    if (publisher := parts().publisher) is not None:
        publisher.require_room()
    return json_answer({"status": "ready"})
