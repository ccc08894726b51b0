"""From the plan of a snippet to its JavaScript: pick partials, fill slots, put in the values, minify."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import minify

from collector.core.fields import Field
from snippet.checks import labels_and_checks
from snippet.fills import fills

RUNTIME = Path(__file__).with_name("runtime")
EVENT_NAME = re.compile(r"[a-z0-9_./-]{1,100}")
VERSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_SLOT = re.compile(r"^[ ]*// \+ (\w+)\n", re.MULTILINE)
_UNSAFE = re.compile(r"<(?=[/!])|[^\n\x20-\x7e]")
INHERITED = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
"""Possible names of fields that every JavaScript object has already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a snippet is made of. `address` is the collector's public URL, such as `https://c.example`.

    With `extra_fields` the data may have members that are no fields. Raises ValueError for what cannot be in
    the address of a beacon.
    """

    event_name: str
    version_id: str
    address: str
    fields: tuple[Field, ...]
    queue: bool = True
    visitor: Literal["page", "session", "lasting"] = "lasting"
    extra_fields: bool = False

    def __post_init__(self) -> None:
        url = urlsplit(self.address)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise ValueError("address must be an absolute http(s) URL without query and fragment")
        if not self.address.isascii() or re.search(r"[\s\"'`<>\\{}|^()*+$]", self.address):
            raise ValueError("address must be written in the characters of a URL")
        if not EVENT_NAME.fullmatch(self.event_name) or not VERSION_ID.fullmatch(self.version_id):
            raise ValueError("event_name and version_id must be what a definition can have")

    @property
    def beacon_url(self) -> str:
        return f"{self.address.rstrip('/')}/b/{self.version_id}"


@lru_cache(maxsize=1024)
def build(plan: Plan) -> str:
    """The snippet as it is served: minified, ASCII only, harmless inside an HTML script element too."""
    return _harmless(minify.string("application/javascript", assemble(plan)))


def assemble(plan: Plan) -> str:
    """The snippet before it is minified."""
    slots = {slot: "".join(map(_partial, names)) for slot, names in _partials(plan).items()}
    return _SLOT.sub(lambda slot: _values(plan) if slot[1] == "values" else slots[slot[1]], _partial("main"))


def _partials(plan: Plan) -> Mapping[str, list[str]]:
    """slot of `main.js` → names of the files that fill it, for what the definition needs."""
    odd = any(field.name in INHERITED for field in plan.fields)
    return {
        "storage": ["storage"] if plan.queue or plan.visitor == "lasting" else [],
        "queue": ["queue"] if plan.queue else [],
        "check": [*(["odd_names"] if odd else []), *(["fill"] if fills(plan.fields) else []), "check"],
        "visitor": [f"visitor_{plan.visitor}"],
        "send": ["send_queued" if plan.queue else "send_once"],
    }


@lru_cache
def _partial(name: str) -> str:
    """A file of the runtime. One keyword for every declaration compresses better than two."""
    return re.sub(r"\bconst\b", "let", (RUNTIME / f"{name}.js").read_text("utf-8"))


def _values(plan: Plan) -> str:
    """The declarations of everything in which snippets differ; the only place where values enter."""
    labels, checks = labels_and_checks(plan.fields, plan.extra_fields)
    declared = {
        "event": json.dumps(plan.event_name),
        "address": json.dumps(plan.beacon_url),
        "fields": json.dumps(labels),
        "checks": _functions("v", checks),
    }
    if filled := fills(plan.fields):
        declared["fills"] = _functions("()", filled)
    return f"let {','.join(f'{name}={text}' for name, text in declared.items())};\n"


def _functions(parameters: str, expressions: Mapping[str, str]) -> str:
    """An object in JavaScript: name → a function that answers the expression."""
    members = (f"{json.dumps(name)}:{parameters}=>{text}" for name, text in expressions.items())
    return f"{{{','.join(members)}}}"


def _harmless(script: str) -> str:
    """`</script>` and `<!--` end nothing, and no page's encoding changes a character.

    The minifier writes escapes out again, so this comes after it. In a literal `<` may be written as an
    escape, and the runtime has neither sequence outside of one.
    """
    return _UNSAFE.sub(lambda match: "".join(map(_escaped, match[0])), script)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
