"""What cannot be taken back: a version is retired, a definition is hidden. Hiding asks first."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.web.access import allow, the_actor
from collector.web.pages.definitions import shown, slug, the_definition
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("definitions_endings", "/sections/<section_id>/definitions/<name>")


@blueprint.post("/versions/<int:number>/retire")
@allow("definitions.write")
def retire(section_id: str, name: str, number: int) -> AnyResponse:
    """Ends the life of an older version."""
    definition = the_definition(section_id, name)
    parts().store.definitions.retire(definition, number, the_actor(), parts().now())
    note = f"Version {number} is retired: its events are refused from now on."
    return go_to("pages_definitions.show", section_id=section_id, name=slug(definition), note=note)


@blueprint.get("/hide")
@allow("definitions.hide")
def ask(section_id: str, name: str) -> Response:
    """What hiding means, and the question whether that is wanted."""
    return page("pages/definition_hide.html", **shown(the_definition(section_id, name)), wrong="")


@blueprint.post("/hide")
@allow("definitions.hide")
def hide(section_id: str, name: str) -> AnyResponse:
    """Hides a definition for ever, if its name was typed."""
    definition = the_definition(section_id, name)
    event_name = definition.draft.event_name
    if request.form.get("event_name", "").strip() != event_name:
        wrong = f"Type {event_name} here, exactly, to hide it."
        return page("pages/definition_hide.html", status=400, **shown(definition), wrong=wrong)
    parts().store.definitions.hide(definition, the_actor(), parts().now())
    return go_to("pages_definitions.index", section_id=section_id, note=f"{event_name} is hidden, for ever.")
