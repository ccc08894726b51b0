"""Visitors: browsers, and whose they turned out to be.

A visitor is linked to a profile by the first event whose identifiers somebody vouches for (a signed token
or a key), for good. The visitor's anonymous events go to that profile too, those that were there and those
that are to come. What a page claims never links. All of this happens inside the commit's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collector.core.events import EventState, Write
from collector.store import patience, rows
from collector.store.database import Database
from collector.store.lookups import Lookup, Values
from collector.store.models import Change, Definition, Event, Visitor
from collector.store.turns import Turns, VisitorName


class Visitors:
    """The visitors of a store, as far as one transaction needs them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._turns = Turns(database)
        self._linked = Lookup(database, _linked_in_section)
        self._insert = database.insertion(Visitor, ("section", "visitor", "profile", "event", "linked_at"))
        anonymous = _anonymous("", "")
        events = Event.select(Event.id).where(anonymous)
        self._move_changes = database.statement(
            Change.update(profile=0).where(Change.profile.is_null() & Change.event.in_(events))
        )
        self._move_events = database.statement(Event.update(profile=0).where(anonymous))

    def enter(self, writes: Sequence[Write]) -> dict[VisitorName, int]:
        """The profile of every visitor in the writes whose link matters and is there.

        It also takes the turn that keeps it so until the end of the transaction: call it first.
        """
        names = [(one, (one.section_id, one.visitor)) for one in writes if one.visitor is not None]
        anonymous = {name for write, name in names if not write.identifiers}
        vouched = {name for write, name in names if may_link(write)}
        linked: dict[VisitorName, int] = {}
        if self._turns.are_taken:
            # Who is linked stays linked: only for the others must a turn be waited for.
            linked = self._read(vouched)
            self._turns.share({write.section_id for write in writes}, anonymous, vouched - linked.keys())
        return linked | self._read(anonymous | (vouched - linked.keys()))

    def link(self, arrivals: Mapping[VisitorName, tuple[int, int]], now: int) -> list[tuple[EventState, int]]:
        """Links visitors that are not linked (→ profile, event that told), with their anonymous events.

        Those events as they were, each with the profile that it has now.
        """
        patience.wait()  # a browser may have sent any number of events before it says whose it is
        made = [(*name, profile, event, now) for name, (profile, event) in sorted(arrivals.items())]
        self._db.many(self._insert, made)
        moves = [(profile, visitor, section) for section, visitor, profile, _, _ in made]
        self._db.many(self._move_changes, moves)
        followed = [
            (rows.event_state(row), profile)
            for profile, visitor, section in moves
            for row in self._db.rows(Event.select().where(_anonymous(section, visitor)))
        ]
        self._db.many(self._move_events, moves)
        return followed

    def _read(self, names: Iterable[VisitorName]) -> dict[VisitorName, int]:
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for section, visitor in sorted(names):
            wanted[section].append(visitor)
        return {
            (section, visitor): profile
            for section, those in wanted.items()
            for visitor, profile in self._linked.rows([section], those)
        }


def name_of(write: Write) -> VisitorName | None:
    return (write.section_id, write.visitor) if write.visitor is not None else None


def may_link(write: Write) -> bool:
    """Whether the write says, with somebody's word for it, who its visitor is."""
    return write.visitor is not None and bool(write.identifiers) and write.trust != "claimed"


def _anonymous(section_id: str, visitor: str) -> Any:
    of_section = Event.definition.in_(_of_section(section_id))
    return Event.profile.is_null() & (Event.visitor == visitor) & of_section


def _linked_in_section(visitors: Values) -> Any:
    its_own = (Visitor.section == "") & Visitor.visitor.in_(visitors)
    return Visitor.select(Visitor.visitor, Visitor.profile).where(its_own)


def _of_section(section_id: str) -> Any:
    return Definition.select(Definition.id).where(Definition.section == section_id)
