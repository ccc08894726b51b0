"""How the triggers of a definition do, for the overlay."""

from __future__ import annotations

from typing import Any

from flask import Response

from collector.core.fields import format_timestamp
from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow
from collector.web.answers import json_answer
from collector.web.site_editor.entrance import enter, make_blueprint
from collector.web.site_editor.reach import known_at
from collector.web.trigger_health import TriggerHealth, health_of

blueprint = make_blueprint("health")


@blueprint.get("/health/<name>")
@allow(ANYBODY)
def index(name: str) -> Response:
    """When each trigger fired last, on which page, and whether it has gone silent."""
    definition = known_at(enter(), name).definition
    if definition is None:
        raise Problem("not-found", "There is no such definition.")
    return json_answer({"triggers": [_as_json(one) for one in health_of(definition)]})


def _as_json(health: TriggerHealth) -> dict[str, Any]:
    firing = health.firing
    return {
        "trigger": health.trigger,
        "fired_at": format_timestamp(firing.fired_at) if firing else None,
        "address": firing.address if firing else None,
        "origin": firing.origin if firing else None,
        "is_silent": health.is_silent,
    }
