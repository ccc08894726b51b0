"""What a client of the Notifuse API sends about segments, and the segment that it describes.

Bodies are read as that API reads them (`decode.py`); the segment is judged as ours are. Of everything that is
wrong, its doors tell the first, in the order of its own rules.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from collector.core import strict_json
from collector.core.problems import Fault, Problem
from collector.core.segments.drafts import Draft, read_draft, read_trial
from collector.core.segments.reading import their_words
from collector.core.segments.tree import Node
from collector.core.strict_json import Unreadable
from collector.web.notifuse.decode import A_NUMBER, A_TEXT, AN_OBJECT, read_object, text_in

Verb = Literal["get", "create", "update", "delete"]

_MEMBERS = MappingProxyType(
    {
        **dict.fromkeys(("workspace_id", "segment_id", "id", "name", "color", "timezone"), A_TEXT),
        "tree": AN_OBJECT,
        "limit": A_NUMBER,
    }
)
_ORDER = ("id", "name", "color", "timezone", "tree")
_INTEGER = re.compile(rb"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class SentSegment:
    """The body of a request. What is absent is empty, None or 0."""

    workspace_id: str
    segment_id: str
    id: str
    name: str
    color: str
    timezone: str
    tree: object
    limit: int


def read_segment(body: bytes) -> SentSegment:
    """Raises `Problem("body-unreadable")`."""
    try:
        members = read_object(body, _MEMBERS)
        limit = members.get("limit", b"0")
        if not _INTEGER.fullmatch(limit):
            raise Unreadable("type-wrong", "This is a whole number.")
        tree = strict_json.read(members["tree"]) if "tree" in members else None
        texts = {name: text_in(members, name) for name, kind in _MEMBERS.items() if kind == A_TEXT}
        return SentSegment(tree=tree, limit=int(limit), **texts)
    except Unreadable as error:
        raise Problem("body-unreadable", error.message) from error


def draft_in(sent: SentSegment, verb: Verb, before: Draft | None = None) -> Draft:
    """The segment that is described. Raises `Problem("request-invalid")` with that API's sentence.

    Nothing but the id may be left out, also where a segment is changed.
    """
    require_id(sent.id, verb)
    described = {"name": sent.name, "color": sent.color, "timezone": sent.timezone, "tree": sent.tree}
    if sent.tree is None:
        before = None
    draft = read_draft({"id": sent.id, **described}, before)
    if isinstance(draft, list):
        raise Problem("request-invalid", f"invalid {verb} segment request: {_first(draft)}")
    return draft


def trial_in(sent: SentSegment) -> tuple[Node, datetime.tzinfo]:
    """The tree that is tried out. Raises `Problem("request-invalid")`."""
    if sent.tree is None:
        raise Problem("request-invalid", "tree is required")
    tried = read_trial({"tree": sent.tree})
    if isinstance(tried, list):
        raise Problem("request-invalid", _first(tried))
    return tried


def require_id(segment_id: str, verb: Verb) -> None:
    if not segment_id:
        raise Problem("request-invalid", f"invalid {verb} segment request: id is required")


def _first(faults: Sequence[Fault]) -> str:
    """The sentence of the first fault in the order of that API's rules."""
    first = min(faults, key=lambda fault: _place(fault.pointer))
    words = their_words(first)
    is_in_tree = first.pointer.startswith("/tree") and words != "tree is required"
    return f"invalid tree: {words}" if is_in_tree else words


def _place(pointer: str) -> int:
    member = pointer.split("/")[1] if pointer else ""
    return _ORDER.index(member) if member in _ORDER else -1
