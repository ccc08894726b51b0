"""Rows for millions of events, as the commit would have written them, without a transaction for each.

States, rows and changes are made by the functions that the commit uses; what the commit finds out row by row
(whose an event is, the ledger) is kept in memory here, and totals are counted once at the end. Indexes are
taken off and built anew. `tests/benchmarks/test_bulk.py` compares every table with the commit's.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from benchmarks.crowd import SECTION, define, pasts
from collector.core.events import Write
from collector.core.ids import IdSource
from collector.core.registers import changes_between, first_state, merge
from collector.store import rows
from collector.store.ledger import COUNTS, HOUR
from collector.store.opening import Store
from tests.cast import open_shop

TABLES = ("event", "change")
PROFILES_AT_ONCE = 2_000

Tell = Callable[[str], None]


def build(path: str, events: int, people: int, tell: Tell = lambda _: None) -> None:
    """Makes the database at `path`: a section with its definitions, and everything that happened in it."""
    shop = open_shop(f"sqlite:///{path}")
    definitions = define(shop.store)
    shop.store.database.close()  # it is opened again when it is needed
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = _taken_off(connection)
        connection.execute("BEGIN")
        filler = _Filler(connection)
        for number, chunk in enumerate(pasts(definitions, events, people), start=1):
            filler.add(chunk)
            if number % 50 == 0:
                tell(f"{number * len(chunk):,} events")
        filler.end()
        connection.execute("COMMIT")
        for statement in indexes:
            tell(statement.split("(")[0])
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode=WAL")
    tell("totals")
    _count_totals(shop.store, filler.profiles)
    shop.store.close()


def _taken_off(connection: sqlite3.Connection) -> list[str]:
    """Drops the indexes of the large tables; the statements that make them again."""
    places = ", ".join("?" * len(TABLES))
    query = (
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name IN ({places})"
    )
    found = connection.execute(query, TABLES).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]


class _Filler:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._now = 0
        self._ids = IdSource(1, lambda: self._now)
        self._ledger: Counter[tuple[int, int, str]] = Counter()
        self._by_address: dict[str, int] = {}

    @property
    def profiles(self) -> Sequence[int]:
        return sorted(self._by_address.values())

    def add(self, pasts: Iterable[list[Write]]) -> None:
        events: list[tuple[Any, ...]] = []
        changes: list[tuple[Any, ...]] = []
        for past in pasts:
            self._now = past[0].received_at
            profile = self._owner(past[0])
            number, *logged = self._ids.take(1 + len(past))
            state = first_state(past[0], number, profile)
            changes.append(rows.change_row(logged[0], state, changes_between(None, state)))
            self._count(past[0], "stored")
            for write, change in zip(past[1:], logged[1:], strict=True):
                before = state
                verdict, state = merge(before, write)
                assert verdict == "updated", verdict
                changes.append(rows.change_row(change, state, changes_between(before, state)))
                self._count(write, verdict)
            events.append(rows.event_row(state))
        self._insert("event", rows.EVENT_COLUMNS, events)
        self._insert("change", rows.CHANGE_COLUMNS, changes)

    def end(self) -> None:
        """The ledger, all at once."""
        made: dict[tuple[int, int], Counter[str]] = {}
        for (definition, hour, verdict), count in self._ledger.items():
            made.setdefault((definition, hour), Counter())[verdict] = count
        lines = [
            (SECTION, definition, "api", hour, 1, tally.total(), *(tally[name] for name in COUNTS[1:]))
            for (definition, hour), tally in sorted(made.items())
        ]
        self._insert("ledger", ("section", "definition", "door", "hour", "node", *COUNTS), lines)

    def _owner(self, write: Write) -> int:
        address = write.identifiers["email"]
        found = self._by_address.get(address)
        if found is None:
            found = self._by_address[address] = self._ids.next()
            at = write.received_at
            self._insert(
                "profile", ("id", "section", "attributes", "created_at"), [(found, SECTION, "{}", at)]
            )
            names = ("section", "kind", "value", "profile", "created_at")
            self._insert("identifier", names, [(SECTION, "email", address, found, at)])
        return found

    def _count(self, write: Write, verdict: str) -> None:
        self._ledger[write.definition_id, write.received_at // HOUR, verdict] += 1

    def _insert(self, table: str, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", lines)


def _count_totals(store: Store, profiles: Sequence[int]) -> None:
    for start in range(0, len(profiles), PROFILES_AT_ONCE):
        with store.database.writing():
            store.totals.recount(profiles[start : start + PROFILES_AT_ONCE])
