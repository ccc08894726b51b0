"""From an app's routes to the OpenAPI 3.1 document."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from werkzeug.routing import Rule

from collector.core.rights import RIGHTS
from collector.web.access import ANYBODY, SECTION_HEADER, SESSION_COOKIE, right_of
from collector.web.openapi import codes
from collector.web.openapi.examples import ALICE, ORDER
from collector.web.openapi.operations import Answer, Body, Documentation, Shape, documentation_of
from collector.web.openapi.shown import AN_ID, Problem

VERSION = "1"
INTRODUCTION = """\
Send events, read them back, and keep the definitions that they are judged by.

Say who you are with a key: `Authorization: Bearer fp_…`. A 2xx means that what you sent is on disk.
Whatever is refused is an `application/problem+json` with a stable `code`; at doors of other APIs it looks
as their clients know it. 408, 425, 429 and 5xx may be sent again, the same as before, and say in
`Retry-After` when; all others are final. An address answers 405 `method-not-allowed` to methods that are
not listed here.

Lists come in stretches of `limit`; where there is more, `next_cursor` is what to send as `cursor`.
"""

_VARIABLE = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")

# Of blueprints that are not subjects of the API: what they are called, and why they are here.
_TAGS: Mapping[str, tuple[str, str]] = {
    "beacons": ("pages", "What pages load and send; no key is in a page."),
    "pixels": ("pages", "What pages load and send; no key is in a page."),
    "snippets": ("pages", "What pages load and send; no key is in a page."),
    **dict.fromkeys(
        (
            *("notifuse_events", "notifuse_segments", "notifuse_timeline"),
            *("segment_io", "cloudevents", "apsis", "apsis_tokens"),
        ),
        ("other doors", "What clients of other APIs send: docs/moving-over.md tells of each."),
    ),
    "health": ("server", "Whether the server lives, and whether it can store."),
}

PATH: Mapping[str, tuple[str, Any]] = {
    "name": ("The event's name; a `/` in it is written `~`.", ORDER["event"]),
    "event_name": ("The event's name; a `/` in it is written `~`.", ORDER["event"]),
    "event_id": ("The event's id, percent-encoded; those that pages sent start with `web:`.", ORDER["id"]),
    "number": ("The version's number.", 1),
    "kind": ("A kind of identifier: `email`, `mobile` or `crm_id`.", "email"),
    "value": ("The identifier, percent-encoded, in any spelling.", ALICE["email"]),
    "key_id": ("The key's id.", AN_ID),
    "section_id": ("The section's id.", "shop"),
    "keyspace": ("A keyspace of the APSIS One API.", "com.apsis1.keyspaces.email"),
    "profile_key": ("Who it is in the keyspace, percent-encoded.", "carol@example.com"),
    "version_id": ("A version's id.", AN_ID),
    "revision": ("Which revision of the web settings, as the snippet page shows it.", 1),
    "webhook_id": ("The webhook's id.", AN_ID),
    "delivery_id": ("The delivery's id.", AN_ID),
    "segment_id": ("The segment's id.", "vip"),
    "other_id": ("The id of another segment.", "vip"),
    "public_id": ("The id of a definition (its current version), or of a version.", AN_ID),
}
"""Parts of addresses that several routes have: what they are, and an example."""


@dataclass(frozen=True, slots=True)
class Route:
    """One documented operation of the app."""

    rule: Rule
    method: str
    view: Callable[..., object]
    said: Documentation

    @property
    def blueprint(self) -> str:
        return str(self.rule.endpoint).partition(".")[0]

    @property
    def path(self) -> str:
        return _VARIABLE.sub(r"{\2}", str(self.rule.rule))

    @property
    def right(self) -> str:
        return right_of(self.view) or ANYBODY


def build_document(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all documented routes of an app."""
    plugin = MarshmallowPlugin()
    order = list(app.blueprints)
    routes = sorted(documented_routes(app), key=lambda route: _place(route, order))
    spec = APISpec(
        title="Fieldpost",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": INTRODUCTION},
        tags=_tags(routes),
    )
    _add_security(spec)
    spec.components.schema("Problem", schema=Problem)
    for route in routes:
        spec.path(path=route.path, operations={route.method.lower(): _operation(spec, route)})
    document = spec.to_dict()
    _describe_schemas(document, plugin)
    return document


