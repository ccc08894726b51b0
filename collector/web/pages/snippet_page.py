"""The snippet page: what to paste, and a light that turns green when the first event arrives."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response, g, request

from collector.core import ids
from collector.core.definitions import Content, Definition, Version
from collector.core.example_data import asked_fields, example_value
from collector.core.fields import Field
from collector.core.identifiers import KINDS
from collector.core.versions import current
from collector.store.events import Wanted
from collector.store.installs import Check
from collector.store.ledger import HOUR
from collector.store.statistics import WEEK_HOURS
from collector.web.access import allow
from collector.web.answers import json_answer
from collector.web.installs import keep_answer, read_answer
from collector.web.pages.definitions import shown, the_definition
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts, places
from collector.web.snippets import packed, plan_of, revision_file, types_of, version_file
from snippet.build import build
from snippet.embed import (
    bundle_tag,
    content_security_policy,
    pinned_tag,
    pixel_tag,
    tag,
    tag_manager_tag,
)

blueprint = make_blueprint("definitions_snippet", "/sections/<section_id>/definitions/<name>")

PAGES_DOOR = "beacon"
NO_ANSWER = (
    "No answer yet. If the page is open and nothing comes: the tag is not on it, its Content-Security-Policy"
    " does not let the file in or the answer out, or something in your browser blocks one of them. The"
    " browser's console says which."
)
CUT_OFF = (
    "The snippet is there, but its requests do not reach the collector: something in the browser or on the"
    " way blocks them."
)
IN_A_CALL = 4


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
        seen=_seen(definition),
        checked=_checked(definition),
        check_address=g.pop("check_address", None),
    )


@blueprint.post("/snippet/check")
@allow("definitions.read")
def check(section_id: str, name: str) -> Response:
    """Opens a question: the address of a page with a nonce, by which the page's snippet answers it."""
    definition = the_definition(section_id, name)
    page_address = request.form.get("page", "").strip()
    if not re.fullmatch(r"https?://[^\s<>\"'`]{1,2000}", page_address):
        g.check_address = {"trouble": "Write the address of a page, with https:// in front."}
        return index(section_id, name)
    nonce = parts().store.installs.open(definition, parts().now())
    bare, _, mark = page_address.partition("#")
    joined = f"{bare}{'&' if '?' in bare else '?'}fieldpost=check.{nonce}" + (f"#{mark}" if mark else "")
    g.check_address = {"page": joined, "nonce": nonce}
    answer = index(section_id, name)
    # The page that is opened from here, and no other, may tell this one what it found.
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return answer


@blueprint.post("/snippet/told")
@allow("definitions.read")
def told(section_id: str, name: str) -> Response:
    """Passes on what the opened page said to this one, because it could not reach the collector."""
    definition = the_definition(section_id, name)
    heard = read_answer(request.form.get("told", "").encode())
    keep_answer(definition, request.form.get("nonce", ""), heard, request.form.get("origin"), reached=False)
    return Response(status=204)


def _checked(definition: Definition) -> dict[str, Any] | None:
    """The newest question, what was found, and what is in the way, in words."""
    newest = parts().store.installs.newest(definition)
    if newest is None:
        return None
    words = in_the_way(newest, definition)
    return {
        "opened_at": newest.opened_at,
        "seen_at": newest.seen_at,
        "found": newest.found or {},
        "words": words,
    }


def in_the_way(question: Check, definition: Definition) -> list[str]:
    """What keeps events of the page away, as far as its snippet could tell; nothing if all is well."""
    found = question.found
    if found is None:
        return [NO_ANSWER]
    words = []
    if not found["listed"]:
        words.append(f"The origin {found['origin'] or 'of the page'} is not among those that may send.")
    if not found.get("reached", True) and "connect-src" not in found["policy"]:
        words.append(CUT_OFF)
    if found["policy"]:
        words.append(f"The page's Content-Security-Policy refuses {', '.join(found['policy'])}.")
    if found["signals"] and found["consent"] != "off" and not found["agreed"]:
        words.append("The browser asks not to track (GPC or DNT): nothing is sent before an explicit yes.")
    elif found["consent"] == "ask" and not found["agreed"]:
        words.append("Nothing is sent before fieldpost.consent(true).")
    if not found["storage"]:
        words.append("The page has no storage: what is not answered when it goes away is lost.")
    newest = current(definition.versions, parts().now())
    if newest is not None and found["version"] != newest.id:
        words.append("The page has an older version.")
    return words


def _seen(definition: Definition) -> list[dict[str, Any]]:
    """Which pages sent something last, by origin and version."""
    numbers = {definition.id: "current", **{one.id: str(one.number) for one in definition.versions}}
    seen = parts().store.installs.seen(list(numbers))
    return [{"origin": one.origin, "number": numbers[one.version_id], "at": one.seen_at} for one in seen]


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
    plan, here = plan_of(definition, version), places()
    text = build(plan)
    return {
        "tag": tag(here, definition.id),
        "bundle": bundle_tag(here, definition.section_id),
        "pixel": pixel_tag(here, definition.id, _pixel_values(version.content)),
        "manager": tag_manager_tag(here, definition.id, plan.event_name, plan.fields),
        "module": f'import fieldpost from "{here.for_scripts}{definition.id}.mjs";',
        "pinned": _pinned(definition, version),
        "policy": content_security_policy(here).split("; "),
        "types": types_of(definition, version),
        "types_address": f"{here.for_scripts}{definition.id}.d.ts",
        "call": example_call(definition.draft.event_name, version.content),
        "bytes": len(packed(text.encode(), "br")),
        "plain_bytes": len(text.encode()),
    }


def _pinned(definition: Definition, version: Version) -> str:
    """The tag of the file that never changes and has the web settings of now.

    The version's own file if it has them, else that of this revision of the definition.
    """
    text = version_file(definition, version)
    if text == build(plan_of(definition, version, "line")):
        return pinned_tag(places(), version.id, text)
    return pinned_tag(places(), f"{version.id}.{definition.revision}", revision_file(definition, version))


def _pixel_values(content: Content) -> dict[str, str]:
    """A value for each required field, as it stands in an address."""
    required = [one for one in content.fields if one.required]
    return {one.name: _example(one).strip("'") for one in required}


def example_call(event_name: str, content: Content) -> str:
    """A line of JavaScript that sends the event: the required fields, else the first that nothing fills."""
    members = ", ".join(f"{one.name}: {_example(one)}" for one in asked_fields(content)[:IN_A_CALL])
    return f"fieldpost({_quoted(event_name)}{f', {{{members}}}' if members else ''})"


def _example(field: Field) -> str:
    return _literal(example_value(field))


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else f"{value}"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'").replace('\\"', '"') + "'"
