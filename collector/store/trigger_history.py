"""The history of triggers: they change at once, so every change is kept and can be undone.

It is written in the transaction of the change, whatever door that came in by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.core import ids
from collector.core.actors import Actor
from collector.core.definitions import Definition
from collector.store.database import Database
from collector.store.models_editor import TriggerChange as Row

Triggers = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TriggerChange:
    """A change of all triggers of a definition; `undoes` is the id of the change that it undid."""

    id: str
    at: int
    who: str
    door: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    undoes: str | None


class TriggerHistory:
    """The changes of the triggers of every definition of a store."""

    def __init__(self, database: Database, new_id: Callable[[], int]) -> None:
        self._db = database
        self._new_id = new_id

    def record(
        self,
        definition: int,
        before: Triggers,
        after: Triggers,
        actor: Actor,
        now: int,
        undoes: str | None = None,
    ) -> None:
        """Adds a change, if there is one; call it inside the transaction that makes it."""
        if list(before) == list(after):
            return
        self._db.run(
            Row.insert(
                id=self._new_id(),
                definition=definition,
                at=now,
                who=actor.who,
                door=actor.door,
                before=_text(before),
                after=_text(after),
                undoes=None if undoes is None else ids.decode(undoes),
            )
        )

    def of(self, definition: Definition, limit: int) -> list[TriggerChange]:
        """The latest changes, the newest first."""
        its_own = Row.select().where(Row.definition == ids.decode(definition.id))
        return [_change(row) for row in self._db.rows(its_own.order_by(Row.id.desc()).limit(limit))]

    def find(self, definition: Definition, public_id: str) -> TriggerChange | None:
        """One change of this definition, by its id."""
        is_it = (Row.definition == ids.decode(definition.id)) & (Row.id == ids.decode(public_id))
        row = self._db.row(Row.select().where(is_it)) if ids.decode(public_id) is not None else None
        return _change(row) if row else None


def _change(row: Mapping[str, Any]) -> TriggerChange:
    return TriggerChange(
        id=ids.encode(row["id"]),
        at=row["at"],
        who=row["who"],
        door=row["door"],
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        undoes=None if row["undoes"] is None else ids.encode(row["undoes"]),
    )


def _text(triggers: Triggers) -> str:
    return json.dumps([dict(one) for one in triggers], ensure_ascii=False)
