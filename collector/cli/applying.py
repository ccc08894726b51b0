"""Definitions as code: what a file would change, and changing it, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.cli.definition_files import Place, name_in, unkeepable
from collector.cli.refusals import Refusal, line_of
from collector.core.actors import Actor
from collector.core.definitions import Definition, Draft
from collector.core.documents import dump_document, parse_definition
from collector.core.fields import format_timestamp
from collector.core.problems import Problem
from collector.core.versions import held_until, same_content
from collector.intake.preview import too_old
from collector.store.definitions import Edit
from collector.store.opening import Store


@dataclass(slots=True)
class Changes:
    """What applying documents does to a section, in the order of the documents."""

    create: list[Draft] = field(default_factory=list)
    update: list[tuple[Definition, Draft]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    deletes: dict[str, int] = field(default_factory=dict)
    """Event name → how many events a shorter retention deletes, for those that get one; of a dry run."""

    def as_json(self) -> dict[str, Any]:
        told = {"deletes": self.deletes} if self.deletes else {}
        return {
            **told,
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


def look_at_retention(changes: Changes, store: Store, now: int) -> None:
    """Finds out what the changes would delete. Raises `Problem("storage-unavailable")`."""
    for stored, draft in changes.update:
        events = too_old(store, stored, draft.retention_days, now)
        if events is not None:
            changes.deletes[draft.event_name] = events


def require_not_held(changes: Changes, hold: int, now: int) -> None:
    """Raises `Refusal` if fields were edited a moment ago and would be again; `hold` is in seconds."""
    wrong = [
        f"{draft.event_name}: its fields, extra_fields or goal were edited a moment ago; "
        f"again from {format_timestamp(until)} on."
        for stored, draft in changes.update
        if not same_content(stored.versions[-1].content, draft.content)
        and now < (until := held_until(stored.versions, hold * 1_000_000))
    ]
    if wrong:
        raise Refusal("Nothing was applied:", wrong)


def apply(store: Store, section_id: str, changes: Changes, hold: int, actor: Actor, now: int) -> None:
    """Makes the changes in one transaction, or none; `hold` is in seconds. Raises `Problem`."""
    with store.database.writing():
        for draft in changes.create:
            store.definitions.create(section_id, draft, actor, now)
        for definition, draft in changes.update:
            store.definitions.save(definition, Edit(draft, None), hold, actor, now)


def _sort_in(changes: Changes, store: Store, section_id: str, document: Any) -> None:
    faults = unkeepable(document)
    if faults:
        raise Problem("definition-invalid", "Some of the values cannot be kept.", faults=faults)
    name = name_in(document)
    stored = store.definitions.find(section_id, name) if name else None
    draft = parse_definition(document, stored.draft if stored else None)
    if stored is None:
        changes.create.append(draft)
    elif stored.hidden_at is not None:
        raise Problem("definition-hidden", "This definition is hidden, for ever; its name stays taken.")
    elif dump_document(draft) == dump_document(stored.draft):
        changes.unchanged.append(draft.event_name)
    else:
        changes.update.append((stored, draft))


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
