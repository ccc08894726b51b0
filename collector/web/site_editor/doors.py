"""The editor's doors in JSON: what may be edited on a page, drafts, and how they come to count."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from collector.core.definitions import Definition
from collector.core.documents import dump_definition
from collector.core.fields import format_timestamp
from collector.core.problems import Fault, Problem
from collector.core.site_drafts import judge_site_draft
from collector.web.access import ANYBODY, allow
from collector.web.answers import json_answer
from collector.web.bodies import read_document
from collector.web.parts import parts, places
from collector.web.site_editor.entrance import enter, make_blueprint, the_editor
from collector.web.site_editor.reach import (
    Known,
    fields_held_until,
    known_at,
    new_tracking,
    sent_from,
    state_of_newest,
)

blueprint = make_blueprint("doors")

Json = dict[str, Any]


@blueprint.get("/definitions")
@allow(ANYBODY)
def index() -> Response:
    """What may be edited here: definitions that pages of this origin may send, and drafts of new ones."""
    told = enter()
    store = parts().store
    section = store.sections.find(told.section_id)
    assert section is not None, "whoever was let in has a role in it"
    found = sent_from(told.section_id, told.origin)
    taken = {one.draft.event_name for one in store.definitions.all(told.section_id)}
    taken |= {one.draft.event_name for one in store.definitions.all(told.section_id, hidden=True)}
    drafts = {one.event_name: one for one in store.editing.drafts(told.section_id)}
    listed = [_listed(one, has_draft=one.draft.event_name in drafts) for one in found]
    listed += [
        {**_short(one.document), "has_draft": True, "is_new": True}
        for name, one in drafts.items()
        if name not in taken
    ]
    return json_answer(
        {
            "section": {"id": section.id, "name": section.name},
            "origin": told.origin,
            "expires_at": format_timestamp(told.expires_at),
            "event_name": told.event_name,
            "definitions": sorted(listed, key=lambda one: str(one["event_name"])),
        }
    )


@blueprint.get("/definitions/<name>")
@allow(ANYBODY)
def show(name: str) -> Response:
    """One definition with its draft."""
    told = enter()
    known = known_at(told, name)
    if known.revision is None:
        raise Problem("not-found", "There is no such definition, and no draft of it.")
    return json_answer(_shown(known))


@blueprint.put("/drafts/<name>")
@allow(ANYBODY)
def keep(name: str) -> Response:
    """Keeps a draft in place of the one before it."""
    told = enter()
    known = known_at(told, name)
    body = _body("definition", "revision")
    _require_seen(known, body, "revision" in body or known.revision is None)
    stored = known.definition.draft if known.definition is not None else None
    draft = judge_site_draft(
        body.get("definition"), known.event_name, stored, new_tracking(told.section_id, told.origin)
    )
    editing = parts().store.editing
    editing.keep(told.section_id, draft, told.origin, known.definition, the_editor(), parts().now())
    kept = known_at(told, name)
    return json_answer({**_shown(kept), "tried": _tried_address(kept)})


@blueprint.delete("/drafts/<name>")
@allow(ANYBODY)
def throw_away(name: str) -> Response:
    """Throws a draft away."""
    told = enter()
    known = known_at(told, name)
    if not parts().store.editing.throw_away(told.section_id, known.event_name):
        raise Problem("not-found", "There is no draft of it.")
    return Response(status=204)


@blueprint.post("/publish/<name>")
@allow(ANYBODY)
def publish(name: str) -> Response:
    """Makes the draft count: its triggers at once, its fields with the next version."""
    told = enter()
    known = known_at(told, name)
    body = _body("revision", "only")
    if body.get("only") not in (None, "triggers"):
        raise _invalid("member-invalid", "/only", 'The one thing that can be published alone is "triggers".')
    if known.draft is None:
        raise Problem("not-found", "There is no draft of it.")
    _require_seen(known, body, "revision" in body)
    saved = parts().store.editing.publish(
        known.draft,
        new_tracking(told.section_id, told.origin),
        "triggers" if body.get("only") else "everything",
        parts().settings.edit_hold,
        the_editor(),
        parts().now(),
    )
    return json_answer(_published(known, saved, known_at(told, name)))


def _listed(definition: Definition, *, has_draft: bool) -> Json:
    draft = definition.draft
    return {
        "event_name": draft.event_name,
        "title": draft.title,
        "category": draft.category,
        "triggers": len(draft.web_tracking.triggers),
        "has_draft": has_draft,
        "is_new": False,
    }


def _short(document: Json) -> Json:
    short = {member: document[member] for member in ("event_name", "title", "category")}
    return {**short, "triggers": len(document["triggers"])}


def _shown(known: Known) -> Json:
    """What there is of a name, as an answer."""
    definition, draft = known.definition, known.draft
    until = fields_held_until(definition)
    return {
        "definition": None if definition is None else dump_definition(definition, parts().now()),
        "draft": None if draft is None else draft.document,
        "revision": known.revision,
        "is_behind": known.is_behind,
        "held_until": None if until is None else format_timestamp(until),
        "tried": _tried_address(known),
    }


def _tried_address(known: Known) -> str | None:
    if known.draft is None:
        return None
    token = _token()
    slug = known.event_name.replace("/", "~")
    return f"{places().for_beacons}editor/{token}/tried/{slug}.{known.draft.id}.js"


def _published(before: Known, saved: Definition, after: Known) -> Json:
    was = before.definition
    is_same = was is not None and was.revision == saved.revision
    until = fields_held_until(saved)
    newest = saved.versions[-1]
    return {
        "definition": dump_definition(saved, parts().now()),
        "version": newest.number,
        "state": "unchanged" if is_same else state_of_newest(saved),
        "current_from": format_timestamp(newest.current_from),
        "held_until": None if until is None else format_timestamp(until),
        "draft": None if after.draft is None else after.draft.document,
        "revision": after.revision,
    }


def _body(*members: str) -> Json:
    body = read_document()
    if not isinstance(body, dict):
        raise _invalid("type-wrong", "", "The body is an object.")
    for name in body:
        if name not in members:
            raise _invalid("member-unknown", f"/{name}", f"The body has {' and '.join(members)}.")
    return body


def _require_seen(known: Known, body: Json, is_told: bool) -> None:
    """Raises `Problem`: `precondition-missing`, or `stale` with how it stands."""
    if not is_told:
        raise Problem("precondition-missing", "Send the revision of what you have read.")
    if body.get("revision") != known.revision:
        raise Problem("stale", "Somebody changed this after you had read it.", extra=_shown(known))


def _invalid(code: str, pointer: str, sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault(code, pointer, sentence)])


def _token() -> str:
    return request.headers["Authorization"].partition(" ")[2]
