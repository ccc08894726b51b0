"""`/api/v1/definitions`: what the section collects, and how that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.definitions import Category, Definition, Draft, Version, is_wanted
from collector.core.differences import differences
from collector.core.documents import dump_definition, dump_document, dump_version, parse_definition
from collector.core.json_schema import json_schema
from collector.core.problems import Fault, Problem
from collector.core.versions import current
from collector.intake.preview import preview, shorter_retention
from collector.store.definitions import Edit
from collector.store.statistics import DefinitionStatistics
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.queries import read_choice, refuse_unknown
from collector.web.api.shapes import Json
from collector.web.api.stats import statistics_json
from collector.web.bodies import read_document
from collector.web.openapi import about_definitions as about
from collector.web.openapi.operations import NO_CONTENT, documented
from collector.web.parts import parts
from collector.web.reach import EVERY_KIND, require_use

blueprint = Blueprint("definitions", __name__, url_prefix="/api/v1/definitions")


@blueprint.get("")
@allow("definitions.read")
@documented(about.Definitions, query=about.DefinitionsWanted)
def index() -> Response:
    """The definitions by name; `category` and `q` filter, `hidden=true` shows the hidden ones instead."""
    refuse_unknown("category", "q", "hidden")
    hidden = read_choice("hidden", ("true", "false")) == "true"
    category = read_choice("category", get_args(Category))
    if hidden and not principal().has("definitions.write"):
        raise Problem("scope-missing", "Hidden definitions are listed with the scope admin only.")
    found = parts().store.definitions.all(principal().section_id, hidden=hidden)
    text, may_use = request.args.get("q", ""), principal().may_use
    wanted = [one for one in found if is_wanted(one, category, text) and may_use(one.draft.event_name)]
    return json_answer({"definitions": _listed(wanted)})


@blueprint.post("")
@allow("definitions.write")
@documented(
    about.DEFINITION_MADE, body=about.DEFINITION_BODY, codes="definition-invalid name-taken event-not-allowed"
)
def create() -> Response:
    """A new definition; its first version can be used at once."""
    draft = parse_definition(read_document())
    require_use(draft.event_name)
    definition = parts().store.definitions.create(principal().section_id, draft, the_actor(), parts().now())
    return _answer(definition, status=201)


@blueprint.get("/<name>")
@allow("definitions.read")
@documented(about.DEFINITION_SHOWN, codes="definition-hidden event-not-allowed")
def show(name: str) -> Response:
    """One definition, with its versions. In the address a `/` of the name is written `~`."""
    return _answer(the_definition(name))


@blueprint.put("/<name>")
@allow("definitions.write")
@documented(
    about.DEFINITION_SHOWN, body=about.EDITED_BODY, headers=about.StateSeen, codes=about.CODES_OF_EDITS
)
def save(name: str) -> Response:
    """Edits a definition; `If-Match` says which state of it the editor has seen."""
    definition = parts().store.definitions.read_again(the_definition(name))
    revision = _revision_seen(definition)
    draft = parse_definition(read_document(), definition.draft)
    if revision != definition.revision:
        raise _stale(definition, draft)
    hold = parts().settings.edit_hold
    saved = parts().store.definitions.save(
        definition, Edit(draft, revision), hold, the_actor(), parts().now()
    )
    return _answer(saved)


@blueprint.post("/<name>/hide")
@allow("definitions.hide")
@documented(NO_CONTENT, body=about.CONFIRMATION, codes="definition-hidden event-not-allowed")
def hide(name: str) -> Response:
    """Hides a definition for ever; the body says `{"confirm": true}`."""
    if read_document() != {"confirm": True}:
        fault = Fault(
            "confirmation-missing", "/confirm", 'Hiding is for ever. Confirm it: {"confirm": true}.'
        )
        raise Problem("request-invalid", fault.message, faults=[fault])
    parts().store.definitions.hide(the_definition(name), the_actor(), parts().now())
    return Response(status=204)


@blueprint.post("/<name>/preview")
@allow("definitions.preview")
@documented(
    about.Preview, body=about.DRAFT_BODY, codes="definition-hidden definition-invalid event-not-allowed"
)
def show_preview(name: str) -> Response:
    """What a draft would change: in words, and in what it would accept and refuse of what came."""
    definition = the_definition(name)
    if principal().readable_of(definition) != EVERY_KIND:
        raise Problem("identifier-not-allowed", "A preview needs the right to read every event of it.")
    draft = parse_definition(read_document(), definition.draft)
    store, now = parts().store, parts().now()
    told = shorter_retention(store, definition, draft.retention_days, now)
    return json_answer(replace(preview(store, definition, draft.content, now), retention=told).as_json())


@blueprint.get("/<name>/versions")
@allow("definitions.read")
@documented(about.Versions, codes="definition-hidden event-not-allowed")
def versions(name: str) -> Response:
    """The versions, the oldest first."""
    every, now = the_definition(name).versions, parts().now()
    shown = [
        {**dump_version(one, every, now), "difference": _told(before, one)}
        for before, one in zip((None, *every), every, strict=False)
    ]
    return json_answer({"versions": shown})


@blueprint.post("/<name>/versions/<int:number>/retire")
@allow("definitions.write")
@documented(about.DEFINITION_SHOWN, codes="definition-hidden version-in-use event-not-allowed")
def retire(name: str, number: int) -> Response:
    """Ends the life of an older version: its events are refused from now on."""
    definition = parts().store.definitions.retire(the_definition(name), number, the_actor(), parts().now())
    return _answer(definition)


@blueprint.get("/<name>/schema")
@allow("definitions.read")
@documented(about.JSON_SCHEMA, codes="definition-hidden event-not-allowed")
def schema(name: str) -> Response:
    """The current version's data as JSON Schema 2020-12."""
    definition = the_definition(name)
    version = current(definition.versions, parts().now()) or definition.versions[-1]
    draft = definition.draft
    answer = json_answer(json_schema(draft.event_name, draft.title, version.content, version.id))
    answer.content_type = "application/schema+json"
    return answer


