"""What stands beside a snippet: the tag to paste, its CSP, its `integrity` and its TypeScript types."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from collector.core.fields import Field
from snippet.checks import rules
from snippet.plan import INHERITED, Plan

STUB = "window.fieldpost=window.fieldpost||function(){(fieldpost.q=fieldpost.q||[]).push(arguments)}"
"""Takes the calls that are made before the snippet has loaded. Once on a page is enough."""

_SHARED_TYPES = """\
interface FieldpostIdentifiers { email?: string; mobile?: string; crm_id?: string }
interface Fieldpost {
  (call: "identify", identifiers: FieldpostIdentifiers, token?: string): void;
  identify(identifiers: FieldpostIdentifiers, token?: string): void;
}
"""
_GLOBALS = """\
interface Window { fieldpost: Fieldpost }
declare var fieldpost: Fieldpost;
"""


def tag(address: str, definition_id: str) -> str:
    """The HTML that embeds the current snippet of a definition: the stub and the file.

    `address` is the collector's public URL.
    """
    source = html.escape(f"{address.rstrip('/')}/s/{definition_id}.js")
    return f'<script>{STUB}</script>\n<script async src="{source}"></script>'


def pinned_tag(address: str, version_id: str, text: str) -> str:
    """The same for one version, whose file never changes: the browser runs `text` and nothing else."""
    source = html.escape(f"{address.rstrip('/')}/s/{version_id}.js")
    return (
        f"<script>{STUB}</script>\n"
        f'<script async src="{source}" integrity="{integrity(text)}" crossorigin="anonymous"></script>'
    )


def bundle_tag(address: str, section_id: str) -> str:
    """The same for every event of a section at once."""
    source = html.escape(f"{address.rstrip('/')}/s/{section_id}/bundle.js")
    return f'<script>{STUB}</script>\n<script async src="{source}"></script>'


def pixel_tag(address: str, definition_id: str, values: Mapping[str, str]) -> str:
    """What a page shows where JavaScript is off; its server puts the values, and an id, into the address."""
    query = urlencode({"id": "ORDER-1042", **{f"data.{name}": text for name, text in values.items()}})
    source = html.escape(f"{address.rstrip('/')}/b/{definition_id}.gif?{query}")
    return f'<noscript><img src="{source}" alt="" width="1" height="1"></noscript>'


def content_security_policy(address: str) -> str:
    """What a page with a strict CSP adds to its policy for `tag`: no `unsafe-inline`, no `unsafe-eval`.

    Scripts from `/b/` are the tools of the debug mode and the install check.
    """
    host = address.rstrip("/")
    digest = base64.b64encode(hashlib.sha256(STUB.encode()).digest()).decode()
    return f"script-src {host}/s/ {host}/b/ 'sha256-{digest}'; connect-src {host}/b/"


def integrity(text: str) -> str:
    """The value of the `integrity` attribute for a served file (W3C Subresource Integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


def types(plan: Plan) -> str:
    """A `.d.ts`: one more overload of the global `fieldpost`. The files of several definitions merge."""
    members = "".join(f"    {line}\n" for line in _members(plan))
    optional = "" if any(map(_must_be_given, plan.fields)) else "?"
    parameters = f"event: {json.dumps(plan.event_name)}, data{optional}: {{\n{members}  }}, source?: string"
    return f"{_SHARED_TYPES}interface Fieldpost {{\n  ({parameters}): void;\n}}\n{_GLOBALS}"


def _members(plan: Plan) -> Iterator[str]:
    for field in plan.fields:
        yield f"/** {_in_words(field)} */"
        yield _member(field)
    if plan.extra_fields:
        yield "[extra: string]: unknown;"


def _member(field: Field) -> str:
    if _must_be_given(field):
        return f"{field.name}: {_type(field)};"
    # An object that leaves such a field out still has what every object inherits.
    inherited = f' | Object["{field.name}"]' if field.name in INHERITED else ""
    return f"{field.name}?: {_type(field)} | null{inherited};"


def _must_be_given(field: Field) -> bool:
    return field.required and field.fill is None


def _in_words(field: Field) -> str:
    """What a TypeScript type cannot say of a field, for the developer's editor."""
    unsaid = replace(field, choices=()) if _is_union(field) else field
    words = [field.type, *(label for label, _ in rules(unsaid))]
    words += [f"filled with {field.fill}"] if field.fill else []
    words += ["personal"] if field.personal else []
    return ", ".join(words).replace("*/", "*\\/")


def _is_union(field: Field) -> bool:
    """Whether the type is its choices: where a value can be written in one way only."""
    return bool(field.choices) and field.type in ("text", "date", "integer", "boolean")


def _type(field: Field) -> str:
    if _is_union(field):
        return " | ".join(json.dumps(choice) for choice in field.choices)
    return field.kind.typescript
