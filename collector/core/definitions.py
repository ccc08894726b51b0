"""What a section collects: definitions, their versions, and the documents that describe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from collector.core.fields import Field

Category = Literal["transaction", "conversion", "signal"]
ExtraFields = Literal["reject", "drop", "keep"]
Operation = Literal["read", "write"]
IdentifierKind = Literal["email", "mobile", "crm_id"]
GoalType = Literal["purchase", "subscription", "lead", "signup", "booking", "trial", "other"]

AllowedOperations = Mapping[str, frozenset[str]]
"""identifier kind → the operations that are allowed on it."""


@dataclass(frozen=True, slots=True)
class GoalRule:
    """What every event of a version counts for."""

    type: GoalType
    value_field: str | None = None
    currency_field: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a version freezes: its fields, what happens to other fields, and its goal."""

    fields: tuple[Field, ...]
    extra_fields: ExtraFields = "reject"
    goal: GoalRule | None = None


@dataclass(frozen=True, slots=True)
class WebTracking:
    """How a definition's snippet behaves and whose pages it believes (docs/snippet.md)."""

    enabled: bool = False
    source: str = "Website"
    origins: tuple[str, ...] = ()
    identity: Literal["claimed", "signed"] = "claimed"
    consent: Literal["off", "gpc", "ask"] = "off"
    visitor: Literal["page", "session", "lasting"] = "lasting"
    invalid: Literal["drop", "report"] = "drop"
    queue: bool = True
    bots: Literal["filter", "keep"] = "filter"
    attributes: bool = True
    trigger_numbers: bool = True
    prerendered: Literal["wait", "send"] = "wait"
    debug: bool = True
    triggers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable snapshot of a definition. Times are microseconds since 1970, UTC."""

    id: str
    definition_id: str
    number: int
    content: Content
    created_at: int
    current_from: int
    retired_at: int | None = None
    web_tracking: WebTracking | None = None
    """The web settings that its own snippet file has: those of the moment when it was first in use."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition as an admin writes it, validated, before it has an id."""

    event_name: str
    title: str
    category: Category
    content: Content
    allowed_operations: AllowedOperations
    web_tracking: WebTracking
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    retention_days: int | None = None
    """For how many days after they occurred its events are kept; None: for ever."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as stored. `versions` are in the order of their numbers; `revision` counts every save."""

    id: str
    section_id: str
    draft: Draft
    versions: tuple[Version, ...]
    created_at: int
    updated_at: int
    revision: int = 1
    hidden_at: int | None = None

    @property
    def personal_fields(self) -> frozenset[str]:
        """The fields that were personal in any of its versions."""
        contents = [self.draft.content, *(one.content for one in self.versions)]
        return frozenset(field.name for one in contents for field in one.fields if field.personal)


def is_wanted(definition: Definition, category: str | None, text: str) -> bool:
    """Whether a list that is filtered by a category and a text, in any case, has the definition in it."""
    draft = definition.draft
    wanted = text.casefold()
    texts = (draft.event_name, draft.title, draft.description, draft.owner, *draft.tags)
    return category in (None, draft.category) and any(wanted in one.casefold() for one in texts)
