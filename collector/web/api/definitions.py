"""`/api/v1/definitions`: what the section collects."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core.definitions import Definition
from collector.core.documents import dump_definition, dump_version, parse_definition
from collector.core.json_schema import json_schema
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable, faults_in, read
from collector.core.versions import current
from collector.web.access import allow, key_with, the_key
from collector.web.answers import json_answer
from collector.web.bodies import read_body, require_json
from collector.web.parts import parts

blueprint = Blueprint("definitions", __name__, url_prefix="/api/v1/definitions")


@blueprint.get("")
@allow(key_with("read", "admin"))
def index() -> Response:
    """All definitions, in the order of their names."""
    now = parts().now()
    found = parts().store.definitions.all(the_key().section_id)
    return json_answer({"definitions": [dump_definition(one, now) for one in found]})


@blueprint.post("")
@allow(key_with("admin"))
def create() -> Response:
    """A new definition; its first version can be used at once."""
    require_json()
    draft = parse_definition(read_document())
    now = parts().now()
    definition = parts().store.definitions.create(the_key().section_id, draft, now)
    answer = json_answer(dump_definition(definition, now), status=201)
    answer.headers["ETag"] = etag(definition)
    return answer


@blueprint.get("/<name>")
@allow(key_with("read", "admin"))
def show(name: str) -> Response:
    """One definition, with its versions. In the address a `/` of the name is written `~`."""
    definition = _definition(name)
    answer = json_answer(dump_definition(definition, parts().now()))
    answer.headers["ETag"] = etag(definition)
    return answer


@blueprint.get("/<name>/versions")
@allow(key_with("read", "admin"))
def versions(name: str) -> Response:
    """The versions, the oldest first."""
    definition = _definition(name)
    now = parts().now()
    return json_answer(
        {"versions": [dump_version(one, definition.versions, now) for one in definition.versions]}
    )


@blueprint.get("/<name>/schema")
@allow(key_with("read", "admin"))
def schema(name: str) -> Response:
    """The current version's data as JSON Schema 2020-12."""
    definition = _definition(name)
    version = current(definition.versions, parts().now()) or definition.versions[-1]
    draft = definition.draft
    answer = json_answer(json_schema(draft.event_name, draft.title, version.content, version.id))
    answer.content_type = "application/schema+json"
    return answer


def read_document() -> object:
    """The JSON of the body. Raises `Problem`: `body-unreadable`, `definition-invalid`."""
    try:
        document = read(read_body())
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error
    faults = faults_in(document)
    if faults:
        raise Problem("definition-invalid", "Some of the values cannot be kept.", faults=faults)
    return document


def etag(definition: Definition) -> str:
    return f'"{definition.revision}"'


def _definition(name: str) -> Definition:
    definition = parts().store.definitions.find(the_key().section_id, name.replace("~", "/"))
    if definition is None:
        raise Problem("not-found", "There is no such definition.")
    if definition.hidden_at is not None:
        raise Problem("definition-hidden", "This definition is hidden.")
    return definition
