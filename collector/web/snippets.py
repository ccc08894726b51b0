"""`/s/…`: the JavaScript that pages embed, and its types."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import brotli
from flask import Blueprint, Response, request
from flask_cors import CORS

from collector.core.definitions import Definition, Version
from collector.core.page_addresses import page_origin
from collector.core.problems import Problem
from collector.core.versions import current
from collector.web.access import ANYBODY, allow
from collector.web.openapi import about_pages as about
from collector.web.openapi.operations import documented
from collector.web.origins import is_listed
from collector.web.parts import parts, places
from snippet.build import build, bundle_of
from snippet.embed import module_of, types
from snippet.plan import Plan
from snippet.tools import tools
from snippet.triggers import Trigger

blueprint = Blueprint("snippets", __name__)
# Any page may load a snippet: it holds no secret, and scripts with `integrity` need CORS.
CORS(blueprint, origins="*", send_wildcard=True)

SHORT = "public, max-age=60, stale-while-revalidate=600"
FOR_GOOD = "public, max-age=31536000, immutable"
ENCODINGS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("br", lambda text: brotli.compress(text, quality=11)),
    ("gzip", lambda text: gzip.compress(text, compresslevel=9, mtime=0)),
)


@blueprint.get("/s/<stem:public_id>.js")
@allow(ANYBODY)
@documented(about.SCRIPT)
def script(public_id: str) -> Response:
    """The snippet of a version, for good; or of a definition's current one, for a minute."""
    definition, version = _wanted(public_id)
    if definition.hidden_at is not None and public_id != version.id:
        return _file(f"/* {definition.draft.event_name} is collected no longer */", "text/javascript", SHORT)
    _note_load(definition)
    if public_id == version.id:
        return _file(version_file(definition, version), "text/javascript", FOR_GOOD)
    return _file(build(plan_of(definition, version)), "text/javascript", SHORT)


@blueprint.get("/s/<stem:version_id>.<int:revision>.js")
@allow(ANYBODY)
@documented(about.SCRIPT)
def revised_script(version_id: str, revision: int) -> Response:
    """A version's snippet with later web settings, for good: those of one revision of its definition."""
    definition, version = _wanted(version_id)
    kept = parts().store.snippet_files.find(version, revision)
    if kept is None and (version_id != version.id or revision != definition.revision):
        raise Problem("not-found", "No snippet has this address.")
    return _file(kept or revision_file(definition, version), "text/javascript", FOR_GOOD)


@blueprint.get("/b/<stem:public_id>.js")
@allow(ANYBODY)
@documented(about.SCRIPT)
def tools_file(public_id: str) -> Response:
    """What `?fieldpost=…` in a page's address brings along: the debug mode, the install check."""
    definition, version = _wanted(public_id)
    text = tools(plan_of(definition, version), version.number, definition.section_id)
    return _file(text, "text/javascript", SHORT)


@blueprint.get("/s/<stem:public_id>.d.ts")
@allow(ANYBODY)
@documented(about.TYPES, codes="definition-hidden")
def declarations(public_id: str) -> Response:
    """The TypeScript types of a definition's events."""
    definition, version = _wanted(public_id)
    if definition.hidden_at is not None:
        raise Problem("definition-hidden", "This event is collected no longer.")
    return _file(types_of(definition, version), "application/typescript", SHORT)


def types_of(definition: Definition, version: Version) -> str:
    """The `.d.ts` of a version, with the module of the definition's current one."""
    return types(plan_of(definition, version), module=f"{places().for_scripts}{definition.id}.mjs")


@blueprint.get("/s/<stem:public_id>.mjs")
@allow(ANYBODY)
@documented(about.SCRIPT)
def module(public_id: str) -> Response:
    """The current snippet as a module to import; its default export is the function."""
    definition, version = _wanted(public_id)
    if definition.hidden_at is not None:
        raise Problem("not-found", "This event is collected no longer.")
    return _file(module_of(build(plan_of(definition, version))), "text/javascript", SHORT)


@blueprint.get("/s/<section_id>/bundle.js")
@allow(ANYBODY)
@documented(about.SCRIPT, query=about.BundleQuery)
def bundle(section_id: str) -> Response:
    """One file for several events, `?events=a,b`; for every one with web tracking unless it says which."""
    plans = _plans_of_bundle(section_id)
    first = parts().store.definitions.find(section_id, plans[0].event_name)
    if first is not None:
        _note_load(first)
    return _file(bundle_of(plans), "text/javascript", SHORT)


@blueprint.get("/s/<section_id>/bundle.d.ts")
@allow(ANYBODY)
@documented(about.TYPES, query=about.BundleQuery)
def bundle_declarations(section_id: str) -> Response:
    """The TypeScript types of the events in a bundle."""
    return _file(types(*_plans_of_bundle(section_id)), "application/typescript", SHORT)


