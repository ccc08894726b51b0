"""Months: on PostgreSQL the change log and the rejections are tables of parts, each of whole months.

So are the events, once they are many (`store.event_months`).

A part holds a range of ids, which grow with time (`core.ids`). The parts of a table have no gaps, the first
has no lower bound and the last none above it, so a write always finds one, whether or not the job that makes
months has run; there is no part "for the rest", beside which PostgreSQL could not read the others in order.
The last part is closed at the coming month once it is large: what is small needs no parts, and each costs a
look into one more index for whoever reads a whole timeline. A month in which nothing is left is dropped.

Only the owner of the tables can do this. Whatever takes an exclusive lock waits for it for a moment only, is
undone, and tries again; whatever reads rows does so while others write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.core import ids
from collector.store.database import Database
from collector.store.event_months import EVENT, ITS_OWN_INDEX, EventMonths
from collector.store.event_months import LARGE as LARGE_EVENTS
from collector.store.models import Change
from collector.store.parts import give_the_same_rights, give_to_the_owner
from collector.store.stepping import in_a_free_moment

TABLES = ("change", "rejection")
"""Those that have months however small they are."""

LARGE = 100_000_000
"""Bytes, with indexes, from which on the last part is closed at the coming month."""

AHEAD = timedelta(days=5)
"""A bound is at least so far ahead: clocks differ, and a month that was begun to be closed must get there."""

_CLOCKS = 86_400_000_000
"""A day: much more than clocks of servers differ by, and nothing to a month."""

_SLACK = int(AHEAD.total_seconds()) * 1_000_000
_TRIES = 60
_TURN = 0x46504D4F  # any number will do, as long as every Fieldpost process takes the same one

_PARTS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(%s) AND NOT i.inhdetachpending
"""
_BOUNDS = re.compile(r"FOR VALUES FROM \((MINVALUE|'\d+')\) TO \((MAXVALUE|'\d+')\)")
_STORED_AS = """
SELECT coalesce(' WITH (' || array_to_string(reloptions, ', ') || ')', '') FROM pg_class
WHERE oid = to_regclass(%s)
"""
_MAY = "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY(%s::regclass[])"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a table: ids from `since` to before `until`; None: without a bound. `size` is in bytes."""

    table: str
    name: str
    since: int | None
    until: int | None
    size: int

    @property
    def begins_at(self) -> int | None:
        """Microseconds since 1970, as `ends_at`."""
        return None if self.since is None else ids.made_at(self.since)

    @property
    def ends_at(self) -> int | None:
        return None if self.until is None else ids.made_at(self.until)


@dataclass(frozen=True, slots=True)
class Upkept:
    """What was done: names of parts that were made, and of those that were dropped."""

    made: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


class Months:
    """The months of a store. On SQLite there are none, and nothing is done."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._events = EventMonths(database)

    def tables(self) -> list[str]:
        """The names of the tables that have months."""
        if self._db.is_sqlite:
            return []
        return [*TABLES, EVENT] if self._events.there_are() else [*TABLES]

    def parts(self, table: str) -> list[Part]:
        """The parts of a table, the oldest first."""
        if self._db.is_sqlite:
            return []
        with self._db.connected():
            found = self._db.peewee.execute_sql(_PARTS, (table,)).fetchall()
        parts = [_part(table, *row) for row in found]
        return sorted(parts, key=lambda part: -1 if part.since is None else part.since)

    def may_be_kept_up(self) -> bool:
        """Whether there are months here, and this connection's role may make and drop them."""
        if self._db.is_sqlite:
            return False
        with self._db.connected():
            return bool(self._db.peewee.execute_sql(_MAY, ([*TABLES, EVENT],)).fetchone()[0])

    def unfinished(self) -> list[str]:
        """Parts that a turn is at now, or was when it was killed; those refuse what is beyond their bound."""
        parts = [part for table in self.tables() for part in self.parts(table)]
        with self._db.connected():
            return [part.name for part in parts if self._has_proof(part)]

    def grown(self, large: int, large_events: int) -> list[tuple[str, int]]:
        """Tables and last parts that have grown beyond so many bytes, with how many they have."""
        last = [self.parts(table)[-1] for table in self.tables()]
        found = [(part.name, part.size) for part in last if part.size > large]
        whole = 0 if self._db.is_sqlite else self._events.size_without()
        return [*found, (EVENT, whole)] if whole > large_events else found

    def keep_up(
        self,
        now: int,
        large: int = LARGE,
        large_events: int = LARGE_EVENTS,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> Upkept:
        """Gives months to events that are many; closes what is `large`, drops what is empty.

        Nothing is done where somebody else is at it. `now` is in microseconds since 1970, both sizes are in
        bytes; where `goes_on` says no, the next turn goes on. Raises `Problem("storage-unavailable")`, also
        where a table was never free for a moment.
        """
        made: list[str] = []
        dropped: list[str] = []
        with self._db.unhurried(), self._turn() as is_ours:
            is_new = is_ours and self._events.begin(large_events, goes_on)
            made += [f"{EVENT}_first"] * is_new
            for table in self.tables() if is_ours else ():
                for part in self.parts(table):
                    self._take_proof_off(part)
                # Servers of an earlier version need the index that goes with the closing for some hours more.
                if not (is_new and table == EVENT):
                    made += self._close(table, now, large)
                dropped += self._drop_empty(table, now)
                # The parts are analyzed by autovacuum, the table of them by nobody.
                self._execute_beside_others(f"ANALYZE {self._only} {table}")
        return Upkept(tuple(made), tuple(dropped))

    def _close(self, table: str, now: int, large: int) -> Iterator[str]:
        last = self.parts(table)[-1]
        bound = first_of_month(now)
        if last.size < large or bound <= (last.since or 0):
            return
        new = f"{table}_from_{datetime.fromtimestamp(ids.made_at(bound) / 1e6, UTC):%Y_%m}"
        make = f"CREATE TABLE {new} PARTITION OF {table} FOR VALUES FROM ({bound}) TO (MAXVALUE)"
        stored_as = self._value(_STORED_AS, last.name)

        def begin_the_next() -> None:
            self._execute(make + stored_as)
            give_to_the_owner(self._db.peewee, table, f"TABLE {new}")
            # Whoever makes a backup reads each part by itself.
            give_the_same_rights(self._db.peewee, table, new)
            if table == EVENT:
                self._execute(f"DROP INDEX IF EXISTS {ITS_OWN_INDEX}")

        if self._rebound(replace(last, until=bound), after=begin_the_next):
            yield new

    def _drop_empty(self, table: str, now: int) -> Iterator[str]:
        """A part that is over and empty goes; the one before it, or else the next, gets its range."""
        over = ids.first_of(now - _SLACK)
        for part in self.parts(table)[:-1]:
            if part.until is None or part.until > over or not self._is_empty(part):
                continue
            left = [one for one in self.parts(table) if one.name != part.name]
            before = [one for one in left if one.until == part.since and one.until is not None]
            heir = replace(before[0], until=part.until) if before else replace(left[0], since=None)
            drop = f"ALTER TABLE {table} DETACH PARTITION {part.name}; DROP TABLE {part.name}"
            if self._rebound(heir, before=[drop], only_if_empty=part):
                yield part.name

    def _rebound(
        self,
        part: Part,
        before: Sequence[str] = (),
        after: Callable[[], None] = lambda: None,
        only_if_empty: Part | None = None,
    ) -> bool:
        """Gives a part the bounds that `part` says, between other statements, in one transaction.

        That reads no row, but for whether `only_if_empty` is so; if not, it is False and nothing happens.
        """
        low = "MINVALUE" if part.since is None else part.since
        high = "MAXVALUE" if part.until is None else part.until
        bounds = f"FOR VALUES FROM ({low}) TO ({high})"

        def swap() -> bool:
            with self._db.writing():
                self._execute(f"LOCK TABLE {part.table} IN ACCESS EXCLUSIVE MODE")
                if only_if_empty is not None and not self._is_empty(only_if_empty):
                    return False
                for statement in before:
                    self._execute(statement)
                self._execute(f"ALTER TABLE {part.table} DETACH PARTITION {part.name}")
                self._execute(f"ALTER TABLE {part.table} ATTACH PARTITION {part.name} {bounds}")
                after()
            return True

        with self._proof(part):
            return in_a_free_moment(self._db.peewee, swap, _TRIES)

    @contextmanager
    def _proof(self, part: Part) -> Iterator[None]:
        """Proves, while others write, that a part has nothing beyond its bounds: attaching it reads it not.

        The proof is a constraint, which goes again. If the process is killed in between, it stays and refuses
        what comes after the bound: that is days ahead, and the next turn begins with taking it off.
        """
        conditions = [f"id >= {part.since}"] * (part.since is not None)
        conditions += [f"id < {part.until}"] * (part.until is not None)
        if not conditions:
            yield
            return
        name = _name_of_proof(part)
        add = f"ALTER TABLE {part.name} ADD CONSTRAINT {name} CHECK ({' AND '.join(conditions)}) NOT VALID"
        try:
            in_a_free_moment(self._db.peewee, lambda: self._execute(add), _TRIES)
            self._execute_beside_others(f"ALTER TABLE {part.name} VALIDATE CONSTRAINT {name}")
            yield
        finally:
            self._take_proof_off(part)

    def _take_proof_off(self, part: Part) -> None:
        if self._has_proof(part):
            drop = f"ALTER TABLE {part.name} DROP CONSTRAINT IF EXISTS {_name_of_proof(part)}"
            in_a_free_moment(self._db.peewee, lambda: self._execute(drop), _TRIES)

    def _has_proof(self, part: Part) -> bool:
        query = "SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s"
        return self._db.peewee.execute_sql(query, (part.name, _name_of_proof(part))).fetchone() is not None

    def _is_empty(self, part: Part) -> bool:
        query = f"SELECT NOT EXISTS (SELECT FROM {part.name})"
        return bool(self._db.peewee.execute_sql(query).fetchone()[0])

    @property
    def _only(self) -> str:
        """From version 18 on, what is told of a table of parts can be told without telling of each part."""
        return "ONLY" if self._db.peewee.connection().info.server_version >= 180000 else ""

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        is_ours = not self._db.is_sqlite and bool(self._value("SELECT pg_try_advisory_lock(%s)", _TURN))
        try:
            yield is_ours
        finally:
            if is_ours:
                self._value("SELECT pg_advisory_unlock(%s)", _TURN)

    def _value(self, query: str, parameter: Any) -> Any:
        return self._db.peewee.execute_sql(query, (parameter,)).fetchone()[0]

    def _execute_beside_others(self, statement: str) -> None:
        """What only vacuums are in the way of: readers and writers wait for nobody who waits for this."""
        self._execute("SET lock_timeout = 0")
        self._execute(statement)

    def _execute(self, statement: str) -> None:
        self._db.peewee.execute_sql(statement)


def since_event(number: int) -> Any:
    """The condition that a change was recorded after an event of this id was begun, by whatever server.

    It is true of all changes of the event, and spares a reader the months before it.
    """
    return Change.id >= ids.first_of(ids.made_at(number) - _CLOCKS)


def first_of_month(now: int) -> int:
    """The first id of the coming month, or of the one after it if that is only days away."""
    soon = datetime.fromtimestamp(now / 1e6, UTC) + AHEAD
    year, month = (soon.year + 1, 1) if soon.month == 12 else (soon.year, soon.month + 1)
    return ids.first_of(int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1_000_000)


def _part(table: str, name: str, bounds: str, size: int) -> Part:
    found = _BOUNDS.fullmatch(bounds)
    assert found is not None, bounds
    since, until = (None if "VALUE" in one else int(one.strip("'")) for one in found.groups())
    return Part(table, name, since, until, size)


def _name_of_proof(part: Part) -> str:
    return f"{part.name}_bounds"
