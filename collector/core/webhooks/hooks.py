"""What a webhook tells: which types of messages, of which events, goals and segments, and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collector.core.permissions import EVERY_KIND, Key, is_readable_by
from collector.core.rights import Principal

EVENT_TYPES = ("event.stored", "event.updated", "event.deleted")
SEGMENT_TYPES = ("segment.joined", "segment.left")
DEFINITION_CHANGED = "definition.changed"
TYPES = (*EVENT_TYPES, *SEGMENT_TYPES, DEFINITION_CHANGED)
TEST = "webhook.test"

UNTOLD_DOORS = frozenset({"import"})
"""What comes in by these is the past being loaded: millions of messages of it would help nobody."""

State = Literal["on", "off", "gone"]
"""`off` by somebody of the section, `gone` by its receiver, who answered 410."""


@dataclass(frozen=True, slots=True)
class HookDraft:
    """A webhook as somebody wants it. None for `events`, `goals` or `segments` is every one.

    `reads`: the kinds of identifiers that it may be told, as a key's grants.
    """

    name: str
    url: str
    types: frozenset[str]
    events: frozenset[str] | None = None
    goals: frozenset[str] | None = None
    segments: frozenset[str] | None = None
    reads: frozenset[str] = EVERY_KIND
    is_on: bool = True

    def wants_event(self, kind: str, event_name: str, goals: frozenset[str], carried: frozenset[str]) -> bool:
        """`goals` are the types that the event counts for now or did before, `carried` its identifiers.

        What the definition allows is looked at when it is sent: that may change until then.
        """
        return (
            kind in self.types
            and (self.events is None or event_name in self.events)
            and (self.goals is None or not self.goals.isdisjoint(goals))
            and is_readable_by(self.reads, carried)
        )

    def wants_segment(self, kind: str, segment_id: str) -> bool:
        return kind in self.types and (self.segments is None or segment_id in self.segments)

    def wants_definition(self, event_name: str) -> bool:
        return DEFINITION_CHANGED in self.types and (self.events is None or event_name in self.events)


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it is kept, and who it is to the rest of the house: somebody who reads, like a key."""

    id: int
    section_id: str
    draft: HookDraft
    asking: Principal


def as_reader(section_id: str, public_id: str, draft: HookDraft) -> Principal:
    """Whoever is told by a webhook has the rights of a key that only reads."""
    grants = {kind: frozenset({"read"}) if kind in draft.reads else frozenset() for kind in EVERY_KIND}
    key = Key(public_id, section_id, draft.name, frozenset({"read"}), grants, draft.events)
    return Principal(section_id=section_id, name=draft.name, key=key)
