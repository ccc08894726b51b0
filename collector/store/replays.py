"""Replays: refused payloads that are let in become events in the very commit that lets their rejections go.

So a replay that is killed has done a part of its work and nothing twice; whoever comes second, another replay
or the same once more, finds nothing to do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.core.actors import Actor
from collector.core.causes import cause_of
from collector.core.events import Outcome, Rejection, Write
from collector.store.audit import Audit
from collector.store.commit import POISON, Commit, Unstorable, refused_at_commit
from collector.store.database import Database
from collector.store.keeping import Keeper
from collector.store.models import Rejection as Row
from collector.store.turns import Turns


@dataclass(frozen=True, slots=True)
class Again:
    """The number of a rejection, and what the judge says of its payload now."""

    rejection: int
    decision: Write | Rejection


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants a replay, of what (for the audit log), in which section."""

    section_id: str
    actor: Actor
    subject: str


class Replays:
    """Stores what a replay let in."""

    def __init__(self, database: Database, commit: Commit, keeper: Keeper, audit: Audit) -> None:
        self._db = database
        self._commit = commit
        self._keeper = keeper
        self._audit = audit
        self._turns = Turns(database)

    def run(self, judged: Sequence[Again], asked: Asked, now: int) -> list[Outcome | None]:
        """What became of each, on disk when this returns; None for one that was not there any more.

        What is let in is deleted as a rejection and counted as released. What is refused again stays, with
        the reasons of now. Raises `Problem("storage-unavailable")` and `Unstorable`, and then nothing has
        changed.
        """
        try:
            with self._db.writing():
                return self._run(judged, asked, now)
        except POISON as error:
            raise Unstorable(str(error)) from error

    def rehearse(self, judged: Sequence[Again], now: int) -> list[Outcome | None]:
        """The same answer; nothing changes."""
        try:
            with self._db.writing(), self._db.peewee.atomic() as savepoint:
                outcomes = self._run(judged, None, now)
                savepoint.rollback()
        except POISON as error:
            raise Unstorable(str(error)) from error
        return outcomes

    def _run(self, judged: Sequence[Again], asked: Asked | None, now: int) -> list[Outcome | None]:
        # The turn comes before any row: an erasure takes them in this order too.
        self._turns.share({one.decision.section_id for one in judged}, (), ())
        there = {row["id"]: row for row in self._keeper.locked(one.rejection for one in judged)}
        outcomes: dict[int, Outcome] = {}
        writes = [one for one in judged if isinstance(one.decision, Write) and one.rejection in there]
        decisions = [one.decision for one in writes]
        for one, outcome in zip(writes, self._commit.write_within(decisions, now), strict=True):
            outcomes[one.rejection] = outcome
        for one in judged:
            if isinstance(one.decision, Rejection) and one.rejection in there:
                outcomes[one.rejection] = Outcome("rejected", None, one.decision.faults, one.decision.code)
        released = [number for number, outcome in outcomes.items() if outcome.verdict != "rejected"]
        self._keeper.let_go(released, "released")
        self._revise(judged, outcomes, there)
        if released and asked is not None:
            after = {"released": len(released)}
            self._audit.record(
                asked.section_id, asked.actor, "rejections.replayed", asked.subject, now=now, after=after
            )
        return [outcomes.get(one.rejection) for one in judged]

    def _revise(
        self, judged: Sequence[Again], outcomes: dict[int, Outcome], there: dict[int, dict[str, Any]]
    ) -> None:
        """Writes down what still stands in the way of those that were refused again."""
        for one in judged:
            outcome = outcomes.get(one.rejection)
            if outcome is None or outcome.verdict != "rejected":
                continue
            refused = one.decision
            if isinstance(refused, Write):
                refused = refused_at_commit(refused, outcome)
            row = there[one.rejection]
            cause = cause_of(row["definition"], row["event_name"], refused.code, refused.faults)
            if cause != row["cause"]:
                faults = json.dumps([fault.as_json() for fault in refused.faults])
                self._db.run(
                    Row.update(
                        cause=cause, code=refused.code, faults=faults, version=refused.version_id
                    ).where(Row.id == one.rejection)
                )
