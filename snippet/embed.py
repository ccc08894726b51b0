"""What stands beside a snippet: the tag to paste, its CSP, its `integrity` and its TypeScript types."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from collector.core.fields import Field
from snippet.checks import rules
from snippet.plan import INHERITED, Places, Plan

STUB = "window.fieldpost=window.fieldpost||function(){(fieldpost.q=fieldpost.q||[]).push(arguments)}"
"""Takes the calls that are made before the snippet has loaded. Once on a page is enough."""

_SHARED_TYPES = """\
interface FieldpostIdentifiers { email?: string; mobile?: string; crm_id?: string }
interface Fieldpost {
  (call: "identify", identifiers: FieldpostIdentifiers, token?: string): void;
  identify(identifiers: FieldpostIdentifiers, token?: string): void;
}
"""
_CONSENT_TYPES = """\
interface Fieldpost {
  (call: "consent", agreed: boolean): void;
  consent(agreed: boolean): void;
}
"""
_GLOBALS = """\
interface Window { fieldpost: Fieldpost }
declare var fieldpost: Fieldpost;
"""


def tag(places: Places, definition_id: str) -> str:
    """The HTML that embeds the current snippet of a definition: the stub and the file."""
    source = html.escape(f"{places.for_scripts}{definition_id}.js")
    return f'<script>{STUB}</script>\n<script async src="{source}"></script>'


def pinned_tag(places: Places, file: str, text: str) -> str:
    """The same for a file that never changes: the browser runs `text` and nothing else.

    `file` is the id of a version, or `<version id>.<revision>`.
    """
    source = html.escape(f"{places.for_scripts}{file}.js")
    return (
        f"<script>{STUB}</script>\n"
        f'<script async src="{source}" integrity="{integrity(text)}" crossorigin="anonymous"></script>'
    )


def bundle_tag(places: Places, section_id: str) -> str:
    """The same for every event of a section at once."""
    return tag(places, f"{section_id}/bundle")


def pixel_tag(places: Places, definition_id: str, values: Mapping[str, str]) -> str:
    """What a page shows where JavaScript is off; its server puts the values, and an id, into the address."""
    query = urlencode({"id": "ORDER-1042", **{f"data.{name}": text for name, text in values.items()}})
    source = html.escape(f"{places.for_beacons}{definition_id}.gif?{query}")
    return f'<noscript><img src="{source}" alt="" width="1" height="1"></noscript>'


def tag_manager_tag(places: Places, definition_id: str, event_name: str, fields: Sequence[Field]) -> str:
    """A Custom HTML tag for Google Tag Manager, in the ES5 that it takes.

    Each field's value is a variable of the container, called like the field: `{{total}}`.
    """
    source = json.dumps(f"{places.for_scripts}{definition_id}.js")
    data = ", ".join(f"{json.dumps(field.name)}: {{{{{field.name}}}}}" for field in fields if not field.fill)
    return (
        "<script>\n"
        f"{STUB};\n"
        "(function (file) { file.async = true; file.src = "
        f"{source}; document.head.appendChild(file) }})(document.createElement('script'));\n"
        f"fieldpost({json.dumps(event_name)}, {{{data}}});\n"
        "</script>"
    )


def module_of(text: str) -> str:
    """A snippet as a module: `import fieldpost from "…"`."""
    return f"{text}\nexport default window.fieldpost;\n"


def content_security_policy(places: Places) -> str:
    """What a page with a strict CSP adds to its policy for `tag`: no `unsafe-inline`, no `unsafe-eval`.

    Scripts from the beacons' addresses are the tools of the debug mode and the install check.
    """
    digest = base64.b64encode(hashlib.sha256(STUB.encode()).digest()).decode()
    scripts, beacons = places.for_scripts, places.for_beacons
    return f"script-src {scripts} 'sha256-{digest}' {beacons}; connect-src {beacons}"


def integrity(text: str) -> str:
    """The value of the `integrity` attribute for a served file (W3C Subresource Integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


def types(*plans: Plan, module: str | None = None) -> str:
    """A `.d.ts`: one more overload of the global `fieldpost` for each plan. Several files merge.

    `module` is the address from which pages import the same function, if there is one.
    """
    calls = "".join(map(_call, plans))
    consent = _CONSENT_TYPES if any(plan.consent != "off" for plan in plans) else ""
    imported = f"declare module {json.dumps(module)} {{ export default fieldpost }}\n" if module else ""
    return f"{_SHARED_TYPES}{consent}interface Fieldpost {{\n{calls}}}\n{_GLOBALS}{imported}"


def _call(plan: Plan) -> str:
    members = "".join(f"    {line}\n" for line in _members(plan))
    optional = "" if any(map(_must_be_given, plan.fields)) else "?"
    event = json.dumps(plan.event_name)
    return f"  (event: {event}, data{optional}: {{\n{members}  }}, source?: string): void;\n"


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
