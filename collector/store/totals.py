"""Totals per profile: what its live events of one definition and one kind of goal add up to.

They are written in the transaction that changes the events, and are always what a recount of them would give.
A sum is kept in two whole numbers, so that no sum of 64-bit values can overflow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee
from peewee import fn

from collector.core.events import EventState
from collector.core.goals import GOAL_TYPES, SCALE
from collector.store.database import Database
from collector.store.event_keys import is_among
from collector.store.models import Change, Definition, Event
from collector.store.models import Total as Row

Move = tuple[EventState | None, EventState | None]
"""An event before and after; None where there was none, or is none any more."""

_NEVER, _EVER = 2**63 - 1, -(2**63) + 1
_KEY = (Row.profile, Row.definition, Row.goal_type, Row.goal_name, Row.goal_currency)
_SUMS = (Row.events, Row.valued, Row.whole, Row.fraction)
_NUMBERS = (*_SUMS, Row.least, Row.greatest, Row.first_at, Row.last_at)


_Of = tuple[int, int, str, str, str]
"""A `Key` of which as many are made as events come: a named tuple takes five times as long to make."""


class Key(NamedTuple):
    """Of what a total is. No goal, no name and no currency are empty texts."""

    profile: int
    definition: int
    goal_type: str
    goal_name: str
    goal_currency: str


@dataclass(frozen=True, slots=True)
class Total:
    """Values in millionths; `valued` are the events with a value, the others count in `events` only."""

    key: Key
    events: int
    valued: int
    sum: int
    least: int | None
    greatest: int | None
    first_at: int
    last_at: int


_Part = tuple[_Of, int | None, int]
"""What one event adds: to which total, its value, when it was. A plain tuple for the same reason."""


@dataclass(slots=True)
class _Extremes:
    """The outermost values and times of some parts."""

    least: int | None = None
    greatest: int | None = None
    first: int = _NEVER
    last: int = _EVER

    def widen(self, part: _Part) -> None:
        _, value, at = part
        self.first, self.last = min(self.first, at), max(self.last, at)
        if value is not None:
            self.least = value if self.least is None else min(self.least, value)
            self.greatest = value if self.greatest is None else max(self.greatest, value)

    def reach(self, other: _Extremes) -> bool:
        """Whether these are as far out as the others, on every side."""
        return (
            self.first <= other.first
            and self.last >= other.last
            and (other.least is None or (self.least is not None and self.least <= other.least))
            and (other.greatest is None or (self.greatest is not None and self.greatest >= other.greatest))
        )


class _Delta:
    """What a transaction adds to one total, and takes from it."""

    def __init__(self) -> None:
        self.events = self.valued = self.whole = self.fraction = 0
        self.added = _Extremes()
        self.taken: _Extremes | None = None

    def add(self, part: _Part, sign: int) -> None:
        self.events += sign
        if part[1] is not None:
            whole, fraction = divmod(part[1], SCALE)
            self.valued += sign
            self.whole += sign * whole
            self.fraction += sign * fraction
        if sign > 0:
            self.added.widen(part)
        else:
            self.taken = self.taken or _Extremes()
            self.taken.widen(part)

    def row(self, key: _Of) -> tuple[Any, ...]:
        sums = (self.events, self.valued, self.whole, self.fraction)
        edge = self.added
        return (*key, *sums, edge.least, edge.greatest, edge.first, edge.last)


class Totals:
    """The totals of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._upsert = database.upsertion(_upsert(database.is_sqlite))

    def move(self, moves: Iterable[Move]) -> None:
        """Follows events that changed, inside their transaction and after they and their log are written."""
        alone: dict[_Of, _Part] = {}
        deltas: dict[_Of, _Delta] = {}
        for before, after in moves:
            old = _part(before) if before is not None else None
            new = _part(after) if after is not None else None
            if old is None and new is not None and new[0] not in alone and new[0] not in deltas:
                alone[new[0]] = new  # as most are: the first of its total in this transaction
            elif old != new:
                for part, sign in ((old, -1), (new, 1)):
                    if part is not None:
                        _delta_of(part[0], alone, deltas).add(part, sign)
        changed = [_row_of(*part) for part in alone.values()]
        changed += [delta.row(key) for key, delta in deltas.items()]
        if changed:
            # In one order for all, that of the keys, with which the rows begin: so nobody waits in a circle.
            self._db.many(self._upsert, sorted(changed))
        for key, delta in sorted(deltas.items()):
            if delta.taken is not None:
                self._shrink(Key(*key), delta.taken, delta.added)

    def _shrink(self, key: Key, taken: _Extremes, added: _Extremes) -> None:
        """After something was taken away: the total may be none any more, or end elsewhere."""
        row = self._db.row(Row.select().where(_is(key)))
        assert row is not None
        if row["events"] == 0:
            self._db.run(Row.delete().where(_is(key)))
        elif not added.reach(taken):
            left = _Extremes(row["least"], row["greatest"], row["first_at"], row["last_at"])
            if taken.reach(left) or _touches(taken, left):
                self._find_extremes(key)

    def _find_extremes(self, key: Key) -> None:
        columns = [number.alias(name) for name, number in _counted().items()]
        live = Event.select(*columns).where(
            _live(self._db, [key.profile]) & (Event.definition == key.definition)
        )
        goal = (_or_empty(Event.goal_type), _or_empty(Event.goal_name), _or_empty(Event.goal_currency))
        for column, value in zip(goal, key[2:], strict=True):
            live = live.where(column == value)
        found = self._db.row(live)
        assert found is not None
        edges = {name: found[name] for name in ("least", "greatest", "first_at", "last_at")}
        self._db.run(Row.update(**edges).where(_is(key)))

    def recount(self, profiles: Collection[int]) -> None:
        """Makes the totals of these profiles anew from their events, inside a transaction."""
        wanted = sorted(profiles)
        self._db.run(Row.delete().where(of_profiles(wanted)))
        self._db.run(Row.insert_from(_recounted(_live(self._db, wanted)), [*_KEY, *_NUMBERS]))

    def of_profile(self, profile: int) -> list[Total]:
        """The totals of a profile, without those of hidden definitions."""
        query = Row.select().join(Definition, on=(Definition.id == Row.definition))
        visible = query.where(of_profiles([profile]) & Definition.hidden_at.is_null())
        return [_total(row) for row in self._db.rows(visible.order_by(*_KEY))]

    def wrong(self, section_id: str, most: int = 100) -> list[tuple[Key, Total | None, Total | None]]:
        """Totals of a section that are not what its events give: as stored, as recounted; at most so many."""
        of_section = Definition.select(Definition.id).where(Definition.section == section_id)
        stored = Row.select().where(Row.definition.in_(of_section))
        live = Event.profile.is_null(False) & Event.deleted_at.is_null() & Event.definition.in_(of_section)
        kept = {one.key: one for one in map(_total, self._db.rows(stored))}
        right = {one.key: one for one in map(_total, self._db.rows(_recounted(live)))}
        keys = sorted(key for key in kept.keys() | right.keys() if kept.get(key) != right.get(key))
        return [(key, kept.get(key), right.get(key)) for key in keys[:most]]


