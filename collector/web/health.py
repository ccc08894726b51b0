"""Whether the process lives, and whether it can store."""

from __future__ import annotations

from flask import Blueprint, Response

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
@documented(about.Health)
def ready() -> Response:
    """200 while it can store, else 503."""
    parts().store.database.ping()
    return json_answer({"status": "ready"})
