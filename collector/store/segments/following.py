"""Following: members of segments are moved as soon as the notes say that somebody may have moved.

One follower at a time. A turn reads notes, asks the trees about the profiles in them, and in one transaction
moves members, tells timelines, counts the section's profiles and deletes those very notes. Whatever is
committed after the notes were read has a note that is read later; a follower that is killed leaves its notes
where they were.

What is about everybody goes on step by step beside it (`building.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from peewee import JOIN, fn

from collector.core.segments.tree import is_relative
from collector.store.database import Database
from collector.store.models import Change, Profile
from collector.store.models_segments import Segment as SegmentRow
from collector.store.models_segments import Standing as Row
from collector.store.segments.building import SLICE, Builder
from collector.store.segments.finding import Finder
from collector.store.segments.kept import Segment, segment_of, tree_of
from collector.store.segments.moving import Moved, Mover, Place, difference, since_when
from collector.store.segments.notes import Note, Notes, gained_by
from collector.store.segments.standing import Standing, Standings
from collector.store.turns import Turns
from collector.store.webhooks.outbox import Outbox

NOTES = 200
PROFILES = 500
"""So many notes are read at a time, until they have about so many profiles."""


class Replaced(Exception):
    """Somebody else follows by now."""


def _always() -> bool:
    return True


class Follower:
    """Follows the segments of a store. `is_ours` tells, within a transaction, whether it still may."""

    def __init__(
        self,
        database: Database,
        take_ids: Callable[[int], list[int]],
        outbox: Outbox,
        is_ours: Callable[[], bool] = _always,
        slice_size: int = SLICE,
    ) -> None:
        self._db = database
        self._notes = Notes(database)
        self._finder = Finder(database)
        self._mover = Mover(database, take_ids, outbox)
        self._standings = Standings(database)
        self._turns = Turns(database)
        self._is_ours = is_ours
        self._builder = Builder(database, self._mover, self._begin, slice_size)
        self._known: dict[int, tuple[tuple[object, ...], Segment]] = {}

    def turn(self, clock: Callable[[], int]) -> bool:
        """Follows what is noted and goes one step further with what is about everybody.

        Whether there was anything to do. Raises `Replaced`, `Problem("storage-unavailable")`.
        """
        has_followed = self._follow(clock)
        has_built = self._builder.go_on(self._segments(_is_to_go_on(clock())), clock)
        return has_followed or has_built

    def _follow(self, clock: Callable[[], int]) -> bool:
        notes = _some(self._notes.read(clock(), NOTES))
        if not notes:
            return False
        # Later than the notes: what they are about is not ahead of it.
        now = clock()
        sections = self._sections({profile for note in notes for profile in note.profiles})
        named = {note.section_id for note in notes if note.section_id is not None}
        gained = gained_by(notes)
        concerned = sorted(sections.keys() | named | gained.keys())
        segments = self._segments(SegmentRow.section.in_(concerned))
        found = self._evaluate(segments, sections, now)
        with self._db.writing():
            self._begin(concerned)
            standings = self._standings.all([one.number for one in segments])
            for section_id, profiles in sections.items():
                alive = self._alive(profiles)
                for one in segments:
                    if one.section_id == section_id and one.deleted_at is None:
                        matching = found.get(one.number, set()) & alive
                        self._apply(one, standings[one.number], profiles, matching, alive, now)
                if any(is_relative(one.draft.node) for one in segments):
                    self._look_ahead(alive, now)
            self._ask_again(segments, named)
            self._count(segments, gained)
            if not self._notes.take(notes):
                raise Replaced
        return True

    def _begin(self, sections: Iterable[str]) -> None:
        """First thing in a transaction: nobody is erased or merged until it ends."""
        self._turns.share(sections, (), ())
        if not self._is_ours():
            raise Replaced

    def _evaluate(
        self, segments: Sequence[Segment], sections: Mapping[str, Collection[int]], now: int
    ) -> dict[int, set[int]]:
        return {
            one.number: self._finder.among(one.draft.node, one.scope(now), sorted(sections[one.section_id]))
            for one in segments
            if one.deleted_at is None and sections.get(one.section_id)
        }

    def _apply(
        self,
        segment: Segment,
        standing: Standing,
        profiles: Collection[int],
        matching: Collection[int],
        alive: Collection[int],
        now: int,
    ) -> None:
        """Moves these profiles to where they belong: in what is shown, and in what is being built."""
        shown = self._mover.among(segment.number, standing.generation, profiles) if standing.is_there else {}
        if standing.is_there:
            # While another tree is being built, who is shown only leaves by not being there any more.
            is_same = standing.tree == tree_of(segment)
            wanted = matching if is_same else shown.keys() & set(alive)
            moved = difference(shown, wanted, now)
            self._mover.move(segment.number, standing.generation, moved)
            members = standing.members + moved.difference
            if moved.joined or moved.left:
                self._db.run(Row.update(members=members).where(Row.segment == segment.number))
                self._tell(segment, standing, moved, members, now)
        is_built = standing.step == "build" and standing.next_version == segment.version
        if is_built and standing.next_generation is not None:
            within = [one for one in profiles if one <= standing.cursor]
            built = self._mover.among(segment.number, standing.next_generation, within)
            wanted = set(matching).intersection(within)
            moved = since_when(difference(built, wanted, now), shown)
            self._mover.move(segment.number, standing.next_generation, moved)
            members = standing.next_members + moved.difference
            self._db.run(Row.update(next_members=members).where(Row.segment == segment.number))

    def _tell(self, segment: Segment, standing: Standing, moved: Moved, members: int, now: int) -> None:
        if standing.step == "tell":
            # The rest is compared with what was shown before, as soon as it is its turn.
            moved = Moved(
                {one: since for one, since in moved.joined.items() if one <= standing.cursor},
                {one for one in moved.left if one <= standing.cursor},
            )
        place = Place(segment.number, segment.version, segment.zone)
        self._mover.tell(place, moved, now)
        if moved.joined or moved.left:
            self._mover.count(place, members, len(moved.joined), len(moved.left), now)

    def _look_ahead(self, profiles: Collection[int], now: int) -> None:
        """Events that lie ahead are in the last days from their moment on: these profiles are due then."""
        ahead = Change.select(Change.profile, fn.MIN(Change.occurred_at).alias("at"))
        ahead = ahead.where(self._is_one_of(Change.profile, profiles) & (Change.occurred_at > now))
        for row in self._db.rows(ahead.group_by(Change.profile)):
            self._notes.leave_for_later([row["profile"]], row["at"])

    def _ask_again(self, segments: Iterable[Segment], sections: Collection[str]) -> None:
        numbers = [one.number for one in segments if one.section_id in sections]
        if numbers:
            self._db.run(Row.update(review=1).where(Row.segment.in_(numbers)))

    def _count(self, segments: Iterable[Segment], gained: Mapping[str, int]) -> None:
        """Keeps how many profiles a section has; where nobody has counted them yet, there is no number."""
        for section_id, more in gained.items():
            numbers = [one.number for one in segments if one.section_id == section_id]
            if numbers:
                grown = Row.update(everybody=Row.everybody + more)
                self._db.run(grown.where(Row.segment.in_(numbers)))

    def _sections(self, profiles: Collection[int]) -> dict[str, set[int]]:
        """section → those of the profiles that are its own; profiles that are gone are nobody's."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        query = Profile.select(Profile.id, Profile.section).where(self._is_one_of(Profile.id, profiles))
        for row in self._db.rows(query) if profiles else ():
            found[row["section"]].add(row["id"])
        return found

    def _alive(self, profiles: Collection[int]) -> set[int]:
        there = self._is_one_of(Profile.id, profiles) & Profile.merged_into.is_null()
        return {row["id"] for row in self._db.rows(Profile.select(Profile.id).where(there))}

    def _segments(self, wanted: Any) -> list[Segment]:
        """The segments that fit; deleted ones as long as they have members."""
        query = SegmentRow.select(SegmentRow).join(Row, JOIN.LEFT_OUTER, on=(Row.segment == SegmentRow.id))
        is_there = SegmentRow.deleted_at.is_null() | (Row.generation > 0) | Row.step.is_null(False)
        return [
            self._read(row) for row in self._db.rows(query.where(is_there & wanted).order_by(SegmentRow.id))
        ]

    def _is_one_of(self, column: Any, profiles: Collection[int]) -> Any:
        return self._finder.dialect.is_one_of(column, sorted(profiles))

    def _read(self, row: Mapping[str, object]) -> Segment:
        """The segment in a row; its tree is read once."""
        number = row["id"]
        assert isinstance(number, int)
        looks = tuple(row[name] for name in ("tree", "timezone", "version", "updated_at", "deleted_at"))
        known = self._known.get(number)
        if known is None or known[0] != looks:
            known = self._known[number] = (looks, segment_of(row))
        return known[1]


def _is_to_go_on(now: int) -> Any:
    """That there is something to be done about everybody of a segment."""
    is_new = Row.segment.is_null() | (Row.version != SegmentRow.version)
    is_due = (Row.review == 1) | (Row.due_at <= now) | Row.step.is_null(False)
    return is_new | is_due | Row.everybody.is_null() | SegmentRow.deleted_at.is_null(False)


def _some(notes: Sequence[Note]) -> list[Note]:
    taken: list[Note] = []
    profiles = 0
    for note in notes:
        if taken and profiles + len(note.profiles) > PROFILES:
            break
        taken.append(note)
        profiles += len(note.profiles)
    return taken