def the_definition(name: str) -> Definition:
    """The section's definition of this name. Raises `Problem`: `not-found`, `definition-hidden`."""
    event_name = name.replace("~", "/")
    require_use(event_name)
    found = parts().store.definitions.find(principal().section_id, event_name)
    if found is None:
        raise Problem("not-found", "There is no such definition.")
    if found.hidden_at is not None:
        raise Problem("definition-hidden", "This definition is hidden.")
    return found


def _answer(definition: Definition, status: int = 200) -> Response:
    answer = json_answer(dump_definition(definition, parts().now()), status=status)
    answer.headers["ETag"] = f'"{definition.revision}"'
    return answer


def _told(before: Version | None, after: Version) -> list[Json]:
    """How a version differs from the one before it, in words."""
    if before is None:
        return []
    return [one.as_json() for one in differences(before.content, after.content)]


def _listed(found: list[Definition]) -> list[Json]:
    """The definitions as a list shows them: with how lively each is, for those who may know."""
    now = parts().now()
    shown = [dump_definition(one, now) for one in found]
    if principal().has("stats.read") and principal().reads_everybody:
        statistics = parts().store.statistics.of_definitions(principal().section_id, now)
        for document, one in zip(shown, found, strict=True):
            number = ids.decode(one.id)
            if principal().readable_of(one) != EVERY_KIND:
                continue
            document["statistics"] = statistics_json(statistics.get(number or 0, DefinitionStatistics()))
    return shown


def _revision_seen(definition: Definition) -> int:
    """The revision that `If-Match` names (RFC 9110 §13.1.1); a proxy may have made it weak."""
    if "If-Match" not in request.headers:
        raise Problem("precondition-missing", "Send the ETag of what you have read as If-Match.")
    seen = request.if_match
    is_it = seen.star_tag or seen.contains_weak(str(definition.revision))
    return definition.revision if is_it else 0


def _stale(definition: Definition, sent: Draft) -> Problem:
    stored, wanted = dump_document(definition.draft), dump_document(sent)
    difference: Json = {
        member: {"stored": stored.get(member), "sent": wanted.get(member)}
        for member in {**stored, **wanted}  # the goal may be on one side only
        if stored.get(member) != wanted.get(member)
    }
    return Problem(
        "stale",
        "Somebody changed this definition after you had read it.",
        extra={
            "difference": difference,
            "in_words": [one.sentence for one in differences(definition.draft.content, sent.content)],
            "etag": f'"{definition.revision}"',
        },
    )
