"""Turns at jobs that run by the clock: of all servers on one database, one runs a job at a time.

Whoever claims a job that is due holds it for a while and says again and again that it is still at it; a
holder that was killed is replaced when its time is over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.store.database import Database
from collector.store.models_upkeep import Job


@dataclass(frozen=True, slots=True)
class JobState:
    """A job and its last run; times in microseconds. `holder` is who is at it, as of the moment asked for.

    `report` is what the last good run found; `failure` says why the last run failed, if it did.
    """

    name: str
    due_at: int
    holder: str | None
    begun_at: int | None
    ended_at: int | None
    failed_at: int | None
    failure: str | None
    report: Any


class Jobs:
    """The jobs of a store. Everything here may raise `Problem("storage-unavailable")`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._insert = database.insertion(Job, ("name", "due_at", "held_until"), or_leave=True)

    def states(self, now: int) -> dict[str, JobState]:
        """Every job that was ever planned, by name."""
        return {row["name"]: _state(row, now) for row in self._db.rows(Job.select().order_by(Job.name))}

    def plan(self, name: str, due_at: int) -> None:
        """A job that is new here is due at `due_at`; of one that is known, nothing changes."""
        with self._db.writing():
            self._db.many(self._insert, [(name, due_at, 0)])

    def claim(self, name: str, holder: str, now: int, until: int) -> bool:
        """Whether `holder` may run the job now: it is due, and nobody is at it. It holds it until `until`."""
        is_free = (Job.name == name) & (Job.due_at <= now) & (Job.held_until <= now)
        claim = Job.update(holder=holder, held_until=until, begun_at=now).where(is_free)
        with self._db.writing():
            return self._db.touch(claim) == 1

    def take(self, name: str, holder: str, now: int, until: int) -> None:
        """Takes a job over from whoever is at it, who notices by `renew`."""
        with self._db.writing():
            self._db.many(self._insert, [(name, now, 0)])
            taken = {"holder": holder, "held_until": until, "begun_at": now}
            self._db.run(Job.update(**taken).where(Job.name == name))

    def renew(self, name: str, holder: str, until: int) -> bool:
        """Whoever is at a job says that it is still at it; False if somebody else is by now."""
        with self._db.writing():
            return self._db.touch(Job.update(held_until=until).where(_held_by(name, holder))) == 1

    def finish(self, name: str, holder: str, now: int, due_at: int, report: Any) -> None:
        """The job went well; it is due again at `due_at`. `report` is kept as JSON.

        Nothing happens if somebody else is at it by now.
        """
        text = json.dumps(report, ensure_ascii=False)
        done = {"ended_at": now, "report": text, "failed_at": None, "failure": None}
        self._end(name, holder, due_at, done)

    def fail(self, name: str, holder: str, now: int, due_at: int, failure: str) -> None:
        """The job went wrong; it is tried again at `due_at`."""
        self._end(name, holder, due_at, {"failed_at": now, "failure": failure})

    def _end(self, name: str, holder: str, due_at: int, values: Mapping[str, Any]) -> None:
        ended = Job.update(due_at=due_at, holder=None, held_until=0, **values)
        with self._db.writing():
            self._db.touch(ended.where(_held_by(name, holder)))


def _held_by(name: str, holder: str) -> Any:
    return (Job.name == name) & (Job.holder == holder)


def _state(row: Mapping[str, Any], now: int) -> JobState:
    return JobState(
        name=row["name"],
        due_at=row["due_at"],
        holder=row["holder"] if row["held_until"] > now else None,
        begun_at=row["begun_at"],
        ended_at=row["ended_at"],
        failed_at=row["failed_at"],
        failure=row["failure"],
        report=json.loads(row["report"]) if row["report"] else None,
    )
