"""A tree over packed events: every leaf a set of profiles, from columns where it reads events, else from SQL.

All of it is as of one moment: what is packed, the events that were touched since, those that are not packed
yet, and whatever SQL reads.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, reduce
from itertools import chain
from operator import and_, or_
from typing import Any

import numpy as np

from collector.core.segments.tree import Branch, GoalLeaf, Member, Node, TimelineLeaf, leaves_of
from collector.store.database import Database
from collector.store.models import Change, Event, Profile, Version
from collector.store.models_segments import Block, Part, Touched
from collector.store.models_segments import Piece as PieceRow
from collector.store.segments import pieces
from collector.store.segments.compiling import Scope, definitions_of, matching, reads_events
from collector.store.segments.dialect import Dialect
from collector.store.segments.fitting import Question, Rows
from collector.store.segments.packs import packed_to, read_entries, read_events
from collector.store.segments.pieces import Array, Piece
from collector.store.segments.tallies import Place, Tally, tally_of

Heavy = GoalLeaf | TimelineLeaf

MOST_UNPACKED = 100_000
"""If more events than these would have to be read from their rows, SQL does better."""


class Evaluation:
    """One tree, or several, in one snapshot of a SQLite database."""

    def __init__(self, database: Database, scope: Scope, dialect: Dialect) -> None:
        self._db = database
        self._scope = scope
        self._dialect = dialect

    def is_worth_it(self, node: Node) -> bool:
        """Whether the tree reads events, and enough of them are packed; of consent nothing is packed."""
        if any(isinstance(leaf, GoalLeaf) and leaf.consent is not None for leaf in leaves_of(node)):
            return False
        if not any(reads_events(leaf) for leaf in leaves_of(node)) or not self._packed_to:
            return False
        beyond = Event.select(Event.id).where(Event.id > self._packed_to).offset(MOST_UNPACKED)
        return len(self._touched) <= MOST_UNPACKED and self._db.row(beyond) is None

    @cached_property
    def profiles(self) -> Array:
        """The ids of all profiles of the section, in order."""
        everybody = Profile.select(Profile.id).where(
            (Profile.section == self._scope.section_id) & Profile.merged_into.is_null()
        )
        return np.sort(self._ids(everybody))

    @cached_property
    def _padded(self) -> Array:
        return np.append(self.profiles, pieces.LARGEST)

    def members(self, node: Node) -> Array:
        """The ids of those that match, in order."""
        heavy = [leaf for leaf in leaves_of(node) if reads_events(leaf)]
        tallies = self._counted(leaf for leaf in heavy if not isinstance(leaf, Branch))
        found = self._matches(node, {leaf: tally.members() for leaf, tally in tallies.items()})
        return self.profiles[found]

    def _matches(self, node: Node, known: Mapping[Any, Array]) -> Array:
        """For each profile, whether it matches. What reads no events and is side by side is one query."""
        if node in known:
            return known[node]
        if not isinstance(node, Branch) or not any(reads_events(leaf) for leaf in leaves_of(node)):
            return self._from_sql(node)
        light = [one for one in node.leaves if not any(reads_events(leaf) for leaf in leaves_of(one))]
        found = [self._matches(one, known) for one in node.leaves if one not in light]
        if light:
            found.append(self._from_sql(Branch(node.operator, tuple(light))))
        return reduce(and_ if node.operator == "and" else or_, found)

    def _from_sql(self, node: Node) -> Array:
        return np.isin(
            self.profiles, self._ids(matching(node, self._scope, self._dialect)), assume_unique=True
        )

    def _counted(self, leaves: Iterable[Any]) -> dict[Heavy, Tally]:
        asked = {leaf: self._question(leaf) for leaf in leaves}
        tallies = {leaf: tally_of(leaf, one, len(self.profiles)) for leaf, one in asked.items()}
        by_definition: defaultdict[int, list[Heavy]] = defaultdict(list)
        for leaf, one in asked.items():
            for definition in one.definitions:
                by_definition[definition].append(leaf)
        for definition, wanting in by_definition.items():
            some = [tallies[leaf] for leaf in wanting]
            for piece, first, last, counting in self._packed(definition):
                overlapping = [tally for tally in some if _overlaps(tally, first, last)]
                self._add(overlapping, piece, counting)
        for piece in self._unpacked(by_definition):
            self._add([tallies[leaf] for leaf in by_definition[piece.definition]], piece, None)
        return tallies

    def _add(self, tallies: Collection[Tally], piece: Piece, touched: Collection[int] | None) -> None:
        if not tallies:
            return
        counting: Rows = True
        if touched:
            counting = ~np.isin(piece.ids, np.array(touched, np.int64))
        place = Place(piece, self._padded, counting)
        for tally in tallies:
            tally.add(place)

    def _packed(self, definition: int) -> Iterator[tuple[Piece, int, int, Collection[int]]]:
        """A definition's packed pieces, when they begin and end, and which of their events are touched."""
        query = PieceRow.select().where(PieceRow.definition == definition).order_by(PieceRow.block)
        for row in self._db.rows(query):
            first, last = self._blocks[row["block"]]
            low, high = bisect_left(self._touched, first), bisect_right(self._touched, last)
            piece = Piece(definition, self._reader(definition, row["block"]))
            yield piece, row["first_at"], row["last_at"], self._touched[low:high]

    def _reader(self, definition: int, block: int) -> Any:
        def read(name: str) -> pieces.Part | None:
            found = self._db.fetch(self._part, (definition, block, name))
            return pieces.read(found[0][0]) if found else None

        return read

    def _unpacked(self, by_definition: Mapping[int, Collection[Heavy]]) -> Iterator[Piece]:
        """Pieces made just now, of what is not packed or was touched since."""
        members = {
            one.place.steps[0]
            for leaves in by_definition.values()
            for leaf in leaves
            for one in leaf.filters
            if isinstance(one.place, Member)
        }
        reads_entries = any(
            isinstance(leaf, TimelineLeaf) for some in by_definition.values() for leaf in some
        )
        stale = Touched.select(Touched.event).where(Touched.event <= self._packed_to)
        for wanted, its_entries in (
            (Event.id > self._packed_to, Change.event > self._packed_to),
            (Event.id.in_(stale), Change.event.in_(stale)),
        ):
            rows = read_events(self._db, wanted, by_definition.keys(), with_data=bool(members))
            entries = read_entries(self._db, its_entries) if rows and reads_entries else None
            for one in pieces.pack(rows, entries, [str(name) for name in members]):
                yield one.piece()

    def _question(self, leaf: Heavy) -> Question:
        definitions = definitions_of(self._scope, leaf.event_name)
        versions = None
        if isinstance(leaf, GoalLeaf) and leaf.version is not None:
            named = (Version.number == leaf.version) & Version.definition.in_(definitions)
            versions = frozenset(self._ids(Version.select(Version.id).where(named)).tolist())
        numbers = frozenset(self._ids(definitions).tolist())
        return Question(self._scope.now, self._scope.zone, numbers, versions)

    def _ids(self, query: Any) -> Array:
        return np.fromiter(chain.from_iterable(self._db.tuples(query)), np.int64)

    @cached_property
    def _part(self) -> str:
        is_it = (Part.definition == 0) & (Part.block == 0) & (Part.name == "")
        return self._db.statement(Part.select(Part.content).where(is_it))

    @cached_property
    def _blocks(self) -> dict[int, tuple[int, int]]:
        return {row["id"]: (row["first"], row["last"]) for row in self._db.rows(Block.select())}

    @cached_property
    def _packed_to(self) -> int:
        return packed_to(self._db)

    @cached_property
    def _touched(self) -> list[int]:
        query = Touched.select(Touched.event).where(Touched.event <= self._packed_to).order_by(Touched.event)
        touched: list[int] = self._ids(query).tolist()
        return touched


def _overlaps(tally: Tally, first: int, last: int) -> bool:
    low, high = tally.span.low, tally.span.high
    return (low is None or last >= low) and (high is None or first <= high)
