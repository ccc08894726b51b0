"""Events get months, on PostgreSQL, once they are many: then a table of keys says what is stored, once.

A key of an event (definition, space, event id) must be in one month at most, and no index reaches over
several. So the keys get a table of their own, `key_of_event`, which the database keeps by itself: before a
row goes into `event` its key is put there, and where it is already, the row is left out, as by a unique
index. What inserts and what deletes events need not know of it; what looks for keys asks the view
`event_key`.

It costs each event some more log and disk (docs/decisions.md), so tables that are small stay as they are. The
way there holds nobody up: the keys are copied part by part while a trigger keeps up with what is written, and
then, in one moment in which nothing is copied or read, the table becomes the first part of the new one.
Interrupted anywhere, the next turn goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.store.database import Database
from collector.store.parts import give_the_same_rights, give_to_the_owner, make_it_a_part
from collector.store.stepping import in_a_free_moment

EVENT = "event"

LARGE = 10_000_000_000
"""Bytes, with indexes, from which on the events get months: some fifteen million of them."""

AT_ONCE = 10_000
"""Keys that are copied in one transaction; an erasure or an expiry waits for so many."""

_TRIES = 60
FILLING = 0x46504B59  # a lock of deletions and of the copying; any number will do that nothing else takes
_BY_KEY = "event_definition_space_event_id"
ITS_OWN_INDEX = "event_first_definition_space_event_id"
"""The unique index of what was the whole table. It stays until that part is closed, which is in a later turn:
servers of an earlier version that go on for a while look for keys by it."""

_FOLLOW = (
    """
    CREATE TABLE key_of_event (
      definition bigint NOT NULL, space smallint NOT NULL, event_id text NOT NULL, event bigint NOT NULL,
      PRIMARY KEY (definition, space, event_id))
    """,
    # Whoever deletes waits until the keys that are being copied are there, so that no key is left behind.
    f"""
    CREATE FUNCTION event_key_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO key_of_event (definition, space, event_id, event)
        VALUES (NEW.definition, NEW.space, NEW.event_id, NEW.id) ON CONFLICT DO NOTHING;
      ELSE
        PERFORM pg_advisory_xact_lock_shared({FILLING});
        DELETE FROM key_of_event WHERE definition = OLD.definition AND space = OLD.space
          AND event_id = OLD.event_id AND event = OLD.id;
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER event_key_follows AFTER INSERT OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_key_follows()
    """,
)
_COPY = f"""
WITH found AS (
    SELECT id, definition, space, event_id FROM event WHERE id > %s AND id <= %s ORDER BY id LIMIT {AT_ONCE}),
  put AS (INSERT INTO key_of_event (definition, space, event_id, event)
    SELECT definition, space, event_id, id FROM found ON CONFLICT DO NOTHING)
SELECT max(id) FROM found
"""
_DECIDE = (
    """
    CREATE FUNCTION event_key_decides() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO key_of_event (definition, space, event_id, event)
      VALUES (NEW.definition, NEW.space, NEW.event_id, NEW.id) ON CONFLICT DO NOTHING;
      IF FOUND THEN RETURN NEW; END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION event_key_goes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM key_of_event WHERE definition = OLD.definition AND space = OLD.space
        AND event_id = OLD.event_id AND event = OLD.id;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER event_key_decides BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION event_key_decides()
    """,
    "CREATE TRIGGER event_key_goes AFTER DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_key_goes()",
    "CREATE OR REPLACE VIEW event_key AS SELECT definition, space, event_id, event FROM key_of_event",
)
# In a snapshot that is older than the months there is no row of theirs, and no key that was copied since.
_IS_PARTED = "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('event') AND relkind = 'p')"
_SIZE = "SELECT CASE WHEN relkind = 'p' THEN 0 ELSE pg_total_relation_size(oid) END FROM pg_class"
_SIZE += " WHERE oid = to_regclass('event')"
_IS_BEGUN = "SELECT to_regclass('key_of_event') IS NOT NULL"
_COPIED = "SELECT coalesce(obj_description('key_of_event'::regclass), '0')"


class EventMonths:
    """The way of the events of a store to months. Everything is for their owner, on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def there_are(self) -> bool:
        """Whether events have months."""
        with self._db.connected():
            return bool(self._value(_IS_PARTED))

    def size_without(self) -> int:
        """How many bytes the events have, if they have no months; else 0."""
        with self._db.connected():
            return int(self._value(_SIZE))

    def begin(self, large: int, goes_on: Callable[[], bool]) -> bool:
        """Gives the events months if they have none and are large, or it was begun; whether that was done.

        `goes_on` is asked between two parts of the copying. Call it in a turn that nobody else has. Raises
        `peewee.OperationalError`, also where the table was never free for a moment.
        """
        if self.there_are():
            return False
        if not self._value(_IS_BEGUN):
            if self.size_without() < large:
                return False
            in_a_free_moment(self._db.peewee, self._follow, _TRIES)
        if not self._copy(goes_on):
            return False
        in_a_free_moment(self._db.peewee, self._decide, _TRIES)
        return True

    def _follow(self) -> None:
        with self._db.writing():
            self._execute("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
            for statement in _FOLLOW:
                self._execute(statement)
            made = ("TABLE key_of_event", "FUNCTION event_key_follows()")
            give_to_the_owner(self._db.peewee, EVENT, *made)
            give_the_same_rights(self._db.peewee, EVENT, "key_of_event")

    def _copy(self, goes_on: Callable[[], bool]) -> bool:
        """Copies what keys there are without having been followed; whether all of them are there now."""
        self._execute("SET lock_timeout = 0")
        newest = self._value("SELECT coalesce(max(id), 0) FROM event")
        last: int | None = int(self._value(_COPIED))
        while last is not None:
            if not goes_on():
                return False
            with self._db.writing():
                self._execute(f"SELECT pg_advisory_xact_lock({FILLING})")
                last = self._value(_COPY, (last, newest))
                if last is not None:
                    # What is told of the table is where the next turn begins.
                    self._execute(f"COMMENT ON TABLE key_of_event IS '{last}'")
        return True

    def _decide(self) -> None:
        with self._db.writing():
            self._execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
            self._execute("DROP TRIGGER event_key_follows ON event")
            self._execute("DROP FUNCTION event_key_follows()")
            make_it_a_part(self._db.peewee, EVENT, without={_BY_KEY})
            for statement in _DECIDE:
                self._execute(statement)
            made = ("FUNCTION event_key_decides()", "FUNCTION event_key_goes()")
            give_to_the_owner(self._db.peewee, EVENT, *made)
            self._execute("COMMENT ON TABLE key_of_event IS NULL")

    def _value(self, query: str, parameters: tuple[Any, ...] = ()) -> Any:
        return self._db.peewee.execute_sql(query, parameters).fetchone()[0]

    def _execute(self, statement: str) -> None:
        self._db.peewee.execute_sql(statement)
