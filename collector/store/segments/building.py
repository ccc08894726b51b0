"""What is about all profiles of a segment, slice by slice, each slice in one transaction with its place.

`build`: the members of a tree that is new, in a generation that nobody is shown; with the last slice it is
what is shown. `tell`: who is in one of the two generations alone is told on timelines, and what was shown
before is deleted. `review`: members are compared with the tree once more, as they are shown. `sweep`: what
was begun and is not wanted any more is deleted. After a kill, each goes on with the slice that it was at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from peewee import fn

from collector.core.segments.days import next_five
from collector.core.segments.tree import is_relative
from collector.store.database import Database
from collector.store.models import Definition, Event, Profile
from collector.store.models_segments import Standing as Row
from collector.store.segments.finding import Finder
from collector.store.segments.kept import Segment, tree_of
from collector.store.segments.moving import Moved, Mover, Place, difference, since_when
from collector.store.segments.notes import Notes
from collector.store.segments.standing import Standing, Standings

SLICE = 20_000
"""So many profiles at a time: whoever wants to commit waits no longer than it takes to write their rows."""

_EVERYBODY = 2**63 - 1


class Builder:
    """Goes on with the segments of a store; `begin(sections)` is called first in every transaction."""

    def __init__(
        self, database: Database, mover: Mover, begin: Callable[[Iterable[str]], None], slice_size: int
    ) -> None:
        self._db = database
        self._mover = mover
        self._begin = begin
        self._slice = slice_size
        self._finder = Finder(database)
        self._standings = Standings(database)
        self._notes = Notes(database)

    def go_on(self, segments: Sequence[Segment], clock: Callable[[], int]) -> bool:
        """One step with one of the segments; whether there was one to be done."""
        standings = self._standings.all([one.number for one in segments])
        return any(self._step(one, standings[one.number], clock) for one in segments)

    def _step(self, segment: Segment, standing: Standing, clock: Callable[[], int]) -> bool:
        match standing.step:
            case "build" if segment.deleted_at is not None or standing.next_version != segment.version:
                self._write(segment, step="sweep")
            case "review" if segment.deleted_at is not None or standing.version != segment.version:
                self._write(segment, step=None)
            case "build" | "review":
                self._look_at_slice(segment, standing, clock)
            case "tell":
                self._tell_slice(segment, standing, clock())
            case "sweep":
                self._sweep(segment, standing)
            case _:
                return self._start(segment, standing, clock())
        return True

    def _start(self, segment: Segment, standing: Standing, now: int) -> bool:
        """Begins with what is wanted next; False if nothing is."""
        changes = self._wanted(segment, standing, now)
        if not changes and standing.everybody is not None:
            return False
        there, ahead = self._count(segment)
        if changes:
            changes |= {"cursor": 0, "done": 0, "total": there, "begun_at": now}
        # One follower at a time: no other one has followed a note since.
        self._write(segment, everybody=there - ahead, **changes)
        return True

    def _wanted(self, segment: Segment, standing: Standing, now: int) -> dict[str, Any]:
        """How the step begins that is wanted next; empty if none is."""
        changes: dict[str, Any] = {}
        if segment.deleted_at is not None:
            changes = {"step": "tell", "old": standing.generation, "generation": 0, "members": 0}
            changes |= {"due_at": None}
        elif standing.version != segment.version:
            number = standing.last_generation + 1
            changes = {"step": "build", "last_generation": number, "next_generation": number}
            changes |= {"next_version": segment.version, "next_members": 0, **_as_of(segment, now)}
        elif standing.review or (standing.due_at is not None and standing.due_at <= now):
            changes = {"step": "review", **_as_of(segment, now)}
        return changes

    def _look_at_slice(self, segment: Segment, standing: Standing, clock: Callable[[], int]) -> None:
        """The next profiles of a build or a review."""
        now = clock()
        high, count = self._end_of_slice(segment, standing.cursor)
        found = self._finder.between(segment.draft.node, segment.scope(now), standing.cursor, high)
        with self._db.writing():
            self._begin([segment.section_id])
            alive = self._alive(found, standing.cursor)
            matching = [one for one in found if one in alive]
            # An erasure may have taken members out since.
            standing = self._standings.of(segment.number)
            shown = self._shown(standing, high)
            if standing.step == "build":
                changes = self._build(segment, standing, matching, shown, high, now)
            else:
                changes = self._review(segment, standing, matching, shown, high, now)
            self._update(segment, **(_place(standing, high, count) | changes))

    def _build(
        self,
        segment: Segment,
        standing: Standing,
        matching: Sequence[int],
        shown: dict[int, int],
        high: int | None,
        now: int,
    ) -> dict[str, Any]:
        assert standing.next_generation is not None
        moved = since_when(difference({}, matching, now), shown)
        self._mover.move(segment.number, standing.next_generation, moved)
        members = standing.next_members + moved.difference
        if high is not None:
            return {"next_members": members}
        self._look_ahead(segment, now)
        self._mover.count(_of(segment), members, 0, 0, now)
        return {
            "generation": standing.next_generation,
            "members": members,
            "version": segment.version,
            "tree": tree_of(segment),
            "old": standing.generation,
            "next_generation": None,
            "next_version": None,
            "next_members": 0,
            # The next step begins: what it has to tell is what the two differ in.
            "step": "tell",
            "cursor": 0,
            "done": 0,
        }

    def _review(
        self,
        segment: Segment,
        standing: Standing,
        matching: Sequence[int],
        shown: dict[int, int],
        high: int | None,
        now: int,
    ) -> dict[str, Any]:
        moved = difference(shown, matching, now)
        self._mover.move(segment.number, standing.generation, moved)
        members = standing.members + moved.difference
        self._tell(segment, moved, members, now)
        if high is not None:
            return {"members": members}
        self._look_ahead(segment, now)
        return {"members": members, "step": None, "ended_at": now}

    def _tell_slice(self, segment: Segment, standing: Standing, now: int) -> None:
        """Who is in what is shown now, or in what was shown before, alone."""
        high, count = self._end_of_slice(segment, standing.cursor)
        with self._db.writing():
            self._begin([segment.section_id])
            standing = self._standings.of(segment.number)
            assert standing.old is not None
            before = self._mover.between(segment.number, standing.old, standing.cursor, high)
            after = self._shown(standing, high)
            joined = {one: since for one, since in after.items() if one not in before}
            self._tell(segment, Moved(joined, before.keys() - after.keys()), standing.members, now)
            self._mover.drop(segment.number, standing.old, standing.cursor, high)
            changes = {} if high is not None else {"step": None, "old": None, "ended_at": now}
            self._update(segment, **(_place(standing, high, count) | changes))

    def _sweep(self, segment: Segment, standing: Standing) -> None:
        with self._db.writing():
            self._begin([segment.section_id])
            if not self._mover.drop_others(segment.number, standing.generation, self._slice):
                self._update(segment, step=None, next_generation=None, next_version=None, next_members=0)

    def _tell(self, segment: Segment, moved: Moved, members: int, now: int) -> None:
        if moved.joined or moved.left:
            self._mover.tell(_of(segment), moved, now)
            self._mover.count(_of(segment), members, len(moved.joined), len(moved.left), now)

    def _look_ahead(self, segment: Segment, now: int) -> None:
        """Whoever has events that lie ahead is due at their moments."""
        if not is_relative(segment.draft.node):
            return
        own = Definition.select(Definition.id).where(Definition.section == segment.section_id)
        ahead = Event.definition.in_(own) & (Event.occurred_at > now) & Event.profile.is_null(False)
        query = Event.select(Event.profile, fn.MIN(Event.occurred_at).alias("at")).where(ahead)
        for row in self._db.rows(query.group_by(Event.profile)):
            self._notes.leave_for_later([row["profile"]], row["at"])

    def _shown(self, standing: Standing, high: int | None) -> dict[int, int]:
        if not standing.is_there:
            return {}
        return self._mover.between(standing.segment, standing.generation, standing.cursor, high)

    def _count(self, segment: Segment) -> tuple[int, int]:
        """How many profiles the section has, and how many of them are in notes that are to be followed."""
        with self._db.snapshot():
            return self._finder.everybody(segment.section_id), self._notes.ahead(segment.section_id)

    def _end_of_slice(self, segment: Segment, low: int) -> tuple[int | None, int]:
        """The last profile of the slice above `low`, None for the last slice; and how many there are."""
        above = Profile.select(Profile.id).where((Profile.section == segment.section_id) & (Profile.id > low))
        at_end = self._db.rows(above.order_by(Profile.id).offset(self._slice - 1).limit(1))
        if at_end:
            return at_end[0]["id"], self._slice
        return None, 0

    def _alive(self, found: Sequence[int], low: int) -> set[int]:
        """Those that were neither erased nor merged meanwhile."""
        if not found:
            return set()
        there = (Profile.id > low) & (Profile.id <= found[-1]) & Profile.merged_into.is_null()
        return {row["id"] for row in self._db.rows(Profile.select(Profile.id).where(there))}

    def _write(self, segment: Segment, **changes: Any) -> None:
        with self._db.writing():
            self._begin([segment.section_id])
            self._db.run(Row.insert(segment=segment.number).on_conflict_ignore())
            self._update(segment, **changes)

    def _update(self, segment: Segment, **changes: Any) -> None:
        self._db.run(Row.update(**changes).where(Row.segment == segment.number))


def _of(segment: Segment) -> Place:
    return Place(segment.number, segment.version, segment.zone)


def _as_of(segment: Segment, now: int) -> dict[str, Any]:
    """What looks at everybody now need not do so again, until time has moved somebody."""
    due_at = next_five(now, segment.zone) if is_relative(segment.draft.node) else None
    return {"review": 0, "due_at": due_at}


def _place(standing: Standing, high: int | None, count: int) -> dict[str, Any]:
    """How far a step has come; the last slice is the end of everybody."""
    if high is None:
        return {"cursor": _EVERYBODY, "done": standing.total}
    return {"cursor": high, "done": min(standing.done + count, standing.total)}
