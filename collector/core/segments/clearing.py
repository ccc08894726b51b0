"""Taking a person out of what segments ask for: a tree may name somebody by an identifier."""

from __future__ import annotations

from typing import Any

from collector.core.mentions import Person

CLEARED = "(erased)"
"""What stands for an erased identifier: no identifier is like it, so whoever else is meant stays meant."""

_FREE = frozenset({"string_values", "goal_name", "name", "color"})
"""The members in which anything may be written, in a tree and in what the audit log has of a segment."""


def without_person(document: Any, person: Person) -> Any:
    """The same document, or a copy in which every text that names the person is replaced."""
    if isinstance(document, list):
        return [without_person(one, person) for one in document]
    if isinstance(document, dict):
        return {
            name: _cleared(value, person) if name in _FREE else without_person(value, person)
            for name, value in document.items()
        }
    return document


def _cleared(value: Any, person: Person) -> Any:
    if isinstance(value, list):
        return [_cleared(one, person) for one in value]
    # Where identifiers stand, a customer's number counts as one too.
    is_named = isinstance(value, str) and person.is_named_in({"identifiers": [value]})
    return CLEARED if is_named else value
