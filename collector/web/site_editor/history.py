"""The history of a definition's triggers, and its undo."""

from __future__ import annotations

from typing import Any

from flask import Response

from collector.core.definitions import Definition
from collector.core.documents import dump_definition
from collector.core.fields import format_timestamp
from collector.core.problems import Fault, Problem
from collector.store.trigger_history import TriggerChange
from collector.web.access import ANYBODY, allow
from collector.web.answers import json_answer
from collector.web.bodies import read_document
from collector.web.parts import parts
from collector.web.site_editor.entrance import enter, make_blueprint, the_editor
from collector.web.site_editor.reach import Known, known_at

blueprint = make_blueprint("history")

SHOWN = 100
"""How many changes are told, the newest first."""


@blueprint.get("/history/<name>")
@allow(ANYBODY)
def index(name: str) -> Response:
    """The changes of the triggers, whatever door they came in by."""
    known = known_at(enter(), name)
    definition = _defined(known)
    return json_answer({"changes": _changes(definition), "revision": known.revision})


@blueprint.post("/history/<name>/undo")
@allow(ANYBODY)
def undo(name: str) -> Response:
    """Puts the triggers back to what they were before a change; that is a change too."""
    told = enter()
    definition = _defined(known_at(told, name))
    body = read_document()
    if not isinstance(body, dict) or body.keys() != {"id"} or not isinstance(body["id"], str):
        fault = Fault("member-invalid", "/id", 'The body says which change: {"id": "…"}.')
        raise Problem("request-invalid", fault.message, faults=[fault])
    hold, now = parts().settings.edit_hold, parts().now()
    parts().store.editing.undo(definition, body["id"], hold, the_editor(), now)
    known = known_at(told, name)
    saved = _defined(known)
    return json_answer(
        {
            "definition": dump_definition(saved, now),
            "changes": _changes(saved),
            "revision": known.revision,
        }
    )


def _defined(known: Known) -> Definition:
    if known.definition is None:
        raise Problem("not-found", "There is no such definition.")
    return known.definition


def _changes(definition: Definition) -> list[dict[str, Any]]:
    return [_change_json(one) for one in parts().store.trigger_history.of(definition, SHOWN)]


def _change_json(change: TriggerChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": format_timestamp(change.at),
        "by": change.who,
        "triggers": change.after,
        "before": change.before,
        "undoes": change.undoes,
    }
