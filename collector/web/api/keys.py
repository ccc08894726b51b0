"""`/api/v1/keys`: the section's keys. A secret is told once, when its key is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response
from marshmallow import Schema, ValidationError, fields, validate

from collector.core.fields import format_timestamp
from collector.core.identifiers import KINDS
from collector.core.permissions import ALL_OPERATIONS, HIGHEST_LIMIT, OPERATIONS, SCOPES
from collector.core.problems import Fault, Problem, pointer_to
from collector.store.keys import KeyRequest, ListedKey
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.shapes import Json
from collector.web.bodies import read_document
from collector.web.openapi import about_sections as about
from collector.web.openapi import examples
from collector.web.openapi.operations import NO_CONTENT, Body, documented
from collector.web.parts import parts

blueprint = Blueprint("keys", __name__, url_prefix="/api/v1/keys")

_OPERATIONS = fields.List(fields.String(validate=validate.OneOf(OPERATIONS)))


class KeySchema(Schema):
    """What a new key shall be allowed; whatever is left out is allowed."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "What it is for; the Source of events that name none."},
    )
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        load_default=list(SCOPES),
        validate=validate.Length(min=1),
        metadata={"description": "What it may do."},
    )
    grants = fields.Dict(
        keys=fields.String(validate=validate.OneOf(KINDS)),
        values=_OPERATIONS,
        metadata={"description": "Kind of identifier to operations; a kind that is absent in it: nothing."},
    )
    events = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        allow_none=True,
        load_default=None,
        metadata={"description": "The events that it is for; null: every one."},
    )
    rate_limit = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=validate.Range(0, HIGHEST_LIMIT),
        metadata={"description": "Requests a minute; 0: any number; null: what the server has for all."},
    )


class LimitSchema(Schema):
    """How many requests a key may make."""

    rate_limit = fields.Integer(
        required=True,
        strict=True,
        allow_none=True,
        validate=validate.Range(0, HIGHEST_LIMIT),
        metadata={"description": "Requests a minute; 0: any number; null: what the server has for all."},
    )


@blueprint.get("")
@allow("keys.manage")
@documented(about.Keys)
def index() -> Response:
    """Every key of the section, revoked ones too, without secrets."""
    found = parts().store.keys.all(principal().section_id)
    return json_answer({"keys": [_shown(one) for one in found]})


@blueprint.post("")
@allow("keys.manage")
@documented(about.NEW_KEY, body=Body((KeySchema,), {"A till": examples.KEY}))
def create() -> Response:
    """A new key. Nobody can give a key more than they may do themselves."""
    request = _request(read_document())
    _require_not_more(request)
    now = parts().now()
    key, secret = parts().store.keys.create(request, the_actor(), now)
    return json_answer({**_shown(ListedKey(key, now)), "key": secret}, status=201)


@blueprint.patch("/<key_id>")
@allow("keys.manage")
@documented(about.KeyShown, body=Body((LimitSchema,), {"limited": {"rate_limit": 600}}))
def limit(key_id: str) -> Response:
    """Changes how many requests a minute a key may make; every server heeds it within two seconds."""
    try:
        wanted: int | None = LimitSchema().load(_object(read_document()))["rate_limit"]
    except ValidationError as error:
        faults = list(_faults(error.messages_dict))
        raise Problem("request-invalid", "This limits no key.", faults=faults) from error
    _require_no_freer(wanted)
    listed = parts().store.keys.limit(key_id, wanted, the_actor(), parts().now(), principal().section_id)
    return json_answer(_shown(listed))


@blueprint.delete("/<key_id>")
@allow("keys.manage")
@documented(NO_CONTENT)
def revoke(key_id: str) -> Response:
    """Revokes a key: every server refuses it within two seconds."""
    parts().store.keys.revoke(key_id, the_actor(), parts().now(), principal().section_id)
    return Response(status=204)


def _request(document: object) -> KeyRequest:
    try:
        wanted = KeySchema().load(_object(document))
    except ValidationError as error:
        faults = list(_faults(error.messages_dict))
        raise Problem("request-invalid", "This describes no key.", faults=faults) from error
    given = wanted.get("grants")
    grants = ALL_OPERATIONS if given is None else {kind: frozenset(given.get(kind, ())) for kind in KINDS}
    events = wanted["events"]
    return KeyRequest(
        section_id=principal().section_id,
        name=wanted["name"],
        scopes=frozenset(wanted["scopes"]),
        grants=grants,
        events=None if events is None else frozenset(events),
        rate_limit=wanted["rate_limit"],
    )


def _object(document: object) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise Problem("request-invalid", "A key is described by an object.")
    return document


def _faults(told: Mapping[Any, Any], *steps: str | int) -> Iterator[Fault]:
    """What marshmallow found, each thing at its own place."""
    for step, found in sorted(told.items(), key=str):
        # Of a mapping it tells keys and values apart: for whoever wrote it, both are at one place.
        inner = steps if step in ("key", "value") else (*steps, step)
        if isinstance(found, Mapping):
            yield from _faults(found, *inner)
        else:
            yield from (Fault("member-invalid", pointer_to(*inner), str(one)) for one in found)


def _require_not_more(request: KeyRequest) -> None:
    own = principal().key
    if own is None:
        return
    exceeds = (
        not request.scopes <= own.scopes
        or any(not request.grants[kind] <= own.grants.get(kind, frozenset()) for kind in KINDS)
        or (own.events is not None and (request.events is None or not request.events <= own.events))
    )
    if exceeds:
        raise Problem("scope-missing", "A key can make only keys that may do no more than itself.")
    _require_no_freer(request.rate_limit)


def _require_no_freer(rate_limit: int | None) -> None:
    """Raises `Problem("scope-missing")` where a limited key would let one send more than itself."""
    own = principal().key
    most = parts().limits.of(own) if own is not None else 0
    asked = parts().settings.rate_limit if rate_limit is None else rate_limit
    if most and not 0 < asked <= most:
        raise Problem("scope-missing", f"This key makes {most} requests a minute, and lets none make more.")


def _shown(listed: ListedKey) -> Json:
    key = listed.key
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "grants": {kind: sorted(key.grants.get(kind, ())) for kind in KINDS},
        "events": sorted(key.events) if key.events is not None else None,
        "rate_limit": key.rate_limit,
        "created_at": format_timestamp(listed.created_at),
        "revoked_at": _moment(listed.revoked_at),
        "exposed_at": _moment(listed.exposed_at),
        "last_used_at": _moment(listed.last_used_at),
    }


def _moment(moment: int | None) -> str | None:
    return None if moment is None else format_timestamp(moment)
