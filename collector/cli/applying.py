"""Definitions as code: what a file would change, and changing it, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.cli.definition_files import Place, unkeepable
from collector.cli.refusals import Refusal, line_of
from collector.core.definitions import Definition, Draft
from collector.core.documents import dump_document, parse_definition
from collector.core.problems import Problem
from collector.store.opening import Store


@dataclass(slots=True)
class Changes:
    """What applying documents does to a section, in the order of the documents."""

    create: list[Draft] = field(default_factory=list)
    update: list[tuple[Definition, Draft]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, list[str]]:
        return {
            "create": [draft.event_name for draft in self.create],
            "update": [draft.event_name for _, draft in self.update],
            "unchanged": self.unchanged,
        }


def changes_of(store: Store, section_id: str, documents: Sequence[tuple[Place, Any]]) -> Changes:
    """Judges every document and compares it with what is stored. Raises `Refusal` with all that is wrong."""
    changes, wrong = Changes(), list(_named_twice(documents))
    for place, document in documents:
        try:
            _sort_in(changes, store, section_id, document)
        except Problem as problem:
            reasons = [line_of(fault) for fault in problem.faults] or [problem.detail]
            wrong += [f"{place}: {reason}" for reason in reasons]
    if wrong:
        raise Refusal("Nothing was applied:", wrong)
    return changes


def apply(store: Store, section_id: str, changes: Changes, now: int) -> None:
    """Makes the changes in one transaction. Raises `Refusal`, `Problem`; then nothing has changed."""
    with store.database.writing():
        for draft in changes.create:
            store.definitions.create(section_id, draft, now)
        for definition, draft in changes.update:
            _edit(definition, draft)


def _edit(definition: Definition, draft: Draft) -> None:
    raise Refusal(
        f"{draft.event_name} is stored with other content, and this version of Fieldpost cannot edit a "
        "definition yet: that comes with the next one. Nothing was applied."
    )


def _sort_in(changes: Changes, store: Store, section_id: str, document: Any) -> None:
    faults = unkeepable(document)
    if faults:
        raise Problem("definition-invalid", "Some of the values cannot be kept.", faults=faults)
    stored = _stored(store, section_id, document)
    draft = parse_definition(document, stored.draft if stored else None)
    if stored is None:
        changes.create.append(draft)
    elif stored.hidden_at is not None:
        raise Problem("definition-hidden", "This definition is hidden, which is for ever; its name stays taken.")
    elif dump_document(draft) == dump_document(stored.draft):
        changes.unchanged.append(draft.event_name)
    else:
        changes.update.append((stored, draft))


def _stored(store: Store, section_id: str, document: Any) -> Definition | None:
    name = document.get("event_name") if isinstance(document, dict) else None
    return store.definitions.find(section_id, name) if isinstance(name, str) else None


def _named_twice(documents: Sequence[tuple[Place, Any]]) -> list[str]:
    seen: dict[str, Place] = {}
    twice = []
    for place, _ in documents:
        if place.event_name in seen:
            first = seen[place.event_name]
            twice.append(f"{place}: definitions {first.number} and {place.number} have the same event_name.")
        elif place.event_name is not None:
            seen[place.event_name] = place
    return twice
