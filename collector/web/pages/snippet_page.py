"""The snippet page: what to paste, and a light that turns green when the first event arrives."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from collector.core import ids
from collector.core.definitions import Content, Definition, Version
from collector.core.fields import Field
from collector.core.identifiers import KINDS
from collector.core.versions import current
from collector.store.events import Wanted
from collector.store.ledger import HOUR
from collector.store.statistics import WEEK_HOURS
from collector.web.access import allow
from collector.web.answers import json_answer
from collector.web.pages.definitions import shown, the_definition
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts, public_url
from collector.web.snippets import packed, plan_of, version_file
from snippet.build import build
from snippet.embed import bundle_tag, content_security_policy, pinned_tag, pixel_tag, tag, types

blueprint = make_blueprint("definitions_snippet", "/sections/<section_id>/definitions/<name>")

PAGES_DOOR = "beacon"
IN_A_CALL = 4
EXAMPLES: dict[str, Any] = {
    "text": "…",
    "boolean": True,
    "integer": 1,
    "decimal": 149.9,
    "date": "2026-12-24",
    "timestamp": "2026-12-24T18:00:00+01:00",
}


@blueprint.get("/snippet")
@allow("definitions.read")
def index(section_id: str, name: str) -> Response:
    """What to paste into a page, each with a button that copies it."""
    definition = the_definition(section_id, name)
    version = current(definition.versions, parts().now()) or definition.versions[-1]
    is_on = definition.draft.web_tracking.enabled
    return page(
        "pages/definition_snippet.html",
        **shown(definition),
        version=version,
        is_on=is_on,
        embed=_embed(definition, version) if is_on else {},
        arrived=_arrived(definition),
    )


@blueprint.get("/arrived")
@allow("events.read")
def arrived(section_id: str, name: str) -> Response:
    """Whether pages have sent the event, for the light: asked again and again while the page is looked at."""
    return json_answer(_arrived(the_definition(section_id, name)))


def _arrived(definition: Definition) -> dict[str, Any]:
    """Counts of what pages sent in the last 7 days, and the newest event that is stored (microseconds)."""
    store, number = parts().store, ids.decode(definition.id) or 0
    hour = parts().now() // HOUR
    counts = [
        one.counts
        for one in store.statistics.hourly(definition.section_id, hour - WEEK_HOURS, hour + 1, number)
        if one.door == PAGES_DOOR
    ]
    newest = next(iter(store.events.page(Wanted({number: frozenset(KINDS)}), 1, None).items), None)
    return {
        "stored": sum(one["stored"] for one in counts),
        "rejected": sum(one["rejected"] for one in counts),
        "filtered": sum(one["filtered"] for one in counts),
        "newest_at": newest.received_at if newest else None,
        "source": newest.source if newest else None,
    }


def _embed(definition: Definition, version: Version) -> dict[str, Any]:
    plan = plan_of(definition, version)
    text, address = build(plan), public_url()
    return {
        "tag": tag(address, definition.id),
        "bundle": bundle_tag(address, definition.section_id),
        "pixel": pixel_tag(address, definition.id, _pixel_values(version.content)),
        "pinned": pinned_tag(address, version.id, version_file(definition, version)),
        "policy": content_security_policy(address).split("; "),
        "types": types(plan),
        "types_address": f"{address}/s/{definition.id}.d.ts",
        "call": example_call(definition.draft.event_name, version.content),
        "bytes": len(packed(text.encode(), "br")),
        "plain_bytes": len(text.encode()),
    }


def _pixel_values(content: Content) -> dict[str, str]:
    """A value for each required field, as it stands in an address."""
    required = [one for one in content.fields if one.required]
    return {one.name: _example(one).strip("'") for one in required}


def example_call(event_name: str, content: Content) -> str:
    """A line of JavaScript that sends the event: the required fields, else the first that nothing fills."""
    asked = [one for one in content.fields if one.required] or [one for one in content.fields if not one.fill]
    members = ", ".join(f"{one.name}: {_example(one)}" for one in asked[:IN_A_CALL])
    return f"fieldpost({_quoted(event_name)}{f', {{{members}}}' if members else ''})"


def _example(field: Field) -> str:
    if field.choices:
        return _literal(field.choices[0])
    return _literal(field.minimum if field.minimum is not None else EXAMPLES[field.type])


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else f"{value}"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'").replace('\\"', '"') + "'"