def documented_routes(app: Flask) -> Iterator[Route]:
    """The operations of an app that say what they are."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        said = documentation_of(view)
        if said is not None:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield Route(rule, method, view, said)


def _place(route: Route, blueprints: list[str]) -> tuple[bool, int, str, str]:
    """Subjects as the app lists them, those that are open to anybody last."""
    return (route.right == ANYBODY, blueprints.index(route.blueprint), route.path, route.method)


def _tags(routes: list[Route]) -> list[dict[str, str]]:
    """One for each subject, described by the first sentences of its module."""
    found: dict[str, str] = {}
    for route in routes:
        name, words = _TAGS.get(route.blueprint, (route.blueprint, ""))
        module = sys.modules[route.view.__module__].__doc__ or ""
        found.setdefault(name, words or _sentence(module.partition(": ")[2]))
    return [{"name": name, "description": words} for name, words in found.items()]


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def _add_security(spec: APISpec) -> None:
    schemes: dict[str, dict[str, str]] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the section: `fp_…`.",
        },
        "write_key": {
            "type": "http",
            "scheme": "basic",
            "description": "A key as the user name, with an empty password: what Segment calls a write key.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "Whoever is signed in in this browser; there is nothing to fill in.",
        },
        "section": {
            "type": "apiKey",
            "in": "header",
            "name": SECTION_HEADER,
            "description": "The section's id, for people of more than one section.",
        },
    }
    for name, scheme in schemes.items():
        spec.components.security_scheme(name, scheme)


def _operation(spec: APISpec, route: Route) -> dict[str, Any]:
    summary, more = _words(route.view)
    operation: dict[str, Any] = {
        "operationId": route.rule.endpoint.replace(".", "_"),
        "tags": [_TAGS.get(route.blueprint, (route.blueprint, ""))[0]],
        "summary": summary,
        "description": "\n\n".join(filter(None, [more, _who(route.right)])),
        "security": _security(route),
        "parameters": [*_path_parameters(route), *_other_parameters(route.said)],
        "responses": {**_success(route.said.answer), **_refusals(spec, route)},
    }
    if route.said.body is not None:
        operation["requestBody"] = _request_body(route.said.body)
    return operation


def _words(view: Callable[..., object]) -> tuple[str, str]:
    """A view's first sentence, as plain text, and what else it says, as Markdown."""
    first, *more = re.split(r"\.(?:\s+|$)", inspect.getdoc(view) or "", maxsplit=1)
    return " ".join(first.replace("`", "").split()), "".join(more)


def _who(right: str) -> str:
    """Who may do it, in words; from the table of rights."""
    if right == ANYBODY:
        return "Anybody may."
    row = RIGHTS[right]
    found = [f"a key with the scope {_either(row.scopes)}"] if row.scopes else []
    found += [f"a person with the role {_either(row.roles)}"] if row.roles else []
    needs = f"Needs {', or '.join(found)}."
    return f"{needs} A key needs `read` on every identifier too." if row.of_everybody else needs


def _either(words: frozenset[str]) -> str:
    return " or ".join(f"`{word}`" for word in sorted(words))


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.right == ANYBODY:
        return []
    row = RIGHTS[route.right]
    key: list[dict[str, list[str]]] = [{name: []} for name in route.said.manners.schemes if row.scopes]
    return [*key, {"session": []}, {"session": [], "section": []}] if row.roles else key


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for converter, name in _VARIABLE.findall(route.rule.rule):
        description, example = PATH.get(name, (route.said.path.get(name, ""), AN_ID))
        whole = converter == "int"
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": route.said.path.get(name, description),
            "schema": {"type": "integer", "minimum": 0} if whole else {"type": "string", "minLength": 1},
            "example": example,
        }


def _other_parameters(said: Documentation) -> Iterator[dict[str, Any]]:
    for place, schema in (("query", said.query), ("header", said.headers)):
        if schema is not None:
            yield {"in": place, "schema": schema}


def _request_body(body: Body) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for one in (body, *body.also):
        examples = {name: {"value": value} for name, value in one.examples.items()}
        described = {"schema": _either_of(one.shapes), "examples": examples}
        content |= {media_type: dict(described) for media_type in one.content_types}
    return {"required": body.required, "content": content}


def _success(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": "Nothing more to say." if not answer.shapes else "All is well."
    }
    if answer.shapes:
        described["content"] = {answer.content_type: {"schema": _either_of(answer.shapes)}}
    if answer.headers:
        described["headers"] = {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in answer.headers.items()
        }
    shown = {str(answer.status): described}
    if answer.is_queued:
        shown["202"] = {**described, "description": "A stream has it safely (`queued`)."}
    return shown


def _either_of(shapes: Any) -> Shape | dict[str, Any]:
    plain = [dict(shape) if isinstance(shape, Mapping) else shape for shape in shapes]
    return plain[0] if len(plain) == 1 else {"anyOf": plain}


def _refusals(spec: APISpec, route: Route) -> dict[str, str]:
    """status → the name of a component, shared with all routes that refuse alike."""
    possible = codes.codes_of(route.said, route.right, route.method, bool(route.rule.arguments))
    found: dict[str, str] = {}
    for status, listed in codes.by_status(possible).items():
        name = found[str(status)] = codes.name_of_response(status, listed, route.said.manners)
        if name not in spec.components.responses:
            spec.components.response(name, codes.response(status, listed, route.said.manners))
    return found


def _describe_schemas(document: dict[str, Any], plugin: MarshmallowPlugin) -> None:
    """Puts the schemas' own first words beside them."""
    assert plugin.converter is not None
    for key, name in plugin.converter.refs.items():
        if words := key[0].__doc__:
            document["components"]["schemas"][name].setdefault("description", inspect.cleandoc(words))
