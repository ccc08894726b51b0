"""The triggers of a definition: opened on a page of the site, drafted, published, followed, undone."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.definitions import Definition
from collector.core.differences import differences
from collector.core.problems import Problem
from collector.core.site_drafts import judge_site_draft
from collector.store.editing import Part, SiteDraft
from collector.web.access import allow, the_actor
from collector.web.pages.definitions import shown, slug, the_definition
from collector.web.pages.editor_words import MEMBERS, other_changes
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.trigger_words import changed, values_in_words, when_in_words
from collector.web.parts import parts
from collector.web.site_editor.opening import Opening, open_on
from collector.web.site_editor.reach import fields_held_until
from collector.web.trigger_health import health_of

blueprint = make_blueprint("definitions_triggers", "/sections/<section_id>/definitions/<name>/triggers")

HISTORY = 50
TRIGGERS = {MEMBERS["web_tracking"]: "the triggers"}
"""What of the web settings a draft may change."""
PAGE = "pages_definitions_triggers.index"


@blueprint.get("")
@allow("definitions.read")
def index(section_id: str, name: str) -> Response:
    """What makes the event by itself, what is drafted, and how that came to be."""
    return _page(the_definition(section_id, name))


@blueprint.post("/open")
@allow("definitions.write")
def open_editor(section_id: str, name: str) -> Response:
    """A link that opens the editor on a page of the site."""
    definition = the_definition(section_id, name)
    address = request.form.get("page", "")
    try:
        return _page(definition, opening=open_on(address, definition), address=address)
    except Problem as problem:
        return _page(definition, trouble=problem.detail, address=address, status=problem.status)


@blueprint.post("/publish")
@allow("definitions.write")
def publish(section_id: str, name: str) -> AnyResponse:
    """Makes the draft count, or its triggers alone."""
    definition = the_definition(section_id, name)
    draft = draft_seen(section_id, definition.draft.event_name)
    part: Part = "triggers" if request.form.get("do") == "triggers" else "everything"
    try:
        saved = parts().store.editing.publish(
            draft,
            definition.draft.web_tracking,
            part,
            parts().settings.edit_hold,
            the_actor(),
            parts().now(),
        )
    except Problem as problem:
        return _page(the_definition(section_id, name), refusal=problem, status=problem.status)
    return go_to(PAGE, section_id=section_id, name=slug(saved), note=_what_happened(definition, saved))


@blueprint.post("/throw-away")
@allow("definitions.write")
def throw_away(section_id: str, name: str) -> AnyResponse:
    """Throws the draft away."""
    definition = the_definition(section_id, name)
    draft = draft_seen(section_id, definition.draft.event_name)
    parts().store.editing.throw_away(section_id, draft.event_name)
    return go_to(PAGE, section_id=section_id, name=slug(definition), note="The draft is thrown away.")


@blueprint.post("/undo")
@allow("definitions.write")
def undo(section_id: str, name: str) -> AnyResponse:
    """Puts the triggers back to what they were before a change."""
    definition = the_definition(section_id, name)
    hold, now = parts().settings.edit_hold, parts().now()
    try:
        parts().store.editing.undo(definition, request.form.get("change", ""), hold, the_actor(), now)
    except Problem as problem:
        if problem.code != "definition-invalid":
            raise
        return _page(definition, refusal=problem, status=problem.status)
    note = "The triggers are as they were before. Pages that have the current file follow within a minute."
    return go_to(PAGE, section_id=section_id, name=slug(definition), note=note)


def draft_seen(section_id: str, event_name: str) -> SiteDraft:
    """The draft that the form was about. Raises `Problem`: `not-found`, `stale` if it is another one now."""
    draft = parts().store.editing.find(section_id, event_name)
    if draft is None:
        raise Problem("not-found", "There is no draft any more.")
    if draft.id != request.form.get("draft"):
        raise Problem("stale", "Somebody saved another draft in the meantime. Look at it first.")
    return draft


def _page(
    definition: Definition,
    *,
    opening: Opening | None = None,
    trouble: str = "",
    address: str = "",
    refusal: Problem | None = None,
    status: int = 200,
) -> Response:
    draft = parts().store.editing.find(definition.section_id, definition.draft.event_name)
    return page(
        "pages/definition_triggers.html",
        status=status,
        **shown(definition),
        opening=opening,
        trouble=trouble,
        address=address or _likely_page(definition),
        refusal=refusal,
        health=health_of(definition),
        drafted=_drafted(draft, definition) if draft is not None else None,
        fields_held_until=fields_held_until(definition),
        most=HISTORY,
        history=parts().store.trigger_history.of(definition, HISTORY),
        changed=changed,
        when=when_in_words,
        values=values_in_words,
    )


def _drafted(draft: SiteDraft, definition: Definition) -> dict[str, Any]:
    """The draft and how the definition would differ with it, in words."""
    told: dict[str, Any] = {
        "draft": draft,
        "triggers": draft.document["triggers"],
        "is_behind": draft.is_behind(definition),
        "wrong": "",
        "differences": [],
        "others": [],
    }
    stored = definition.draft
    try:
        wanted = judge_site_draft(draft.document, draft.event_name, stored, stored.web_tracking)
    except Problem as problem:
        return {**told, "wrong": problem.faults[0].message if problem.faults else problem.detail}
    return {
        **told,
        "differences": differences(stored.content, wanted.content),
        "others": [TRIGGERS.get(one, one) for one in other_changes(stored, wanted)],
    }


def _likely_page(definition: Definition) -> str:
    """A page to begin with: that of the first origin that is no pattern."""
    origins = definition.draft.web_tracking.origins
    return next((f"{one}/" for one in origins if "*" not in one and one.startswith("http")), "")


def _what_happened(before: Definition, after: Definition) -> str:
    if after.versions[-1].id != before.versions[-1].id:
        return (
            f"Published. The triggers count now; version {after.versions[-1].number} takes over by itself"
            " when the hold is over."
        )
    return "Published. Pages that have the current file follow within a minute."