def of_profiles(profiles: Collection[int]) -> Any:
    """The rows of these profiles; with every goal type there is, as the key begins with it."""
    return Row.goal_type.in_(["", *GOAL_TYPES]) & Row.profile.in_(list(profiles))


def _touches(taken: _Extremes, left: _Extremes) -> bool:
    """Whether what was taken may have been the outermost on any side of what is left."""
    return (
        taken.first <= left.first
        or taken.last >= left.last
        or (taken.least is not None and left.least is not None and taken.least <= left.least)
        or (taken.greatest is not None and left.greatest is not None and taken.greatest >= left.greatest)
    )


def _delta_of(key: _Of, alone: dict[_Of, _Part], deltas: dict[_Of, _Delta]) -> _Delta:
    """The delta of a total, with the part that was alone in it until now."""
    delta = deltas.setdefault(key, _Delta())
    first = alone.pop(key, None)
    if first is not None:
        delta.add(first, 1)
    return delta


def _row_of(key: _Of, value: int | None, at: int) -> tuple[Any, ...]:
    """The row of a total that has this one event."""
    if value is None:
        return (*key, 1, 0, 0, 0, None, None, at, at)
    return (*key, 1, 1, *divmod(value, SCALE), value, value, at, at)


def _part(state: EventState) -> _Part | None:
    """What an event adds: nothing if it is deleted, or of nobody who is known."""
    profile, goal = state.profile_id, state.goal
    if profile is None or state.deleted_at is not None:
        return None
    if goal is None:
        return (profile, state.definition_id, "", "", ""), None, state.occurred_at
    key = (profile, state.definition_id, goal.type or "", goal.name or "", goal.currency or "")
    return key, goal.value, state.occurred_at


