"""The builder's words: what its choices mean to a person, and what is to be chosen from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from collector.core.definitions import Definition
from collector.core.segments.drafts import known_zones
from collector.core.segments.words import GOAL_NOUNS, Names
from collector.web.pages.segment_form import GROUP, Form, Node
from collector.web.parts import parts

Choices = Mapping[str, str]

NEGATE: Choices = {"": "has", "not": "has not"}
PICK: Choices = {"all": "all of them", "first": "only the first ever", "last": "only the last ever"}
GOALS: Choices = {kind: many for kind, (_, many) in GOAL_NOUNS.items()}
AGGREGATE: Choices = {
    "sum": "a total value of",
    "count": "a number of",
    "avg": "an average value of",
    "min": "a smallest value of",
    "max": "a greatest value of",
}
COMPARE: Choices = {
    "gte": "at least",
    "over": "more than",
    "lte": "at most",
    "under": "less than",
    "eq": "exactly",
    "between": "between",
}
WHEN: Choices = {
    "anytime": "at any time",
    "in_the_last_days": "in the last",
    "in_date_range": "from",
    "before_date": "before",
    "after_date": "after",
}
TRUST: Choices = {
    "": "whoever says so",
    "key": "vouched for by an integration",
    "signed": "signed by the page’s server",
    "claimed": "claimed by a page",
}
CONSENT: Choices = {
    "": "whatever was said of consent",
    "true": "with consent given",
    "false": "with consent refused",
    "unknown": "of whose consent nothing was said",
}
DONE: Choices = {"yes": "has done", "no": "has not done"}
COUNT: Choices = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}
OPERATOR: Choices = {"and": "all of these", "or": "any of these"}

TESTS: Mapping[str, Choices] = {
    "Text": {
        "string.equals": "is",
        "string.not_equals": "is not",
        "string.in_array": "is one of",
        "string.contains": "contains",
        "string.not_contains": "does not contain",
    },
    "Number": {
        "number.equals": "equals",
        "number.not_equals": "does not equal",
        "number.gt": "is more than",
        "number.gte": "is at least",
        "number.lt": "is less than",
        "number.lte": "is at most",
        "number.in_array": "is one of the numbers",
    },
    "Date": {
        "time.before_date": "is before",
        "time.after_date": "is after",
        "time.in_date_range": "is from",
        "time.not_in_date_range": "is not from",
        "time.in_the_last_days": "is in the last",
        "time.not_in_the_last_days": "is not in the last",
    },
    "Anything": {"any.is_set": "has a value", "any.is_not_set": "has no value"},
}
KIND_OF_TESTS = {"string": "Text", "number": "Number", "time": "Date"}

OF_PROFILES: Mapping[str, tuple[str, str]] = {
    "email": ("E-mail", "string"),
    "mobile": ("Mobile", "string"),
    "crm_id": ("CRM id", "string"),
    "created_at": ("Profile made", "time"),
    "first_seen": ("First event", "time"),
    "last_seen": ("Last event", "time"),
}
"""What is known of every profile → what it is called, and the type of a filter for it."""

_FILTER_TYPES = {
    "text": "string",
    "boolean": "string",
    "integer": "number",
    "decimal": "number",
    "date": "time",
    "timestamp": "time",
}


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field that a filter may ask for: its label, the type of a filter for it, values to suggest."""

    label: str
    type: str
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from in a section: its events by name, and the fields of each.

    The fields of profiles are under the empty name.
    """

    events: Names
    fields: Mapping[str, Mapping[str, KnownField]]

    @property
    def types(self) -> Mapping[str, Mapping[str, str]]:
        """Event name → field → type of a filter."""
        return {
            event: {name: one.type for name, one in known.items()} for event, known in self.fields.items()
        }


def offer_of(section_id: str) -> Offer:
    """What the section's definitions offer."""
    definitions = sorted(parts().store.definitions.all(section_id), key=lambda one: one.draft.title.lower())
    fields = {one.draft.event_name: _fields(one) for one in definitions}
    of_profiles = {name: KnownField(*about) for name, about in OF_PROFILES.items()}
    return Offer(event_names(definitions), {**fields, "": of_profiles})


def event_names(definitions: Sequence[Definition]) -> dict[str, str]:
    """Event name → title; both where the title alone would not tell."""
    titles = [one.draft.title for one in definitions]
    return {
        one.draft.event_name: title if titles.count(title) == 1 else f"{title} ({one.draft.event_name})"
        for one in definitions
        for title in [one.draft.title]
    }


@lru_cache(maxsize=1)
def zones() -> Sequence[str]:
    """The time zones that are called after a place, and UTC."""
    return (
        "UTC",
        *sorted(one for one in known_zones() if "/" in one and not one.startswith(("Etc/", "SystemV/"))),
    )


def _fields(definition: Definition) -> dict[str, KnownField]:
    return {
        one.name: KnownField(one.name, _FILTER_TYPES[one.type], _values(one))
        for one in definition.draft.content.fields
    }


def _values(field: Any) -> Sequence[str]:
    if field.type == "boolean":
        return ("true", "false")
    return tuple(map(str, field.choices))


ABOUT_WORDS = {"name": "Name", "color": "Colour", "timezone": "Days begin in"}


def place_in_words(place: str, form: Form) -> str:
    """What a person calls an input of the builder: `Condition 2.1`; `form` has it."""
    if place in ABOUT_WORDS:
        return ABOUT_WORDS[place]
    number = int(place.removeprefix("n").partition("-")[0])
    path = _path(form.root, number)
    node = form.find(number)
    kind = "Group" if node is not None and node.kind == GROUP else "Condition"
    return f"{kind} {path}" if path else "The conditions"


def _path(node: Node, number: int, before: str = "") -> str:
    for place, child in enumerate(node.children, 1):
        here = f"{before}{place}"
        found = here if child.number == number else _path(child, number, f"{here}.")
        if found:
            return found
    return ""
