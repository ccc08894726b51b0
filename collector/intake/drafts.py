"""Event names that nobody defined, where the section accepts them: kept untyped, under a draft definition."""

from __future__ import annotations

from msgspec.structs import replace

from collector.core import ids
from collector.core.actors import Actor
from collector.core.definitions import Definition, Draft, Version
from collector.core.documents import parse_definition
from collector.core.events import Rejection, Write
from collector.core.judge import Caller, Rules, judge
from collector.core.payloads import ApiPayload
from collector.core.problems import Fault, Problem
from collector.store.opening import Store

TAG = "draft"
MOST = 1_000
"""A section with so many definitions gets no more by itself: a sender that invents names is bounded."""

_NOT_MADE = ids.encode(0)


class Drafts:
    """The definitions that events make for themselves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wanted(self, name: str, caller: Caller) -> Draft | None:
        """The draft of a new name; None where the section refuses unknown names, or this is none."""
        section = self._store.sections.find(caller.section_id)
        if section is None or section.undefined_events != "accept":
            return None
        try:
            draft = parse_definition(_document(name))
        except Problem:
            return None
        return draft if self._store.definitions.count(caller.section_id) < MOST else None

    def make(self, draft: Draft, caller: Caller) -> Definition:
        """The definition of a draft, which another worker may have made at the same moment."""
        assert caller.key is not None, "only integrations name events"
        actor = Actor(f"key {caller.key.id} ({caller.key.name})", "api")
        try:
            return self._store.definitions.create(caller.section_id, draft, actor, caller.judged_at)
        except Problem:
            found = self._store.definitions.find(caller.section_id, draft.event_name)
            if found is None:
                raise
            return found


def judge_unmade(draft: Draft, payload: ApiPayload, faults: list[Fault], caller: Caller) -> Write | Rejection:
    """What a draft's first event would get; a refusal names no definition, as there is none."""
    version = Version(_NOT_MADE, _NOT_MADE, 1, draft.content, caller.received_at, caller.received_at)
    writable = caller.writable(draft.allowed_operations)
    decision = judge(payload, faults, Rules(draft.event_name, version), writable, caller)
    if isinstance(decision, Write):
        return decision
    return replace(decision, definition_id=None, version_id=None)


def _document(name: str) -> dict[str, object]:
    return {
        "event_name": name,
        "category": "signal",
        "description": "Made by itself, from the first event of this name. Say which fields it has.",
        "tags": [TAG],
        "fields": [],
        "extra_fields": "keep",
    }