def _total(row: dict[str, Any]) -> Total:
    return Total(
        key=Key(*(row[column.name] for column in _KEY)),
        events=row["events"],
        valued=row["valued"],
        sum=int(row["whole"]) * SCALE + int(row["fraction"]),
        least=row["least"],
        greatest=row["greatest"],
        first_at=row["first_at"],
        last_at=row["last_at"],
    )


def _is(key: Key) -> Any:
    condition = Row.profile == key.profile
    for column, value in zip(_KEY[1:], key[1:], strict=True):
        condition &= column == value
    return condition


def _live(database: Database, profiles: Collection[int]) -> Any:
    """Which events count for these profiles: a change row always has the profile of its event."""
    wanted = list(profiles)
    its_own = Change.select(Change.event).where(Change.profile.in_(wanted))
    return is_among(database, its_own) & Event.profile.in_(wanted) & Event.deleted_at.is_null()


def _recounted(condition: Any) -> Any:
    """Totals as the events that fit the condition give them, in the columns of the table."""
    goal = (_or_empty(Event.goal_type), _or_empty(Event.goal_name), _or_empty(Event.goal_currency))
    names = [column.alias(key.name) for column, key in zip(goal, _KEY[2:], strict=True)]
    numbers = [number.alias(name) for name, number in _counted().items()]
    query = Event.select(Event.profile, Event.definition, *names, *numbers).where(condition)
    return query.group_by(Event.profile, Event.definition, *goal)


def _counted() -> dict[str, Any]:
    whole = Event.goal_value / SCALE
    return {
        "events": fn.COUNT(Event.id),
        "valued": fn.COUNT(Event.goal_value),
        "whole": fn.COALESCE(fn.SUM(whole), 0),
        "fraction": fn.COALESCE(fn.SUM(Event.goal_value - whole * SCALE), 0),
        "least": fn.MIN(Event.goal_value),
        "greatest": fn.MAX(Event.goal_value),
        "first_at": fn.MIN(Event.occurred_at),
        "last_at": fn.MAX(Event.occurred_at),
    }


def _or_empty(column: Any) -> Any:
    # Written out: as parameters, PostgreSQL would not know a grouped column again.
    return fn.COALESCE(column, peewee.SQL("''"))


def _upsert(is_sqlite: bool) -> Any:
    smaller, larger = (fn.MIN, fn.MAX) if is_sqlite else (fn.LEAST, fn.GREATEST)
    update: dict[Any, Any] = {column: column + getattr(peewee.EXCLUDED, column.name) for column in _SUMS}
    sides = ((Row.least, smaller), (Row.greatest, larger), (Row.first_at, smaller), (Row.last_at, larger))
    for column, of in sides:
        new = getattr(peewee.EXCLUDED, column.name)
        update[column] = of(fn.COALESCE(column, new), fn.COALESCE(new, column))
    values = dict.fromkeys((column.name for column in (*_KEY, *_NUMBERS)), 0)
    return Row.insert(**values).on_conflict(conflict_target=list(_KEY), update=update)