def _note_load(definition: Definition) -> None:
    """That a page loads a file, where its browser tells of which origin it is: then pages are alive there.

    A file goes out also while nothing can be written.
    """
    origin = page_origin(request.headers.get("Referer"))
    if is_listed(origin, definition.draft.web_tracking.origins):
        with suppress(Problem):
            parts().store.installs.note_load(definition.section_id, origin, parts().now())


def _plans_of_bundle(section_id: str) -> tuple[Plan, ...]:
    """Raises `Problem("not-found")` where one of the events is sent by no page."""
    tracked = {
        one.draft.event_name: one
        for one in parts().store.definitions.all(section_id)
        if one.draft.web_tracking.enabled
    }
    names = request.args["events"].split(",") if "events" in request.args else sorted(tracked)
    plans = tuple(
        plan_of(tracked[name], version)
        for name in dict.fromkeys(names)
        if name in tracked and (version := current(tracked[name].versions, parts().now())) is not None
    )
    if not plans or not set(names) <= tracked.keys():
        raise Problem("not-found", "One of these events is sent by no page.")
    return plans


def _wanted(public_id: str) -> tuple[Definition, Version]:
    """Raises `Problem("not-found")` where there is no web tracking, or no version that counts."""
    definition = parts().store.definitions.by_id(public_id)
    if definition is not None and definition.draft.web_tracking.enabled:
        named = next((one for one in definition.versions if one.id == public_id), None)
        version = named or current(definition.versions, parts().now())
        if version is not None and version.current_from <= parts().now():
            return definition, version
    raise Problem("not-found", "No snippet has this address.")


def version_file(definition: Definition, version: Version) -> str:
    """A version's own file, the same for ever: made once, with the settings that were in force then."""
    files = parts().store.snippet_files
    kept = files.find(version)
    if kept is not None:
        return kept
    tracking = version.web_tracking or definition.draft.web_tracking
    frozen = replace(definition, draft=replace(definition.draft, web_tracking=tracking))
    return files.keep(version, build(plan_of(frozen, version, "line")), parts().now())


def revision_file(definition: Definition, version: Version) -> str:
    """The same with the web settings of now: another file for each revision of the definition."""
    files, revision = parts().store.snippet_files, definition.revision
    kept = files.find(version, revision)
    if kept is not None:
        return kept
    return files.keep(version, build(plan_of(definition, version, "line")), parts().now(), revision)


def plan_of(definition: Definition, version: Version, debug: Literal["tools", "line"] = "tools") -> Plan:
    """What the snippet of a version is made of, with the web settings of its definition.

    A file that never changes has a debug line of its own: it loads nothing that its `integrity` does not
    cover.
    """
    tracking = definition.draft.web_tracking
    return Plan(
        event_name=definition.draft.event_name,
        version_id=version.id,
        address=places().url,
        beacons=places().beacons,
        fields=version.content.fields,
        queue=tracking.queue,
        visitor=tracking.visitor,
        extra_fields=version.content.extra_fields != "reject",
        consent=tracking.consent,
        invalid=tracking.invalid,
        triggers=_triggers_of(definition, version),
        attributes=tracking.attributes,
        says_trigger=tracking.trigger_numbers,
        gate=tracking.prerendered == "wait",
        debug=debug if tracking.debug else "off",
    )


def _triggers_of(definition: Definition, version: Version) -> tuple[Trigger, ...]:
    """The triggers, without values for fields that this version does not have: it would refuse the event.

    Triggers count at once, while the fields that they were made for may have to wait.
    """
    content = version.content
    known = {one.name for one in content.fields}
    found = map(Trigger.of, definition.draft.web_tracking.triggers)
    if content.extra_fields != "reject":
        return tuple(found)
    return tuple(
        replace(one, values=tuple(value for value in one.values if value[0] in known)) for one in found
    )


def _file(text: str, content_type: str, cache: str) -> Response:
    body = text.encode()
    answer = Response(content_type=f"{content_type}; charset=utf-8")
    accepted = request.accept_encodings
    for name, _ in ENCODINGS:
        if accepted[name] > 0:
            body = packed(body, name)
            answer.headers["Content-Encoding"] = name
            break
    answer.set_data(body)
    answer.headers["Cache-Control"] = cache
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.add("Vary", "Accept-Encoding")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=1024)
def packed(body: bytes, encoding: str) -> bytes:
    """A file as it goes over the wire; `encoding` is one of `ENCODINGS`."""
    return dict(ENCODINGS)[encoding](body)
